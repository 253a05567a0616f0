// The encoding half of RecordBuilder: sizes first, then bytes in one pass.

#include <algorithm>

#include "engine/record_builder.h"
#include "storage/check.h"

namespace contrail {
namespace {

using namespace record_format;  // NOLINT(google-build-using-namespace): constants of this one
                                // format

std::byte* Put16(std::byte* to, uint16_t value) {
  StoreLittle(to, value);
  return to + 2;
}

std::byte* PutBytes(std::byte* to, const std::byte* from, size_t size) {
  if (size != 0) std::memcpy(to, from, size);
  return to + size;
}

}  // namespace

size_t RecordBuilder::VariablePartSize() const {
  size_t size = 0;
  for (ColumnId id = kFirstVariableColumn; id <= last_variable_; ++id) {
    size += 2 + variable_[id - kFirstVariableColumn].size;
  }
  return size;
}

// The short form of two values has no place for what is not plain. Only long types should hold such
// values, but what a record does hold is kept.
bool RecordBuilder::IsPlain(const TaggedSlot& slot) {
  return slot.kind == ValueKind::kInline && !slot.encrypted;
}

// The header byte of the field made of these slots; 0 where a small page needs none.
uint8_t RecordBuilder::FieldHeader(uint32_t first, uint32_t last) const {
  const TaggedSlot& slot = tagged_[first];
  uint8_t header = slot.is_long ? kLongType : 0;
  if (slot.kind == ValueKind::kNull) {
    return layout_ == RecordLayout::kLargePage ? header | kNull : 0;
  }
  if (slot.kind == ValueKind::kCompressed) header |= kCompressed;
  if (slot.encrypted) header |= kEncrypted;
  const uint32_t count = last - first;
  if (count == 1) {
    if (slot.kind == ValueKind::kSeparated) header |= kSeparated;
  } else if (count == 2 && !slot.is_long && slot.size <= 255 && IsPlain(slot) &&
             IsPlain(tagged_[first + 1])) {
    header |= kMultiValues | kTwoValues;
  } else {
    header |= kMultiValues;
  }
  return header;
}

// Bytes of a field, its header byte included.
size_t RecordBuilder::FieldSize(uint32_t first, uint32_t last) const {
  const uint8_t header = FieldHeader(first, last);
  size_t size = header != 0 || layout_ == RecordLayout::kLargePage ? 1 : 0;
  if ((header & kTwoValues) != 0) {
    size += 1;
  } else if ((header & kMultiValues) != 0) {
    size += 2 * size_t{last - first};
  }
  for (uint32_t position = first; position < last; ++position) size += tagged_[position].size;
  return size;
}

size_t RecordBuilder::EncodedSize() const {
  size_t size =
      schema_->FixedDataEnd(last_fixed_) + NullBitmapSize(last_fixed_) + VariablePartSize();
  for (uint32_t first = 0; first < tagged_.size();) {
    uint32_t last = first + 1;
    while (last < tagged_.size() && tagged_[last].sort_key() == tagged_[first].sort_key()) ++last;
    size += kTaggedEntrySize + FieldSize(first, last);
    first = last;
  }
  return size;
}

Result<Bytes> RecordBuilder::Encode(size_t limit) {
  DCHECK(schema_ != nullptr);
  // Offsets have 15 bits, which every page size's limit respects.
  DCHECK(limit <= kLargeOffsetMask);
  const size_t size = EncodedSize();
  if (size > limit) return Error::kRecordTooBig;
  encoded_.resize(size);
  std::byte* to = EncodeFixed(encoded_.data());
  to = EncodeVariable(to);
  to = EncodeTagged(to);
  CHECK(to == encoded_.data() + size);
  return Bytes(encoded_);
}

std::byte* RecordBuilder::EncodeFixed(std::byte* to) const {
  const size_t fixed_end = schema_->FixedDataEnd(last_fixed_);
  const size_t bitmap_size = NullBitmapSize(last_fixed_);
  std::byte* const start = to;
  to = PutBytes(to, fixed_.data(), fixed_end);
  to = PutBytes(to, null_bits_.data(), bitmap_size);
  start[kLastFixed] = static_cast<std::byte>(last_fixed_);
  start[kLastVariable] = static_cast<std::byte>(last_variable_);
  StoreLittle(start + kFixedEnd, static_cast<uint16_t>(fixed_end + bitmap_size));
  return to;
}

std::byte* RecordBuilder::EncodeVariable(std::byte* to) const {
  size_t end = 0;
  for (ColumnId id = kFirstVariableColumn; id <= last_variable_; ++id) {
    const VariableSlot& slot = variable_[id - kFirstVariableColumn];
    end += slot.size;
    to = Put16(to, static_cast<uint16_t>(slot.null ? end | kVariableNull : end));
  }
  for (ColumnId id = kFirstVariableColumn; id <= last_variable_; ++id) {
    const VariableSlot& slot = variable_[id - kFirstVariableColumn];
    to = PutBytes(to, heap_.data() + slot.offset, slot.size);
  }
  return to;
}

std::byte* RecordBuilder::EncodeTagged(std::byte* to) const {
  uint32_t field_count = 0;
  for (uint32_t i = 0; i < tagged_.size(); ++i) {
    if (i == 0 || tagged_[i].sort_key() != tagged_[i - 1].sort_key()) ++field_count;
  }
  const bool large = layout_ == RecordLayout::kLargePage;
  std::byte* const array = to;
  std::byte* entry = array;
  to += field_count * kTaggedEntrySize;
  for (uint32_t first = 0; first < tagged_.size();) {
    uint32_t last = first + 1;
    while (last < tagged_.size() && tagged_[last].sort_key() == tagged_[first].sort_key()) ++last;
    const uint8_t header = FieldHeader(first, last);
    auto word = static_cast<uint16_t>(to - array);
    const ColumnId stored = StoredColumnId(tagged_[first].column);
    if (stored != tagged_[first].column) word |= kTaggedDerived;
    if (!large && header != 0) word |= kSmallHasHeader;
    if (!large && tagged_[first].kind == ValueKind::kNull) word |= kSmallNull;
    entry = Put16(entry, static_cast<uint16_t>(stored));
    entry = Put16(entry, word);
    if (large || header != 0) *to++ = std::byte{header};
    to = EncodeField(to, first, last, header);
    first = last;
  }
  return to;
}

std::byte* RecordBuilder::EncodeField(std::byte* to, uint32_t first, uint32_t last,
                                      uint8_t header) const {
  if ((header & kTwoValues) != 0) {
    *to++ = static_cast<std::byte>(tagged_[first].size);
  } else if ((header & kMultiValues) != 0) {
    size_t offset = 2 * size_t{last - first};
    for (uint32_t position = first; position < last; ++position) {
      const TaggedSlot& slot = tagged_[position];
      const bool separated = slot.kind == ValueKind::kSeparated;
      to = Put16(to, static_cast<uint16_t>(separated ? offset | kValueSeparated : offset));
      offset += slot.size;
    }
  }
  for (uint32_t position = first; position < last; ++position) {
    const TaggedSlot& slot = tagged_[position];
    to = PutBytes(to, heap_.data() + slot.offset, slot.size);
  }
  return to;
}

}  // namespace contrail
