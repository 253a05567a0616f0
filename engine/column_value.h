// ColumnValue: what a record says about one value of a column.

#pragma once

#include "engine/record_format.h"
#include "storage/bytes.h"

namespace contrail {

enum class ValueKind : uint8_t {
  kAbsent,      // Fewer values than the itagSequence asked for; to a reader it is null.
  kNull,        // The column is null.
  kInline,      // `bytes` is the value.
  kCompressed,  // `bytes` is the value as engine/value_compression.h stores it.
  kSeparated,   // The value is long value `long_value` of the table.
};

struct ColumnValue {
  ValueKind kind = ValueKind::kNull;
  bool is_default = false;  // Not in the record: the column's default value.
  bool is_encrypted = false;
  Bytes bytes;  // Points into the record, or into the schema for a default.
  LongValueId long_value = 0;

  bool is_null() const { return kind == ValueKind::kNull || kind == ValueKind::kAbsent; }
};

}  // namespace contrail
