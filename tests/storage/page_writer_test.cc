// Bringing dirty pages to the file: order, the gate of the log, exclusion, failures, torn pages.

#include "storage/page_writer.h"

#include <gtest/gtest.h>

#include <future>
#include <random>
#include <thread>

#include "storage/event_id.h"
#include "storage/page_checksum.h"
#include "tests/support/failure_points.h"
#include "tests/support/pool_under_test.h"

namespace contrail::test {
namespace {

constexpr uint32_t kPageSize = 4096;

TEST(PageWriterTest, TheOldestDirtyPageBoundsRedo) {
  PoolUnderTest test(kPageSize, 9, StepwisePool(1 << 20));
  EXPECT_EQ(test.pool->OldestDirty(), kLgposMax);
  for (PageNumber number = 1; number <= 4; ++number) test.Write(number, 100 + number);
  test.Write(1, 201);  // Dirty already: its place in the order stays.
  EXPECT_EQ(test.pool->OldestDirty(), RecordingSink::PositionOf(0));
  EXPECT_EQ(test.pool->statistics().dirty_pages, 4u);
  // Pages 1 and 2 became dirty before position 2.
  EXPECT_EQ(*test.pool->WriteSome(RecordingSink::PositionOf(2), 100), 2u);
  EXPECT_EQ(test.pool->OldestDirty(), RecordingSink::PositionOf(2));
  EXPECT_EQ(test.InFile(1), 201u);
  EXPECT_EQ(test.InFile(2), 102u);
  EXPECT_EQ(test.InFile(3), 3u);
  test.Write(1, 301);
  EXPECT_EQ(*test.pool->WriteSome(kLgposMax, 1), 1u);
  EXPECT_EQ(test.InFile(3), 103u);
  EXPECT_EQ(test.pool->OldestDirty(), RecordingSink::PositionOf(3));
  ASSERT_TRUE(test.pages->FlushAll().ok());
  EXPECT_EQ(test.InFile(1), 301u);
  EXPECT_EQ(test.pool->OldestDirty(), kLgposMax);
  EXPECT_EQ(test.pool->statistics().dirty_pages, 0u);
  EXPECT_EQ(test.pool->statistics().pages_written, 5u);
}

TEST(PageWriterTest, NothingIsWrittenBeforeTheLogIsDurable) {
  PoolUnderTest test(kPageSize, 3, StepwisePool(1 << 20));
  uint64_t writes_at_gate = ~uint64_t{0};
  test.log.before_durable = [&] {
    writes_at_gate = test.disk.operations(kWriteOperation);
    // Pages in flight count: a checkpoint taken now must not pass them.
    EXPECT_EQ(test.pool->OldestDirty(), RecordingSink::PositionOf(0));
  };
  test.Write(1, 11);
  test.Write(2, 12);
  const uint64_t writes = test.disk.operations(kWriteOperation);
  ASSERT_TRUE(test.pages->FlushAll().ok());
  EXPECT_EQ(writes_at_gate, writes);
  EXPECT_EQ(test.log.durable(), 2u);
  EXPECT_EQ(test.disk.operations(kWriteOperation), writes + 1);  // Neighbours go in one write.
}

TEST(PageWriterTest, APageChangedWhileItIsWrittenStaysDirty) {
  PoolUnderTest test(kPageSize, 3, StepwisePool(1 << 20));
  test.Write(1, 11);
  test.log.before_durable = [&] {
    test.log.before_durable = nullptr;
    test.Write(1, 12);  // The copy has been made.
  };
  EXPECT_EQ(*test.pool->WriteSome(RecordingSink::PositionOf(1), 100), 1u);
  EXPECT_EQ(test.InFile(1), 11u);
  EXPECT_EQ(test.pool->OldestDirty(), RecordingSink::PositionOf(1));
  ASSERT_TRUE(test.pages->FlushAll().ok());
  EXPECT_EQ(test.InFile(1), 12u);
}

TEST(PageWriterTest, APageBeingWrittenIsNotEvicted) {
  PoolUnderTest test(kPageSize, 60, StepwisePool(8 * kPageSize));
  test.Write(1, 11);
  test.log.before_durable = [&] {
    test.log.before_durable = nullptr;
    // Clean by now, and not yet in the file: everything else comes and goes past it.
    for (PageNumber number = 2; number <= 60; ++number) test.Read(number);
    EXPECT_EQ(test.Read(1), 11u);
    EXPECT_EQ(test.InFile(1), 1u);
  };
  EXPECT_EQ(*test.pool->WriteSome(kLgposMax, 100), 1u);
  EXPECT_EQ(test.InFile(1), 11u);
}

TEST(PageWriterTest, LatchedPagesArePassedOver) {
  PoolUnderTest test(kPageSize, 3, StepwisePool(1 << 20));
  test.Write(1, 11);
  test.Write(2, 12);
  {
    auto lock = test.pages->Lock(1);
    ASSERT_TRUE(lock.ok());
    EXPECT_EQ(*test.pool->WriteSome(kLgposMax, 100), 1u);
    EXPECT_EQ(test.pool->OldestDirty(), RecordingSink::PositionOf(0));
  }
  EXPECT_EQ(*test.pool->WriteSome(kLgposMax, 100), 1u);
  EXPECT_EQ(test.InFile(1), 11u);
  EXPECT_EQ(test.InFile(2), 12u);
}

TEST(PageWriterTest, DatabasesWithASinkOfTheirOwnDoNotHoldRedoBack) {
  PoolUnderTest test(kPageSize, 3, StepwisePool(1 << 20));
  auto file = test.disk.Open("/other", {.mode = FileMode::kCreateNew});
  ASSERT_TRUE(file.ok());
  NullRedoSink unlogged;
  auto other = test.pool->Add(**file, 8192, 2, &unlogged);
  ASSERT_TRUE(other.ok());
  {
    auto lock = (*other)->LockNew(5);
    ASSERT_TRUE(lock.ok());
    lock->MarkDirty();
    FormatCounterPage({lock->bytes(), 8192}, 55);
  }
  EXPECT_EQ(test.pool->OldestDirty(), kLgposMax);
  test.Write(1, 11);
  EXPECT_EQ(test.pool->OldestDirty(), RecordingSink::PositionOf(0));
  EXPECT_EQ(*test.pool->WriteSome(kLgposMax, 100), 2u);
  EXPECT_EQ(*(*file)->Size(), FileOffsetOf(6, 8192));
  test.pool->Remove(*other);
}

TEST(PageWriterExclusionTest, ExcludedPagesStayOutOfTheFile) {
  PoolUnderTest test(kPageSize, 9, StepwisePool(1 << 20));
  for (PageNumber number = 1; number <= 9; ++number) test.Write(number, 100 + number);
  {
    const WriteExclusion exclusion = test.pages->ExcludeWrites(3, 5);
    EXPECT_EQ(*test.pool->WriteSome(kLgposMax, 100), 6u);
    for (PageNumber number = 1; number <= 9; ++number) {
      EXPECT_EQ(test.InFile(number), number >= 3 && number <= 5 ? number : 100 + number);
    }
    EXPECT_EQ(test.pool->OldestDirty(), RecordingSink::PositionOf(2));
    EXPECT_EQ(*test.pool->WriteSome(kLgposMax, 100), 0u);
  }
  EXPECT_EQ(*test.pool->WriteSome(kLgposMax, 100), 3u);
  EXPECT_EQ(test.InFile(4), 104u);
}

TEST(PageWriterExclusionTest, ExcludingWaitsForWritesUnderWay) {
  PoolUnderTest test(kPageSize, 9, StepwisePool(1 << 20));
  test.Write(4, 104);
  std::promise<void> at_gate;
  std::promise<void> go_on;
  test.log.before_durable = [&] {
    at_gate.set_value();
    go_on.get_future().wait();
  };
  std::thread writer([&] { EXPECT_EQ(*test.pool->WriteSome(kLgposMax, 100), 1u); });
  at_gate.get_future().wait();
  // A range beside it is free at once; its own only when the file has it.
  { const WriteExclusion beside = test.pages->ExcludeWrites(5, 9); }
  std::optional<uint64_t> seen;
  std::thread reader([&] {
    const WriteExclusion exclusion = test.pages->ExcludeWrites(1, 4);
    seen = test.InFile(4);
  });
  go_on.set_value();
  writer.join();
  reader.join();
  EXPECT_EQ(seen, 104u);
}

TEST(PageWriterExclusionTest, FlushAllWaitsForTheEndOfAnExclusion) {
  PoolUnderTest test(kPageSize, 9, StepwisePool(1 << 20));
  test.Write(4, 104);
  auto exclusion = std::make_unique<WriteExclusion>(test.pages->ExcludeWrites(1, 9));
  std::thread flusher([&] { EXPECT_TRUE(test.pages->FlushAll().ok()); });
  EXPECT_EQ(test.InFile(4), 4u);
  exclusion.reset();
  flusher.join();
  EXPECT_EQ(test.InFile(4), 104u);
}

// A failed write or sync: reported once, final, and what memory holds stays readable.
void ExpectFinalFailure(PoolUnderTest& test, OperationKinds kinds) {
  test.Write(1, 11);
  test.Write(3, 13);
  test.disk.FailOperation({.kinds = kinds});
  EXPECT_TRUE(test.pool->WriteSome(kLgposMax, 100).status().Is(Error::kDiskIO));
  EXPECT_TRUE(test.pool->health().Is(Error::kInstanceUnavailable));
  EXPECT_EQ(test.events.Last(event_id::kWriteError).error, -1022);
  const uint64_t operations = test.disk.operations(kWriteOperation | kSyncOperation);
  EXPECT_TRUE(test.pages->FlushAll().Is(Error::kInstanceUnavailable));
  EXPECT_TRUE(test.pool->WriteSome(kLgposMax, 1).status().Is(Error::kInstanceUnavailable));
  EXPECT_EQ(test.disk.operations(kWriteOperation | kSyncOperation), operations);
  // Redo still starts before what never got there, and nobody waits for it.
  EXPECT_EQ(test.pool->OldestDirty(), RecordingSink::PositionOf(0));
  { const WriteExclusion exclusion = test.pages->ExcludeWrites(1, 3); }
  EXPECT_EQ(test.Read(1), 11u);
  EXPECT_EQ(test.Read(2), 2u);
}

TEST(PageWriterFailureTest, AFailedSyncIsFinal) {
  PoolUnderTest test(kPageSize, 9, StepwisePool(1 << 20));
  ExpectFinalFailure(test, kSyncOperation);
}

TEST(PageWriterFailureTest, AFailedWriteIsFinal) {
  PoolUnderTest test(kPageSize, 9, StepwisePool(1 << 20));
  ExpectFinalFailure(test, kWriteOperation);
}

TEST(PageWriterFailureTest, AFailedDoubleWriteIsFinalBeforeAnyPlaceIsTouched) {
  BufferPoolOptions options = StepwisePool(1 << 20);
  options.double_write_path = kPoolDoubleWrite;
  PoolUnderTest test(kPageSize, 9, options);
  ExpectFinalFailure(test, kWriteOperation);
  EXPECT_EQ(test.InFile(1), 1u);
  EXPECT_EQ(test.InFile(3), 3u);
}

TEST(PageWriterFailureTest, ADownLogKeepsPagesOutOfTheFile) {
  PoolUnderTest test(kPageSize, 9, StepwisePool(1 << 20));
  test.Write(1, 11);
  test.log.Fail(Error::kLogWriteFail);
  EXPECT_TRUE(test.pool->WriteSome(kLgposMax, 100).status().Is(Error::kLogWriteFail));
  EXPECT_TRUE(test.pool->health().Is(Error::kInstanceUnavailable));
  EXPECT_EQ(test.InFile(1), 1u);
  EXPECT_EQ(test.Read(1), 11u);
}

TEST(PageWriterFailureTest, WithoutRoomADeadPoolSaysSo) {
  PoolUnderTest test(kPageSize, 20, StepwisePool(4 * kPageSize));
  for (PageNumber number = 1; number <= 4; ++number) test.Write(number, 100 + number);
  test.disk.FailOperation({.kinds = kSyncOperation});
  EXPECT_FALSE(test.pool->WriteSome(kLgposMax, 100).ok());
  EXPECT_TRUE(test.pages->Read(9).status().Is(Error::kInstanceUnavailable));
  EXPECT_EQ(test.Read(1), 101u);
}

TEST(PageWriterThreadTest, KeepsTheOldestDirtyPageAboveItsTarget) {
  BufferPoolOptions options = StepwisePool(1 << 20);
  options.background_writer = true;
  PoolUnderTest test(kPageSize, 9, options);
  std::promise<void> at_gate;
  test.log.before_durable = [&] { at_gate.set_value(); };
  test.Write(1, 11);
  test.Write(2, 12);
  test.pool->SetWriteTarget(RecordingSink::PositionOf(1));
  at_gate.get_future().wait();
  // An exclusion of everything waits for the batch to land.
  { const WriteExclusion landed = test.pages->ExcludeWrites(1, 9); }
  EXPECT_EQ(test.pool->OldestDirty(), RecordingSink::PositionOf(1));
  EXPECT_EQ(test.InFile(1), 11u);
  EXPECT_EQ(test.InFile(2), 2u);
}

// Each round changes some pages and flushes; a page's counter is round * 1000 + page.
constexpr PageNumber kCrashPages = 6;
constexpr int kCrashRounds = 4;

void RunRounds(SimulatedFileSystem& disk, uint32_t page_size, bool protect) {
  BufferPoolOptions options = StepwisePool(1 << 20);
  options.write_batch_pages = 3;
  if (protect) options.double_write_path = kPoolDoubleWrite;
  PoolUnderTest test(disk, page_size, options);
  if (test.pages == nullptr) return;
  for (uint64_t round = 1; round <= kCrashRounds; ++round) {
    for (PageNumber number = 1; number <= kCrashPages; ++number) {
      if ((number + round) % 3 != 0) test.Write(number, round * 1000 + number);
    }
    if (!test.pages->FlushAll().ok()) return;
  }
}

// Every image of a crash: how many of its pages are torn after recovery.
size_t CountTorn(const DiskImage& image, uint32_t page_size, bool recover) {
  SimulatedFileSystem disk(image);
  auto file = disk.Open(kPoolFile, {.mode = FileMode::kReadWrite});
  CHECK(file.ok());
  if (recover) {
    const Status status = BufferPool::RecoverTornPages(
        disk, DiscardEvents(), kPoolDoubleWrite,
        [&](uint64_t identity) { return identity == 1 ? file->get() : nullptr; });
    EXPECT_TRUE(status.ok()) << status.number();
  }
  size_t torn = 0;
  for (PageNumber number = 1; number <= kCrashPages; ++number) {
    std::vector<std::byte> page(page_size);
    CHECK((*file)->Read(FileOffsetOf(number, page_size), page).ok());
    // By content, too: the checksum is blind to some tears of such regular pages.
    const auto counter = CounterOf(PageView(page.data(), page_size));
    const bool whole = VerifyPageReadOnly(page, number) == ChecksumState::kGood &&
                       counter.has_value() && *counter % 1000 == number;
    torn += whole ? 0 : 1;
  }
  return torn;
}

class PageWriterCrashTest : public testing::TestWithParam<uint32_t> {};
INSTANTIATE_TEST_SUITE_P(PageSizes, PageWriterCrashTest, testing::Values(4096, 32768));

TEST_P(PageWriterCrashTest, NoPageIsTornAfterAnyCrash) {
  DiskImage start;
  {
    SimulatedFileSystem disk;
    auto file = disk.Open(kPoolFile, {.mode = FileMode::kCreateNew});
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE((*file)->Write(0, CounterFile(GetParam(), kCrashPages, 0)).ok());
    start = disk.Current();
  }
  size_t torn_before = 0;
  const size_t images = ForEachCrashPoint(
      start, CrashOutcomes(3),
      [&](SimulatedFileSystem& disk) { RunRounds(disk, GetParam(), true); },
      [&](const DiskImage& image, const CrashPoint& point) {
        torn_before += CountTorn(image, GetParam(), false);
        EXPECT_EQ(CountTorn(image, GetParam(), true), 0u) << point.Describe();
      });
  EXPECT_GT(images, 50u);
  // The images do tear pages: without recovery the test would not hold.
  EXPECT_GT(torn_before, 0u);
  RecordProperty("images", static_cast<int>(images));
  RecordProperty("torn_pages", static_cast<int>(torn_before));
}

}  // namespace
}  // namespace contrail::test
