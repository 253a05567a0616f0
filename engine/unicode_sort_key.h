// Sort keys of UTF-16 text as LCMapStringEx makes them: bytes whose memcmp order is the order of
// the texts. Format: docs/format/key.md.

#pragma once

#include "engine/sort_order.h"
#include "storage/status.h"

namespace contrail {

struct SortKeyResult {
  size_t size = 0;         // Bytes written.
  bool truncated = false;  // The key did not fit and was cut.
};

// Writes the sort key of `text` (UTF-16LE) into `to`. `flags` are map_flag bits: kSortKey and any
// beside it but kByteReversed. kUnicodeNormalizationNotSupported for a unit before the cut whose
// weights the order does not know. Allocates only for keys of some hundred bytes and more.
Result<SortKeyResult> MakeUnicodeSortKey(const SortOrder& order, uint32_t flags, Bytes text,
                                         MutableBytes to);

}  // namespace contrail
