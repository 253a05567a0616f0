#include "engine/record_builder.h"

#include <algorithm>

#include "storage/check.h"

namespace contrail {
namespace {

using namespace record_format;  // NOLINT(google-build-using-namespace): constants of this one
                                // format

// Beyond this the heap is worth looking at for values that were overwritten.
constexpr size_t kHeapCompactionSize = 128 * 1024;

bool IsNullBit(const std::array<std::byte, 16>& bits, ColumnId id) {
  return (static_cast<uint8_t>(bits[(id - 1) / 8]) >> ((id - 1) % 8) & 1) != 0;
}

void SetNullBit(std::array<std::byte, 16>& bits, ColumnId id, bool null) {
  const std::byte mask{static_cast<uint8_t>(1u << ((id - 1) % 8))};
  std::byte& byte = bits[(id - 1) / 8];
  byte = null ? byte | mask : byte & ~mask;
}

// Fills the rest of a fixed column: text with blanks, anything else with zeros.
void Pad(const ColumnSchema& column, std::byte* to, size_t size) {
  if (!IsTextType(column.type)) {
    std::memset(to, 0, size);
  } else if (!column.is_unicode()) {
    std::memset(to, ' ', size);
  } else {
    for (size_t i = 0; i < size; ++i) to[i] = i % 2 == 0 ? std::byte{' '} : std::byte{0};
  }
}

Status CheckSize(const ColumnSchema& column, size_t size) {
  if (const uint32_t exact = FixedSizeOf(column.type); exact != 0) {
    return size == exact ? Status::Ok() : Error::kInvalidBufferSize;
  }
  uint32_t most = column.max_size;
  if (most == 0) most = IsLongType(column.type) ? kMaxLongValueSize : kMaxShortValueSize;
  return size <= most ? Status::Ok() : Error::kColumnTooBig;
}

ColumnValue InlineValue(Bytes bytes, bool is_default = false) {
  ColumnValue value;
  value.kind = ValueKind::kInline;
  value.is_default = is_default;
  value.bytes = bytes;
  return value;
}

ColumnValue AbsentValue() {
  ColumnValue value;
  value.kind = ValueKind::kAbsent;
  return value;
}

}  // namespace

void RecordBuilder::StartEmpty(const TableSchema& schema, RecordLayout layout) {
  schema_ = &schema;
  layout_ = layout;
  last_fixed_ = 0;
  last_variable_ = kFirstVariableColumn - 1;
  fixed_.resize(schema.NextFixedOffset());
  null_bits_.fill(std::byte{0xff});
  tagged_.clear();
  heap_.clear();
}

void RecordBuilder::StartInsert(const TableSchema& schema, RecordLayout layout) {
  StartEmpty(schema, layout);
  for (const uint16_t position : schema.columns_with_default()) {
    const ColumnSchema& column = schema.columns()[position];
    // Extending over a column writes its default.
    if (column.is_fixed()) ExtendFixed(column.id);
    if (column.is_variable()) ExtendVariable(column.id);
  }
}

Status RecordBuilder::StartFrom(const RecordView& record) {
  const TableSchema& schema = record.schema();
  StartEmpty(schema, record.layout());
  const Bytes bytes = record.bytes();
  if (record.last_fixed() > schema.last_fixed_column()) return Error::kDatabaseCorrupted;
  const size_t fixed_end = schema.FixedDataEnd(record.last_fixed());
  const size_t bitmap_size = NullBitmapSize(record.last_fixed());
  const size_t stored_end = LoadLittle<uint16_t>(bytes.data() + kFixedEnd);
  if (fixed_end + bitmap_size > stored_end || stored_end > bytes.size()) {
    return Error::kDatabaseCorrupted;
  }
  std::memcpy(fixed_.data(), bytes.data(), fixed_end);
  std::memcpy(null_bits_.data(), bytes.data() + stored_end - bitmap_size, bitmap_size);
  last_fixed_ = record.last_fixed();
  for (ColumnId id = last_fixed_ + 1; id <= bitmap_size * 8; ++id) SetNullBit(null_bits_, id, true);

  for (ColumnId id = kFirstVariableColumn; id <= record.last_variable(); ++id) {
    const ColumnSchema* column = schema.FindColumn(id);
    if (column == nullptr) return Error::kDatabaseCorrupted;
    ASSIGN_OR_RETURN(const ColumnValue value, record.StoredValue(*column));
    VariableSlot& slot = variable_[id - kFirstVariableColumn];
    slot = VariableSlot{};
    if (value.is_null()) continue;
    slot.null = false;
    slot.size = static_cast<uint16_t>(value.bytes.size());
    slot.offset = Store(value.bytes);
  }
  last_variable_ = record.last_variable();
  return StartFromTagged(record);
}

Status RecordBuilder::StartFromTagged(const RecordView& record) {
  for (uint32_t position = 0; position < record.tagged_count(); ++position) {
    ASSIGN_OR_RETURN(const TaggedField field, record.TaggedAt(position));
    TaggedSlot slot{};
    slot.column = field.column();
    slot.is_long = field.is_long();
    slot.kind = ValueKind::kNull;
    if (!tagged_.empty() && tagged_.back().sort_key() >= slot.sort_key()) {
      return Error::kDatabaseCorrupted;  // Each column once, in order.
    }
    ASSIGN_OR_RETURN(const uint32_t count, field.value_count());
    if (count == 0) tagged_.push_back(slot);
    for (uint32_t itag = 1; itag <= count; ++itag) {
      ASSIGN_OR_RETURN(const ColumnValue value, field.Value(itag));
      slot.kind = value.kind;
      slot.encrypted = value.is_encrypted;
      slot.size = static_cast<uint32_t>(value.bytes.size());
      slot.offset = Store(value.bytes);
      tagged_.push_back(slot);
    }
  }
  return Status::Ok();
}

uint32_t RecordBuilder::Store(Bytes value) {
  const size_t offset = heap_.size();
  heap_.resize(offset + value.size());
  if (!value.empty()) std::memcpy(heap_.data() + offset, value.data(), value.size());
  return static_cast<uint32_t>(offset);
}

void RecordBuilder::CompactHeap() {
  size_t live = 0;
  for (ColumnId id = kFirstVariableColumn; id <= last_variable_; ++id) {
    live += variable_[id - kFirstVariableColumn].size;
  }
  for (const TaggedSlot& slot : tagged_) live += slot.size;
  if (heap_.size() < 2 * live) return;
  std::vector<std::byte> old;
  old.swap(heap_);
  heap_.reserve(2 * live);
  for (ColumnId id = kFirstVariableColumn; id <= last_variable_; ++id) {
    VariableSlot& slot = variable_[id - kFirstVariableColumn];
    slot.offset = Store({old.data() + slot.offset, slot.size});
  }
  for (TaggedSlot& slot : tagged_) slot.offset = Store({old.data() + slot.offset, slot.size});
}

void RecordBuilder::WriteFixed(const ColumnSchema& column, Bytes value) {
  DCHECK(column.record_offset + column.fixed_size() <= fixed_.size());
  const size_t size = std::min<size_t>(value.size(), column.fixed_size());
  std::byte* to = fixed_.data() + column.record_offset;
  if (column.type == ColumnType::kBit) {
    *to = value.empty() || value[0] == std::byte{0} ? std::byte{0} : std::byte{0xff};
  } else {
    if (size != 0) std::memcpy(to, value.data(), size);
    Pad(column, to + size, column.fixed_size() - size);
  }
  SetNullBit(null_bits_, column.id, false);
}

void RecordBuilder::ExtendFixed(ColumnId last) {
  while (last_fixed_ < last) {
    const ColumnSchema* column = schema_->FindColumn(++last_fixed_);
    SetNullBit(null_bits_, last_fixed_, true);
    if (column == nullptr) continue;
    std::memset(fixed_.data() + column->record_offset, 0, column->fixed_size());
    if (!column->deleted() && column->has_default_value()) {
      WriteFixed(*column, column->default_value);
    }
  }
}

void RecordBuilder::ExtendVariable(ColumnId last) {
  while (last_variable_ < last) {
    const ColumnSchema* column = schema_->FindColumn(++last_variable_);
    VariableSlot& slot = variable_[last_variable_ - kFirstVariableColumn];
    slot = VariableSlot{};
    if (column == nullptr || column->deleted() || !column->has_default_value()) continue;
    slot.null = false;
    slot.size = static_cast<uint16_t>(column->default_value.size());
    slot.offset = Store(column->default_value);
  }
}

Status RecordBuilder::SetFixed(const ColumnSchema& column, Bytes value) {
  if (FixedSizeOf(column.type) == 0) {
    if (value.size() > column.fixed_size()) return Error::kColumnTooBig;
  } else {
    RETURN_IF_ERROR(CheckSize(column, value.size()));
  }
  ExtendFixed(column.id);
  WriteFixed(column, value);
  return Status::Ok();
}

Status RecordBuilder::SetVariable(const ColumnSchema& column, Bytes value) {
  RETURN_IF_ERROR(CheckSize(column, value.size()));
  ExtendVariable(column.id);
  VariableSlot& slot = variable_[column.id - kFirstVariableColumn];
  if (!slot.null && value.size() <= slot.size) {
    if (!value.empty()) std::memmove(heap_.data() + slot.offset, value.data(), value.size());
  } else {
    slot.offset = Store(value);
  }
  slot.size = static_cast<uint16_t>(value.size());
  slot.null = false;
  return Status::Ok();
}

std::pair<uint32_t, uint32_t> RecordBuilder::TaggedRange(ColumnId id) const {
  const uint32_t wanted = TaggedOrder(id);
  const auto first =
      std::lower_bound(tagged_.begin(), tagged_.end(), wanted,
                       [](const TaggedSlot& slot, uint32_t key) { return slot.sort_key() < key; });
  auto last = first;
  while (last != tagged_.end() && last->sort_key() == wanted) ++last;
  return {static_cast<uint32_t>(first - tagged_.begin()),
          static_cast<uint32_t>(last - tagged_.begin())};
}

Status RecordBuilder::SetTagged(const ColumnSchema& column, uint32_t itag_sequence, ValueKind kind,
                                Bytes value) {
  auto [first, last] = TaggedRange(column.id);
  if (first != last && tagged_[first].kind == ValueKind::kNull) {
    tagged_.erase(tagged_.begin() + first);
    last = first;
  }
  const uint32_t count = last - first;
  uint32_t position = itag_sequence == 0 || itag_sequence > count ? count : itag_sequence - 1;
  if (!column.Has(column_flag::kMultiValued)) position = 0;
  if (kind == ValueKind::kCompressed && position != 0) return Error::kInvalidParameter;

  TaggedSlot slot{};
  slot.column = column.id;
  slot.kind = kind;
  slot.is_long = IsLongType(column.type);
  slot.size = static_cast<uint32_t>(value.size());
  if (position < count) {
    TaggedSlot& existing = tagged_[first + position];
    if (value.size() <= existing.size) {
      slot.offset = existing.offset;
      if (!value.empty()) std::memmove(heap_.data() + slot.offset, value.data(), value.size());
    } else {
      slot.offset = Store(value);
    }
    existing = slot;
  } else {
    slot.offset = Store(value);
    tagged_.insert(tagged_.begin() + last, slot);
  }
  return Status::Ok();
}

Status RecordBuilder::Set(const ColumnSchema& column, uint32_t itag_sequence, Bytes value) {
  DCHECK(schema_ != nullptr);
  if (column.deleted()) return Error::kColumnNotFound;
  if (!value.empty() && value.data() >= heap_.data() &&
      value.data() < heap_.data() + heap_.size()) {
    // The value is one of our own, which storing it might move.
    const std::vector<std::byte> copy(value.begin(), value.end());
    return Set(column, itag_sequence, copy);
  }
  if (heap_.size() > kHeapCompactionSize) CompactHeap();
  if (column.is_fixed()) return SetFixed(column, value);
  if (column.is_variable()) return SetVariable(column, value);
  RETURN_IF_ERROR(CheckSize(column, value.size()));
  if (column.type == ColumnType::kBit) {
    const std::byte bit = value[0] == std::byte{0} ? std::byte{0} : std::byte{0xff};
    return SetTagged(column, itag_sequence, ValueKind::kInline, {&bit, 1});
  }
  return SetTagged(column, itag_sequence, ValueKind::kInline, value);
}

Status RecordBuilder::SetSeparated(const ColumnSchema& column, uint32_t itag_sequence,
                                   LongValueId id) {
  if (!column.is_tagged() || !IsLongType(column.type)) return Error::kInvalidParameter;
  std::byte reference[8];
  StoreLittle<uint64_t>(reference, id);
  const size_t size = id > 0x7fffffff ? 8 : 4;
  return SetTagged(column, itag_sequence, ValueKind::kSeparated, {reference, size});
}

Status RecordBuilder::SetCompressed(const ColumnSchema& column, uint32_t itag_sequence,
                                    Bytes stored) {
  if (!column.is_tagged() || !IsLongType(column.type)) return Error::kInvalidParameter;
  return SetTagged(column, itag_sequence, ValueKind::kCompressed, stored);
}

Status RecordBuilder::SetNull(const ColumnSchema& column, uint32_t itag_sequence) {
  if (column.deleted()) return Error::kColumnNotFound;
  if (column.Has(column_flag::kNotNull)) return Error::kNullInvalid;
  const bool has_default = column.has_default_value();
  if (column.is_fixed()) {
    if (column.id > last_fixed_ && !has_default) return Status::Ok();
    ExtendFixed(column.id);
    SetNullBit(null_bits_, column.id, true);
    std::memset(fixed_.data() + column.record_offset, 0, column.fixed_size());
    return Status::Ok();
  }
  if (column.is_variable()) {
    if (column.id > last_variable_ && !has_default) return Status::Ok();
    ExtendVariable(column.id);
    variable_[column.id - kFirstVariableColumn] = VariableSlot{};
    return Status::Ok();
  }
  const auto [first, last] = TaggedRange(column.id);
  const uint32_t count = last - first;
  if (count == 0 && has_default && itag_sequence <= 1) {
    TaggedSlot slot{};
    slot.column = column.id;
    slot.kind = ValueKind::kNull;
    slot.is_long = IsLongType(column.type);
    tagged_.insert(tagged_.begin() + first, slot);
    return Status::Ok();
  }
  // 0 adds a value, and a null adds nothing.
  const bool is_single = !column.Has(column_flag::kMultiValued);
  if (count == 0 || (!is_single && (itag_sequence == 0 || itag_sequence > count))) {
    return Status::Ok();
  }
  if (count == 1 && has_default) {
    tagged_[first].kind = ValueKind::kNull;
    tagged_[first].size = 0;
    return Status::Ok();
  }
  tagged_.erase(tagged_.begin() + first + (is_single ? 0 : itag_sequence - 1));
  return Status::Ok();
}

Status RecordBuilder::RevertToDefault(const ColumnSchema& column) {
  if (column.deleted()) return Error::kColumnNotFound;
  if (column.is_tagged()) {
    const auto [first, last] = TaggedRange(column.id);
    tagged_.erase(tagged_.begin() + first, tagged_.begin() + last);
    return Status::Ok();
  }
  if (column.has_default_value()) return Set(column, 1, column.default_value);
  return SetNull(column, 1);
}

ColumnValue RecordBuilder::ValueOf(const TaggedSlot& slot) const {
  ColumnValue value;
  value.kind = slot.kind;
  value.is_encrypted = slot.encrypted;
  value.bytes = {heap_.data() + slot.offset, slot.size};
  if (slot.kind == ValueKind::kSeparated) {
    value.long_value = slot.size == 8 ? LoadLittle<uint64_t>(value.bytes.data())
                                      : LoadLittle<uint32_t>(value.bytes.data());
  }
  return value;
}

ColumnValue RecordBuilder::StoredValue(const ColumnSchema& column, uint32_t itag_sequence) const {
  DCHECK(itag_sequence > 0);
  if (column.is_tagged()) {
    const auto [first, last] = TaggedRange(column.id);
    if (itag_sequence > last - first) return AbsentValue();
    return ValueOf(tagged_[first + itag_sequence - 1]);
  }
  if (itag_sequence > 1) return AbsentValue();
  if (column.is_fixed()) {
    if (column.id > last_fixed_) return AbsentValue();
    if (IsNullBit(null_bits_, column.id)) return ColumnValue{};
    return InlineValue({fixed_.data() + column.record_offset, column.fixed_size()});
  }
  if (column.id > last_variable_) return AbsentValue();
  const VariableSlot& slot = variable_[column.id - kFirstVariableColumn];
  if (slot.null) return ColumnValue{};
  return InlineValue({heap_.data() + slot.offset, slot.size});
}

ColumnValue RecordBuilder::Value(const ColumnSchema& column, uint32_t itag_sequence) const {
  const ColumnValue value = StoredValue(column, itag_sequence);
  if (value.kind != ValueKind::kAbsent || itag_sequence > 1) return value;
  if (column.has_default_value()) return InlineValue(column.default_value, true);
  return ColumnValue{};
}

uint32_t RecordBuilder::ValueCount(const ColumnSchema& column) const {
  if (column.is_tagged()) {
    const auto [first, last] = TaggedRange(column.id);
    if (first != last) return tagged_[first].kind == ValueKind::kNull ? 0 : last - first;
  }
  return Value(column).is_null() ? 0 : 1;
}

Status RecordBuilder::CheckNotNull() const {
  for (const uint16_t position : schema_->not_null_columns()) {
    if (Value(schema_->columns()[position]).is_null()) return Error::kNullInvalid;
  }
  return Status::Ok();
}

RecordBuilder::LongValuePlace RecordBuilder::LargestIntrinsicLongValue() const {
  LongValuePlace place;
  uint32_t itag_sequence = 0;
  for (uint32_t position = 0; position < tagged_.size(); ++position) {
    const TaggedSlot& slot = tagged_[position];
    const bool same_column = position > 0 && tagged_[position - 1].sort_key() == slot.sort_key();
    itag_sequence = same_column ? itag_sequence + 1 : 1;
    const bool intrinsic = slot.kind == ValueKind::kInline || slot.kind == ValueKind::kCompressed;
    if (slot.is_long && intrinsic && slot.size > place.stored_size) {
      place = {slot.column, itag_sequence, slot.size, slot.kind == ValueKind::kCompressed};
    }
  }
  return place;
}

RecordBuilder::TaggedValueRef RecordBuilder::TaggedValueAt(uint32_t position) const {
  CHECK(position < tagged_.size());
  const TaggedSlot& slot = tagged_[position];
  uint32_t first = position;
  while (first > 0 && tagged_[first - 1].sort_key() == slot.sort_key()) --first;
  return {slot.column, position - first + 1, ValueOf(slot)};
}

}  // namespace contrail
