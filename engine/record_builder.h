// RecordBuilder: the copy buffer of an update, a record that can be changed and then encoded.
//
// Reuse one builder for many records: after warm-up nothing is allocated. A builder belongs to one
// session; the schema outlives it. Values are copied in. Encoding gives the bytes Windows would
// write: unused null bits 1, null fixed columns filled with 0x00, tagged fields by (template first,
// id). Format: docs/format/record.md.

#pragma once

#include <array>
#include <vector>

#include "engine/record_view.h"

namespace contrail {

class RecordBuilder {
 public:
  // An empty record for an insert: fixed and variable defaults are written into the record, tagged
  // defaults are not stored (a reader supplies them).
  void StartInsert(const TableSchema& schema, RecordLayout layout);
  // Nothing set, no default written.
  void StartEmpty(const TableSchema& schema, RecordLayout layout);
  // The content of an existing record. kDatabaseCorrupted when its bytes are malformed.
  Status StartFrom(const RecordView& record);

  const TableSchema& schema() const { return *schema_; }
  RecordLayout layout() const { return layout_; }

  // Sets a value. Fixed-size types take exactly their size (kInvalidBufferSize otherwise); a
  // shorter fixed Text is padded with blanks, fixed Binary with zeros; too long is kColumnTooBig.
  // Bit becomes 0x00 or 0xFF. Empty bytes are a zero-length value, not null. itag_sequence counts
  // from 1. 0, or one behind the last value, adds a value to a tagged column (kMultiValued columns
  // only; any other gets its single value replaced).
  Status Set(const ColumnSchema& column, uint32_t itag_sequence, Bytes value);
  // The same for a value in the long value tree. Long types only.
  Status SetSeparated(const ColumnSchema& column, uint32_t itag_sequence, LongValueId id);
  // The same for bytes that engine/value_compression.h made. Long types and compressed columns;
  // only the first value of a column may be compressed (kInvalidParameter otherwise).
  Status SetCompressed(const ColumnSchema& column, uint32_t itag_sequence, Bytes stored);
  // Null. A tagged column loses that value and the later ones move up; when none is left, the
  // column is explicitly null if it has a default, else simply absent. kNullInvalid for a NotNull
  // column.
  Status SetNull(const ColumnSchema& column, uint32_t itag_sequence);
  // Forgets what is stored: a reader sees the default again (JET_bitSetRevertToDefaultValue). For a
  // fixed or variable column the default is written.
  Status RevertToDefault(const ColumnSchema& column);

  // As RecordView. Spans are valid until the next change of the builder.
  ColumnValue Value(const ColumnSchema& column, uint32_t itag_sequence = 1) const;
  uint32_t ValueCount(const ColumnSchema& column) const;
  // What the record itself holds; kAbsent when it says nothing.
  ColumnValue StoredValue(const ColumnSchema& column, uint32_t itag_sequence = 1) const;

  // kNullInvalid when a NotNull column is null. The caller exempts what the engine fills in by
  // doing that first (auto-increment, version).
  Status CheckNotNull() const;

  // Bytes of the encoded record; may exceed what a record can hold.
  size_t EncodedSize() const;
  // The encoded record, kRecordTooBig when longer than `limit` (RecordSizeLimit). Valid until the
  // next change or Encode.
  Result<Bytes> Encode(size_t limit);

  // The largest value of a long type that stays in the record, for whoever separates values until
  // the record fits.
  struct LongValuePlace {
    ColumnId column = 0;  // 0: there is none.
    uint32_t itag_sequence = 0;
    uint32_t stored_size = 0;
    bool compressed = false;
  };
  LongValuePlace LargestIntrinsicLongValue() const;

  // Tagged values one by one, in stored order, for whoever has to visit separated values.
  struct TaggedValueRef {
    ColumnId column;
    uint32_t itag_sequence;
    ColumnValue value;
  };
  uint32_t tagged_value_count() const { return static_cast<uint32_t>(tagged_.size()); }
  TaggedValueRef TaggedValueAt(uint32_t position) const;

 private:
  struct VariableSlot {
    uint32_t offset = 0;  // In heap_.
    uint16_t size = 0;
    bool null = true;
  };
  struct TaggedSlot {
    ColumnId column;
    ValueKind kind;  // kNull: explicitly null, the only slot of its column.
    bool encrypted;
    bool is_long;     // Of a long type; kept apart from the schema, which may not know the column.
    uint32_t offset;  // In heap_; a long value id has 4 or 8 bytes there.
    uint32_t size;
    uint32_t sort_key() const { return TaggedOrder(column); }
  };

  void WriteFixed(const ColumnSchema& column, Bytes value);
  void ExtendFixed(ColumnId last);
  void ExtendVariable(ColumnId last);
  Status SetFixed(const ColumnSchema& column, Bytes value);
  Status SetVariable(const ColumnSchema& column, Bytes value);
  Status SetTagged(const ColumnSchema& column, uint32_t itag_sequence, ValueKind kind, Bytes value);
  Status StartFromTagged(const RecordView& record);
  uint32_t Store(Bytes value);
  void CompactHeap();
  // [first, last) of the column's slots; an empty range where it would be inserted.
  std::pair<uint32_t, uint32_t> TaggedRange(ColumnId id) const;
  ColumnValue ValueOf(const TaggedSlot& slot) const;
  static bool IsPlain(const TaggedSlot& slot);
  uint8_t FieldHeader(uint32_t first, uint32_t last) const;
  size_t FieldSize(uint32_t first, uint32_t last) const;
  size_t VariablePartSize() const;
  std::byte* EncodeFixed(std::byte* to) const;
  std::byte* EncodeVariable(std::byte* to) const;
  std::byte* EncodeTagged(std::byte* to) const;
  std::byte* EncodeField(std::byte* to, uint32_t first, uint32_t last, uint8_t header) const;

  const TableSchema* schema_ = nullptr;
  RecordLayout layout_ = RecordLayout::kSmallPage;
  ColumnId last_fixed_ = 0;
  ColumnId last_variable_ = kFirstVariableColumn - 1;
  std::vector<std::byte> fixed_;           // As in the record from offset 0 on.
  std::array<std::byte, 16> null_bits_{};  // As in the record: 1 is null.
  std::array<VariableSlot, 128> variable_{};
  std::vector<TaggedSlot> tagged_;  // By sort_key, then itagSequence.
  std::vector<std::byte> heap_;
  std::vector<std::byte> encoded_;
};

}  // namespace contrail
