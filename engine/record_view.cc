#include "engine/record_view.h"

#include "storage/check.h"

namespace contrail {
namespace {

using namespace record_format;  // NOLINT(google-build-using-namespace): constants of this one
                                // format

constexpr Error kMalformed = Error::kDatabaseCorrupted;

uint16_t Word(Bytes bytes, size_t offset) {
  DCHECK(offset + 2 <= bytes.size());
  return LoadLittle<uint16_t>(bytes.data() + offset);
}

uint8_t Byte(Bytes bytes, size_t offset) {
  DCHECK(offset < bytes.size());
  return static_cast<uint8_t>(bytes[offset]);
}

uint16_t TaggedOffsetMask(RecordLayout layout) {
  return layout == RecordLayout::kLargePage ? kLargeOffsetMask : kSmallOffsetMask;
}

Result<ColumnValue> Separated(Bytes reference) {
  ColumnValue value;
  value.kind = ValueKind::kSeparated;
  if (reference.size() == 4) {
    value.long_value = LoadLittle<uint32_t>(reference.data());
  } else if (reference.size() == 8) {
    value.long_value = LoadLittle<uint64_t>(reference.data());
  } else {
    return kMalformed;
  }
  // No value has the number 0, and the top bit is a mark in keys.
  if (value.long_value == 0 || value.long_value >> 63 != 0) return kMalformed;
  value.bytes = reference;
  return value;
}

ColumnValue Inline(Bytes bytes) {
  ColumnValue value;
  value.kind = ValueKind::kInline;
  value.bytes = bytes;
  return value;
}

ColumnValue Absent() {
  ColumnValue value;
  value.kind = ValueKind::kAbsent;
  return value;
}

}  // namespace

Result<uint32_t> TaggedField::value_count() const {
  if (null_) return 0u;
  if ((header_ & kTwoValues) != 0) return 2u;
  if ((header_ & kMultiValues) == 0) return 1u;
  if (bytes_.size() < 2) return kMalformed;
  const uint32_t array_size = Word(bytes_, 0) & kValueOffsetMask;
  if (array_size < 2 || array_size % 2 != 0 || array_size > bytes_.size()) return kMalformed;
  return array_size / 2;
}

Result<ColumnValue> TaggedField::Value(uint32_t itag_sequence) const {
  DCHECK(itag_sequence > 0);
  if (null_) return itag_sequence == 1 ? ColumnValue{} : Absent();
  if ((header_ & kTwoValues) != 0) return TwoValue(itag_sequence);
  if ((header_ & kMultiValues) != 0) return MultiValue(itag_sequence);
  return itag_sequence == 1 ? SingleValue() : Result<ColumnValue>(Absent());
}

Result<ColumnValue> TaggedField::SingleValue() const {
  if ((header_ & kSeparated) != 0) return Separated(bytes_);
  ColumnValue value = Inline(bytes_);
  if ((header_ & kCompressed) != 0) value.kind = ValueKind::kCompressed;
  value.is_encrypted = (header_ & kEncrypted) != 0;
  return value;
}

Result<ColumnValue> TaggedField::TwoValue(uint32_t itag_sequence) const {
  if (bytes_.empty()) return kMalformed;
  const size_t first_size = Byte(bytes_, 0);
  if (1 + first_size > bytes_.size()) return kMalformed;
  if (itag_sequence == 1) return Inline(bytes_.subspan(1, first_size));
  if (itag_sequence == 2) return Inline(bytes_.subspan(1 + first_size));
  return Absent();
}

Result<ColumnValue> TaggedField::MultiValue(uint32_t itag_sequence) const {
  ASSIGN_OR_RETURN(const uint32_t count, value_count());
  if (itag_sequence > count) return Absent();
  // Loaded once, checked, then used: the bytes may change under an optimistic reader.
  const uint16_t word = Word(bytes_, (itag_sequence - 1) * 2u);
  const size_t begin = word & kValueOffsetMask;
  const size_t end =
      itag_sequence == count ? bytes_.size() : Word(bytes_, itag_sequence * 2u) & kValueOffsetMask;
  if (begin < count * 2u || begin > end || end > bytes_.size()) return kMalformed;
  const Bytes bytes = bytes_.subspan(begin, end - begin);
  if ((word & kValueSeparated) != 0) return Separated(bytes);
  ColumnValue value = Inline(bytes);
  if ((header_ & kCompressed) != 0 && itag_sequence == 1) value.kind = ValueKind::kCompressed;
  value.is_encrypted = (header_ & kEncrypted) != 0;
  return value;
}

Result<RecordView> RecordView::Open(const TableSchema& schema, RecordLayout layout, Bytes record) {
  if (record.size() < kHeaderSize) return kMalformed;
  RecordView view;
  view.schema_ = &schema;
  view.layout_ = layout;
  view.record_ = record;
  view.last_fixed_ = Byte(record, kLastFixed);
  view.last_variable_ = Byte(record, kLastVariable);
  view.fixed_end_ = Word(record, kFixedEnd);
  if (view.last_fixed_ > kLastFixedColumn || view.last_variable_ < kFirstVariableColumn - 1) {
    return kMalformed;
  }
  const size_t variable_count = view.last_variable_ - (kFirstVariableColumn - 1);
  const size_t variable_start = view.fixed_end_ + 2 * variable_count;
  if (view.fixed_end_ < kHeaderSize + NullBitmapSize(view.last_fixed_) ||
      variable_start > record.size()) {
    return kMalformed;
  }
  const size_t variable_size =
      variable_count == 0 ? 0 : Word(record, variable_start - 2) & kVariableOffsetMask;
  const size_t tagged_start = variable_start + variable_size;
  if (tagged_start > record.size() || tagged_start > UINT16_MAX) return kMalformed;
  view.variable_start_ = static_cast<uint16_t>(variable_start);
  view.variable_size_ = static_cast<uint16_t>(variable_size);
  view.tagged_ = record.subspan(tagged_start);
  if (view.tagged_.empty()) return view;

  if (view.tagged_.size() < kTaggedEntrySize) return kMalformed;
  const uint32_t array_size = Word(view.tagged_, 2) & TaggedOffsetMask(layout);
  if (array_size < kTaggedEntrySize || array_size % kTaggedEntrySize != 0 ||
      array_size > view.tagged_.size()) {
    return kMalformed;
  }
  view.tagged_count_ = static_cast<uint16_t>(array_size / kTaggedEntrySize);
  return view;
}

Result<ColumnValue> RecordView::FixedValue(const ColumnSchema& column) const {
  if (column.id > last_fixed_) return Absent();
  const size_t bitmap_start = fixed_end_ - NullBitmapSize(last_fixed_);
  const uint32_t bit = column.id - 1;
  if ((Byte(record_, bitmap_start + bit / 8) >> (bit % 8) & 1) != 0) return ColumnValue{};
  const size_t end = size_t{column.record_offset} + column.fixed_size();
  if (column.record_offset < kHeaderSize || end > bitmap_start) return kMalformed;
  return Inline(record_.subspan(column.record_offset, column.fixed_size()));
}

Result<ColumnValue> RecordView::VariableValue(const ColumnSchema& column) const {
  if (column.id > last_variable_) return Absent();
  const size_t slot = fixed_end_ + 2 * size_t{column.id - kFirstVariableColumn};
  const uint16_t word = Word(record_, slot);
  if ((word & kVariableNull) != 0) return ColumnValue{};
  const size_t end = word & kVariableOffsetMask;
  const size_t begin =
      column.id == kFirstVariableColumn ? 0 : Word(record_, slot - 2) & kVariableOffsetMask;
  if (begin > end || end > variable_size_) return kMalformed;
  return Inline(record_.subspan(variable_start_ + begin, end - begin));
}

Result<TaggedField> RecordView::TaggedAt(uint32_t position) const {
  DCHECK(position < tagged_count_);
  const bool large = layout_ == RecordLayout::kLargePage;
  const uint16_t mask = TaggedOffsetMask(layout_);
  const size_t entry = position * kTaggedEntrySize;
  const uint16_t word = Word(tagged_, entry + 2);
  const size_t begin = word & mask;
  const bool is_last = position + 1 == tagged_count_;
  const size_t end = is_last ? tagged_.size() : Word(tagged_, entry + kTaggedEntrySize + 2) & mask;
  if (begin < tagged_count_ * kTaggedEntrySize || begin > end || end > tagged_.size()) {
    return kMalformed;
  }
  TaggedField field;
  field.column_ = Word(tagged_, entry);
  if ((word & kTaggedDerived) != 0) field.column_ |= kTemplateColumnBit;
  field.bytes_ = tagged_.subspan(begin, end - begin);
  if (large || (word & kSmallHasHeader) != 0) {
    if (field.bytes_.empty()) return kMalformed;
    field.header_ = Byte(field.bytes_, 0);
    field.bytes_ = field.bytes_.subspan(1);
  }
  field.null_ = large ? (field.header_ & kNull) != 0 : (word & kSmallNull) != 0;
  return field;
}

uint32_t RecordView::FindTagged(ColumnId id) const {
  const uint32_t wanted = TaggedOrder(id);
  uint32_t low = 0;
  uint32_t high = tagged_count_;
  while (low < high) {
    const uint32_t middle = (low + high) / 2;
    const size_t entry = middle * kTaggedEntrySize;
    ColumnId column = Word(tagged_, entry);
    if ((Word(tagged_, entry + 2) & kTaggedDerived) != 0) column |= kTemplateColumnBit;
    const uint32_t key = TaggedOrder(column);
    if (key == wanted) return middle;
    if (key < wanted) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return tagged_count_;
}

Result<ColumnValue> RecordView::StoredValue(const ColumnSchema& column,
                                            uint32_t itag_sequence) const {
  if (column.is_tagged()) {
    const uint32_t position = FindTagged(column.id);
    if (position == tagged_count_) return Absent();
    ASSIGN_OR_RETURN(const TaggedField field, TaggedAt(position));
    return field.Value(itag_sequence);
  }
  if (itag_sequence > 1) return Absent();
  return column.is_fixed() ? FixedValue(column) : VariableValue(column);
}

Result<ColumnValue> RecordView::Value(const ColumnSchema& column, uint32_t itag_sequence) const {
  ASSIGN_OR_RETURN(ColumnValue value, StoredValue(column, itag_sequence));
  if (value.kind != ValueKind::kAbsent) return value;
  if (itag_sequence > 1) return value;
  value.kind = ValueKind::kNull;
  if (column.has_default_value()) {
    value.kind = ValueKind::kInline;
    value.is_default = true;
    value.bytes = column.default_value;
  }
  return value;
}

Result<uint32_t> RecordView::ValueCount(const ColumnSchema& column) const {
  if (column.is_tagged()) {
    const uint32_t position = FindTagged(column.id);
    if (position != tagged_count_) {
      ASSIGN_OR_RETURN(const TaggedField field, TaggedAt(position));
      return field.value_count();
    }
  }
  ASSIGN_OR_RETURN(const ColumnValue value, Value(column));
  return value.is_null() ? 0u : 1u;
}

}  // namespace contrail
