// Reading, latching and evicting pages.

#include "storage/buffer_pool.h"

#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "storage/event_id.h"
#include "storage/page_checksum.h"
#include "tests/support/pool_under_test.h"

namespace contrail::test {
namespace {

constexpr uint32_t kPageSize = 4096;

class BufferPoolTest : public testing::TestWithParam<uint32_t> {};
INSTANTIATE_TEST_SUITE_P(PageSizes, BufferPoolTest, testing::Values(4096, 8192, 16384, 32768));

TEST_P(BufferPoolTest, ReadsAPageOnceAndThenFindsIt) {
  PoolUnderTest test(GetParam(), 3, StepwisePool(1 << 20));
  EXPECT_EQ(test.Read(2), 2u);
  EXPECT_EQ(test.pool->statistics().pages_read, 1u);
  EXPECT_EQ(test.Read(2), 2u);
  EXPECT_EQ(test.Read(3), 3u);
  EXPECT_EQ(test.pool->statistics().pages_read, 2u);
  EXPECT_EQ(test.pool->statistics().resident_bytes, 2u * GetParam());
}

TEST_P(BufferPoolTest, KeepsTheLimitAndTheContent) {
  const uint64_t limit = 8 * GetParam();
  PoolUnderTest test(GetParam(), 60, StepwisePool(limit));
  for (int round = 0; round < 3; ++round) {
    for (PageNumber number = 1; number <= 60; ++number) {
      EXPECT_EQ(test.Read(number), number);
      EXPECT_LE(test.pool->statistics().resident_bytes, limit);
    }
  }
  EXPECT_GE(test.pool->statistics().pages_read, 60u);
}

TEST(BufferPoolReadTest, GivesReferencedPagesASecondChance) {
  PoolUnderTest test(kPageSize, 200, StepwisePool(16 * kPageSize));
  for (PageNumber number = 2; number <= 200; ++number) {
    test.Read(1);
    test.Read(number);
  }
  // Page 1 is looked at between any two others: the clock must not take it every time it comes by.
  EXPECT_LT(test.pool->statistics().pages_read, 199u + 20u);
}

TEST(BufferPoolReadTest, ReportsPagesThatAreNotThere) {
  PoolUnderTest test(kPageSize, 3, StepwisePool(1 << 20));
  ASSERT_TRUE(test.file->Resize(FileOffsetOf(5, kPageSize)).ok());  // Page 4 is all zero.
  for (const PageNumber number : {0u, 4u, 5u, 1000u, 0xffffffffu}) {
    EXPECT_TRUE(test.pages->Read(number).status().Is(Error::kPageNotInitialized)) << number;
    EXPECT_TRUE(test.pages->Lock(number).status().Is(Error::kPageNotInitialized)) << number;
    EXPECT_TRUE(test.pages->Share(number).status().Is(Error::kPageNotInitialized)) << number;
  }
  EXPECT_TRUE(test.pages->Read(4).status().Is(Error::kPageNotInitialized));
  const Event event = test.events.Last(event_id::kPageDataMissing);
  EXPECT_EQ(event.offset, static_cast<int64_t>(FileOffsetOf(4, kPageSize)));
  EXPECT_EQ(event.file, kPoolFile);
  EXPECT_EQ(test.pool->statistics().resident_bytes, 0u);
}

TEST_P(BufferPoolTest, RefusesABadChecksumWithItsPlace) {
  PoolUnderTest test(GetParam(), 3, StepwisePool(1 << 20));
  test.Damage(2, {8 * 100 + 1, 8 * 200 + 2});
  EXPECT_TRUE(test.pages->Read(2).status().Is(Error::kReadVerifyFailure));
  const Event event = test.events.Last(event_id::kPageChecksum);
  EXPECT_EQ(event.offset, static_cast<int64_t>(FileOffsetOf(2, GetParam())));
  EXPECT_EQ(event.error, -1018);
  EXPECT_FALSE(event.expected.empty());
  EXPECT_NE(event.expected, event.found);
  // No latch and no memory stays behind, and its neighbours are well.
  EXPECT_TRUE(test.pages->Lock(2).status().Is(Error::kReadVerifyFailure));
  EXPECT_EQ(test.pool->statistics().resident_bytes, 0u);
  EXPECT_EQ(test.Read(1), 1u);
}

TEST_P(BufferPoolTest, MendsOneWrongBit) {
  PoolUnderTest test(GetParam(), 3, StepwisePool(1 << 20));
  test.Damage(2, {8 * 1000 + 5});
  EXPECT_EQ(test.Read(2), 2u);
  EXPECT_EQ(test.pool->statistics().bits_corrected, 1u);
  EXPECT_EQ(test.events.Last(event_id::kPageCorrected).offset,
            static_cast<int64_t>(FileOffsetOf(2, GetParam())));
  EXPECT_EQ(test.pool->statistics().dirty_pages, 0u);
}

TEST(BufferPoolReadTest, RefusesAMalformedPage) {
  PoolUnderTest test(kPageSize, 3, StepwisePool(1 << 20));
  std::vector<std::byte> page(kPageSize);
  FormatCounterPage(page, 2);
  StoreLittle<uint16_t>(page.data() + page_offset::kFreeBytes, 1);
  SealPage(page, 2);
  ASSERT_TRUE(test.file->Write(FileOffsetOf(2, kPageSize), page).ok());
  EXPECT_TRUE(test.pages->Read(2).status().Is(Error::kDatabaseCorrupted));
  EXPECT_EQ(test.events.Last(event_id::kPageMalformed).error, -1206);
}

TEST(BufferPoolReadTest, PassesReadErrorsOn) {
  PoolUnderTest test(kPageSize, 3, StepwisePool(1 << 20));
  test.disk.FailOperation({.kinds = kReadOperation});
  EXPECT_TRUE(test.pages->Read(2).status().Is(Error::kDiskIO));
  EXPECT_EQ(test.events.Last(event_id::kReadError).file, kPoolFile);
  EXPECT_EQ(test.Read(2), 2u);
}

TEST(BufferPoolGuardTest, ReadersSeeChanges) {
  PoolUnderTest test(kPageSize, 3, StepwisePool(1 << 20));
  auto guard = test.pages->Read(1);
  ASSERT_TRUE(guard.ok());
  EXPECT_TRUE(guard->Validate());
  test.Read(2);
  EXPECT_TRUE(guard->Validate());
  {
    auto lock = test.pages->Lock(1);
    ASSERT_TRUE(lock.ok());
    EXPECT_FALSE(guard->Validate());
  }
  EXPECT_FALSE(guard->Validate());
}

TEST(BufferPoolGuardTest, ComesBackToAnUnchangedPageOnly) {
  PoolUnderTest test(kPageSize, 40, StepwisePool(8 * kPageSize));
  auto first = test.pages->Read(1);
  ASSERT_TRUE(first.ok());
  const uint64_t version = first->version();
  ReadGuard again;
  ASSERT_TRUE(test.pages->ReadIfUnchanged(1, version, &again));
  EXPECT_EQ(CounterOf(again.page()), 1u);
  EXPECT_TRUE(again.Validate());
  EXPECT_FALSE(test.pages->ReadIfUnchanged(2, 0, &again));  // Not resident.
  test.Write(1, 7);
  EXPECT_FALSE(test.pages->ReadIfUnchanged(1, version, &again));
  auto changed = test.pages->Read(1);
  ASSERT_TRUE(changed.ok());
  const uint64_t changed_version = changed->version();
  ASSERT_TRUE(test.pages->FlushAll().ok());
  EXPECT_TRUE(test.pages->ReadIfUnchanged(1, changed_version, &again));
  for (PageNumber number = 2; number <= 40; ++number) test.Read(number);
  EXPECT_FALSE(test.pages->ReadIfUnchanged(1, changed_version, &again));
  EXPECT_EQ(test.Read(1), 7u);
  EXPECT_FALSE(test.pages->ReadIfUnchanged(1, changed_version, &again));
}

TEST(BufferPoolGuardTest, UpgradesAnUnchangedPageOnly) {
  PoolUnderTest test(kPageSize, 3, StepwisePool(1 << 20));
  auto guard = test.pages->Read(1);
  ASSERT_TRUE(guard.ok());
  WriteGuard lock;
  ASSERT_TRUE(test.pages->TryUpgrade(&*guard, &lock));
  EXPECT_TRUE(lock.held());
  lock.Release();
  guard = test.pages->Read(1);
  test.Write(1, 5);
  EXPECT_FALSE(test.pages->TryUpgrade(&*guard, &lock));
  EXPECT_FALSE(lock.held());
}

TEST(BufferPoolGuardTest, SharesWithReadersAndOtherSharers) {
  PoolUnderTest test(kPageSize, 3, StepwisePool(1 << 20));
  auto first = test.pages->Share(1);
  auto second = test.pages->Share(1);
  ASSERT_TRUE(first.ok());
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(test.Read(1), 1u);
  std::thread writer([&] { test.Write(1, 9); });
  EXPECT_EQ(CounterOf(first->page()), 1u);
  first->Release();
  EXPECT_EQ(CounterOf(second->page()), 1u);
  second->Release();
  writer.join();
  EXPECT_EQ(test.Read(1), 9u);
}

TEST(BufferPoolGuardTest, NewPagesLeaveNoTraceUnlessChanged) {
  PoolUnderTest test(kPageSize, 3, StepwisePool(1 << 20));
  {
    auto lock = test.pages->LockNew(2);
    ASSERT_TRUE(lock.ok());
    EXPECT_TRUE(lock->fresh());
    EXPECT_EQ(lock->page().dbtime(), 0u);
    EXPECT_EQ(test.pool->statistics().pages_read, 0u);
  }
  EXPECT_EQ(test.pool->statistics().resident_bytes, 0u);
  EXPECT_EQ(test.Read(2), 2u);
  {
    auto lock = test.pages->LockNew(2);
    ASSERT_TRUE(lock.ok());
    EXPECT_FALSE(lock->fresh());
    EXPECT_EQ(CounterOf(lock->page()), 2u);
  }
  {
    auto lock = test.pages->LockNew(9);
    ASSERT_TRUE(lock.ok());
    lock->MarkDirty();
    FormatCounterPage({lock->bytes(), kPageSize}, 99);
  }
  EXPECT_EQ(test.Read(9), 99u);
  ASSERT_TRUE(test.pages->FlushAll().ok());
  EXPECT_EQ(test.InFile(9), 99u);
  EXPECT_TRUE(test.pages->LockNew(0).status().Is(Error::kOutOfDatabaseSpace));
  EXPECT_TRUE(test.pages->LockNew(0xfffffffe).status().Is(Error::kOutOfDatabaseSpace));
}

TEST(BufferPoolGuardTest, DroppedPagesAreNeverWritten) {
  PoolUnderTest test(kPageSize, 3, StepwisePool(1 << 20));
  {
    auto lock = test.pages->LockNew(2);
    ASSERT_TRUE(lock.ok());
    lock->MarkDirty();
    FormatCounterPage({lock->bytes(), kPageSize}, 99);
    lock->Drop();
  }
  EXPECT_EQ(test.pool->statistics().dirty_pages, 0u);
  ASSERT_TRUE(test.pages->FlushAll().ok());
  EXPECT_EQ(test.InFile(2), 2u);
  EXPECT_EQ(test.Read(2), 2u);
}

TEST(BufferPoolGuardTest, RedoGetsZerosWhereNothingUsableIs) {
  PoolUnderTest test(kPageSize, 3, StepwisePool(1 << 20));
  test.Damage(2, {8 * 100 + 1, 8 * 200 + 2});
  EXPECT_TRUE(test.pages->LockForRedo(2, false).status().Is(Error::kReadVerifyFailure));
  for (const PageNumber number : {2u, 700u}) {
    auto lock = test.pages->LockForRedo(number, true);
    ASSERT_TRUE(lock.ok()) << number;
    EXPECT_TRUE(lock->fresh());
    EXPECT_EQ(lock->page().dbtime(), 0u);
  }
  EXPECT_TRUE(test.pages->LockForRedo(700, false).ok());
  EXPECT_EQ(test.pool->statistics().resident_bytes, 0u);
}

TEST(BufferPoolReadTest, PrefetchBringsWhatItCan) {
  PoolUnderTest test(kPageSize, 20, StepwisePool(1 << 20));
  test.Damage(3, {8 * 100 + 1, 8 * 200 + 2});
  test.Read(4);
  const PageNumber wanted[] = {0, 1, 2, 3, 4, 5, 19, 21, 0xffffffff};
  test.pages->Prefetch(wanted);
  const uint64_t read = test.pool->statistics().pages_read;
  for (const PageNumber number : {1, 2, 4, 5, 19}) EXPECT_EQ(test.Read(number), number);
  EXPECT_EQ(test.pool->statistics().pages_read, read);
  EXPECT_EQ(test.pool->statistics().resident_bytes, 5u * kPageSize);
  EXPECT_TRUE(test.pages->Read(3).status().Is(Error::kReadVerifyFailure));
}

TEST(BufferPoolReadTest, DiscardForgetsDirtyPagesToo) {
  PoolUnderTest test(kPageSize, 5, StepwisePool(1 << 20));
  for (PageNumber number = 1; number <= 5; ++number) test.Write(number, 50 + number);
  test.pages->Discard();
  EXPECT_EQ(test.pool->statistics().resident_bytes, 0u);
  EXPECT_EQ(test.pool->statistics().dirty_pages, 0u);
  EXPECT_EQ(test.pool->OldestDirty(), kLgposMax);
  EXPECT_EQ(test.Read(3), 3u);
}

TEST(BufferPoolReadTest, ASmallerLimitIsKeptAtOnce) {
  PoolUnderTest test(kPageSize, 60, StepwisePool(60 * kPageSize));
  for (PageNumber number = 1; number <= 60; ++number) test.Read(number);
  test.pool->SetCacheLimit(10 * kPageSize);
  EXPECT_LE(test.pool->statistics().resident_bytes, 10u * kPageSize);
}

TEST(BufferPoolReadTest, GoesOverTheLimitRatherThanWaitForItself) {
  PoolUnderTest test(kPageSize, 20, StepwisePool(4 * kPageSize));
  std::vector<WriteGuard> held;
  for (PageNumber number = 1; number <= 8; ++number) {
    auto lock = test.pages->Lock(number);
    ASSERT_TRUE(lock.ok());
    held.push_back(std::move(*lock));
  }
  held.clear();
  test.Read(20);
  EXPECT_LE(test.pool->statistics().resident_bytes, 4u * kPageSize);
}

TEST(BufferPoolModelTest, RandomWorkUnderATinyLimitEqualsTheModel) {
  constexpr uint64_t kSeed = 20261122;
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  constexpr PageNumber kPages = 40;
  PoolUnderTest test(kPageSize, kPages, StepwisePool(6 * kPageSize));
  std::vector<uint64_t> model(kPages + 1);
  for (PageNumber number = 1; number <= kPages; ++number) model[number] = number;
  std::mt19937_64 random(kSeed);
  for (uint64_t step = 1; step <= 5000; ++step) {
    const auto number = static_cast<PageNumber>(1 + random() % kPages);
    switch (random() % 8) {
      case 0:
      case 1:
        test.Write(number, 1000 + step);
        model[number] = 1000 + step;
        break;
      case 2:
        ASSERT_TRUE(test.pool->WriteSome(kLgposMax, 1 + random() % 4).ok());
        break;
      case 3:
        if (random() % 50 == 0) {
          ASSERT_TRUE(test.pages->FlushAll().ok());
        }
        break;
      default:
        ASSERT_EQ(test.Read(number), model[number]);
    }
    ASSERT_LE(test.pool->statistics().resident_bytes, 6u * kPageSize);
  }
  ASSERT_TRUE(test.pages->FlushAll().ok());
  for (PageNumber number = 1; number <= kPages; ++number) {
    EXPECT_EQ(test.InFile(number), model[number]);
  }
  EXPECT_EQ(test.pool->statistics().dirty_pages, 0u);
}

TEST(BufferPoolModelTest, ThreadsLoseNoIncrementAndSeeNoTornPage) {
  constexpr PageNumber kPages = 48;
  constexpr int kThreads = 4;
  constexpr int kSteps = 1500;
  BufferPoolOptions options = StepwisePool(12 * kPageSize);
  options.background_writer = true;
  options.write_batch_pages = 8;
  PoolUnderTest test(kPageSize, kPages, options);
  std::vector<uint64_t> increments(kThreads * (kPages + 1));
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      std::mt19937_64 random(1000 + thread);
      std::vector<uint64_t> seen(kPages + 1);
      for (int step = 0; step < kSteps; ++step) {
        const auto number = static_cast<PageNumber>(1 + random() % kPages);
        if (random() % 3 != 0) {
          const uint64_t counter = test.Read(number);
          EXPECT_GE(counter, seen[number]);
          seen[number] = counter;
          continue;
        }
        auto lock = test.pages->Lock(number);
        ASSERT_TRUE(lock.ok());
        const std::optional<uint64_t> counter = CounterOf(lock->page());
        ASSERT_TRUE(counter.has_value());
        lock->MarkDirty();
        FormatCounterPage({lock->bytes(), kPageSize}, *counter + 1);
        ++increments[thread * (kPages + 1) + number];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_TRUE(test.pages->FlushAll().ok());
  for (PageNumber number = 1; number <= kPages; ++number) {
    uint64_t expected = number;
    for (int thread = 0; thread < kThreads; ++thread) {
      expected += increments[thread * (kPages + 1) + number];
    }
    EXPECT_EQ(test.Read(number), expected);
    EXPECT_EQ(test.InFile(number), expected);
  }
}

}  // namespace
}  // namespace contrail::test
