// RecordView: reads one record's bytes in place. It owns nothing: the bytes and the schema outlive
// it.
//
// It trusts nothing: every span it returns lies inside the bytes it was given, whatever they hold,
// and whether or not they change meanwhile (an optimistic reader checks its page's version
// afterwards). Malformed bytes give Error::kDatabaseCorrupted; whoever knows the page reports the
// event. No allocation. Format: docs/format/record.md. Thread rule: that of the bytes.

#pragma once

#include "engine/column_value.h"
#include "engine/schema.h"
#include "storage/status.h"

namespace contrail {

// One column's entry in the tagged part of a record.
class TaggedField {
 public:
  // With kTemplateColumnBit when the record marks it as inherited.
  ColumnId column() const { return column_; }
  bool is_null() const { return null_; }  // Explicitly null: hides the default.
  bool is_long() const { return (header_ & record_format::kLongType) != 0; }
  uint8_t header() const { return header_; }
  Bytes bytes() const { return bytes_; }  // Behind the header byte.

  // At least 1 unless null.
  Result<uint32_t> value_count() const;
  // itag_sequence counts from 1; kAbsent behind the last.
  Result<ColumnValue> Value(uint32_t itag_sequence) const;

 private:
  friend class RecordView;
  Result<ColumnValue> SingleValue() const;
  Result<ColumnValue> TwoValue(uint32_t itag_sequence) const;
  Result<ColumnValue> MultiValue(uint32_t itag_sequence) const;

  ColumnId column_ = 0;
  bool null_ = false;
  uint8_t header_ = 0;
  Bytes bytes_;
};

class RecordView {
 public:
  // Checks the record's outline: every part lies within the bytes. O(1).
  static Result<RecordView> Open(const TableSchema& schema, RecordLayout layout, Bytes record);

  const TableSchema& schema() const { return *schema_; }
  RecordLayout layout() const { return layout_; }
  Bytes bytes() const { return record_; }
  ColumnId last_fixed() const { return last_fixed_; }
  ColumnId last_variable() const { return last_variable_; }  // 127: none.

  // The value a reader sees: of the record, else the default, else null. itag_sequence counts from
  // 1 and matters for tagged columns only (others have one value).
  Result<ColumnValue> Value(const ColumnSchema& column, uint32_t itag_sequence = 1) const;
  // Number of values that JET_RETRIEVECOLUMN with itagSequence 0 reports; a default counts as one.
  Result<uint32_t> ValueCount(const ColumnSchema& column) const;

  // What the record itself holds of a column; kAbsent when it says nothing.
  Result<ColumnValue> StoredValue(const ColumnSchema& column, uint32_t itag_sequence = 1) const;

  // Tagged fields in stored order: template columns first, then by id.
  uint32_t tagged_count() const { return tagged_count_; }
  Result<TaggedField> TaggedAt(uint32_t position) const;
  // Position of the field of that column or tagged_count().
  uint32_t FindTagged(ColumnId id) const;

 private:
  Result<ColumnValue> FixedValue(const ColumnSchema& column) const;
  Result<ColumnValue> VariableValue(const ColumnSchema& column) const;

  const TableSchema* schema_ = nullptr;
  Bytes record_;
  Bytes tagged_;  // The tagged part, from its array on.
  RecordLayout layout_ = RecordLayout::kSmallPage;
  uint8_t last_fixed_ = 0;
  uint8_t last_variable_ = 0;
  uint16_t fixed_end_ = 0;       // Start of the variable offsets.
  uint16_t variable_start_ = 0;  // Start of the variable data.
  uint16_t variable_size_ = 0;
  uint16_t tagged_count_ = 0;
};

}  // namespace contrail
