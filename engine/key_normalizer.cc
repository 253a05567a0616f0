#include "engine/key_normalizer.h"

#include <algorithm>

#include "engine/text_order.h"
#include "storage/check.h"

namespace contrail {
namespace {

constexpr std::byte kNullPrefix{0x00};
constexpr std::byte kNullHighPrefix{0xc0};
constexpr std::byte kZeroLengthPrefix{0x40};
constexpr std::byte kDataPrefix{0x7f};

constexpr size_t kBinaryGroup =
    8;  // Data bytes of a group of variable binary; a count byte follows.

// Keys limited to 255 bytes look at this much of a text and no further, as they always have.
constexpr size_t kShortKeyLatinSource = 255;
constexpr size_t kShortKeyUnicodeSource = 256;

std::byte UpperCase(std::byte c) {
  return c >= std::byte{'a'} && c <= std::byte{'z'} ? std::byte(static_cast<uint8_t>(c) - 0x20) : c;
}

// The limit of one segment that VarSegMac sets; no limit of its own when it equals the key's.
size_t OwnLimit(const IndexSchema& index) {
  const bool limited = index.var_segment_max != 0 && index.var_segment_max < index.key_most;
  return limited ? index.var_segment_max : size_t{kMaxKeyMost} + 1;
}

template <typename T>
void StoreBig(std::byte* to, T value) {
  if constexpr (sizeof(T) == 2) value = __builtin_bswap16(value);
  if constexpr (sizeof(T) == 4) value = __builtin_bswap32(value);
  if constexpr (sizeof(T) == 8) value = __builtin_bswap64(value);
  StoreLittle(to, value);
}

enum class NumberKind { kUnsigned, kSigned, kFloating };

template <typename T>
void NormalizeNumber(const std::byte* from, NumberKind kind, std::byte* to) {
  constexpr T kSign = T{1} << (sizeof(T) * 8 - 1);
  T bits = LoadLittle<T>(from);
  if (kind == NumberKind::kFloating && (bits & kSign) != 0) {
    bits = static_cast<T>(~bits);
  } else if (kind != NumberKind::kUnsigned) {
    bits ^= kSign;
  }
  StoreBig(to, bits);
}

void NormalizeGuid(const std::byte* from, bool dot_net, std::byte* to) {
  static constexpr uint8_t kWindows[16] = {10, 11, 12, 13, 14, 15, 8, 9, 6, 7, 4, 5, 0, 1, 2, 3};
  static constexpr uint8_t kDotNet[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
  const uint8_t* order = dot_net ? kDotNet : kWindows;
  for (size_t i = 0; i < 16; ++i) to[i] = from[order[i]];
}

// Body of a value of a fixed-size type; `to` has room for 16 bytes.
void NormalizeFixedSize(const IndexSchema& index, ColumnType type, const std::byte* from,
                        std::byte* to) {
  switch (type) {
    case ColumnType::kBit:
      *to = *from == std::byte{0} ? std::byte{0} : std::byte{0xff};
      return;
    case ColumnType::kUnsignedByte:
      *to = *from;
      return;
    case ColumnType::kShort:
      return NormalizeNumber<uint16_t>(from, NumberKind::kSigned, to);
    case ColumnType::kUnsignedShort:
      return NormalizeNumber<uint16_t>(from, NumberKind::kUnsigned, to);
    case ColumnType::kLong:
      return NormalizeNumber<uint32_t>(from, NumberKind::kSigned, to);
    case ColumnType::kUnsignedLong:
      return NormalizeNumber<uint32_t>(from, NumberKind::kUnsigned, to);
    case ColumnType::kSingle:
      return NormalizeNumber<uint32_t>(from, NumberKind::kFloating, to);
    case ColumnType::kCurrency:
    case ColumnType::kLongLong:
      return NormalizeNumber<uint64_t>(from, NumberKind::kSigned, to);
    case ColumnType::kUnsignedLongLong:
      return NormalizeNumber<uint64_t>(from, NumberKind::kUnsigned, to);
    case ColumnType::kDouble:
    case ColumnType::kDateTime:
      return NormalizeNumber<uint64_t>(from, NumberKind::kFloating, to);
    default:
      DCHECK(type == ColumnType::kGuid);
      return NormalizeGuid(from, index.Has(index_flag::kDotNetGuid), to);
  }
}

NormalizedSegment FixedSizeSegment(const IndexSchema& index, ColumnType type, Bytes value,
                                   MutableBytes to) {
  std::byte body[17];
  body[0] = kDataPrefix;
  NormalizeFixedSize(index, type, value.data(), body + 1);
  const size_t size = std::min(value.size() + 1, to.size());
  std::memcpy(to.data(), body, size);
  return {size, size < value.size() + 1, 0};
}

NormalizedSegment FixedBinarySegment(const IndexSchema& index, Bytes value, MutableBytes to) {
  const size_t wanted = std::min(value.size() + 1, OwnLimit(index));
  const size_t size = std::min(wanted, to.size());
  to[0] = kDataPrefix;
  std::copy_n(value.begin(), size - 1, to.begin() + 1);
  return {size, size < wanted, 0};
}

// Groups of 8 bytes, each followed by 9 when more follow, else by how many of its bytes count.
// Where the room ends inside a group, its bytes are written without a count.
NormalizedSegment VariableBinarySegment(const IndexSchema& index, Bytes value, MutableBytes to) {
  constexpr size_t kStored = kBinaryGroup + 1;
  const size_t full = (value.size() + kBinaryGroup - 1) / kBinaryGroup * kStored + 1;
  const size_t wanted = std::min(full, OwnLimit(index));
  NormalizedSegment segment{std::min(wanted, to.size()), wanted > to.size(), 0};
  const bool complete = segment.size == full;
  to[0] = kDataPrefix;
  size_t written = 1;
  size_t read = 0;
  while (segment.size - written >= kStored) {
    const size_t count = std::min(kBinaryGroup, value.size() - read);
    std::byte* group = to.data() + written;
    std::memcpy(group, value.data() + read, count);
    std::memset(group + count, 0, kBinaryGroup - count);
    const bool last = read + count == value.size();
    if (last) segment.binary_end = written + count;
    const bool counts = last && (complete || count < kBinaryGroup);
    group[kBinaryGroup] = static_cast<std::byte>(counts ? count : kBinaryGroup + 1);
    written += kStored;
    read += count;
  }
  if (const size_t room = segment.size - written; room > 0) {
    const size_t count = std::min(room, value.size() - read);
    if (count < room) segment.binary_end = written + count;
    std::memcpy(to.data() + written, value.data() + read, count);
    std::memset(to.data() + written + count, 0, room - count);
  }
  return segment;
}

// Writes the body of Latin text into `to`: upper case up to the first NUL, and a NUL. One that does
// not fit ends in the next byte less 0x20, whatever that byte is: the format's own quirk.
NormalizedSegment LatinBody(Bytes text, MutableBytes to) {
  const auto nul = std::find(text.begin(), text.end(), std::byte{0});
  const auto length = static_cast<size_t>(nul - text.begin());
  if (length < to.size()) {
    std::transform(text.begin(), nul, to.begin(), UpperCase);
    to[length] = std::byte{0};
    return {length + 1, false, 0};
  }
  if (to.empty()) return {0, true, 0};
  const size_t kept = to.size() - 1;
  std::transform(text.begin(), text.begin() + static_cast<ptrdiff_t>(kept), to.begin(), UpperCase);
  to[kept] = static_cast<std::byte>(static_cast<uint8_t>(text[kept]) - 0x20);
  return {to.size(), true, 0};
}

Result<NormalizedSegment> TextSegment(const IndexSchema& index, const ColumnSchema& column,
                                      Bytes value, MutableBytes to) {
  const size_t own_limit = OwnLimit(index);
  const MutableBytes body = to.first(std::min(to.size(), own_limit)).subspan(1);
  const bool short_key = index.key_most == kDefaultKeyMost;
  NormalizedSegment segment;
  if (column.is_unicode()) {
    if (index.text_order == nullptr) return Error::kUnicodeNormalizationNotSupported;
    if (short_key) value = value.first(std::min(value.size(), kShortKeyUnicodeSource));
    ASSIGN_OR_RETURN(const SortKeyResult sort_key, index.text_order->MakeKey(value, body));
    segment = {sort_key.size, sort_key.truncated, 0};
  } else {
    if (short_key) value = value.first(std::min(value.size(), kShortKeyLatinSource));
    segment = LatinBody(value, body);
  }
  to[0] = kDataPrefix;
  ++segment.size;
  // A cut that VarSegMac asked for does not end the key.
  if (segment.size == own_limit) segment.truncated = false;
  return segment;
}

Result<NormalizedSegment> DataSegment(const IndexSchema& index, const ColumnSchema& column,
                                      Bytes value, MutableBytes to) {
  if (IsTextType(column.type)) return TextSegment(index, column, value, to);
  if (IsBinaryType(column.type)) {
    return column.is_fixed() ? FixedBinarySegment(index, value, to)
                             : VariableBinarySegment(index, value, to);
  }
  const uint32_t size = FixedSizeOf(column.type);
  if (size == 0 || value.size() != size) return Error::kInvalidBufferSize;
  return FixedSizeSegment(index, column.type, value, to);
}

}  // namespace

void KeyBuffer::Append(Bytes more) {
  CHECK(more.size() <= bytes_.size() - size_);
  std::copy(more.begin(), more.end(), bytes_.begin() + static_cast<ptrdiff_t>(size_));
  size_ += more.size();
}

void KeyBuffer::Resize(size_t size) {
  CHECK(size <= bytes_.size());
  size_ = size;
}

Result<NormalizedSegment> NormalizeSegment(const IndexSchema& index, const ColumnSchema& column,
                                           bool descending, SegmentValue kind, Bytes value,
                                           MutableBytes to) {
  DCHECK(!to.empty());
  NormalizedSegment segment{1, false, 0};
  if (kind == SegmentValue::kNull) {
    to[0] = index.Has(index_flag::kNullsHigh) ? kNullHighPrefix : kNullPrefix;
  } else if (kind == SegmentValue::kZeroLength || value.empty()) {
    if (FixedSizeOf(column.type) != 0) return Error::kInvalidBufferSize;
    to[0] = kZeroLengthPrefix;
  } else {
    ASSIGN_OR_RETURN(segment, DataSegment(index, column, value, to));
  }
  if (descending) {
    for (std::byte& byte : to.first(segment.size)) byte = ~byte;
  }
  return segment;
}

}  // namespace contrail
