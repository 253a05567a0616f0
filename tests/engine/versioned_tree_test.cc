#include "engine/versioned_tree.h"

#include <gtest/gtest.h>

#include "tests/support/transactions_under_test.h"

namespace contrail {
namespace {

using test::AllNodes;
using test::ToBytes;
using test::ToText;

class VersionedTreeTest : public ::testing::Test {
 protected:
  VersionedTreeTest()
      : tree_(under_test_.Versioned(under_test_.MakeTree(true))),
        a_(under_test_.NewSession()),
        b_(under_test_.NewSession()) {}

  Status Insert(test::TestSession& session, const char* key, const char* data) {
    return tree_.Insert(session.context, ToBytes(key), ToBytes(data));
  }
  Status Replace(test::TestSession& session, const char* key, const char* data) {
    return tree_.Replace(session.context, ToBytes(key), ToBytes(data));
  }
  Status Delete(test::TestSession& session, const char* key) {
    return tree_.Delete(session.context, ToBytes(key));
  }
  std::string Get(test::TestSession& session, const char* key) {
    std::vector<std::byte> data;
    const Status status = tree_.Get(session.context, ToBytes(key), &data);
    return status.ok() ? ToText(data) : "error " + std::to_string(status.number());
  }
  static void Begin(test::TestSession& session) {
    ASSERT_TRUE(session.transaction.Begin(false).ok());
  }
  static void Commit(test::TestSession& session) {
    ASSERT_TRUE(session.transaction.Commit(CommitMode::kLazy).ok());
  }
  void Put(const char* key, const char* data) {
    Begin(*a_);
    ASSERT_TRUE(Insert(*a_, key, data).ok());
    Commit(*a_);
  }

  const std::string kGone = "error " + std::to_string(Status(Error::kRecordNotFound).number());
  test::TransactionsUnderTest under_test_{4096};
  VersionedTree tree_;
  std::unique_ptr<test::TestSession> a_;
  std::unique_ptr<test::TestSession> b_;
};

TEST_F(VersionedTreeTest, ChangesNeedATransaction) {
  EXPECT_TRUE(Insert(*a_, "k", "1").Is(Error::kNotInTransaction));
  ASSERT_TRUE(a_->transaction.Begin(true).ok());
  EXPECT_TRUE(Insert(*a_, "k", "1").Is(Error::kTransReadOnly));
}

TEST_F(VersionedTreeTest, OthersSeeAChangeWhenItHasCommittedAndTheyBeginLater) {
  Put("k", "old");
  Begin(*b_);
  Begin(*a_);
  ASSERT_TRUE(Replace(*a_, "k", "new").ok());
  EXPECT_EQ(Get(*a_, "k"), "new");
  EXPECT_EQ(Get(*b_, "k"), "old");
  Commit(*a_);
  EXPECT_EQ(Get(*b_, "k"), "old");
  Commit(*b_);
  EXPECT_EQ(Get(*b_, "k"), "new") << "outside of a transaction the newest state shows";
}

TEST_F(VersionedTreeTest, UncommittedChangesAreNotSeenOutsideOfTransactions) {
  Put("k", "old");
  Begin(*a_);
  ASSERT_TRUE(Delete(*a_, "k").ok());
  ASSERT_TRUE(Insert(*a_, "l", "x").ok());
  EXPECT_EQ(Get(*b_, "k"), "old");
  EXPECT_EQ(Get(*b_, "l"), kGone);
  EXPECT_EQ(AllNodes(tree_, b_->transaction).size(), 1u);
}

TEST_F(VersionedTreeTest, FirstUpdaterWins) {
  Put("k", "old");
  Begin(*a_);
  Begin(*b_);
  ASSERT_TRUE(Replace(*a_, "k", "a").ok());
  EXPECT_TRUE(Replace(*b_, "k", "b").Is(Error::kWriteConflict));
  EXPECT_TRUE(Delete(*b_, "k").Is(Error::kWriteConflict));
  Commit(*a_);
  EXPECT_TRUE(Replace(*b_, "k", "b").Is(Error::kWriteConflict)) << "committed after this one began";
  ASSERT_TRUE(b_->transaction.Rollback().ok());
  Begin(*b_);
  EXPECT_TRUE(Replace(*b_, "k", "b").ok());
}

TEST_F(VersionedTreeTest, InsertsOfTheSameKeyConflictOrAreDuplicates) {
  Begin(*a_);
  Begin(*b_);
  ASSERT_TRUE(Insert(*a_, "k", "a").ok());
  EXPECT_TRUE(Insert(*b_, "k", "b").Is(Error::kWriteConflict));
  EXPECT_TRUE(Insert(*a_, "k", "again").Is(Error::kKeyDuplicate));
  Commit(*a_);
  ASSERT_TRUE(b_->transaction.Rollback().ok());
  Begin(*b_);
  EXPECT_TRUE(Insert(*b_, "k", "b").Is(Error::kKeyDuplicate));
}

TEST_F(VersionedTreeTest, ALockKeepsOthersOffAndEndsWithTheTransaction) {
  Put("k", "old");
  Begin(*a_);
  ASSERT_TRUE(tree_.Lock(a_->context, ToBytes("k")).ok());
  ASSERT_TRUE(tree_.Lock(a_->context, ToBytes("k")).ok());
  Begin(*b_);
  EXPECT_TRUE(Replace(*b_, "k", "b").Is(Error::kWriteConflict));
  EXPECT_TRUE(tree_.Lock(b_->context, ToBytes("k")).Is(Error::kWriteConflict));
  EXPECT_EQ(Get(*b_, "k"), "old");
  Commit(*a_);
  EXPECT_TRUE(Replace(*b_, "k", "b").ok()) << "nothing has changed since it began";
  EXPECT_TRUE(tree_.Lock(b_->context, ToBytes("none")).Is(Error::kRecordNotFound));
}

TEST_F(VersionedTreeTest, ALockOfARolledBackLevelIsGone) {
  Put("k", "old");
  Begin(*a_);
  Begin(*a_);
  ASSERT_TRUE(tree_.Lock(a_->context, ToBytes("k")).ok());
  ASSERT_TRUE(a_->transaction.Rollback().ok());
  Begin(*b_);
  EXPECT_TRUE(Replace(*b_, "k", "b").ok());
}

TEST_F(VersionedTreeTest, OnlyNumbersThatAreThereCanBeAddedTo) {
  Put("k", "12345678");
  Begin(*a_);
  const auto add = [&](const char* key, const NumberAddition& addition) {
    return tree_.Add(a_->context, ToBytes(key), addition, nullptr);
  };
  EXPECT_TRUE(add("none", {0, 1}).Is(Error::kRecordNotFound));
  EXPECT_TRUE(add("k", {5, 1}).Is(Error::kDatabaseCorrupted));
  EXPECT_TRUE(add("k", {9, 1}).Is(Error::kDatabaseCorrupted));
  EXPECT_TRUE(add("k", {4, 1}).ok());
  EXPECT_TRUE(add("k", {0, ~uint32_t{0}}).ok());
  EXPECT_EQ(Get(*a_, "k"), "02346678");
  EXPECT_EQ(Get(*b_, "k"), "12345678");
  EXPECT_TRUE(Delete(*a_, "k").ok());
  EXPECT_TRUE(add("k", {0, 1}).Is(Error::kRecordDeleted));
  ASSERT_TRUE(a_->transaction.Rollback().ok());
  EXPECT_EQ(Get(*b_, "k"), "12345678");
}

// Nobody waits for a reader without a snapshot, who may find some of a transaction's additions
// unlinked and others not: what he has read while versions went is read again.
TEST_F(VersionedTreeTest, AReaderWithoutASnapshotReadsAgainWhenVersionsGo) {
  Put("k", "1234");
  const auto key = ToBytes("k");
  Begin(*a_);
  ASSERT_TRUE(tree_.Add(a_->context, key, {0, 1}, nullptr).ok());
  ASSERT_TRUE(tree_.Add(a_->context, key, {0, 2}, nullptr).ok());
  VersionedCursor cursor(tree_, b_->transaction);
  ASSERT_TRUE(cursor.SeekExact(key).ok());
  std::vector<std::string> seen;
  const auto read = [&](Bytes data) {
    seen.push_back(ToText(data));
    if (a_->transaction.active()) Commit(*a_);  // Which cleans up.
    return Status::Ok();
  };
  ASSERT_TRUE(cursor.ReadData(read).ok());
  EXPECT_EQ(seen, (std::vector<std::string>{"1234", "4234"}));
  // A snapshot keeps the versions.
  Begin(*b_);
  Begin(*a_);
  ASSERT_TRUE(tree_.Add(a_->context, key, {0, 1}, nullptr).ok());
  seen.clear();
  ASSERT_TRUE(cursor.ReadData(read).ok());
  EXPECT_EQ(seen, std::vector<std::string>{"4234"});
}

TEST_F(VersionedTreeTest, DeleteInsertAndRollBackBringsTheOldDataBack) {
  Put("k", "old");
  Begin(*b_);
  Begin(*a_);
  ASSERT_TRUE(Delete(*a_, "k").ok());
  ASSERT_TRUE(Insert(*a_, "k", "new, and longer").ok());
  EXPECT_EQ(Get(*a_, "k"), "new, and longer");
  EXPECT_EQ(Get(*b_, "k"), "old");
  ASSERT_TRUE(a_->transaction.Rollback().ok());
  EXPECT_EQ(Get(*a_, "k"), "old");
  EXPECT_EQ(Get(*b_, "k"), "old");
  EXPECT_EQ(under_test_.manager->version_count(), 0u);
}

TEST_F(VersionedTreeTest, NestedLevelsRollBackOneByOne) {
  Begin(*a_);
  ASSERT_TRUE(Insert(*a_, "k", "1").ok());
  Begin(*a_);
  ASSERT_TRUE(Replace(*a_, "k", "2").ok());
  Begin(*a_);
  ASSERT_TRUE(Delete(*a_, "k").ok());
  EXPECT_EQ(Get(*a_, "k"), kGone);
  ASSERT_TRUE(a_->transaction.Rollback().ok());
  EXPECT_EQ(Get(*a_, "k"), "2");
  Commit(*a_);
  EXPECT_EQ(Get(*b_, "k"), kGone) << "an inner commit shows nothing to others";
  ASSERT_TRUE(a_->transaction.Rollback().ok());
  EXPECT_EQ(Get(*a_, "k"), kGone);
  EXPECT_TRUE(a_->transaction.Rollback().Is(Error::kNotInTransaction));
  EXPECT_TRUE(a_->transaction.Commit(CommitMode::kLazy).Is(Error::kNotInTransaction));
}

TEST_F(VersionedTreeTest, SevenLevelsAndNoMore) {
  for (int level = 0; level < kMaxTransactionLevel; ++level) Begin(*a_);
  EXPECT_TRUE(a_->transaction.Begin(false).Is(Error::kTransTooDeep));
}

TEST_F(VersionedTreeTest, ALongSnapshotKeepsItsVersionsAndCleanupDropsThemAfterwards) {
  Put("k", "0");
  Begin(*b_);
  for (int i = 1; i <= 20; ++i) {
    Begin(*a_);
    ASSERT_TRUE(Replace(*a_, "k", std::to_string(i).c_str()).ok());
    Commit(*a_);
  }
  EXPECT_EQ(Get(*b_, "k"), "0");
  EXPECT_EQ(under_test_.manager->version_count(), 20u);
  Commit(*b_);
  ASSERT_TRUE(under_test_.manager->CleanUpAll().ok());
  EXPECT_EQ(under_test_.manager->version_count(), 0u);
  EXPECT_EQ(Get(*b_, "k"), "20");
}

TEST_F(VersionedTreeTest, CleanupErasesDeletedNodesButNotRevivedOnes) {
  Put("dead", "x");
  Put("revived", "x");
  Begin(*b_);
  Begin(*a_);
  ASSERT_TRUE(Delete(*a_, "dead").ok());
  ASSERT_TRUE(Delete(*a_, "revived").ok());
  Commit(*a_);
  EXPECT_EQ(AllNodes(tree_, b_->transaction).size(), 2u);
  Begin(*a_);
  ASSERT_TRUE(Insert(*a_, "revived", "y").ok());
  Commit(*a_);
  Commit(*b_);
  ASSERT_TRUE(under_test_.manager->CleanUpAll().ok());
  const auto measured = tree_.tree().Measure();
  ASSERT_TRUE(measured.ok());
  EXPECT_EQ(measured->nodes, 1u);
  EXPECT_EQ(measured->deleted_nodes, 0u);
  EXPECT_EQ(Get(*a_, "revived"), "y");
}

TEST_F(VersionedTreeTest, TooManyVersionsAreRefused) {
  Begin(*b_);
  under_test_.manager->set_version_limit(64 << 10);
  Begin(*a_);
  Status status;
  int inserted = 0;
  for (; status.ok() && inserted < 100'000; ++inserted) {
    status = Insert(*a_, std::to_string(inserted).c_str(), "data");
  }
  EXPECT_TRUE(status.Is(Error::kVersionStoreOutOfMemory));
  ASSERT_TRUE(a_->transaction.Rollback().ok());
  Begin(*a_);
  EXPECT_TRUE(Insert(*a_, "k", "after").ok()) << "the rollback has given the memory back";
}

TEST_F(VersionedTreeTest, ActionsRunWhenTheirTransactionHasEnded) {
  std::string trace;
  Begin(*b_);
  Begin(*a_);
  ASSERT_TRUE(Insert(*a_, "k", "1").ok());
  a_->transaction.OnCommitVisibleToAll([&trace] {
    trace += "visible ";
    return Status::Ok();
  });
  a_->transaction.OnEnd([&trace](bool committed) { trace += committed ? "end " : "undone "; });
  Begin(*a_);
  a_->transaction.OnRollback([&trace] { trace += "inner "; });
  ASSERT_TRUE(a_->transaction.Rollback().ok());
  Commit(*a_);
  EXPECT_EQ(trace, "inner end ");
  Commit(*b_);
  ASSERT_TRUE(under_test_.manager->CleanUpAll().ok());
  EXPECT_EQ(trace, "inner end visible ");
}

TEST_F(VersionedTreeTest, TreesComeAndGoWithTheirTransaction) {
  const PageNumber root = 1;
  Begin(*a_);
  TreeDescription description;
  description.object_id = under_test_.database->NextObjectId();
  const auto undone = CreateVersionedTree(a_->context, *under_test_.manager, *under_test_.database,
                                          root, description);
  ASSERT_TRUE(undone.ok());
  ASSERT_TRUE(a_->transaction.Rollback().ok());
  Begin(*a_);
  const auto made = CreateVersionedTree(a_->context, *under_test_.manager, *under_test_.database,
                                        root, description);
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(*made, *undone) << "the rolled back tree's pages are free again";
  Commit(*a_);
  Begin(*b_);
  Begin(*a_);
  ASSERT_TRUE(DropVersionedTree(a_->context, *under_test_.manager, *under_test_.database, root,
                                *made, description.object_id)
                  .ok());
  Commit(*a_);
  EXPECT_NE(under_test_.manager->OldestNeeded(), kLgposMax) << "the drop is still to be done";
  Commit(*b_);
  ASSERT_TRUE(under_test_.manager->CleanUpAll().ok());
  EXPECT_EQ(under_test_.manager->OldestNeeded(), kLgposMax);
}

}  // namespace
}  // namespace contrail
