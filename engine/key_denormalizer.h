// Key de-normalisation: the value of a column put together again from an index key, where the key
// still tells it. Format: docs/format/key.md. Trusts nothing: a key that cannot be understood tells
// nothing, and the record is there to be asked.

#pragma once

#include "engine/key_normalizer.h"

namespace contrail {

struct DenormalizedValue {
  bool known = false;  // The key tells the whole value; the rest counts only then.
  SegmentValue kind = SegmentValue::kNull;
  size_t size = 0;  // Bytes written.
};

// The value of segment `position`, written into `to` (kMaxKeyMost bytes are enough). Not known:
// text (its case is gone), anything behind Unicode text, what may have been cut off (a key as long
// as keys get; binary where VarSegMac limits it).
DenormalizedValue DenormalizeSegment(const IndexSchema& index, const TableSchema& table, Bytes key,
                                     size_t position, MutableBytes to);

}  // namespace contrail
