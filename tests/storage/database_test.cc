// Creating, opening and marking database files.

#include "storage/database.h"

#include <gtest/gtest.h>

#include "tests/support/database_under_test.h"
#include "tests/support/failure_points.h"
#include "tests/support/sample_pages.h"
#include "tests/support/shared_data.h"

namespace contrail::test {
namespace {

class DatabaseTest : public testing::TestWithParam<uint32_t> {};
INSTANTIATE_TEST_SUITE_P(PageSizes, DatabaseTest, testing::Values(4096, 8192, 16384, 32768));

CreateDatabaseOptions NewDatabase(uint32_t page_size) {
  CreateDatabaseOptions options;
  options.page_size = page_size;
  options.signature = Signature::Random();
  options.created = LogTime::Now();
  return options;
}

TEST_P(DatabaseTest, CreatesACleanFileWithARootThatOwnsItsPages) {
  DatabaseUnderTest test(GetParam());
  Database& database = *test.database;
  EXPECT_EQ(database.page_size(), GetParam());
  EXPECT_EQ(database.last_page(), 254u);
  EXPECT_EQ(*database.file().Size(), 256ull * GetParam());
  const DatabaseHeader header = database.header();
  EXPECT_EQ(header.state, DatabaseState::kClean);
  EXPECT_EQ(header.dbtime, 0x41u);
  EXPECT_EQ(header.last_object_id, 1u);
  EXPECT_EQ(header.consistent_time, header.detach_time);
  EXPECT_FALSE(header.signature.IsNull());
  for (PageNumber number = 1; number <= 3; ++number) {
    auto page = database.pages().Read(number);
    ASSERT_TRUE(page.ok()) << number;
    EXPECT_EQ(page->page().object_id(), 1u);
    EXPECT_TRUE(page->page().is_root() && page->page().is_leaf());
    EXPECT_EQ(page->page().line_count(), number == 1 ? 0u : 1u);
    EXPECT_EQ(page->page().external_header().size(), 16u);
  }
  EXPECT_TRUE(database.pages().Read(4).status().Is(Error::kPageNotInitialized));
}

TEST_P(DatabaseTest, CountersOnlyGrow) {
  DatabaseUnderTest test(GetParam());
  Database& database = *test.database;
  EXPECT_EQ(database.NextDbTime(), 0x42u);
  database.RaiseDbTime(0x100);
  database.RaiseDbTime(0x80);
  EXPECT_EQ(database.NextDbTime(), 0x101u);
  EXPECT_EQ(database.NextObjectId(), 2u);
  database.RaiseObjectId(9);
  database.RaiseObjectId(4);
  EXPECT_EQ(database.NextObjectId(), 10u);
}

TEST_P(DatabaseTest, HeaderChangesSurviveReopening) {
  DatabaseUnderTest test(GetParam());
  test.database->RaiseDbTime(500);
  ASSERT_TRUE(test.database
                  ->UpdateHeader([](DatabaseHeader* header) {
                    header->state = DatabaseState::kDirty;
                    header->generation_min_required = 3;
                  })
                  .ok());
  test.database.reset();
  SimulatedFileSystem disk(test.disk.Crash(CrashPolicy::kDropUnsynced, 0));
  DatabaseUnderTest again(disk, 1 << 20);
  EXPECT_EQ(again.database->header().state, DatabaseState::kDirty);
  EXPECT_EQ(again.database->header().generation_min_required, 3u);
  EXPECT_EQ(again.database->last_dbtime(), 500u);
}

TEST_P(DatabaseTest, GrowsAndNeverShrinks) {
  DatabaseUnderTest test(GetParam());
  ASSERT_TRUE(test.database->ExtendTo(510).ok());
  EXPECT_EQ(test.database->last_page(), 510u);
  EXPECT_EQ(*test.database->file().Size(), 512ull * GetParam());
  ASSERT_TRUE(test.database->ExtendTo(300).ok());
  EXPECT_EQ(test.database->last_page(), 510u);
  EXPECT_TRUE(test.database->ExtendTo(0xfffffff0).Is(Error::kOutOfDatabaseSpace));
  // A file may be longer than what its root owns.
  ASSERT_TRUE(test.database->FindLastPage().ok());
  EXPECT_EQ(test.database->last_page(), 254u);
}

TEST(DatabaseOpenTest, RefusesWhatItCannotUse) {
  DatabaseUnderTest test(4096);
  const auto open = [&](const std::string& path, uint32_t page_size, bool read_only = false) {
    return Database::Open(test.disk, *test.pool, test.events, path, read_only, page_size, test.log)
        .status();
  };
  EXPECT_TRUE(open("/absent.edb", 0).Is(Error::kFileNotFound));
  EXPECT_TRUE(open(kDatabaseFile, 0).Is(Error::kFileAccessDenied));  // Open already.
  test.database.reset();
  EXPECT_TRUE(open(kDatabaseFile, 8192).Is(Error::kPageSizeMismatch));
  EXPECT_TRUE(open(kDatabaseFile, 4096).ok());
  auto options = NewDatabase(4096);
  EXPECT_TRUE(Database::Create(test.disk, test.events, kDatabaseFile, options, false)
                  .Is(Error::kDatabaseDuplicate));
  EXPECT_TRUE(Database::Create(test.disk, test.events, kDatabaseFile, options, true).ok());
  EXPECT_TRUE(open(kDatabaseFile, 4096).ok());
}

TEST(DatabaseOpenTest, ACutOffFileOpensForReadingOnly) {
  DatabaseUnderTest test(4096);
  ASSERT_TRUE(test.database->file().Resize(100 * 4096).ok());
  test.database.reset();
  const auto open = [&](bool read_only) {
    return Database::Open(test.disk, *test.pool, test.events, kDatabaseFile, read_only, 0,
                          test.log);
  };
  EXPECT_TRUE(open(false).status().Is(Error::kDatabaseCorrupted));
  const std::vector<Event> events = test.events.events();
  ASSERT_FALSE(events.empty());
  EXPECT_EQ(events.back().file, kDatabaseFile);
  EXPECT_EQ(events.back().expected, std::to_string(256 * 4096));
  EXPECT_EQ(events.back().found, std::to_string(100 * 4096));
  const auto reader = open(true);
  ASSERT_TRUE(reader.ok());
  EXPECT_EQ((*reader)->last_page(), 98u);
  EXPECT_TRUE((*reader)->UpdateHeader([](DatabaseHeader*) {}).Is(Error::kDatabaseFileReadOnly));
}

TEST(DatabaseCrashTest, AnInterruptedCreationIsNoDatabase) {
  const auto options = NewDatabase(4096);
  const size_t images = ForEachCrashPoint(
      DiskImage{}, CrashOutcomes(2),
      [&](SimulatedFileSystem& disk) {
        // Whether it succeeds is what the images are asked for.
        Database::Create(disk, DiscardEvents(), kDatabaseFile, options, false).Ignore();
      },
      [&](const DiskImage& image, const CrashPoint& point) {
        SimulatedFileSystem disk(image);
        RecordingSink log;
        auto pool = BufferPool::Create(disk, DiscardEvents(), log, StepwisePool(1 << 20));
        ASSERT_TRUE(pool.ok());
        const auto opened =
            Database::Open(disk, **pool, DiscardEvents(), kDatabaseFile, false, 0, log);
        if (opened.ok()) {
          EXPECT_EQ((*opened)->last_page(), 254u) << point.Describe();
          EXPECT_TRUE((*opened)->pages().Read(3).ok()) << point.Describe();
        }
        EXPECT_TRUE(opened.ok() || opened.status().Is(Error::kFileNotFound) ||
                    opened.status().Is(Error::kDatabaseCorrupted))
            << point.Describe() << " " << opened.status().number();
      });
  EXPECT_GT(images, 20u);
}

TEST(DatabaseCrashTest, AFailedHeaderWriteStopsWriting) {
  DatabaseUnderTest test(4096);
  test.disk.FailOperation({.kinds = kSyncOperation});
  EXPECT_TRUE(test.database->UpdateHeader([](DatabaseHeader*) {}).Is(Error::kDiskIO));
  EXPECT_TRUE(test.pool->health().Is(Error::kInstanceUnavailable));
  EXPECT_TRUE(test.database->UpdateHeader([](DatabaseHeader*) {}).Is(Error::kInstanceUnavailable));
}

TEST(DatabaseSampleTest, SamplesOpenReadOnlyAndAreNotChanged) {
  CONTRAIL_REQUIRE_SHARED_DATA();
  const ScratchFolder scratch;
  for (const std::string& name : SampleNames()) {
    const std::string path = UnpackSample(name, scratch.path()).string();
    ASSERT_FALSE(path.empty());
    const SampleFile before = LoadSample(name);
    RecordingEvents events;
    NullRedoSink sink;
    auto pool = BufferPool::Create(PosixFileSystem(), events, sink, StepwisePool(1 << 20));
    ASSERT_TRUE(pool.ok());
    {
      auto database = Database::Open(PosixFileSystem(), **pool, events, path, true, 0, sink);
      ASSERT_TRUE(database.ok()) << name << " " << database.status().number();
      EXPECT_EQ((*database)->page_size(), before.page_size);
      const std::vector<PageNumber> owned = before.OwnedPages();
      ASSERT_FALSE(owned.empty());
      EXPECT_GE((*database)->last_page(), owned.back()) << name;
      for (const PageNumber number : owned) {
        auto page = (*database)->pages().Share(number);
        ASSERT_TRUE(page.ok()) << name << " page " << number;
        ASSERT_EQ(std::memcmp(page->page().bytes(), before.page(number).data(), before.page_size),
                  0);
      }
    }
    EXPECT_TRUE(events.events().empty()) << name;
    auto file = PosixFileSystem().Open(path, {});
    ASSERT_TRUE(file.ok());
    std::vector<std::byte> after(before.bytes.size());
    ASSERT_TRUE((*file)->Read(0, after).ok());
    EXPECT_EQ(after, before.bytes) << name;
  }
}

}  // namespace
}  // namespace contrail::test
