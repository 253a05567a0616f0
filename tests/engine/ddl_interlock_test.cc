// DDL beside sessions that read and change rows of the same table.

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <thread>

#include "engine/event_ids.h"
#include "tests/support/ledger_ddl.h"
#include "tests/support/scratch_folder.h"

namespace contrail {
namespace {

using test::AddLongColumn;
using test::CreateAmountIndex;
using test::DeleteLedgerIndex;
using test::EngineUnderTest;
using test::IdsIn;
using test::LedgerSession;

class DdlInterlockTest : public ::testing::Test {
 protected:
  DdlInterlockTest()
      : engine_(PosixFileSystem(),
                EngineUnderTest::SmallOptions(folder_.path().string() + "/", 4096)) {}

  void SetUp() override {
    ASSERT_EQ(engine_.Start(), Status::Ok());
    ASSERT_EQ(engine_.CreateLedger(), Status::Ok());
    LedgerSession session(engine_);
    for (int64_t id = 0; id < 5; ++id) ASSERT_EQ(session.Insert(id, {1, "note"}), Status::Ok());
  }
  void TearDown() override {
    {
      LedgerSession session(engine_);
      std::map<int64_t, test::LedgerRow> rows;
      EXPECT_EQ(session.ReadAll(&rows), Status::Ok());
    }
    EXPECT_EQ(engine_.Stop(), Status::Ok());
  }
  Status CreateIndex(LedgerSession& session, const std::string& name) {
    return CreateAmountIndex(engine_, session, name);
  }

  test::ScratchFolder folder_;
  EngineUnderTest engine_;
};

TEST_F(DdlInterlockTest, DdlWaitsForChangesThatAreUnderWay) {
  LedgerSession writer(engine_), builder(engine_);
  Table& table = writer.cursor().table();
  std::atomic<bool> built{false};
  std::thread thread;
  {
    const RowChange change(table, writer.session().transaction());
    ASSERT_EQ(change.admitted(), Status::Ok());
    thread = std::thread([&] {
      EXPECT_EQ(CreateIndex(builder, "later"), Status::Ok());
      built = true;
    });
    while (table.ddl_owner() == nullptr && !built) std::this_thread::yield();
    // Now it waits for us, and lets nobody else in.
    LedgerSession third(engine_);
    const RowChange late(table, third.session().transaction());
    EXPECT_EQ(late.admitted(), Error::kTableLocked);
    EXPECT_FALSE(built);
  }
  thread.join();
  EXPECT_TRUE(built);
}

TEST_F(DdlInterlockTest, AnIndexIsNotBuiltBesideUncommittedChanges) {
  LedgerSession writer(engine_), builder(engine_);
  const std::function<Status()> changes[] = {
      [&] {
        return writer.Insert(100, {7, "new"});
      },
      [&] {
        return writer.Replace(1, {8, "changed"});
      },
      [&] { return writer.Delete(2); },
      [&] {
        RETURN_IF_ERROR(writer.Get(3).status());
        return writer.cursor().Lock(lock_bit::kWrite);
      },
  };
  int number = 0;
  for (const bool commit : {false, true}) {
    for (const auto& change : changes) {
      SCOPED_TRACE(number);
      const std::string name = "index" + std::to_string(number++);
      ASSERT_EQ(writer.Begin(), Status::Ok());
      ASSERT_EQ(change(), Status::Ok());
      EXPECT_EQ(CreateIndex(builder, name), Error::kWriteConflict);
      ASSERT_EQ(commit ? writer.Commit() : writer.Rollback(), Status::Ok());
      EXPECT_EQ(CreateIndex(builder, name), Status::Ok());
      EXPECT_EQ(*IdsIn(builder, name), *IdsIn(builder, ""));
    }
  }
}

TEST_F(DdlInterlockTest, AnIndexIsNotBuiltOverAnOldSnapshot) {
  LedgerSession writer(engine_), builder(engine_);
  ASSERT_EQ(builder.Begin(), Status::Ok());
  ASSERT_EQ(writer.Insert(100, {7, "unseen"}), Status::Ok());
  EXPECT_EQ(CreateIndex(builder, "old"), Error::kWriteConflict);
  ASSERT_EQ(builder.Rollback(), Status::Ok());
  EXPECT_EQ(CreateIndex(builder, "old"), Status::Ok());
  EXPECT_EQ(IdsIn(builder, "old")->count(100), 1u);
}

TEST_F(DdlInterlockTest, DdlByAnOlderTransactionThanTheLastDdlConflicts) {
  LedgerSession first(engine_), second(engine_);
  ASSERT_EQ(second.Begin(), Status::Ok());
  ASSERT_EQ(CreateIndex(first, "first"), Status::Ok());
  EXPECT_EQ(CreateIndex(second, "second"), Error::kWriteConflict);
  EXPECT_EQ(AddLongColumn(engine_, second, "column"), Error::kWriteConflict);
  ASSERT_EQ(second.Rollback(), Status::Ok());
  ASSERT_EQ(CreateIndex(second, "second"), Status::Ok());
  ASSERT_EQ(first.Insert(100, {5, ""}), Status::Ok());
  for (const char* index : {"first", "second"}) {
    EXPECT_EQ(IdsIn(first, index)->count(100), 1u) << index;
  }
}

TEST_F(DdlInterlockTest, ATransactionDoesNotSeeLaterDefinitionsButKeepsTheirIndexes) {
  LedgerSession old(engine_), builder(engine_);
  ASSERT_EQ(old.Begin(), Status::Ok());
  ASSERT_EQ(old.Get(0).status(), Status::Ok());
  ASSERT_EQ(builder.Delete(1), Status::Ok());
  ASSERT_EQ(CreateIndex(builder, "later"), Status::Ok());
  ASSERT_EQ(AddLongColumn(engine_, builder, "later column"), Status::Ok());

  EXPECT_EQ(old.cursor().SetCurrentIndex("later"), Error::kIndexNotFound);
  EXPECT_EQ(old.cursor().CurrentDefinition().schema().FindColumn("later column"), nullptr);
  EXPECT_EQ(IdsIn(old, "")->size(), 5u);
  EXPECT_EQ(IdsIn(old, "amount")->size(), 5u);
  EXPECT_EQ(old.Insert(100, {5, "by the old one"}), Status::Ok());
  EXPECT_EQ(old.Delete(2), Status::Ok());
  EXPECT_EQ(old.Replace(3, {99, "moved"}), Status::Ok());
  ASSERT_EQ(old.Commit(), Status::Ok());
  EXPECT_EQ(old.cursor().SetCurrentIndex("later"), Status::Ok());
  EXPECT_EQ(*IdsIn(old, "later"), (std::multiset<int64_t>{0, 3, 4, 100}));
  EXPECT_NE(old.cursor().CurrentDefinition().schema().FindColumn("later column"), nullptr);
}

TEST_F(DdlInterlockTest, OthersReadByTheOldDefinitionWhileDdlIsUncommitted) {
  LedgerSession owner(engine_), open(engine_);
  for (const bool commit : {false, true}) {
    SCOPED_TRACE(commit);
    ASSERT_EQ(owner.Begin(), Status::Ok());
    ASSERT_EQ(CreateIndex(owner, "pending"), Status::Ok());
    ASSERT_EQ(AddLongColumn(engine_, owner, "pending column"), Status::Ok());
    LedgerSession opened_later(engine_);
    ASSERT_EQ(opened_later.open_status(), Status::Ok());
    for (LedgerSession* other : {&open, &opened_later}) {
      EXPECT_EQ(IdsIn(*other, "amount")->size(), 5u);
      EXPECT_EQ(other->cursor().SetCurrentIndex("pending"), Error::kIndexNotFound);
      EXPECT_EQ(other->cursor().CurrentDefinition().schema().FindColumn("pending column"), nullptr);
      EXPECT_EQ(other->Insert(100, {}), Error::kTableLocked);
      EXPECT_EQ(other->Delete(1), Error::kTableLocked);
      EXPECT_EQ(CreateIndex(*other, "another"), Error::kTableLocked);
    }
    EXPECT_EQ(IdsIn(owner, "pending")->size(), 5u);
    ASSERT_EQ(commit ? owner.Commit() : owner.Rollback(), Status::Ok());
    for (LedgerSession* other : {&open, &opened_later}) {
      EXPECT_EQ(other->cursor().SetCurrentIndex("pending"),
                commit ? Status::Ok() : Status(Error::kIndexNotFound));
    }
  }
}

TEST_F(DdlInterlockTest, AnIndexThatACursorStandsInIsNotDeleted) {
  LedgerSession user(engine_), owner(engine_);
  ASSERT_EQ(CreateIndex(owner, "used"), Status::Ok());
  ASSERT_EQ(user.cursor().SetCurrentIndex("used"), Status::Ok());
  EXPECT_EQ(DeleteLedgerIndex(engine_, owner, "used"), Error::kIndexInUse);
  EXPECT_EQ(user.cursor().MoveNext(), Status::Ok());
  ASSERT_EQ(user.cursor().SetCurrentIndex(""), Status::Ok());
  ASSERT_EQ(owner.Begin(), Status::Ok());
  EXPECT_EQ(DeleteLedgerIndex(engine_, owner, "used"), Status::Ok());
  // It may come back, but nobody gets into it before that is known.
  EXPECT_EQ(user.cursor().SetCurrentIndex("used"), Error::kIndexNotFound);
  ASSERT_EQ(owner.Rollback(), Status::Ok());
  EXPECT_EQ(IdsIn(user, "used")->size(), 5u);
  EXPECT_EQ(DeleteLedgerIndex(engine_, owner, "used"), Status::Ok());
  EXPECT_EQ(user.cursor().SetCurrentIndex("used"), Error::kIndexNotFound);
}

TEST_F(DdlInterlockTest, AnIndexMayGoWhileDeletionsInItAreUncommitted) {
  LedgerSession writer(engine_), owner(engine_);
  ASSERT_EQ(CreateIndex(owner, "going"), Status::Ok());
  ASSERT_EQ(writer.Begin(), Status::Ok());
  ASSERT_EQ(writer.Delete(1), Status::Ok());
  ASSERT_EQ(writer.Insert(100, {4, ""}), Status::Ok());
  ASSERT_EQ(DeleteLedgerIndex(engine_, owner, "going"), Status::Ok());
  ASSERT_EQ(writer.Commit(), Status::Ok());
  TransactionManager& transactions = engine_.instance().transactions();
  EXPECT_EQ(transactions.CleanUpAll(), Status::Ok());
  EXPECT_EQ(transactions.version_count(), 0u);
  EXPECT_EQ(engine_.events().Last(event_id::kCleanupGivenUp).id, 0u);
}

TEST_F(DdlInterlockTest, ATableWithUncommittedChangesIsNotDeleted) {
  Session owner(engine_.instance());
  TableDdl ddl(owner, engine_.database());
  Session writer(engine_.instance());
  ASSERT_EQ(writer.transaction().Begin(false), Status::Ok());
  {
    auto table = engine_.database().tables().Open(writer.context(), "ledger", false);
    ASSERT_TRUE(table.ok());
    const ObjectId id = (*table)->definition()->schema().object_id;
    {
      TableCursor cursor(*table, writer.context(), true);
      ASSERT_EQ(cursor.MoveFirst(), Status::Ok());
      ASSERT_EQ(cursor.Delete(), Status::Ok());
      EXPECT_EQ(ddl.DeleteTable("ledger"), Error::kTableInUse);
    }
    engine_.database().tables().Close(id, &writer.transaction());
  }
  EXPECT_EQ(ddl.DeleteTable("ledger"), Error::kTableInUse);
  ASSERT_EQ(writer.transaction().Commit(CommitMode::kLazy), Status::Ok());
  ASSERT_EQ(writer.transaction().Begin(true), Status::Ok());

  // Deleted in a level that is rolled back: nothing has happened, also after the commit.
  ASSERT_EQ(owner.transaction().Begin(false), Status::Ok());
  ASSERT_EQ(owner.transaction().Begin(false), Status::Ok());
  EXPECT_EQ(ddl.DeleteTable("ledger"), Status::Ok());
  EXPECT_EQ(engine_.database().tables().Open(writer.context(), "ledger", false).status(),
            Error::kTableLocked);
  ASSERT_EQ(owner.transaction().Rollback(), Status::Ok());
  ASSERT_EQ(owner.transaction().Commit(CommitMode::kLazy), Status::Ok());
  {
    LedgerSession session(engine_);
    EXPECT_EQ(session.open_status(), Status::Ok());
  }

  // Deleted for good: who still sees its name does not get it.
  ASSERT_EQ(ddl.DeleteTable("ledger"), Status::Ok());
  EXPECT_EQ(engine_.database().tables().Open(writer.context(), "ledger", false).status(),
            Error::kObjectNotFound);
  ASSERT_EQ(writer.transaction().Rollback(), Status::Ok());
  EXPECT_EQ(engine_.instance().transactions().CleanUpAll(), Status::Ok());
  ASSERT_EQ(engine_.CreateLedger(), Status::Ok());
}

TEST_F(DdlInterlockTest, AnIndexTakesNoVersionsAndGoesWithItsTransaction) {
  LedgerSession session(engine_);
  ASSERT_EQ(session.Begin(), Status::Ok());
  for (int64_t id = 100; id < 3000; ++id) {
    ASSERT_EQ(session.Insert(id, {static_cast<int32_t>(id * 7919 % 1000), ""}), Status::Ok());
  }
  ASSERT_EQ(session.Commit(), Status::Ok());
  TransactionManager& transactions = engine_.instance().transactions();
  ASSERT_EQ(transactions.CleanUpAll(), Status::Ok());
  ASSERT_EQ(session.Begin(), Status::Ok());
  ASSERT_EQ(CreateIndex(session, "built"), Status::Ok());
  EXPECT_LT(transactions.version_count(), 50u);
  EXPECT_EQ(IdsIn(session, "built")->size(), 2905u);
  // Entries of rows changed in the same transaction come and go with their levels.
  ASSERT_EQ(session.Begin(), Status::Ok());
  ASSERT_EQ(session.Delete(100), Status::Ok());
  ASSERT_EQ(session.Insert(5000, {1, ""}), Status::Ok());
  ASSERT_EQ(session.Rollback(), Status::Ok());
  EXPECT_EQ(*IdsIn(session, "built"), *IdsIn(session, ""));
  ASSERT_EQ(session.Rollback(), Status::Ok());
  EXPECT_EQ(session.cursor().SetCurrentIndex("built"), Error::kIndexNotFound);
  ASSERT_EQ(CreateIndex(session, "built"), Status::Ok());
  EXPECT_EQ(IdsIn(session, "built")->size(), 2905u);
}

TEST_F(DdlInterlockTest, AnIndexThatWasNotCommittedIsGoneAfterACrash) {
  {
    LedgerSession session(engine_);
    for (int64_t id = 100; id < 1500; ++id) {
      ASSERT_EQ(session.Begin(), Status::Ok());
      ASSERT_EQ(session.Insert(id, {static_cast<int32_t>(id * 7919 % 1000), ""}), Status::Ok());
      ASSERT_EQ(session.Commit(CommitMode::kLazy), Status::Ok());
    }
    ASSERT_EQ(session.Begin(), Status::Ok());
    ASSERT_EQ(CreateIndex(session, "unfinished"), Status::Ok());
    ASSERT_EQ(engine_.instance().log().FlushNow(), Status::Ok());
    ASSERT_EQ(engine_.instance().log().EnsureDurable(), Status::Ok());
    engine_.instance().log().Abandon();
  }
  ASSERT_EQ(engine_.Stop(TerminateMode::kCrash), Status::Ok());
  ASSERT_EQ(engine_.Start(), Status::Ok());
  LedgerSession session(engine_);
  EXPECT_EQ(session.cursor().SetCurrentIndex("unfinished"), Error::kIndexNotFound);
  EXPECT_EQ(IdsIn(session, "")->size(), 1405u);
  EXPECT_EQ(CreateIndex(session, "unfinished"), Status::Ok());
  EXPECT_EQ(IdsIn(session, "unfinished")->size(), 1405u);
}

TEST_F(DdlInterlockTest, TheLongValueTreeGoesWithTheLevelThatMadeIt) {
  LedgerSession session(engine_);
  ASSERT_EQ(session.Begin(), Status::Ok());
  ASSERT_EQ(AddLongColumn(engine_, session, "makes it the owner"), Status::Ok());
  ASSERT_EQ(session.Begin(), Status::Ok());
  ASSERT_EQ(session.Insert(100, {1, std::string(9000, 'x')}), Status::Ok());
  ASSERT_EQ(session.Rollback(), Status::Ok());
  EXPECT_FALSE(session.cursor().table().definition()->long_value_tree().has_value());
  ASSERT_EQ(session.Insert(101, {1, std::string(9000, 'y')}), Status::Ok());
  ASSERT_EQ(session.Commit(), Status::Ok());
  EXPECT_EQ(session.Get(101)->note, std::string(9000, 'y'));
}

}  // namespace
}  // namespace contrail
