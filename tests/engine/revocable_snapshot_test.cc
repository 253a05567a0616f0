// Snapshots that go before a writer fails: writers with little version memory beside a reader who
// lets his snapshot go, and what becomes of memory and trees.

#include <absl/synchronization/mutex.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <random>
#include <thread>

#include "engine/event_ids.h"
#include "storage/space.h"
#include "tests/support/transactions_under_test.h"

namespace contrail {
namespace {

using test::TestSession;
using test::ToBytes;
using test::ToText;

constexpr size_t kLimit = 512 << 10;
constexpr int kKeysPerWriter = 60;

std::vector<std::byte> KeyOf(size_t writer, size_t number) {
  return ToBytes(std::to_string(100 + writer) + "-" + std::to_string(100 + number));
}

class RevocableSnapshotTest : public ::testing::Test {
 protected:
  void SetUp() override { under_test_.manager->set_version_limit(kLimit); }

  // A transaction that inserts, replaces or deletes a few of the writer's own keys. One at a time:
  // another writer's snapshot, held by a thread that does not get a processor, would fill so small
  // a store just as well.
  Status Change(TestSession& session, size_t writer, std::mt19937_64& random) {
    const absl::MutexLock turn(&turn_);
    RETURN_IF_ERROR(session.transaction.Begin(false));
    for (int i = 0; i < 3; ++i) {
      const auto key = KeyOf(writer, random() % kKeysPerWriter);
      const std::vector<std::byte> data(20 + random() % 300, std::byte{1});
      Status status = random() % 4 == 0 ? tree_.Delete(session.context, key)
                                        : tree_.Replace(session.context, key, data);
      if (status.Is(Error::kRecordNotFound) || status.Is(Error::kRecordDeleted)) {
        status = tree_.Insert(session.context, key, data);
      }
      if (!status.ok()) {
        RETURN_IF_ERROR(session.transaction.Rollback());
        return status;
      }
    }
    return session.transaction.Commit(CommitMode::kLazy);
  }
  void Fill(size_t writers) {
    const auto session = under_test_.NewSession();
    ASSERT_EQ(session->transaction.Begin(false), Status::Ok());
    for (size_t writer = 0; writer < writers; ++writer) {
      for (size_t number = 0; number < kKeysPerWriter; ++number) {
        const auto key = KeyOf(writer, number);
        ASSERT_EQ(tree_.Insert(session->context, key, ToBytes("first")), Status::Ok());
        model_[ToText(key)] = "first";
      }
    }
    ASSERT_EQ(session->transaction.Commit(CommitMode::kLazy), Status::Ok());
  }
  // Reads everything; stops when the snapshot is revoked. What was read before must be the model.
  void ReadAll(Transaction& reader) {
    std::map<std::string, std::string> seen;
    VersionedCursor cursor(tree_, reader);
    Status status = cursor.MoveFirst();
    for (; status.ok(); status = cursor.MoveNext()) {
      const Result<Bytes> data = cursor.Data();
      const std::string text = data.ok() ? ToText(*data) : std::string();
      if (reader.revoked()) return;
      ASSERT_EQ(data.status(), Status::Ok());
      seen[ToText(cursor.key())] = text;
    }
    if (reader.revoked()) return;
    ASSERT_EQ(status, Status(Error::kNoCurrentRecord));
    if (model_.empty()) model_ = seen;
    ASSERT_EQ(seen, model_);
  }
  void Drop(const Tree& tree) {
    const auto session = under_test_.NewSession();
    ASSERT_EQ(session->transaction.Begin(false), Status::Ok());
    ASSERT_EQ(DropVersionedTree(session->context, *under_test_.manager, *under_test_.database, 0,
                                tree.root(), tree.object_id()),
              Status::Ok());
    ASSERT_EQ(session->transaction.Commit(CommitMode::kLazy), Status::Ok());
  }
  Tree MakeTreeIn(const Tree& parent) {
    const auto session = under_test_.NewSession();
    EXPECT_EQ(session->transaction.Begin(false), Status::Ok());
    const ObjectId id = under_test_.database->NextObjectId();
    const auto root = CreateVersionedTree(session->context, *under_test_.manager,
                                          *under_test_.database, parent.root(), {.object_id = id});
    EXPECT_EQ(session->transaction.Commit(CommitMode::kLazy), Status::Ok());
    return {*under_test_.database, root.ok() ? *root : 0, id, true};
  }
  uint64_t FreePages() {
    const std::lock_guard<std::mutex> lock(under_test_.database->structure_mutex());
    const auto space = MeasureSpace(*under_test_.database, 1);
    EXPECT_TRUE(space.ok());
    return space.ok() ? space->available_pages : 0;
  }

  test::TransactionsUnderTest under_test_{4096, 4 << 20, /*threads=*/true};
  VersionedTree tree_ = under_test_.Versioned(under_test_.MakeTree(true));
  absl::Mutex turn_;
  std::map<std::string, std::string> model_;
};

TEST_F(RevocableSnapshotTest, NoWriterFailsAndTheReaderIsTold) {
  constexpr size_t kWriters = 3;
  constexpr int kRounds = 6;
  std::atomic<int> round{0};
  std::atomic<bool> failed{false};
  std::vector<std::thread> threads;
  std::vector<std::atomic<int>> commits(kWriters);
  Fill(kWriters);
  const auto reader = under_test_.NewSession();
  for (int i = 0; i < kRounds; ++i) {
    ASSERT_EQ(reader->transaction.Begin(true), Status::Ok());
    reader->transaction.MakeRevocable();
    if (i == 0) {
      for (size_t writer = 0; writer < kWriters; ++writer) {
        threads.emplace_back([&, writer] {
          const auto session = under_test_.NewSession();
          std::mt19937_64 random(writer + 1);
          while (round < kRounds && !failed) {
            const Status status = Change(*session, writer, random);
            EXPECT_EQ(status, Status::Ok());
            if (!status.ok()) failed = true;
            ++commits[writer];
          }
        });
      }
    } else {
      model_.clear();  // What is read first.
    }
    while (!reader->transaction.revoked() && !failed && !HasFatalFailure()) {
      ReadAll(reader->transaction);
    }
    // All go on behind it.
    const int before = commits[0];
    while (commits[0] < before + 200 && !failed) std::this_thread::yield();
    EXPECT_EQ(reader->transaction.Rollback(), Status::Ok());
    if (HasFatalFailure()) break;
    ++round;
  }
  round = kRounds;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(under_test_.manager->CleanUpAll(), Status::Ok());
  EXPECT_EQ(under_test_.manager->version_count(), 0u);
  EXPECT_EQ(under_test_.manager->version_bytes(), 0u);
}

TEST_F(RevocableSnapshotTest, OthersKeepTheirSnapshots) {
  Fill(1);
  const auto reader = under_test_.NewSession(), writer = under_test_.NewSession();
  ASSERT_EQ(reader->transaction.Begin(true), Status::Ok());
  std::mt19937_64 random(1);
  Status status;
  for (int i = 0; i < 100'000 && status.ok(); ++i) status = Change(*writer, 0, random);
  EXPECT_EQ(status, Status(Error::kVersionStoreOutOfMemory));
  EXPECT_FALSE(reader->transaction.revoked());
  ReadAll(reader->transaction);
  EXPECT_EQ(reader->transaction.Rollback(), Status::Ok());
  EXPECT_EQ(Change(*writer, 0, random), Status::Ok());
}

// Thousands of small transactions wait under one snapshot, each with a block of its own.
TEST_F(RevocableSnapshotTest, WhatWasCleanedLeavesItsMemory) {
  Fill(1);
  const auto reader = under_test_.NewSession(), writer = under_test_.NewSession();
  ASSERT_EQ(reader->transaction.Begin(true), Status::Ok());
  const auto lock = [&] {
    RETURN_IF_ERROR(writer->transaction.Begin(false));
    const Status status = tree_.Replace(writer->context, KeyOf(0, 0), ToBytes("x"));
    if (status.ok()) return writer->transaction.Commit(CommitMode::kLazy);
    RETURN_IF_ERROR(writer->transaction.Rollback());
    return status;
  };
  Status status;
  for (int i = 0; i < 100'000 && status.ok(); ++i) status = lock();
  EXPECT_EQ(status, Status(Error::kVersionStoreOutOfMemory));
  EXPECT_GT(under_test_.manager->version_bytes(), kLimit);
  ASSERT_EQ(reader->transaction.Rollback(), Status::Ok());
  EXPECT_EQ(lock(), Status::Ok());
  EXPECT_EQ(under_test_.manager->CleanUpAll(), Status::Ok());
  EXPECT_EQ(under_test_.manager->version_bytes(), 0u);
}

TEST_F(RevocableSnapshotTest, ATreeStaysUntilItsReaderHasEnded) {
  Fill(1);
  const Tree outer = under_test_.MakeTree(true), inner = MakeTreeIn(outer);
  const VersionedTree versioned = under_test_.Versioned(inner);
  const auto reader = under_test_.NewSession(), writer = under_test_.NewSession();
  ASSERT_EQ(writer->transaction.Begin(false), Status::Ok());
  ASSERT_EQ(versioned.Insert(writer->context, ToBytes("key"), ToBytes("data")), Status::Ok());
  ASSERT_EQ(writer->transaction.Commit(CommitMode::kLazy), Status::Ok());
  ASSERT_EQ(under_test_.manager->CleanUpAll(), Status::Ok());

  ASSERT_EQ(reader->transaction.Begin(true), Status::Ok());
  reader->transaction.MakeRevocable();
  Drop(inner);
  std::mt19937_64 random(1);
  for (int i = 0; i < 100'000 && !reader->transaction.revoked(); ++i) {
    ASSERT_EQ(Change(*writer, 0, random), Status::Ok());
  }
  ASSERT_TRUE(reader->transaction.revoked());
  Drop(outer);
  EXPECT_EQ(under_test_.manager->CleanUpAll(), Status::Ok());
  EXPECT_EQ(under_test_.manager->version_count(), 0u) << "versions do not wait";
  const uint64_t free_before = FreePages();
  EXPECT_EQ(test::AllNodes(versioned, reader->transaction).size(), 1u);
  // A log record of theirs is still to come.
  EXPECT_LT(under_test_.manager->OldestNeeded(), kLgposMax);

  ASSERT_EQ(reader->transaction.Rollback(), Status::Ok());
  EXPECT_EQ(under_test_.manager->CleanUpAll(), Status::Ok());
  EXPECT_GT(FreePages(), free_before);
  EXPECT_EQ(under_test_.manager->OldestNeeded(), kLgposMax);
  EXPECT_EQ(under_test_.events.Last(event_id::kCleanupGivenUp).id, 0u);
}

}  // namespace
}  // namespace contrail
