// Sort keys of UTF-16 text as LCMapStringEx makes them for en-US with flags 0x30401 (ignore case,
// kana type and width), for the units whose weights are known: NUL and ASCII except the apostrophe.
// Format: docs/format/key.md; weights: Microsoft's public sorting weight table.

#pragma once

#include "storage/bytes.h"
#include "storage/status.h"

namespace contrail {

struct SortKeyResult {
  size_t size = 0;         // Bytes written.
  bool truncated = false;  // The key did not fit and was cut.
};

// Writes the sort key of `text` (UTF-16LE, an odd last byte is ignored) into `to`.
// kUnicodeNormalizationNotSupported for a unit outside the verified set, also behind the cut.
Result<SortKeyResult> MakeUnicodeSortKey(Bytes text, MutableBytes to);

}  // namespace contrail
