// Pages whose checksum does not match when they are read: mended and written back, or counted and
// refused. And pages with the checksum of old files.

#include <gtest/gtest.h>

#include "storage/database_header.h"
#include "storage/event_id.h"
#include "storage/page_checksum.h"
#include "tests/support/database_under_test.h"

namespace contrail {
namespace {

using test::DatabaseUnderTest;
using test::kDatabaseFile;

constexpr PageNumber kPage = 3;

class PageMendingTest : public ::testing::TestWithParam<uint32_t> {
 protected:
  std::vector<std::byte> PageInFile(DatabaseUnderTest& test) {
    std::vector<std::byte> page(GetParam());
    EXPECT_TRUE(test.database->file().Read(FileOffsetOf(kPage, GetParam()), page).ok());
    return page;
  }
  void WritePage(DatabaseUnderTest& test, Bytes page) {
    EXPECT_TRUE(test.database->file().Write(FileOffsetOf(kPage, GetParam()), page).ok());
    EXPECT_TRUE(test.database->file().Sync().ok());
  }
  // Turns these bits of the page around in the file of a new database, which is closed.
  void Damage(DatabaseUnderTest& test, std::initializer_list<size_t> bits) {
    ASSERT_TRUE(test.database->pages().FlushAll().ok());
    std::vector<std::byte> page = PageInFile(test);
    for (const size_t bit : bits) page[bit / 8] ^= std::byte{1} << static_cast<int>(bit % 8);
    WritePage(test, page);
    test.database.reset();
  }
  void Open(DatabaseUnderTest& test, bool read_only = false) {
    auto opened =
        Database::Open(test.disk, *test.pool, test.events, kDatabaseFile, read_only, 0, test.log);
    ASSERT_TRUE(opened.ok());
    test.database = std::move(opened).value();
  }
};

TEST_P(PageMendingTest, OneWrongBitIsMendedCountedAndWrittenBack) {
  DatabaseUnderTest test(GetParam());
  ASSERT_NO_FATAL_FAILURE(Damage(test, {8 * 3000 + 5}));
  ASSERT_NO_FATAL_FAILURE(Open(test));
  ASSERT_EQ(VerifyPageReadOnly(PageInFile(test), kPage), ChecksumState::kBad);
  ASSERT_TRUE(test.database->pages().Read(kPage).ok());
  EXPECT_EQ(test.pool->statistics().bits_corrected, 1u);
  EXPECT_EQ(test.pool->statistics().dirty_pages, 1u);
  EXPECT_EQ(test.database->header().corrected_checksums.count, 1u);
  // Latched as any other page: for reading, for changing.
  ASSERT_TRUE(test.database->pages().Share(kPage).ok());
  ASSERT_TRUE(test.database->pages().Lock(kPage).ok());

  ASSERT_TRUE(test.database->pages().FlushAll().ok());
  EXPECT_EQ(VerifyPageReadOnly(PageInFile(test), kPage), ChecksumState::kGood);
  ASSERT_TRUE(test.database->UpdateHeader([](DatabaseHeader*) {}).ok());
  ASSERT_TRUE(test.database->UpdateHeader([](DatabaseHeader*) {}).ok());
  test.database.reset();
  ASSERT_NO_FATAL_FAILURE(Open(test));
  const DatabaseHeader header = test.database->header();
  EXPECT_EQ(header.corrected_checksums.count, 1u);
  EXPECT_FALSE(header.corrected_checksums.last == LogTime());
  EXPECT_EQ(header.bad_checksums.count, 0u);
  ASSERT_TRUE(test.database->pages().Read(kPage).ok());
  EXPECT_EQ(test.pool->statistics().bits_corrected, 1u);
}

// Whoever asks first takes the page in the latch it asked for.
TEST_P(PageMendingTest, MendedPagesCanBeLatchedAtOnce) {
  for (const bool shared : {true, false}) {
    DatabaseUnderTest test(GetParam());
    ASSERT_NO_FATAL_FAILURE(Damage(test, {8 * 2000}));
    ASSERT_NO_FATAL_FAILURE(Open(test));
    if (shared) {
      auto first = test.database->pages().Share(kPage);
      ASSERT_TRUE(first.ok());
      ASSERT_TRUE(test.database->pages().Share(kPage).ok());
    } else {
      ASSERT_TRUE(test.database->pages().Lock(kPage).ok());
    }
    ASSERT_TRUE(test.database->pages().Lock(kPage).ok());
    ASSERT_TRUE(test.database->pages().FlushAll().ok());
    EXPECT_EQ(VerifyPageReadOnly(PageInFile(test), kPage), ChecksumState::kGood);
  }
}

TEST_P(PageMendingTest, AReaderMendsInMemoryOnly) {
  DatabaseUnderTest test(GetParam());
  ASSERT_NO_FATAL_FAILURE(Damage(test, {8 * 3000 + 5}));
  ASSERT_NO_FATAL_FAILURE(Open(test, /*read_only=*/true));
  ASSERT_TRUE(test.database->pages().Read(kPage).ok());
  EXPECT_EQ(test.pool->statistics().dirty_pages, 0u);
  EXPECT_EQ(test.database->header().corrected_checksums.count, 1u);
  EXPECT_EQ(VerifyPageReadOnly(PageInFile(test), kPage), ChecksumState::kBad);
}

TEST_P(PageMendingTest, TwoWrongBitsAreCounted) {
  DatabaseUnderTest test(GetParam());
  ASSERT_NO_FATAL_FAILURE(Damage(test, {8 * 3000 + 5, 8 * 3001}));
  ASSERT_NO_FATAL_FAILURE(Open(test));
  EXPECT_TRUE(test.database->pages().Read(kPage).status().Is(Error::kReadVerifyFailure));
  ASSERT_TRUE(test.database->UpdateHeader([](DatabaseHeader*) {}).ok());
  test.database.reset();
  ASSERT_NO_FATAL_FAILURE(Open(test));
  EXPECT_EQ(test.database->header().bad_checksums.count, 1u);
  EXPECT_EQ(test.database->header().corrected_checksums.count, 0u);
}

TEST_P(PageMendingTest, OldChecksumsAreReadAndReplaced) {
  if (IsLargePage(GetParam())) GTEST_SKIP() << "large pages never had it";
  DatabaseUnderTest test(GetParam());
  ASSERT_TRUE(test.database->pages().FlushAll().ok());
  std::vector<std::byte> page = PageInFile(test);
  const auto flags = LoadLittle<uint32_t>(page.data() + page_offset::kFlags);
  StoreLittle(page.data() + page_offset::kFlags, flags & ~page_flag::kNewChecksum);
  StoreLittle<uint64_t>(page.data(), 0);
  StoreLittle<uint32_t>(page.data() + 4, kPage);
  StoreLittle<uint32_t>(page.data(), HeaderChecksum(page));
  WritePage(test, page);
  test.database.reset();
  ASSERT_NO_FATAL_FAILURE(Open(test));
  {
    auto guard = test.database->pages().Lock(kPage);
    ASSERT_TRUE(guard.ok());
    guard->MarkDirty();
  }
  ASSERT_TRUE(test.database->pages().FlushAll().ok());
  const std::vector<std::byte> written = PageInFile(test);
  EXPECT_EQ(VerifyPageReadOnly(written, kPage), ChecksumState::kGood);
  EXPECT_EQ(LoadLittle<uint32_t>(written.data() + page_offset::kFlags), flags);
}

INSTANTIATE_TEST_SUITE_P(PageSizes, PageMendingTest,
                         ::testing::Values(4096u, 8192u, 16384u, 32768u),
                         [](const auto& info) { return std::to_string(info.param); });

}  // namespace
}  // namespace contrail
