// JetEscrowUpdate: sessions add to one column of one record at the same time. Each sees its
// snapshot and what it has added itself; a rollback takes back its own part; a crash leaves what
// was committed.

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <thread>

#include "tests/support/jet_fixture.h"
#include "tests/support/shared_data.h"
#include "tests/support/sound_database.h"

namespace contrail::test {
namespace {

constexpr char kTable[] = "counts";

// A session with a cursor on the first record of the table, and one of its counters.
class Counter {
 public:
  explicit Counter(JetDatabase& database, const char* column = "hits")
      : session_(database.NewSession()) {
    const std::string path = PathOf(database);
    EXPECT_JET_OK(JetOpenDatabaseA(session_, path.c_str(), nullptr, &database_, 0));
    EXPECT_JET_OK(
        JetOpenTableA(session_, database_, kTable, nullptr, 0, JET_bitTableUpdatable, &table_));
    key_ = ColumnId("id");
    column_ = ColumnId(column);
    EXPECT_JET_OK(JetMove(session_, table_, JET_MoveFirst, 0));
  }

  JET_SESID session() const { return session_; }
  JET_TABLEID table() const { return table_; }
  JET_COLUMNID column() const { return column_; }
  JET_ERR Begin() { return JetBeginTransaction(session_); }
  JET_ERR Commit(JET_GRBIT grbit = JET_bitCommitLazyFlush) {
    return JetCommitTransaction(session_, grbit);
  }
  JET_ERR Rollback() { return JetRollback(session_, 0); }
  JET_ERR Add(int32_t amount) {
    uint32_t actual = 0;
    before_ = 0;
    const JET_ERR error = JetEscrowUpdate(session_, table_, column_, &amount, sizeof(amount),
                                          &before_, sizeof(before_), &actual, 0);
    EXPECT_EQ(actual, error >= 0 ? sizeof(before_) : 0u);
    return error;
  }
  // What the last Add found in the database.
  int32_t before() const { return before_; }
  int32_t Value() {
    int32_t value = 0;
    uint32_t actual = 0;
    EXPECT_JET_OK(
        JetRetrieveColumn(session_, table_, column_, &value, sizeof(value), &actual, 0, nullptr));
    EXPECT_EQ(actual, sizeof(value));
    return value;
  }
  JET_ERR Prepare(uint32_t how) { return JetPrepareUpdate(session_, table_, how); }
  JET_ERR Set(int32_t value) {
    return JetSetColumn(session_, table_, column_, &value, sizeof(value), 0, nullptr);
  }
  JET_ERR Update() { return JetUpdate(session_, table_, nullptr, 0, nullptr); }
  JET_ERR Replace(int32_t value) {
    const JET_ERR error = Prepare(JET_prepReplace);
    if (error < 0) return error;
    EXPECT_JET_OK(Set(value));
    return Update();
  }
  // Record 1 again, after it was deleted.
  JET_ERR Insert(int32_t value) {
    const int32_t key = 1;
    EXPECT_JET_OK(Prepare(JET_prepInsert));
    EXPECT_JET_OK(JetSetColumn(session_, table_, key_, &key, sizeof(key), 0, nullptr));
    EXPECT_JET_OK(Set(value));
    const JET_ERR error = Update();
    EXPECT_JET_OK(JetMove(session_, table_, JET_MoveFirst, 0));
    return error;
  }
  JET_ERR Lock() { return JetGetLock(session_, table_, JET_bitWriteLock); }
  JET_ERR Delete() { return JetDelete(session_, table_); }

 private:
  static std::string PathOf(JetDatabase& database) {
    char path[1024] = {};
    EXPECT_JET_OK(JetGetDatabaseInfoA(database.session(), database.id(), path, sizeof(path),
                                      JET_DbInfoFilename));
    return path;
  }
  JET_COLUMNID ColumnId(const char* name) {
    JET_COLUMNDEF def = {};
    def.cbStruct = sizeof(def);
    EXPECT_JET_OK(JetGetTableColumnInfoA(session_, table_, name, &def, sizeof(def), JET_ColInfo));
    return def.columnid;
  }

  JET_SESID session_;
  JET_DBID database_ = JET_dbidNil;
  JET_TABLEID table_ = JET_tableidNil;
  JET_COLUMNID key_ = 0;
  JET_COLUMNID column_ = 0;
  int32_t before_ = 0;
};

JET_ERR AddEscrowColumn(JET_SESID session, JET_TABLEID table, const char* name,
                        JET_COLTYP type = JET_coltypLong) {
  JET_COLUMNDEF def = {};
  def.cbStruct = sizeof(def);
  def.coltyp = type;
  def.grbit = JET_bitColumnEscrowUpdate;
  const int64_t hundred = 100;
  const uint32_t size = type == JET_coltypLong || type == JET_coltypUnsignedLong ? 4 : 8;
  return JetAddColumnA(session, table, name, &def, &hundred, size, nullptr);
}

// Key "id", counters "hits" and "bytes", which are 100 by default; record 1.
void MakeCounts(JetDatabase& database) {
  const JET_SESID session = database.session();
  JET_TABLEID table = JET_tableidNil;
  ASSERT_JET_OK(JetBeginTransaction(session));
  ASSERT_JET_OK(JetCreateTableA(session, database.id(), kTable, 1, 80, &table));
  JET_COLUMNDEF def = {};
  def.cbStruct = sizeof(def);
  def.coltyp = JET_coltypLong;
  JET_COLUMNID key = 0;
  ASSERT_JET_OK(JetAddColumnA(session, table, "id", &def, nullptr, 0, &key));
  ASSERT_JET_OK(AddEscrowColumn(session, table, "hits"));
  ASSERT_JET_OK(AddEscrowColumn(session, table, "bytes"));
  ASSERT_JET_OK(JetCreateIndexA(session, table, "main", JET_bitIndexPrimary, "+id\0", 5, 80));
  ASSERT_JET_OK(JetPrepareUpdate(session, table, JET_prepInsert));
  const int32_t one = 1;
  ASSERT_JET_OK(JetSetColumn(session, table, key, &one, sizeof(one), 0, nullptr));
  ASSERT_JET_OK(JetUpdate(session, table, nullptr, 0, nullptr));
  ASSERT_JET_OK(JetCommitTransaction(session, 0));
  ASSERT_JET_OK(JetCloseTable(session, table));
}

class ApiEscrowTest : public ::testing::Test {
 protected:
  ApiEscrowTest() : database_(folder_) { MakeCounts(database_); }

  JetFolder folder_;
  JetDatabase database_;
};

TEST_F(ApiEscrowTest, SessionsAddTogether) {
  Counter a(database_), b(database_), c(database_);
  ASSERT_JET_OK(a.Begin());
  ASSERT_JET_OK(b.Begin());
  ASSERT_JET_OK(c.Begin());
  EXPECT_JET_OK(a.Add(5));
  EXPECT_EQ(a.before(), 100);
  EXPECT_JET_OK(b.Add(-70));
  EXPECT_EQ(b.before(), 105);  // Versions do not matter to what is there to begin with.
  EXPECT_JET_OK(a.Add(1));
  EXPECT_EQ(a.Value(), 106);
  EXPECT_EQ(b.Value(), 30);
  EXPECT_EQ(c.Value(), 100);
  EXPECT_JET_OK(b.Commit());
  EXPECT_EQ(a.Value(), 106);
  EXPECT_EQ(b.Value(), 30);
  EXPECT_JET_OK(a.Rollback());
  EXPECT_EQ(a.Value(), 30);
  EXPECT_EQ(c.Value(), 100);
  EXPECT_JET_OK(c.Add(1000));  // Committed additions that it does not see are no conflict.
  EXPECT_EQ(c.Value(), 1100);
  EXPECT_JET_OK(c.Commit());
  EXPECT_EQ(a.Value(), 1030);
}

TEST_F(ApiEscrowTest, CountersOfARecordAreApart) {
  Counter hits(database_, "hits"), bytes(database_, "bytes"), old(database_, "bytes");
  ASSERT_JET_OK(hits.Begin());
  ASSERT_JET_OK(bytes.Begin());
  ASSERT_JET_OK(old.Begin());
  EXPECT_JET_OK(hits.Add(-101));
  EXPECT_JET_OK(bytes.Add(4096));
  EXPECT_EQ(bytes.before(), 100);
  EXPECT_JET_OK(hits.Commit());
  EXPECT_EQ(old.Value(), 100);
  EXPECT_EQ(bytes.Value(), 4196);
  EXPECT_JET_OK(bytes.Rollback());
  EXPECT_EQ(bytes.Value(), 100);
  EXPECT_EQ(hits.Value(), -1);
}

TEST_F(ApiEscrowTest, LevelsTakeBackTheirOwn) {
  Counter a(database_), b(database_);
  ASSERT_JET_OK(a.Begin());
  ASSERT_JET_OK(b.Begin());
  EXPECT_JET_OK(a.Add(1));
  ASSERT_JET_OK(a.Begin());
  EXPECT_JET_OK(a.Add(10));
  EXPECT_JET_OK(b.Add(100));
  EXPECT_JET_OK(a.Add(20));
  EXPECT_EQ(a.Value(), 131);
  EXPECT_JET_OK(a.Rollback());
  EXPECT_EQ(a.Value(), 101);
  EXPECT_EQ(b.Value(), 200);
  EXPECT_JET_OK(a.Commit());
  EXPECT_JET_OK(b.Commit());
  EXPECT_EQ(a.Value(), 201);
}

TEST_F(ApiEscrowTest, OtherChangesConflict) {
  Counter a(database_), b(database_);
  for (const auto& change :
       {+[](Counter& c) { return c.Replace(7); }, +[](Counter& c) { return c.Lock(); },
        +[](Counter& c) { return c.Delete(); }}) {
    ASSERT_JET_OK(a.Begin());
    ASSERT_JET_OK(b.Begin());
    EXPECT_JET_OK(a.Add(5));
    EXPECT_JET(JET_errWriteConflict, change(b));
    EXPECT_JET_OK(a.Rollback());
    EXPECT_JET_OK(change(b));
    ASSERT_JET_OK(a.Begin());
    EXPECT_JET(JET_errWriteConflict, a.Add(5));
    EXPECT_JET_OK(a.Rollback());
    EXPECT_JET_OK(b.Rollback());
  }
  // What was added after a snapshot was taken keeps the record from being replaced under it.
  ASSERT_JET_OK(b.Begin());
  EXPECT_EQ(b.Value(), 100);
  ASSERT_JET_OK(a.Begin());
  EXPECT_JET_OK(a.Add(5));
  EXPECT_JET_OK(a.Commit());
  EXPECT_JET_OK(b.Add(2));
  EXPECT_JET(JET_errWriteConflict, b.Replace(7));
  EXPECT_EQ(b.Value(), 102);
  EXPECT_JET_OK(b.Rollback());
  EXPECT_EQ(b.Value(), 105);
}

TEST_F(ApiEscrowTest, PreparedUpdatesConflict) {
  Counter a(database_), b(database_);
  // Prepared with the lock: it is the addition that comes too late.
  ASSERT_JET_OK(a.Begin());
  ASSERT_JET_OK(a.Prepare(JET_prepReplace));
  ASSERT_JET_OK(b.Begin());
  EXPECT_JET(JET_errWriteConflict, b.Add(5));
  EXPECT_JET(JET_errAlreadyPrepared, a.Add(5));
  EXPECT_JET_OK(a.Set(40));
  EXPECT_JET_OK(a.Update());
  EXPECT_JET_OK(a.Rollback());
  // And the other way about.
  EXPECT_JET_OK(b.Add(5));
  ASSERT_JET_OK(a.Begin());
  EXPECT_JET(JET_errWriteConflict, a.Prepare(JET_prepReplace));
  // Without the lock it is the update, whether or not the addition has been committed.
  ASSERT_JET_OK(a.Prepare(JET_prepReplaceNoLock));
  EXPECT_JET_OK(a.Set(40));
  EXPECT_JET(JET_errWriteConflict, a.Update());
  EXPECT_JET_OK(b.Commit());
  EXPECT_JET(JET_errWriteConflict, a.Update());
  EXPECT_JET_OK(a.Prepare(JET_prepCancel));
  EXPECT_JET_OK(a.Rollback());
  // Outside of a transaction.
  ASSERT_JET_OK(a.Prepare(JET_prepReplaceNoLock));
  EXPECT_JET_OK(a.Set(40));
  ASSERT_JET_OK(b.Begin());
  EXPECT_JET_OK(b.Add(1));
  EXPECT_JET(JET_errWriteConflict, a.Update());
  EXPECT_JET_OK(b.Commit());
  EXPECT_JET(JET_errWriteConflict, a.Update());
  EXPECT_JET_OK(a.Prepare(JET_prepCancel));
  EXPECT_EQ(a.Value(), 106);
}

TEST_F(ApiEscrowTest, AnUpdateDoesNotForgetWhatItsSessionHasAdded) {
  Counter a(database_);
  JET_TABLEID other = JET_tableidNil;
  ASSERT_JET_OK(JetDupCursor(a.session(), a.table(), &other, 0));
  ASSERT_JET_OK(JetMove(a.session(), other, JET_MoveFirst, 0));
  ASSERT_JET_OK(a.Begin());
  ASSERT_JET_OK(a.Prepare(JET_prepReplace));
  EXPECT_JET_OK(a.Set(40));
  int32_t amount = 5;
  EXPECT_JET_OK(JetEscrowUpdate(a.session(), other, a.column(), &amount, sizeof(amount), nullptr, 0,
                                nullptr, 0));
  EXPECT_JET(JET_errSessionWriteConflict, a.Update());
  EXPECT_JET_OK(a.Prepare(JET_prepCancel));
  EXPECT_JET_OK(a.Commit());
  EXPECT_EQ(a.Value(), 105);
}

TEST_F(ApiEscrowTest, OneSessionMixesChanges) {
  Counter a(database_), b(database_);
  ASSERT_JET_OK(a.Begin());
  EXPECT_JET_OK(a.Add(5));
  EXPECT_JET_OK(a.Replace(40));
  EXPECT_JET_OK(a.Add(2));
  EXPECT_EQ(a.Value(), 42);
  EXPECT_EQ(b.Value(), 100);
  ASSERT_JET_OK(b.Begin());
  EXPECT_JET(JET_errWriteConflict, b.Add(1));
  EXPECT_JET_OK(b.Rollback());
  EXPECT_JET_OK(a.Rollback());
  EXPECT_EQ(a.Value(), 100);
  ASSERT_JET_OK(a.Begin());
  EXPECT_JET_OK(a.Add(5));
  EXPECT_JET_OK(a.Lock());  // From here on nobody else may add.
  ASSERT_JET_OK(b.Begin());
  EXPECT_JET(JET_errWriteConflict, b.Add(1));
  EXPECT_JET_OK(b.Rollback());
  EXPECT_JET_OK(a.Delete());
  EXPECT_EQ(b.Value(), 100);
  EXPECT_JET_OK(a.Rollback());
  EXPECT_EQ(b.Value(), 100);
}

// Each step is committed and keeps its snapshot, which goes on showing the value of then.
TEST_F(ApiEscrowTest, OldSnapshotsKeepTheirValues) {
  Counter a(database_);
  std::vector<std::pair<Counter, int32_t>> snapshots;
  const auto take_snapshot = [&] {
    snapshots.emplace_back(Counter(database_), a.Value());
    ASSERT_JET_OK(snapshots.back().first.Begin());
  };
  const auto change = [&](const std::function<void()>& make) {
    ASSERT_JET_OK(a.Begin());
    make();
    EXPECT_JET_OK(a.Commit());
    take_snapshot();
    for (auto& [reader, value] : snapshots) EXPECT_EQ(reader.Value(), value);
  };
  take_snapshot();
  change([&] { EXPECT_JET_OK(a.Add(1)); });
  change([&] { EXPECT_JET_OK(a.Add(2)); });
  change([&] {
    EXPECT_JET_OK(a.Add(3));
    EXPECT_JET_OK(a.Replace(1000));
    EXPECT_JET_OK(a.Add(4));
  });
  change([&] { EXPECT_JET_OK(a.Add(-2000)); });
  change([&] {
    EXPECT_JET_OK(a.Add(9));
    EXPECT_JET_OK(a.Delete());
    EXPECT_JET_OK(a.Insert(70'000));
    EXPECT_JET_OK(a.Add(-1));
  });
  change([&] { EXPECT_JET_OK(a.Add(6)); });
  EXPECT_EQ(a.Value(), 70'005);
  // Without the snapshots between the first one and the last.
  for (size_t i = 1; i + 1 < snapshots.size(); ++i) EXPECT_JET_OK(snapshots[i].first.Rollback());
  ASSERT_JET_OK(a.Begin());
  EXPECT_JET_OK(a.Add(1));
  EXPECT_JET_OK(a.Commit());
  EXPECT_EQ(snapshots.front().first.Value(), 100);
  EXPECT_EQ(snapshots.back().first.Value(), 70'005);
}

TEST_F(ApiEscrowTest, ArgumentsAreLookedAt) {
  Counter a(database_);
  int32_t amount = 1, before = 0;
  EXPECT_JET(JET_errNotInTransaction, a.Add(1));
  ASSERT_JET_OK(a.Begin());
  const auto add = [&](uint32_t amount_size, void* old, uint32_t old_size, JET_GRBIT grbit) {
    return JetEscrowUpdate(a.session(), a.table(), a.column(), &amount, amount_size, old, old_size,
                           nullptr, grbit);
  };
  EXPECT_JET(JET_errInvalidBufferSize, add(8, nullptr, 0, 0));
  EXPECT_JET(JET_errInvalidBufferSize, add(4, &before, 3, 0));
  EXPECT_JET(JET_errFeatureNotAvailable, add(4, nullptr, 0, JET_bitEscrowNoRollback));
  EXPECT_JET(JET_errInvalidGrbit, add(4, nullptr, 0, 2));
  EXPECT_JET(JET_errInvalidOperation,
             JetEscrowUpdate(a.session(), a.table(), 1, &amount, 4, nullptr, 0, nullptr, 0));
  EXPECT_JET_OK(add(4, nullptr, 0, 0));
  EXPECT_JET_OK(add(4, &before, 0, 0));
  EXPECT_EQ(before, 0);
  EXPECT_EQ(a.Value(), 102);
  EXPECT_JET_OK(a.Commit());
  ASSERT_JET_OK(JetBeginTransaction2(a.session(), JET_bitTransactionReadOnly));
  EXPECT_JET(JET_errTransReadOnly, a.Add(1));
  EXPECT_JET_OK(a.Rollback());
  EXPECT_JET_OK(a.Delete());
  ASSERT_JET_OK(a.Begin());
  EXPECT_JET(JET_errRecordDeleted, a.Add(1));
  EXPECT_JET_OK(a.Rollback());
}

// Windows adds to the number where the record must have it, so every record has it from the start.
// Numbers of 64 bits belong to format versions that are newer than the one written here.
TEST_F(ApiEscrowTest, EscrowColumnsNeedAnEmptyTableAndAreLong) {
  const JET_SESID session = database_.session();
  const JET_TABLEID counts = database_.Open(kTable);
  EXPECT_JET(JET_errTableNotEmpty, AddEscrowColumn(session, counts, "later"));
  ASSERT_JET_OK(JetCloseTable(session, counts));
  JET_TABLEID table = JET_tableidNil;
  ASSERT_JET_OK(JetCreateTableA(session, database_.id(), "others", 1, 80, &table));
  for (const JET_COLTYP type :
       {JET_coltypLongLong, JET_coltypUnsignedLong, JET_coltypCurrency, JET_coltypDateTime}) {
    SCOPED_TRACE(type);
    EXPECT_JET(JET_errInvalidGrbit, AddEscrowColumn(session, table, "other", type));
  }
  ASSERT_JET_OK(AddEscrowColumn(session, table, "first"));
  ASSERT_JET_OK(AddEscrowColumn(session, table, "second"));
  EXPECT_JET(JET_errCannotIndex, JetCreateIndexA(session, table, "of", 0, "+first\0", 8, 80));
  ASSERT_JET_OK(JetCloseTable(session, table));
}

// A record without a number has nothing to add to: the first time it is replaced.
TEST_F(ApiEscrowTest, NullIsReplaced) {
  Counter a(database_), b(database_);
  ASSERT_JET_OK(a.Prepare(JET_prepReplace));
  ASSERT_JET_OK(JetSetColumn(a.session(), a.table(), a.column(), nullptr, 0, 0, nullptr));
  ASSERT_JET_OK(a.Update());
  ASSERT_JET_OK(a.Begin());
  ASSERT_JET_OK(b.Begin());
  EXPECT_JET_OK(a.Add(-8));
  EXPECT_EQ(a.before(), 0);
  EXPECT_EQ(a.Value(), -8);
  EXPECT_JET(JET_errWriteConflict, b.Add(1));
  EXPECT_JET_OK(b.Rollback());
  EXPECT_JET_OK(a.Commit());
  ASSERT_JET_OK(a.Begin());
  ASSERT_JET_OK(b.Begin());
  EXPECT_JET_OK(a.Add(10));
  EXPECT_EQ(a.before(), -8);
  EXPECT_JET_OK(b.Add(20));
  EXPECT_JET_OK(a.Commit());
  EXPECT_JET_OK(b.Commit());
  EXPECT_EQ(a.Value(), 22);
}

TEST_F(ApiEscrowTest, ThreadsLoseNothing) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 300;
  std::vector<Counter> counters;
  for (int i = 0; i < kThreads; ++i) counters.emplace_back(database_);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&counter = counters[static_cast<size_t>(i)], i] {
      for (int round = 0; round < kRounds; ++round) {
        EXPECT_JET_OK(counter.Begin());
        const int32_t seen = counter.Value();
        EXPECT_JET_OK(counter.Add(i + 1));
        EXPECT_JET_OK(counter.Add(1));
        EXPECT_EQ(counter.Value(), seen + i + 2);
        EXPECT_JET_OK(round % 3 == 0 ? counter.Rollback() : counter.Commit());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  int32_t expected = 100;
  for (int i = 0; i < kThreads; ++i) expected += (i + 2) * (kRounds - kRounds / 3);
  EXPECT_EQ(counters[0].Value(), expected);
}

// Every transaction ends with the value that it has found, so nobody may see another one, least of
// all while the versions of one that has committed are being removed.
TEST_F(ApiEscrowTest, ReadersWithoutATransactionSeeNoPartOfOne) {
  constexpr int kRounds = 4000;
  Counter writer(database_), reader(database_);
  std::atomic<bool> done{false};
  std::thread writing([&] {
    for (int round = 0; round < kRounds && !::testing::Test::HasFailure(); ++round) {
      EXPECT_JET_OK(writer.Begin());
      EXPECT_JET_OK(writer.Add(1'000));
      if (round % 3 == 0) EXPECT_JET_OK(writer.Replace(100 + 7));
      EXPECT_JET_OK(writer.Add(round % 3 == 0 ? -7 : -1'000));
      EXPECT_JET_OK(round % 5 == 0 ? writer.Rollback() : writer.Commit());
    }
    done = true;
  });
  while (!done && !::testing::Test::HasFailure()) EXPECT_EQ(reader.Value(), 100);
  writing.join();
}

TEST_F(ApiEscrowTest, ACrashLeavesWhatWasCommitted) {
  {
    Counter a(database_), b(database_), c(database_);
    ASSERT_JET_OK(a.Begin());
    ASSERT_JET_OK(b.Begin());
    EXPECT_JET_OK(a.Add(5));
    EXPECT_JET_OK(b.Add(-30));
    EXPECT_JET_OK(a.Add(6));
    ASSERT_JET_OK(c.Begin());
    EXPECT_JET_OK(c.Add(1000));
    ASSERT_JET_OK(b.Commit(0));
    EXPECT_JET_OK(c.Rollback());
    ASSERT_JET_OK(c.Begin());
    EXPECT_JET_OK(c.Add(1));
    ASSERT_JET_OK(c.Commit(0));
    EXPECT_JET(JET_errDirtyShutdown, database_.engine().Crash());
  }
  JetDatabase again(folder_);
  Counter counter(again);
  EXPECT_EQ(counter.Value(), 71);
  ASSERT_JET_OK(again.engine().Term());
  EXPECT_SOUND(folder_ / "test.edb");
}

TEST_F(ApiEscrowTest, OthersReadTheSumFromTheFile) {
  CONTRAIL_REQUIRE_SHARED_DATA();
  {
    Counter a(database_), b(database_), c(database_, "bytes");
    for (Counter* counter : {&a, &b, &c}) ASSERT_JET_OK(counter->Begin());
    EXPECT_JET_OK(a.Add(5));
    EXPECT_JET_OK(b.Add(-70));
    EXPECT_JET_OK(c.Add(-1'000'000));
    EXPECT_JET_OK(a.Add(300));
    EXPECT_JET_OK(b.Rollback());
    EXPECT_JET_OK(c.Commit());
    EXPECT_JET_OK(a.Commit());
    EXPECT_JET_OK(b.Begin());
    EXPECT_JET_OK(b.Add(1));  // Undone by the end of the instance.
  }
  ASSERT_JET_OK(database_.engine().Term(JET_bitTermAbrupt));
  EXPECT_SOUND(folder_ / "test.edb");
  const CommandResult rows = RunEdbCheck({"rows", folder_ / "test.edb", kTable});
  EXPECT_EQ(rows.exit_status, 0) << rows.errors;
  EXPECT_EQ(rows.output, "{\"bytes\":-999900,\"hits\":405,\"id\":1}\n");
}

}  // namespace
}  // namespace contrail::test
