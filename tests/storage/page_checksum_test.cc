#include "storage/page_checksum.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "storage/page_view.h"
#include "tests/support/sample_pages.h"

namespace contrail {
namespace {

constexpr uint32_t kPageSizes[] = {4096, 8192, 16384, 32768};
constexpr size_t kFormatFlagBit = 8 * page_offset::kFlags + 13;

// Bit by bit, as the format's description of the checksum reads.
uint64_t SlowBlockChecksum(Bytes block, bool first, PageNumber number) {
  uint32_t word_xor = 0;
  uint32_t index = 0;
  uint32_t parity = 0;
  for (size_t i = first ? 8 : 0; i < block.size(); ++i) {
    const auto byte = std::to_integer<uint32_t>(block[i]);
    word_xor ^= byte << (8 * (i % 4));
    for (uint32_t bit = 0; bit < 8; ++bit) {
      if ((byte >> bit & 1) == 0) continue;
      index ^= static_cast<uint32_t>(8 * i + bit);
      parity ^= 1;
    }
  }
  const auto all_ones = static_cast<uint32_t>(8 * block.size() - 1);
  const uint32_t high = parity != 0 ? index ^ all_ones : index;
  return uint64_t{high & 0xffff} << 48 | uint64_t{index & 0xffff} << 32 | (word_xor ^ number);
}

std::vector<std::byte> RandomPage(uint32_t page_size, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<std::byte> page(page_size);
  for (std::byte& byte : page) byte = static_cast<std::byte>(random());
  const auto flags = LoadLittle<uint32_t>(page.data() + page_offset::kFlags);
  StoreLittle(page.data() + page_offset::kFlags, flags | page_flag::kNewChecksum);
  return page;
}

void Flip(std::vector<std::byte>* page, size_t bit) {
  (*page)[bit / 8] ^= std::byte{1} << static_cast<int>(bit % 8);
}

uint64_t Stored(const std::vector<std::byte>& page, size_t at) {
  return LoadLittle<uint64_t>(page.data() + at);
}

TEST(PageChecksumTest, KnownValuesOfSyntheticPages) {
  std::vector<std::byte> page(4096);
  page[37] = std::byte{0x20};
  EXPECT_EQ(ComputedChecksum(page, 1), 0x7ed2012d00002001u);
  EXPECT_EQ(ComputedChecksum(page, 0x01020304), 0x7ed2012d01022304u);
  page[100] = std::byte{0x81};
  EXPECT_EQ(ComputedChecksum(page, 1), 0x7ed5012a00002080u);
}

TEST(PageChecksumTest, KnownValuesOfSamplePages) {
  CONTRAIL_REQUIRE_SHARED_DATA();
  const test::SampleFile& basic = test::LoadSample("basic.edb");
  const Bytes header = Bytes(basic.bytes).first(basic.page_size);
  EXPECT_EQ(HeaderChecksum(header), LoadLittle<uint32_t>(header.data()));
  EXPECT_EQ(LoadLittle<uint32_t>(header.data()), 0x98a810d4u);
  EXPECT_EQ(ComputedChecksum(basic.page(1), 1), 0x7fdf7fdf0001a77cu);
  EXPECT_EQ(ComputedChecksum(basic.page(4), 4), 0x13c013c079864f4bu);

  const test::SampleFile& large = test::LoadSample("large.edb");
  const Bytes thirteen = large.page(13);
  std::vector<std::byte> page(thirteen.begin(), thirteen.end());
  for (const size_t at : {0, 40, 48, 56}) std::memset(page.data() + at, 0, 8);
  SealPage(page, 13);
  EXPECT_EQ(Stored(page, 0), 0xeb83eb835faf744cu);
  EXPECT_EQ(Stored(page, 40), 0x1f9ce0630be6344au);
  EXPECT_EQ(Stored(page, 48), 0x68da9725c34d3360u);
  EXPECT_EQ(Stored(page, 56), 0x2bca2bca672f0026u);
}

TEST(PageChecksumTest, EqualsTheDefinition) {
  for (const uint32_t page_size : kPageSizes) {
    const size_t blocks = IsLargePage(page_size) ? 4 : 1;
    const size_t block_size = page_size / blocks;
    for (uint32_t seed = 0; seed < 8; ++seed) {
      std::vector<std::byte> page = RandomPage(page_size, seed);
      SealPage(page, 77 + seed);
      for (size_t block = 0; block < blocks; ++block) {
        const size_t at = block == 0 ? 0 : 40 + 8 * (block - 1);
        EXPECT_EQ(Stored(page, at),
                  SlowBlockChecksum(Bytes(page).subspan(block * block_size, block_size), block == 0,
                                    77 + seed))
            << page_size << " block " << block << " seed " << seed;
      }
      if (IsLargePage(page_size)) {
        EXPECT_EQ(LoadLittle<uint32_t>(page.data() + page_offset::kLargePageNumber), 77 + seed);
      }
    }
  }
}

TEST(PageChecksumTest, EveryWrongBitIsFoundAndMended) {
  for (const uint32_t page_size : kPageSizes) {
    std::vector<std::byte> good = RandomPage(page_size, 5);
    SealPage(good, 9);
    ASSERT_EQ(VerifyPageReadOnly(good, 9), ChecksumState::kGood);
    // All bits of both kinds of header, then a spread over the rest.
    for (size_t bit = 0; bit < 8 * size_t{page_size}; bit += bit < 1024 ? 1 : 397) {
      std::vector<std::byte> page = good;
      Flip(&page, bit);
      ASSERT_EQ(VerifyPageReadOnly(page, 9), ChecksumState::kBad) << page_size << " bit " << bit;
      const bool can_mend = bit >= 64 && bit != kFormatFlagBit;
      ASSERT_EQ(VerifyPage(page, 9), can_mend ? ChecksumState::kCorrected : ChecksumState::kBad)
          << page_size << " bit " << bit;
      if (can_mend) {
        ASSERT_EQ(page, good) << page_size << " bit " << bit;
      }
    }
  }
}

TEST(PageChecksumTest, TwoWrongBitsAreFoundAndLeftAlone) {
  std::mt19937 random(20);
  for (const uint32_t page_size : kPageSizes) {
    std::vector<std::byte> good = RandomPage(page_size, 6);
    SealPage(good, 10);
    const size_t block_bits = 8 * size_t{page_size} / (IsLargePage(page_size) ? 4 : 1);
    for (int i = 0; i < 200; ++i) {
      const size_t first = 64 + random() % (block_bits - 64);
      const size_t second = 64 + random() % (block_bits - 64);
      if (first == second) continue;
      std::vector<std::byte> page = good;
      Flip(&page, first);
      Flip(&page, second);
      const std::vector<std::byte> damaged = page;
      ASSERT_EQ(VerifyPage(page, 10), ChecksumState::kBad) << first << ", " << second;
      ASSERT_EQ(page, damaged);
    }
  }
}

TEST(PageChecksumTest, OneWrongBitInEachBlockIsMended) {
  std::vector<std::byte> good = RandomPage(32768, 7);
  SealPage(good, 11);
  std::vector<std::byte> page = good;
  for (size_t block = 0; block < 4; ++block) Flip(&page, block * 65536 + 1000 + block);
  EXPECT_EQ(VerifyPage(page, 11), ChecksumState::kCorrected);
  EXPECT_EQ(page, good);
}

TEST(PageChecksumTest, PageInAnotherPlaceIsBad) {
  for (const uint32_t page_size : kPageSizes) {
    std::vector<std::byte> page = RandomPage(page_size, 8);
    SealPage(page, 12);
    EXPECT_EQ(VerifyPage(page, 13), ChecksumState::kBad);
    EXPECT_EQ(VerifyPage(page, 15), ChecksumState::kBad);
    EXPECT_NE(StoredChecksum(page), ComputedChecksum(page, 13));
    EXPECT_EQ(StoredChecksum(page), ComputedChecksum(page, 12));
  }
}

TEST(PageChecksumTest, BlankPageIsUninitialised) {
  for (const uint32_t page_size : kPageSizes) {
    std::vector<std::byte> page(page_size);
    EXPECT_EQ(VerifyPage(page, 3), ChecksumState::kUninitialised);
    page[page_size - 1] = std::byte{1};
    EXPECT_EQ(VerifyPage(page, 3), ChecksumState::kBad);
  }
}

TEST(PageChecksumTest, OldFormatIsRead) {
  for (const uint32_t page_size : {4096u, 8192u}) {
    std::vector<std::byte> page = RandomPage(page_size, 9);
    const auto flags = LoadLittle<uint32_t>(page.data() + page_offset::kFlags);
    StoreLittle(page.data() + page_offset::kFlags, flags & ~page_flag::kNewChecksum);
    StoreLittle(page.data() + 4, uint32_t{21});
    StoreLittle(page.data(), HeaderChecksum(page));
    EXPECT_EQ(VerifyPage(page, 21), ChecksumState::kGood);
    EXPECT_EQ(VerifyPage(page, 22), ChecksumState::kBad);
    Flip(&page, 8 * 1000);
    EXPECT_EQ(VerifyPage(page, 21), ChecksumState::kBad);
  }
}

TEST(PageChecksumTest, OwnedPagesOfSamplesVerify) {
  CONTRAIL_REQUIRE_SHARED_DATA();
  for (const std::string& name : test::SampleNames()) {
    const test::SampleFile& sample = test::LoadSample(name);
    const std::vector<PageNumber> owned = sample.OwnedPages();
    EXPECT_GT(owned.size(), 20u) << name;
    for (const PageNumber number : owned) {
      const Bytes bytes = sample.page(number);
      ASSERT_EQ(VerifyPageReadOnly(bytes, number), ChecksumState::kGood) << name << ' ' << number;
      std::vector<std::byte> page(bytes.begin(), bytes.end());
      SealPage(page, number);
      ASSERT_TRUE(std::equal(page.begin(), page.end(), bytes.begin())) << name << ' ' << number;
    }
  }
}

}  // namespace
}  // namespace contrail
