#include "engine/value_compression.h"

#include <lz4.h>

#include <algorithm>

#include "engine/xpress.h"
#include "storage/check.h"

namespace contrail {
namespace {

constexpr uint8_t SchemeByte(CompressionScheme scheme, uint8_t low_bits = 0) {
  return static_cast<uint8_t>(static_cast<uint8_t>(scheme) << 3 | low_bits);
}

// XPRESS and LZ4: scheme byte, u16 length of the value, stream.
constexpr size_t kSizedHeader = 3;

// Number of 7-bit units; the scheme byte's low bits tell how far the last byte is used.
Result<uint32_t> SevenBitUnits(Bytes stored) {
  if (stored.size() < 2) return Error::kDecompressionFailed;
  const uint64_t used = (static_cast<uint8_t>(stored[0]) & 7u) + 1;
  const uint64_t bits = (stored.size() - 2) * uint64_t{8} + used;
  return static_cast<uint32_t>(bits / 7);
}

constexpr size_t SevenBitSize(size_t units) { return 1 + (units * 7 + 7) / 8; }

// Writes the first `units` units, `width` bytes apart; bytes between are left alone.
void UnpackSevenBit(Bytes packed, size_t units, size_t width, std::byte* to) {
  uint32_t bits = 0;
  uint32_t bit_count = 0;
  size_t position = 0;
  for (size_t i = 0; i < units; ++i) {
    if (bit_count < 7) {
      DCHECK(position < packed.size());
      bits |= static_cast<uint32_t>(packed[position++]) << bit_count;
      bit_count += 8;
    }
    to[i * width] = static_cast<std::byte>(bits & 0x7f);
    bits >>= 7;
    bit_count -= 7;
  }
}

size_t PackSevenBit(Bytes value, size_t width, CompressionScheme scheme, std::byte* to) {
  const size_t units = value.size() / width;
  DCHECK(units > 0);
  const auto last_bits = static_cast<uint8_t>((units * 7 - 1) % 8);
  to[0] = std::byte{SchemeByte(scheme, last_bits)};
  uint32_t bits = 0;
  uint32_t bit_count = 0;
  size_t written = 1;
  for (size_t i = 0; i < units; ++i) {
    bits |= static_cast<uint32_t>(value[i * width]) << bit_count;
    bit_count += 7;
    if (bit_count >= 8) {
      to[written++] = static_cast<std::byte>(bits);
      bits >>= 8;
      bit_count -= 8;
    }
  }
  if (bit_count > 0) to[written++] = static_cast<std::byte>(bits);
  DCHECK(written == SevenBitSize(units));
  return written;
}

bool AllSevenBit(Bytes value) {
  uint64_t seen = 0;
  size_t i = 0;
  for (; i + 8 <= value.size(); i += 8) seen |= LoadLittle<uint64_t>(value.data() + i);
  for (; i < value.size(); ++i) seen |= static_cast<uint8_t>(value[i]);
  return (seen & 0x8080808080808080u) == 0;
}

bool AllSevenBitUnicode(Bytes value) {
  if (value.size() % 2 != 0) return false;
  uint16_t seen = 0;
  for (size_t i = 0; i < value.size(); i += 2) seen |= LoadLittle<uint16_t>(value.data() + i);
  return seen < 0x80;
}

Result<size_t> DecompressSevenBit(Bytes stored, size_t width, MutableBytes to) {
  ASSIGN_OR_RETURN(const uint32_t units, SevenBitUnits(stored));
  if (width == 1) {
    const size_t count = std::min<size_t>(units, to.size());
    UnpackSevenBit(stored.subspan(1), count, 1, to.data());
    return count;
  }
  const size_t size = std::min<size_t>(size_t{units} * 2, to.size());
  std::fill_n(to.begin(), size, std::byte{0});
  UnpackSevenBit(stored.subspan(1), (size + 1) / 2, 2, to.data());
  return size;
}

// The rest of a length of LZ4 whose four bits in the token are all set: bytes up to one below 255.
size_t TakeLz4Length(Bytes stream, size_t token_bits, size_t* position) {
  size_t length = token_bits;
  if (token_bits < 15) return length;
  while (*position < stream.size()) {
    const auto byte = static_cast<uint8_t>(stream[(*position)++]);
    length += byte;
    if (byte != 255) break;
  }
  return length;
}

// Whether the matches that make the first `size` bytes copy from somewhere. liblz4 looks at every
// bound, but lets an offset of 0 through, which copies whatever the output held before.
bool Lz4MatchesHaveOffsets(Bytes stream, size_t size) {
  constexpr size_t kMinMatch = 4;
  size_t position = 0;
  size_t written = 0;
  while (position < stream.size()) {
    const auto token = static_cast<uint8_t>(stream[position++]);
    const size_t literals = TakeLz4Length(stream, token >> 4, &position);
    position += literals;
    written += literals;
    if (written >= size || position + 2 > stream.size()) return true;
    if (LoadLittle<uint16_t>(stream.data() + position) == 0) return false;
    position += 2;
    written += TakeLz4Length(stream, token & 15u, &position) + kMinMatch;
    if (written >= size) return true;
  }
  return true;
}

Result<size_t> DecompressLz4(Bytes stored, uint32_t size, MutableBytes to) {
  const Bytes stream = stored.subspan(kSizedHeader);
  if (!Lz4MatchesHaveOffsets(stream, size)) return Error::kDecompressionFailed;
  const auto wanted = static_cast<int>(std::min<size_t>(size, to.size()));
  if (wanted == 0) return size_t{0};
  const int got = LZ4_decompress_safe_partial(reinterpret_cast<const char*>(stream.data()),
                                              reinterpret_cast<char*>(to.data()),
                                              static_cast<int>(stream.size()), wanted, wanted);
  if (got != wanted) return Error::kDecompressionFailed;
  return static_cast<size_t>(got);
}

}  // namespace

Result<uint32_t> DecompressedSize(Bytes stored) {
  if (stored.empty()) return Error::kDecompressionFailed;
  switch (CompressionSchemeOf(stored[0])) {
    case CompressionScheme::kSevenBitAscii:
      return SevenBitUnits(stored);
    case CompressionScheme::kSevenBitUnicode: {
      ASSIGN_OR_RETURN(const uint32_t units, SevenBitUnits(stored));
      return units * 2;
    }
    case CompressionScheme::kXpress:
    case CompressionScheme::kLz4:
      if (stored.size() < kSizedHeader) return Error::kDecompressionFailed;
      return uint32_t{LoadLittle<uint16_t>(stored.data() + 1)};
    case CompressionScheme::kXpress9:
    case CompressionScheme::kXpress10:
      return Error::kFeatureNotAvailable;
    default:
      return Error::kDecompressionFailed;
  }
}

Result<size_t> Decompress(Bytes stored, MutableBytes to) {
  if (stored.empty()) return Error::kDecompressionFailed;
  switch (CompressionSchemeOf(stored[0])) {
    case CompressionScheme::kSevenBitAscii:
      return DecompressSevenBit(stored, 1, to);
    case CompressionScheme::kSevenBitUnicode:
      return DecompressSevenBit(stored, 2, to);
    case CompressionScheme::kXpress: {
      ASSIGN_OR_RETURN(const uint32_t size, DecompressedSize(stored));
      const bool prefix = to.size() < size;
      const MutableBytes part = to.first(std::min<size_t>(size, to.size()));
      RETURN_IF_ERROR(XpressDecompress(stored.subspan(kSizedHeader), part, prefix));
      return part.size();
    }
    case CompressionScheme::kLz4: {
      ASSIGN_OR_RETURN(const uint32_t size, DecompressedSize(stored));
      return DecompressLz4(stored, size, to);
    }
    case CompressionScheme::kScrub:
      std::fill(to.begin(), to.end(), std::byte{0});
      return to.size();
    case CompressionScheme::kXpress9:
    case CompressionScheme::kXpress10:
      return Error::kFeatureNotAvailable;
    default:
      return Error::kDecompressionFailed;
  }
}

size_t Compress(Bytes value, bool unicode, MutableBytes to) {
  if (value.size() < 2) return 0;
  // What is stored must be shorter than the value: for a chunk that is the only mark of
  // compression.
  const size_t room = std::min(to.size(), value.size() - 1);
  size_t width = 0;
  if (unicode && AllSevenBitUnicode(value)) {
    width = 2;
  } else if (AllSevenBit(value)) {
    width = 1;
  }
  size_t seven_bit_size = width != 0 ? SevenBitSize(value.size() / width) : 0;
  if (seven_bit_size > room) seven_bit_size = 0;

  if (value.size() >= kMinXpressSize && value.size() <= kMaxXpressSize && room > kSizedHeader) {
    const size_t better = seven_bit_size != 0 ? seven_bit_size - 1 : room;
    const size_t size =
        better <= kSizedHeader
            ? 0
            : XpressCompress(value, to.subspan(kSizedHeader, better - kSizedHeader));
    if (size != 0) {
      to[0] = std::byte{SchemeByte(CompressionScheme::kXpress)};
      StoreLittle(to.data() + 1, static_cast<uint16_t>(value.size()));
      return size + kSizedHeader;
    }
  }
  if (seven_bit_size == 0) return 0;
  return PackSevenBit(
      value, width,
      width == 2 ? CompressionScheme::kSevenBitUnicode : CompressionScheme::kSevenBitAscii,
      to.data());
}

}  // namespace contrail
