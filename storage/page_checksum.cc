#include "storage/page_checksum.h"

#include <array>
#include <bit>

#include "storage/check.h"

namespace contrail {
namespace {

constexpr uint32_t kHeaderSeed = 0x89ABCDEF;
constexpr size_t kMaxBlocks = 4;
// The flag that says "new format" lies in the protected bytes; flipped, it hides the format itself.
constexpr size_t kFormatFlagBit = 8 * page_offset::kFlags + 13;
constexpr size_t kOwnChecksumBits = 64;

size_t BlockCount(size_t page_size) { return page_size > 8192 ? 4 : 1; }

// Sixteen bytes of a block, four 32-bit words.
using Row [[gnu::vector_size(16)]] = uint64_t;
constexpr int kGroupLevels = 4;  // Rows are folded 2^4 at a time.
constexpr int kMaxLevels = 9;    // Row numbers of an 8 KiB block.

inline Row LoadRow(const std::byte* from) {
  Row row;
  std::memcpy(&row, from, sizeof row);
  return row;
}

// XOR of 2^kLevel rows. by_bit[i] gathers the rows whose number has bit i set: the right halves.
template <int kLevel>
[[gnu::always_inline]] inline Row Fold(const std::byte* rows, Row* by_bit) {
  if constexpr (kLevel == 0) {
    return LoadRow(rows);
  } else {
    const Row left = Fold<kLevel - 1>(rows, by_bit);
    const Row right = Fold<kLevel - 1>(rows + (sizeof(Row) << (kLevel - 1)), by_bit);
    by_bit[kLevel - 1] ^= right;
    return left ^ right;
  }
}

inline uint32_t Parity(uint64_t bits) { return static_cast<uint32_t>(std::popcount(bits)) & 1; }

// The checksum of one block. Its ECC half is the XOR of the indexes of all set bits, and of their
// complements. XOR is linear: bit i of the first is the parity of the XOR of all words whose place
// has bit i set, so only whole rows are folded, and no bit is looked at before the end.
template <int kLevels>
uint64_t FoldBlock(const std::byte* block, bool skip_own_checksum, PageNumber number) {
  static_assert(kLevels >= kGroupLevels && kLevels <= kMaxLevels);
  constexpr uint32_t kGroups = 1u << (kLevels - kGroupLevels);
  Row total = {};
  Row by_bit[kLevels] = {};
#pragma GCC unroll 32
  for (uint32_t group = 0; group < kGroups; ++group) {
    const Row sum = Fold<kGroupLevels>(block + group * (sizeof(Row) << kGroupLevels), by_bit);
    total ^= sum;
#pragma GCC unroll 8
    for (int bit = kGroupLevels; bit < kLevels; ++bit) {
      if ((group >> (bit - kGroupLevels) & 1) != 0) by_bit[bit] ^= sum;
    }
  }
  // Row 0 is in no by_bit, so its first half can be taken out here.
  if (skip_own_checksum) total[0] ^= LoadLittle<uint64_t>(block);

  const uint64_t odd_words = (total[0] ^ total[1]) >> 32;
  const auto word_xor = static_cast<uint32_t>(total[0] ^ total[1] ^ odd_words);
  constexpr uint32_t kBitMasks[5] = {0xaaaaaaaa, 0xcccccccc, 0xf0f0f0f0, 0xff00ff00, 0xffff0000};
  uint32_t index = 0;
  for (int bit = 0; bit < 5; ++bit) index |= Parity(word_xor & kBitMasks[bit]) << bit;
  index |= Parity(odd_words) << 5 | Parity(total[1]) << 6;
  for (int bit = 0; bit < kLevels; ++bit) {
    index |= Parity(by_bit[bit][0] ^ by_bit[bit][1]) << (7 + bit);
  }
  constexpr uint32_t kIndexMask = (1u << (7 + kLevels)) - 1;
  const uint32_t complemented = Parity(word_xor) != 0 ? index ^ kIndexMask : index;
  return uint64_t{complemented} << 48 | uint64_t{index} << 32 | (word_xor ^ number);
}

uint64_t BlockChecksum(Bytes page, size_t block, PageNumber number) {
  const size_t size = page.size() / BlockCount(page.size());
  DCHECK(size == 4096 || size == 8192);
  const std::byte* from = page.data() + block * size;
  return size == 4096 ? FoldBlock<8>(from, block == 0, number)
                      : FoldBlock<9>(from, block == 0, number);
}

size_t ChecksumOffset(size_t block) {
  return block == 0 ? page_offset::kChecksum : page_offset::kLargeChecksums + 8 * (block - 1);
}

bool AllBlocksMatch(Bytes page, PageNumber number) {
  for (size_t i = 0; i < BlockCount(page.size()); ++i) {
    if (LoadLittle<uint64_t>(page.data() + ChecksumOffset(i)) != BlockChecksum(page, i, number)) {
      return false;
    }
  }
  return true;
}

bool IsZero(Bytes page) {
  // The first word is zero, and every byte equals the one eight places before it.
  return LoadLittle<uint64_t>(page.data()) == 0 &&
         std::memcmp(page.data(), page.data() + 8, page.size() - 8) == 0;
}

bool HasNewChecksum(Bytes page) {
  const auto flags = LoadLittle<uint32_t>(page.data() + page_offset::kFlags);
  return (flags & page_flag::kNewChecksum) != 0;
}

// Old format: small pages only. XOR of the words, and the page number in plain.
uint64_t OldChecksum(Bytes page, PageNumber number) {
  return uint64_t{number} << 32 | HeaderChecksum(page);
}

bool OldChecksumMatches(Bytes page, PageNumber number) {
  return !IsLargePage(static_cast<uint32_t>(page.size())) &&
         LoadLittle<uint64_t>(page.data()) == OldChecksum(page, number);
}

// The bit of the block that alone explains the difference between the stored and the computed
// checksum, or -1.
int64_t FindWrongBit(uint64_t difference, size_t block, size_t block_bits) {
  const auto ecc = static_cast<uint32_t>(difference >> 32);
  const auto word_xor = static_cast<uint32_t>(difference);
  const auto mask = static_cast<uint32_t>(block_bits - 1);
  if ((((ecc >> 16) ^ ecc) & mask) != mask || std::popcount(word_xor) != 1) return -1;
  const uint32_t bit = ecc & 0xffff;
  if (bit >= block_bits || bit % 32 != static_cast<uint32_t>(std::countr_zero(word_xor))) return -1;
  if (block == 0 && (bit < kOwnChecksumBits || bit == kFormatFlagBit)) return -1;
  return bit;
}

void FlipBit(std::byte* block, size_t bit) {
  block[bit / 8] ^= std::byte{1} << static_cast<int>(bit % 8);
}

bool Mend(MutableBytes page, PageNumber number) {
  const size_t blocks = BlockCount(page.size());
  const size_t block_size = page.size() / blocks;
  std::array<int64_t, kMaxBlocks> flipped;
  flipped.fill(-1);
  // Block 0 first: it protects the stored checksums of the others.
  for (size_t i = 0; i < blocks; ++i) {
    const uint64_t stored = LoadLittle<uint64_t>(page.data() + ChecksumOffset(i));
    const uint64_t difference = stored ^ BlockChecksum(page, i, number);
    if (difference == 0) continue;
    flipped[i] = FindWrongBit(difference, i, 8 * block_size);
    if (flipped[i] < 0) break;
    FlipBit(page.data() + i * block_size, static_cast<size_t>(flipped[i]));
  }
  if (AllBlocksMatch(page, number)) return true;
  for (size_t i = 0; i < blocks; ++i) {
    if (flipped[i] >= 0) {
      FlipBit(page.data() + i * block_size, static_cast<size_t>(flipped[i]));
    }
  }
  return false;
}

}  // namespace

void SealPage(MutableBytes page, PageNumber number) {
  CHECK(IsValidPageSize(static_cast<uint32_t>(page.size())));
  // Without the flag nobody would know which checksum this is.
  DCHECK(HasNewChecksum(page));
  const bool large = IsLargePage(static_cast<uint32_t>(page.size()));
  if (large) StoreLittle(page.data() + page_offset::kLargePageNumber, number);
  // Block 0 last: it covers the checksums of the others.
  for (size_t i = BlockCount(page.size()); i-- > 0;) {
    StoreLittle(page.data() + ChecksumOffset(i), BlockChecksum(page, i, number));
  }
}

ChecksumState VerifyPage(MutableBytes page, PageNumber number) {
  const ChecksumState state = VerifyPageReadOnly(page, number);
  if (state != ChecksumState::kBad || !HasNewChecksum(page)) return state;
  return Mend(page, number) ? ChecksumState::kCorrected : ChecksumState::kBad;
}

ChecksumState VerifyPageReadOnly(Bytes page, PageNumber number) {
  CHECK(IsValidPageSize(static_cast<uint32_t>(page.size())));
  if (HasNewChecksum(page)) {
    return AllBlocksMatch(page, number) ? ChecksumState::kGood : ChecksumState::kBad;
  }
  if (IsZero(page)) return ChecksumState::kUninitialised;
  return OldChecksumMatches(page, number) ? ChecksumState::kGood : ChecksumState::kBad;
}

uint64_t StoredChecksum(Bytes page) { return LoadLittle<uint64_t>(page.data()); }

uint64_t ComputedChecksum(Bytes page, PageNumber number) {
  CHECK(IsValidPageSize(static_cast<uint32_t>(page.size())));
  const bool old = !HasNewChecksum(page) && !IsLargePage(static_cast<uint32_t>(page.size()));
  return old ? OldChecksum(page, number) : BlockChecksum(page, 0, number);
}

uint32_t HeaderChecksum(Bytes header_page) {
  CHECK(header_page.size() % 8 == 0 && header_page.size() >= 8);
  uint64_t sum = 0;
  for (size_t at = 0; at < header_page.size(); at += 8) {
    sum ^= LoadLittle<uint64_t>(header_page.data() + at);
  }
  const uint32_t first = LoadLittle<uint32_t>(header_page.data());
  return kHeaderSeed ^ static_cast<uint32_t>(sum) ^ static_cast<uint32_t>(sum >> 32) ^ first;
}

}  // namespace contrail
