// What a later incremental backup holds after a sequence that did not end well, and what the kinds
// of backup leave behind: one test for each statement of the backup contract, section 19, and of
// the table in section 11, through the API.

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>

#include "tests/support/backup_fixture.h"

namespace contrail::test {
namespace {

namespace fs = std::filesystem;

constexpr JetOptions kSmallLogs = {.log_kibibytes = 128};
const BackupPlan kIncremental = {.begin = JET_bitBackupIncremental};
const BackupPlan kDifferential = {.begin = JET_bitBackupIncremental, .truncate = false};
const BackupPlan kCopy = {.truncate = false};

class BrokenSequenceTest : public testing::Test {
 protected:
  void SetUp() override {
    Start();
    database_->CreateRows("rows");
    Add();
  }
  void Start() { database_ = std::make_unique<JetDatabase>(folder_, kSmallLogs); }
  JET_INSTANCE instance() const { return database_->instance(); }
  JET_DBINFOMISC7 Info() const { return InfoOf(folder_ / "test.edb"); }
  void Add(int32_t count = 100) {
    ASSERT_JET_OK(AddRows(database_->session(), database_->id(), rows_, count));
    rows_ += count;
  }
  CopiedRange BackUp(const BackupPlan& plan = {}) {
    return BackUpThroughApi(instance(), set_.path(), plan);
  }
  // The set restores all rows that were there at its last backup.
  void ExpectRestorable(uint32_t low, uint32_t high, int32_t rows) {
    const JetFolder work;
    std::string from = folder_ / "test.edb", to = set_ / "test.edb", set = set_.path(),
                place = work.path();
    JET_RSTMAP_A map = {from.data(), to.data()};
    ASSERT_JET_OK(JetExternalRestoreA(place.data(), place.data(), &map, 1, set.data(),
                                      static_cast<int32_t>(low), static_cast<int32_t>(high),
                                      nullptr));
    JetInstance instance(work, kSmallLogs);
    ASSERT_JET_OK(instance.Init());
    JET_SESID session = 0;
    JET_DBID id = 0;
    ASSERT_JET_OK(JetBeginSessionA(instance.handle(), &session, nullptr, nullptr));
    ASSERT_JET_OK(JetAttachDatabaseA(session, to.c_str(), 0));
    ASSERT_JET_OK(JetOpenDatabaseA(session, to.c_str(), nullptr, &id, 0));
    EXPECT_EQ(CountRows(session, id), rows);
  }

  const JetFolder folder_, set_;
  std::unique_ptr<JetDatabase> database_;
  int32_t rows_ = 0;
};

// Every way in which a backup can come to no good end stamps nothing and deletes nothing; what
// comes next holds all logs since the last backup that truncated.
class EndedBadlyTest : public BrokenSequenceTest {
 protected:
  void Expect(const std::function<void()>& fail) {
    const CopiedRange full = BackUp();
    const JET_DBINFOMISC7 before = Info();
    const std::vector<std::string> logs = ArchivedLogs(folder_.path());
    Add();
    fail();
    const JET_DBINFOMISC7 after = Info();
    EXPECT_EQ(after.bkinfoFullPrev.genHigh, before.bkinfoFullPrev.genHigh);
    EXPECT_EQ(after.bkinfoIncPrev.genHigh, before.bkinfoIncPrev.genHigh);
    for (const std::string& log : logs) EXPECT_TRUE(fs::exists(log)) << log;
    Add();
    const CopiedRange incremental = BackUp(kIncremental);
    EXPECT_LE(incremental.low, full.high + 1);
    EXPECT_EQ(Info().bkinfoIncPrev.genHigh, incremental.high);
    ExpectRestorable(full.low, incremental.high, rows_);
  }
  void Begin() { ASSERT_JET_OK(JetBeginExternalBackupInstance(instance(), 0)); }
};

TEST_F(EndedBadlyTest, Aborted) {
  Expect([this] { BackUpThroughApi(instance(), "", {.end = JET_bitBackupEndAbort}); });
}

TEST_F(EndedBadlyTest, EndedBeforeItsLogs) {
  Expect([this] {
    Begin();
    EXPECT_JET(-800, JetEndExternalBackupInstance(instance()));
  });
}

TEST_F(EndedBadlyTest, Stopped) {
  Expect([this] {
    Begin();
    LogPaths(instance());
    ASSERT_JET_OK(JetStopBackupInstance(instance()));
    EXPECT_JET(JET_errBackupAbortByServer, JetEndExternalBackupInstance(instance()));
  });
}

TEST_F(EndedBadlyTest, EndedByTermination) {
  Expect([this] {
    Begin();
    LogPaths(instance());
    ASSERT_JET_OK(database_->engine().Term(JET_bitTermAbrupt));
    Start();
  });
}

TEST_F(EndedBadlyTest, Crashed) {
  Expect([this] {
    Begin();
    LogPaths(instance());
    ASSERT_EQ(database_->engine().Term(JET_bitTermDirty | JET_bitTermAbrupt), JET_errDirtyShutdown);
    Start();
  });
}

// The generation that was ended for the backup stays ended.
TEST_F(BrokenSequenceTest, TheExtraGenerationStays) {
  Add();
  const size_t before = ArchivedLogs(folder_.path()).size();
  BackUpThroughApi(instance(), "", {.truncate = false, .end = JET_bitBackupEndAbort});
  EXPECT_EQ(ArchivedLogs(folder_.path()).size(), before + 1);
}

// The engine deletes logs only with a good end; a caller who deletes them and does not come to that
// end has broken the chain.
TEST_F(BrokenSequenceTest, LogsThatTheCallerDeleted) {
  const CopiedRange full = BackUp();
  char next[32];
  std::snprintf(next, sizeof(next), "edb%05X.log", full.high + 1);
  for (int i = 0; i < 5; ++i) Add();
  // Those that no recovery needs; the checkpoint moves when the engine gets to it.
  do {
    ASSERT_JET_OK(JetIdle(database_->session(), JET_bitIdleFlushBuffers));
    ASSERT_JET_OK(JetBackupInstanceA(instance(), nullptr, 0, nullptr));
    BackUpThroughApi(instance(), "", {.truncate = false, .end = JET_bitBackupEndAbort});
  } while (NameOfPath(ArchivedLogs(folder_.path()).front()) <= next);
  ASSERT_JET_OK(JetBeginExternalBackupInstance(instance(), JET_bitBackupIncremental));
  uint32_t size = 0;
  EXPECT_JET(JET_errMissingFileToBackup, JetGetLogInfoInstanceA(instance(), nullptr, 0, &size));
  EXPECT_JET(-800, JetEndExternalBackupInstance(instance()));
  // A full one begins a new chain.
  BackUp();
  BackUp(kIncremental);
}

TEST_F(BrokenSequenceTest, ACopyLeavesTheChainAlone) {
  const CopiedRange full = BackUp();
  Add();
  const JET_DBINFOMISC7 before = Info();
  const CopiedRange copy = BackUpThroughApi(instance(), "", kCopy);
  EXPECT_EQ(Info().bkinfoCopyPrev.genHigh, copy.high);
  EXPECT_EQ(Info().bkinfoFullPrev.genHigh, before.bkinfoFullPrev.genHigh);
  Add();
  const CopiedRange incremental = BackUp(kIncremental);
  EXPECT_LE(incremental.low, full.high + 1);
  ExpectRestorable(full.low, incremental.high, rows_);
}

// A full backup whose logs nobody has dealt with is a copy: nothing can go on from it alone.
TEST_F(BrokenSequenceTest, ACopyPermitsNoIncremental) {
  BackUp(kCopy);
  EXPECT_JET(JET_errMissingFullBackup,
             JetBeginExternalBackupInstance(instance(), JET_bitBackupIncremental));
}

TEST_F(BrokenSequenceTest, DifferentialsHoldEverythingSinceTheLastTruncation) {
  const CopiedRange full = BackUp();
  uint32_t low = 0;
  for (int i = 0; i < 3; ++i) {
    Add();
    const CopiedRange differential = BackUp(kDifferential);
    if (i > 0) {
      EXPECT_EQ(differential.low, low);
    }
    low = differential.low;
    EXPECT_EQ(Info().bkinfoDiffPrev.genHigh, differential.high);
    EXPECT_EQ(Info().bkinfoIncPrev.genHigh, 0u);
    // The full one and the newest differential are enough.
    if (i == 2) ExpectRestorable(full.low, differential.high, rows_);
  }
}

// Whoever deletes logs himself says so, and the backup counts.
TEST_F(BrokenSequenceTest, TruncateDoneMakesAFullBackupOfACopy) {
  const BackupPlan full = {.truncate = false,
                           .end = JET_bitBackupEndNormal | JET_bitBackupTruncateDone};
  const std::vector<std::string> logs = ArchivedLogs(folder_.path());
  BackUp(full);
  EXPECT_NE(Info().bkinfoFullPrev.genLow, 0u);
  EXPECT_EQ(Info().bkinfoCopyPrev.genLow, 0u);
  for (const std::string& log : logs) EXPECT_TRUE(fs::exists(log));
  BackupPlan incremental = full;
  incremental.begin = JET_bitBackupIncremental;
  const CopiedRange range = BackUp(incremental);
  EXPECT_EQ(Info().bkinfoIncPrev.genHigh, range.high);
}

TEST_F(BrokenSequenceTest, AFullBackupBeginsANewChain) {
  BackUp();
  Add();
  BackUp(kIncremental);
  Add();
  BackUp(kDifferential);
  EXPECT_NE(Info().bkinfoIncPrev.genHigh, 0u);
  const CopiedRange full = BackUp();
  EXPECT_EQ(Info().bkinfoFullPrev.genHigh, full.high);
  EXPECT_EQ(Info().bkinfoIncPrev.genHigh, 0u);
  EXPECT_EQ(Info().bkinfoDiffPrev.genHigh, 0u);
  EXPECT_EQ(Info().bkinfoFullCur.genLow, 0u);  // Only a streamed copy carries it.
}

// A second database; `test.edb` is the first.
class TwoDatabasesTest : public BrokenSequenceTest {
 protected:
  void Create() {
    JET_DBID id = 0;
    ASSERT_JET_OK(JetCreateDatabaseA(database_->session(), other_.c_str(), nullptr, &id, 0));
    ASSERT_JET_OK(JetCloseDatabase(database_->session(), id, 0));
  }
  const std::string other_ = folder_ / "other.edb";
};

TEST_F(TwoDatabasesTest, OneThatIsLeftOutHoldsTruncationBackForAll) {
  Create();
  const CopiedRange first = BackUp();
  const JET_DBINFOMISC7 before = InfoOf(other_);
  for (int i = 0; i < 5; ++i) Add();
  BackUp({.leave_out = {other_}});
  EXPECT_GT(Info().bkinfoFullPrev.genHigh, before.bkinfoFullPrev.genHigh);
  EXPECT_EQ(InfoOf(other_).bkinfoFullPrev.genHigh, before.bkinfoFullPrev.genHigh);
  // The last log of its own full backup stays, and so does everything behind.
  const std::vector<std::string> logs = ArchivedLogs(folder_.path());
  char name[32];
  std::snprintf(name, sizeof(name), "edb%05X.log", first.high);
  EXPECT_LE(NameOfPath(logs.front()), std::string(name));
  // Its next incremental goes on from the older one.
  const CopiedRange incremental = BackUp(kIncremental);
  EXPECT_LE(incremental.low, first.high + 1);
}

TEST_F(TwoDatabasesTest, OneWithoutAFullBackupOfItsOwnPermitsNoIncremental) {
  BackUp();
  Create();
  EXPECT_JET(JET_errMissingFullBackup,
             JetBeginExternalBackupInstance(instance(), JET_bitBackupIncremental));
  // Nor does it let logs go.
  const std::string lowest = ArchivedLogs(folder_.path()).front();
  for (int i = 0; i < 3; ++i) Add();
  BackUp({.leave_out = {other_}});
  EXPECT_EQ(ArchivedLogs(folder_.path()).front(), lowest);
  BackUp();
  BackUp(kIncremental);
}

// The engine knows nothing of it: it is in no list, and holds nothing back.
TEST_F(TwoDatabasesTest, OneThatIsDetached) {
  Create();
  ASSERT_JET_OK(JetDetachDatabaseA(database_->session(), other_.c_str()));
  ASSERT_JET_OK(JetBeginExternalBackupInstance(instance(), 0));
  EXPECT_EQ(AttachedPaths(instance()), std::vector<std::string>{folder_ / "test.edb"});
  JET_HANDLE handle = 0;
  uint32_t low = 0, high = 0;
  EXPECT_JET(JET_errDatabaseNotFound,
             JetOpenFileInstanceA(instance(), other_.c_str(), &handle, &low, &high));
  ASSERT_JET_OK(JetEndExternalBackupInstance2(instance(), JET_bitBackupEndAbort));
  BackUp();
  Add();
  BackUp(kIncremental);
  EXPECT_EQ(InfoOf(other_).bkinfoFullPrev.genLow, 0u);
  // Back again it needs a full backup before the next incremental.
  ASSERT_JET_OK(JetAttachDatabaseA(database_->session(), other_.c_str(), 0));
  EXPECT_JET(JET_errMissingFullBackup,
             JetBeginExternalBackupInstance(instance(), JET_bitBackupIncremental));
}

// One database out of two is restored; the other is passed over.
TEST_F(TwoDatabasesTest, OneOfThemIsRestored) {
  Create();
  const CopiedRange full = BackUp();
  ExpectRestorable(full.low, full.high, rows_);
  EXPECT_NE(InfoOf(set_ / "other.edb").bkinfoFullCur.genLow, 0u);
  EXPECT_EQ(InfoOf(set_ / "test.edb").bkinfoFullCur.genLow, 0u);
}

// After a hard restore a new full backup is needed.
TEST_F(BrokenSequenceTest, ARestoreEndsTheChain) {
  BackUp();
  const CopiedRange incremental = BackUp(kIncremental);
  EXPECT_NE(Info().bkinfoIncPrev.genLow, 0u);
  ExpectRestorable(0, incremental.high, rows_);
  const JET_DBINFOMISC7 info = InfoOf(set_ / "test.edb");
  EXPECT_EQ(info.bkinfoFullPrev.genLow, 0u);
  EXPECT_EQ(info.bkinfoIncPrev.genLow, 0u);
}

}  // namespace
}  // namespace contrail::test
