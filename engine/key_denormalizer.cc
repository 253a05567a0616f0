#include "engine/key_denormalizer.h"

#include <algorithm>

#include "storage/check.h"

namespace contrail {
namespace {

constexpr uint8_t kNullPrefix = 0x00;
constexpr uint8_t kNullHighPrefix = 0xc0;
constexpr uint8_t kZeroLengthPrefix = 0x40;
constexpr uint8_t kDataPrefix = 0x7f;
constexpr size_t kBinaryGroup = 8;

// A key from its current byte on, read through the inversion of a descending segment.
class KeyReader {
 public:
  explicit KeyReader(Bytes key) : key_(key) {}
  void set_descending(bool descending) { mask_ = descending ? 0xff : 0; }
  size_t left() const { return key_.size() - at_; }
  uint8_t Next() {
    DCHECK(left() > 0);
    return static_cast<uint8_t>(static_cast<uint8_t>(key_[at_++]) ^ mask_);
  }
  bool Read(MutableBytes to) {
    if (to.size() > left()) return false;
    for (std::byte& byte : to) byte = std::byte{Next()};
    return true;
  }

 private:
  Bytes key_;
  size_t at_ = 0;
  uint8_t mask_ = 0;
};

enum class NumberKind { kUnsigned, kSigned, kFloating };

template <typename T>
void RestoreNumber(std::byte* bytes, NumberKind kind) {
  constexpr T kSign = T{1} << (sizeof(T) * 8 - 1);
  T bits = 0;
  for (size_t i = 0; i < sizeof(T); ++i) {
    bits = static_cast<T>(bits << 8 | static_cast<T>(static_cast<uint8_t>(bytes[i])));
  }
  if (kind == NumberKind::kFloating && (bits & kSign) == 0) {
    bits = static_cast<T>(~bits);
  } else if (kind != NumberKind::kUnsigned) {
    bits ^= kSign;
  }
  StoreLittle(bytes, bits);
}

void RestoreGuid(std::byte* bytes, bool dot_net) {
  // Where each byte of the key belongs.
  static constexpr uint8_t kWindows[16] = {10, 11, 12, 13, 14, 15, 8, 9, 6, 7, 4, 5, 0, 1, 2, 3};
  static constexpr uint8_t kDotNet[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
  std::byte key[16];
  std::copy_n(bytes, sizeof key, key);
  const uint8_t* order = dot_net ? kDotNet : kWindows;
  for (size_t i = 0; i < sizeof key; ++i) bytes[order[i]] = key[i];
}

void RestoreFixedSize(const IndexSchema& index, ColumnType type, std::byte* bytes) {
  switch (type) {
    case ColumnType::kBit:
    case ColumnType::kUnsignedByte:
      return;
    case ColumnType::kShort:
      return RestoreNumber<uint16_t>(bytes, NumberKind::kSigned);
    case ColumnType::kUnsignedShort:
      return RestoreNumber<uint16_t>(bytes, NumberKind::kUnsigned);
    case ColumnType::kLong:
      return RestoreNumber<uint32_t>(bytes, NumberKind::kSigned);
    case ColumnType::kUnsignedLong:
      return RestoreNumber<uint32_t>(bytes, NumberKind::kUnsigned);
    case ColumnType::kSingle:
      return RestoreNumber<uint32_t>(bytes, NumberKind::kFloating);
    case ColumnType::kCurrency:
    case ColumnType::kLongLong:
      return RestoreNumber<uint64_t>(bytes, NumberKind::kSigned);
    case ColumnType::kUnsignedLongLong:
      return RestoreNumber<uint64_t>(bytes, NumberKind::kUnsigned);
    case ColumnType::kDouble:
    case ColumnType::kDateTime:
      return RestoreNumber<uint64_t>(bytes, NumberKind::kFloating);
    default:
      DCHECK(type == ColumnType::kGuid);
      return RestoreGuid(bytes, index.Has(index_flag::kDotNetGuid));
  }
}

// Groups of 8 bytes, each followed by 9 when more follow, else by how many of its bytes count.
bool ReadVariableBinary(KeyReader& key, MutableBytes to, size_t* size) {
  *size = 0;
  while (true) {
    std::byte group[kBinaryGroup];
    if (!key.Read(group) || key.left() == 0) return false;
    const size_t mark = key.Next();
    if (mark == 0 || mark > kBinaryGroup + 1) return false;
    const size_t count = std::min(mark, kBinaryGroup);
    if (count > to.size() - *size) return false;
    std::copy_n(group, count, to.begin() + static_cast<ptrdiff_t>(*size));
    *size += count;
    if (mark <= kBinaryGroup) return true;
  }
}

// Latin text can be passed over, though not restored.
bool PassLatinText(KeyReader& key) {
  while (key.left() > 0) {
    if (key.Next() == 0) return true;
  }
  return false;
}

// Reads the data of one segment; false when what follows cannot be found.
bool ReadData(const IndexSchema& index, const ColumnSchema& column, KeyReader& key, MutableBytes to,
              DenormalizedValue* value) {
  const bool limited = index.var_segment_max != 0 && index.var_segment_max < index.key_most;
  value->known = true;
  if (IsTextType(column.type)) {
    value->known = false;
    return !column.is_unicode() && !limited && PassLatinText(key);
  }
  if (IsBinaryType(column.type) && !column.is_fixed()) {
    return !limited && ReadVariableBinary(key, to, &value->size);
  }
  value->size = column.fixed_size();
  if (IsBinaryType(column.type)) {
    return !limited && value->size <= to.size() && key.Read(to.first(value->size));
  }
  value->size = FixedSizeOf(column.type);
  if (value->size == 0 || !key.Read(to.first(value->size))) return false;
  RestoreFixedSize(index, column.type, to.data());
  return true;
}

}  // namespace

DenormalizedValue DenormalizeSegment(const IndexSchema& index, const TableSchema& table, Bytes key,
                                     size_t position, MutableBytes to) {
  DCHECK(position < index.segments.size() && to.size() >= 16);
  // A key that takes all the room it has may have been cut.
  if (key.size() >= index.key_most && index.key_most >= kDefaultKeyMost) return {};
  KeyReader reader(key);
  DenormalizedValue value;
  for (size_t i = 0; i <= position; ++i) {
    const ColumnSchema* column = table.FindColumn(index.segments[i].column);
    if (column == nullptr || reader.left() == 0) return {};
    value = {};
    value.known = true;
    reader.set_descending(index.segments[i].descending);
    const uint8_t null_prefix = index.Has(index_flag::kNullsHigh) ? kNullHighPrefix : kNullPrefix;
    const uint8_t prefix = reader.Next();
    if (prefix == null_prefix) continue;
    if (prefix == kZeroLengthPrefix) {
      value.kind = SegmentValue::kZeroLength;
      continue;
    }
    value.kind = SegmentValue::kData;
    if (prefix != kDataPrefix || !ReadData(index, *column, reader, to, &value)) return {};
  }
  return value;
}

}  // namespace contrail
