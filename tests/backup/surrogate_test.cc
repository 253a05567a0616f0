// Surrogate backups: taken from a copy elsewhere, they begin and end here and have no files.
// Source: the backup contract, section 17 and column S of section 3.

#include <gtest/gtest.h>

#include "tests/support/jet_rows.h"

namespace contrail::test {
namespace {

// Not in esent.h.
constexpr JET_ERR kAbortByCaller = -800;
constexpr JET_ERR kSurrogateBackupInProgress = -617;

class SurrogateTest : public testing::Test {
 protected:
  void SetUp() override {
    JetOptions options;
    options.log_kibibytes = 512;
    database_ = std::make_unique<JetDatabase>(folder_, options);
    database_->CreateRows("rows");
    // Several generations.
    ASSERT_JET_OK(WriteRows(database_->session(), path(), 0, 3000));
  }
  JET_INSTANCE instance() const { return database_->instance(); }
  std::string path() const { return folder_ / "test.edb"; }
  JET_ERR Begin(JET_GRBIT grbit = 0, uint32_t first = 1, uint32_t last = 2) {
    return JetBeginSurrogateBackup(instance(), first, last, grbit);
  }
  JET_ERR End(JET_GRBIT grbit = JET_bitBackupEndNormal) {
    return JetEndSurrogateBackup(instance(), grbit);
  }
  JET_DBINFOMISC7 Info() {
    JET_DBINFOMISC7 info = {};
    EXPECT_JET_OK(JetGetDatabaseFileInfoA(path().c_str(), &info, sizeof(info), JET_DbInfoMisc));
    return info;
  }

  JetFolder folder_;
  std::unique_ptr<JetDatabase> database_;
};

TEST_F(SurrogateTest, StampsAsASnapshotDoes) {
  constexpr JET_GRBIT kTruncated = JET_bitBackupEndNormal | JET_bitBackupTruncateDone;
  ASSERT_JET_OK(Begin());
  ASSERT_JET_OK(End());
  JET_DBINFOMISC7 info = Info();
  EXPECT_EQ(info.bkinfoFullPrev.genLow, 0u);
  EXPECT_EQ(info.bkinfoCopyPrev.genLow, 1u);
  EXPECT_EQ(info.bkinfoCopyPrev.genHigh, 2u);
  EXPECT_NE(info.bkinfoCopyPrev.bklogtimeMark.fOSSnapshot, 0);
  EXPECT_JET(JET_errMissingFullBackup, Begin(JET_bitBackupIncremental));

  ASSERT_JET_OK(Begin(0, 1, 3));
  ASSERT_JET_OK(End(kTruncated));
  info = Info();
  EXPECT_EQ(info.bkinfoFullPrev.genHigh, 3u);
  EXPECT_NE(info.bkinfoFullPrev.bklogtimeMark.fOSSnapshot, 0);

  ASSERT_JET_OK(Begin(JET_bitBackupIncremental, 2, 3));
  ASSERT_JET_OK(End());
  info = Info();
  EXPECT_EQ(info.bkinfoDiffPrev.genLow, 2u);
  EXPECT_EQ(info.bkinfoIncPrev.genLow, 0u);
  ASSERT_JET_OK(Begin(JET_bitBackupIncremental, 2, 3));
  ASSERT_JET_OK(End(kTruncated));
  EXPECT_EQ(Info().bkinfoIncPrev.genHigh, 3u);
  // A streaming incremental needs a streaming full.
  EXPECT_JET(JET_errMissingFullBackup,
             JetBeginExternalBackupInstance(instance(), JET_bitBackupIncremental));
  // Recovery repeats the stamps.
  EXPECT_JET(JET_errDirtyShutdown, database_->engine().Term(JET_bitTermAbrupt | JET_bitTermDirty));
  database_ = std::make_unique<JetDatabase>(folder_);
  EXPECT_EQ(Info().bkinfoIncPrev.genHigh, 3u);
  EXPECT_NE(Info().bkinfoIncPrev.bklogtimeMark.fOSSnapshot, 0);
}

TEST_F(SurrogateTest, Arguments) {
  EXPECT_JET(JET_errInvalidParameter, JetBeginSurrogateBackup(instance() + 12345, 1, 2, 0));
  EXPECT_JET(JET_errInvalidParameter, JetEndSurrogateBackup(instance() + 12345, 1));
  EXPECT_JET(JET_errInvalidParameter, Begin(0, 3, 2));
  EXPECT_JET(JET_errInvalidParameter, Begin(0, 0, 2));
  EXPECT_JET(JET_errInvalidParameter, Begin(0, 1, 100000));  // Ahead of the log.
  EXPECT_JET(JET_errInvalidGrbit, Begin(JET_bitBackupAtomic));
  EXPECT_JET(JET_errNoBackup, End());
  ASSERT_JET_OK(Begin());
  EXPECT_JET(JET_errInvalidParameter, End(0));
  EXPECT_JET(JET_errInvalidParameter, End(JET_bitBackupEndNormal | JET_bitBackupEndAbort));
  EXPECT_JET_OK(End(JET_bitBackupEndAbort));
  EXPECT_EQ(Info().bkinfoCopyPrev.genLow, 0u);
}

TEST_F(SurrogateTest, CircularLogging) {
  database_.reset();
  JetFolder folder;
  JetOptions options;
  options.circular = true;
  JetDatabase circular(folder, options);
  EXPECT_JET(JET_errInvalidBackup, JetBeginSurrogateBackup(circular.instance(), 1, 1, 0));
}

// Column S of the table of states.
TEST_F(SurrogateTest, EveryCallOfTheStreamingBackup) {
  ASSERT_JET_OK(Begin());
  EXPECT_JET(kSurrogateBackupInProgress, Begin());
  EXPECT_JET(kSurrogateBackupInProgress, JetBeginExternalBackupInstance(instance(), 0));
  EXPECT_JET(kSurrogateBackupInProgress, JetDetachDatabaseA(database_->session(), path().c_str()));
  uint32_t low = 0, high = 0;
  JET_HANDLE handle = 0;
  std::vector<char> buffer(1 << 16);
  EXPECT_JET(JET_errNoBackup, JetGetAttachInfoInstanceA(instance(), nullptr, 0, &low));
  EXPECT_JET(JET_errNoBackup,
             JetOpenFileInstanceA(instance(), path().c_str(), &handle, &low, &high));
  EXPECT_JET(JET_errNoBackup, JetReadFileInstance(instance(), 1, buffer.data(), 1 << 16, &low));
  EXPECT_JET(JET_errNoBackup, JetCloseFileInstance(instance(), 1));
  EXPECT_JET(JET_errNoBackup, JetGetLogInfoInstanceA(instance(), nullptr, 0, &low));
  EXPECT_JET(JET_errNoBackup, JetGetTruncateLogInfoInstanceA(instance(), nullptr, 0, &low));
  EXPECT_JET(JET_errNoBackup, JetTruncateLogInstance(instance()));
  // Each end ends the other backup, as failed.
  EXPECT_JET(kSurrogateBackupInProgress, JetEndExternalBackupInstance(instance()));
  EXPECT_JET(JET_errNoBackup, End());
  EXPECT_EQ(Info().bkinfoCopyPrev.genLow, 0u);
  ASSERT_JET_OK(JetBeginExternalBackupInstance(instance(), 0));
  EXPECT_JET(JET_errBackupInProgress, Begin());
  EXPECT_JET(JET_errBackupInProgress, End());
  EXPECT_JET(JET_errNoBackup, JetEndExternalBackupInstance(instance()));
  // An announced abort is one, whoever announces it.
  ASSERT_JET_OK(Begin());
  EXPECT_JET_OK(JetEndExternalBackupInstance2(instance(), JET_bitBackupEndAbort));
  ASSERT_JET_OK(JetBeginExternalBackupInstance(instance(), 0));
  EXPECT_JET_OK(End(JET_bitBackupEndAbort));
  // Stopped.
  ASSERT_JET_OK(Begin());
  EXPECT_JET_OK(JetStopBackupInstance(instance()));
  EXPECT_JET(JET_errBackupAbortByServer, End());
  ASSERT_JET_OK(JetBeginExternalBackupInstance(instance(), 0));
  EXPECT_JET(kAbortByCaller, JetEndExternalBackupInstance(instance()));
}

// It is the engine's own.
TEST_F(SurrogateTest, WhileJetBackupRuns) {
  static JET_INSTANCE running = JET_instanceNil;
  static bool called = false;
  running = instance();
  const auto status = [](JET_SESID, JET_SNP, JET_SNT what, void*) -> JET_ERR {
    if (what != JET_sntBegin) return JET_errSuccess;
    called = true;
    EXPECT_JET(JET_errBackupInProgress, JetBeginSurrogateBackup(running, 1, 1, 0));
    EXPECT_JET(JET_errNoBackup, JetEndSurrogateBackup(running, JET_bitBackupEndNormal));
    return JET_errSuccess;
  };
  const JetFolder target;
  EXPECT_JET_OK(JetBackupInstanceA(running, target.path().c_str(), 0, status));
  EXPECT_TRUE(called);
}

TEST_F(SurrogateTest, Termination) {
  ASSERT_JET_OK(Begin());
  EXPECT_JET(kSurrogateBackupInProgress, database_->engine().Term(JET_bitTermComplete));
  EXPECT_JET_OK(database_->engine().Term(JET_bitTermComplete | JET_bitTermStopBackup));
}

}  // namespace
}  // namespace contrail::test
