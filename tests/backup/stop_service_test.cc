// JetStopService and its parts: which calls go on, what happens to dirty pages, and what can be
// resumed. Source: the backup contract, section 10.

#include <gtest/gtest.h>

#include <thread>

#include "engine/api/api_registry.h"
#include "tests/support/jet_rows.h"

namespace contrail::test {
namespace {

constexpr JET_GRBIT kResume = JET_bitStopServiceResume;
constexpr JET_ERR kStopped = JET_errClientRequestToStopJetService;

class StopServiceTest : public testing::Test {
 protected:
  void SetUp() override {
    JetOptions options;
    options.log_kibibytes = 4096;  // One generation, so that nothing else makes pages be written.
    database_ = std::make_unique<JetDatabase>(folder_, options);
    database_->CreateRows("rows");
    ASSERT_JET_OK(WriteRows(database_->session(), path(), 0, 200));
  }
  JET_INSTANCE instance() const { return database_->instance(); }
  std::string path() const { return folder_ / "test.edb"; }
  static uint64_t DirtyPages() {
    return api::ApiRegistry::Get().Instances().front()->engine->pool().statistics().dirty_pages;
  }

  JetFolder folder_;
  std::unique_ptr<JetDatabase> database_;
};

TEST_F(StopServiceTest, OnlyCallsThatWindDownGoOn) {
  const JET_SESID session = database_->session();
  const JET_SESID other = database_->NewSession();
  const JET_TABLEID table = database_->Open("rows");
  const std::string second = folder_ / "second.edb";
  JET_DBID id = JET_dbidNil;
  ASSERT_JET_OK(JetCreateDatabaseA(session, second.c_str(), nullptr, &id, 0));
  ASSERT_JET_OK(JetBeginTransaction(session));
  ASSERT_JET_OK(JetSetSessionContext(other, 5));
  ASSERT_JET_OK(JetStopServiceInstance(instance()));
  EXPECT_JET_OK(JetStopServiceInstance(instance()));  // Again.

  JET_SESID none = JET_sesidNil;
  uint32_t size = 0;
  JET_OSSNAPID snapshot = 0;
  EXPECT_JET(kStopped, JetBeginSessionA(instance(), &none, nullptr, nullptr));
  EXPECT_JET(kStopped, JetMove(session, table, JET_MoveFirst, 0));
  EXPECT_JET(kStopped, JetCommitTransaction(session, 0));
  EXPECT_JET(kStopped, JetAttachDatabaseA(session, second.c_str(), 0));
  EXPECT_JET(kStopped, JetSetSessionContext(session, 6));
  EXPECT_JET(kStopped, JetBeginExternalBackupInstance(instance(), 0));
  EXPECT_JET(kStopped, JetEndExternalBackupInstance(instance()));
  EXPECT_JET(kStopped, JetEndExternalBackupInstance2(instance(), JET_bitBackupEndAbort));
  EXPECT_JET(kStopped, JetGetAttachInfoInstanceA(instance(), nullptr, 0, &size));
  EXPECT_JET(kStopped, JetCloseFileInstance(instance(), 1));
  EXPECT_JET(kStopped, JetStopBackupInstance(instance()));
  EXPECT_JET(kStopped, JetTruncateLogInstance(instance()));
  EXPECT_JET(kStopped, JetBeginSurrogateBackup(instance(), 1, 1, 0));
  EXPECT_JET(kStopped, JetEndSurrogateBackup(instance(), JET_bitBackupEndAbort));
  EXPECT_JET_OK(JetOSSnapshotPrepare(&snapshot, JET_bitExplicitPrepare));
  EXPECT_JET(kStopped, JetOSSnapshotPrepareInstance(snapshot, instance(), 0));
  EXPECT_JET_OK(JetOSSnapshotAbort(snapshot, 0));
  // It is stopped for good.
  EXPECT_JET(kStopped, JetStopServiceInstance2(instance(), kResume));
  EXPECT_JET(kStopped,
             JetStopServiceInstance2(instance(), kResume | JET_bitStopServiceQuiesceCaches));

  // What is asked about files still gets an answer.
  JET_DBINFOMISC info = {};
  EXPECT_JET_OK(JetGetDatabaseFileInfoA(path().c_str(), &info, sizeof(info), JET_DbInfoMisc));
  uint32_t count = 0;
  JET_INSTANCE_INFO_A* infos = nullptr;
  EXPECT_JET_OK(JetGetInstanceInfoA(&count, &infos));
  ASSERT_EQ(count, 1u);
  EXPECT_EQ(infos[0].cDatabases, 2u);
  EXPECT_EQ(infos[0].szDatabaseDisplayName[0], nullptr);
  EXPECT_EQ(infos[0].szDatabaseSLVFileName_Obsolete, nullptr);
  EXPECT_JET_OK(JetFreeBuffer(reinterpret_cast<char*>(infos)));

  EXPECT_JET_OK(JetRollback(session, 0));
  EXPECT_JET_OK(JetCloseTable(session, table));
  EXPECT_JET_OK(JetResetSessionContext(other));
  EXPECT_JET_OK(JetEndSession(other, 0));
  EXPECT_JET_OK(JetCloseDatabase(session, id, 0));
  EXPECT_JET_OK(JetDetachDatabaseA(session, second.c_str()));
  EXPECT_JET_OK(JetEndSession(session, 0));
  EXPECT_JET_OK(database_->engine().Term(JET_bitTermComplete));
}

TEST_F(StopServiceTest, QuietCachesHaveNothingToWrite) {
  ASSERT_GT(DirtyPages(), 0u);
  ASSERT_JET_OK(JetStopServiceInstance2(instance(), JET_bitStopServiceQuiesceCaches));
  while (DirtyPages() > 0) std::this_thread::yield();
  // All calls go on, and what they change is written soon, too.
  ASSERT_JET_OK(WriteRows(database_->session(), path(), 1000, 50));
  while (DirtyPages() > 0) std::this_thread::yield();
  EXPECT_JET_OK(JetStopServiceInstance2(instance(), JET_bitStopServiceQuiesceCaches | kResume));
  EXPECT_JET_OK(WriteRows(database_->session(), path(), 2000, 50));
}

TEST_F(StopServiceTest, StoppingAllQuietensTheCachesToo) {
  ASSERT_GT(DirtyPages(), 0u);
  ASSERT_JET_OK(JetStopServiceInstance(instance()));
  while (DirtyPages() > 0) std::this_thread::yield();
}

TEST_F(StopServiceTest, PartsCanBeResumed) {
  constexpr JET_GRBIT kBoth =
      JET_bitStopServiceBackgroundUserTasks | JET_bitStopServiceQuiesceCaches;
  for (const JET_GRBIT parts : {JET_GRBIT{JET_bitStopServiceBackgroundUserTasks},
                                JET_GRBIT{JET_bitStopServiceQuiesceCaches}, kBoth}) {
    EXPECT_JET_OK(JetStopServiceInstance2(instance(), parts));
    EXPECT_JET_OK(WriteRows(database_->session(), path(), 1000 * static_cast<int32_t>(parts), 1));
    EXPECT_JET_OK(JetStopServiceInstance2(instance(), parts | kResume));
  }
  EXPECT_JET_OK(JetStopServiceInstance2(instance(), kResume));  // Whatever there is.
}

TEST_F(StopServiceTest, Arguments) {
  EXPECT_JET(JET_errInvalidGrbit, JetStopServiceInstance2(instance(), 1));
  EXPECT_JET(JET_errInvalidGrbit, JetStopServiceInstance2(instance(), 8 | kResume));
  EXPECT_JET(JET_errInvalidParameter, JetStopServiceInstance(instance() + 12345));
  EXPECT_JET(JET_errInvalidParameter, JetStopServiceInstance2(instance() + 12345, 0));
  EXPECT_JET(JET_errRunningInMultiInstanceMode, JetStopService());
  const JetFolder folder;
  const JetInstance created(folder);
  EXPECT_JET(JET_errNotInitialized, JetStopServiceInstance(created.handle()));
}

TEST(StopServiceOneInstanceTest, WithoutAHandle) {
  EXPECT_JET(JET_errInvalidParameter, JetStopService());  // There is no instance.
  const JetFolder folder;
  for (const uint32_t parameter : {uint32_t{JET_paramSystemPath}, uint32_t{JET_paramLogFilePath},
                                   uint32_t{JET_paramTempPath}}) {
    ASSERT_JET_OK(JetSetSystemParameterA(nullptr, 0, parameter, 0, folder.path().c_str()));
  }
  JET_INSTANCE instance = 0;
  ASSERT_JET_OK(JetInit(nullptr));
  EXPECT_JET_OK(JetStopService());
  JET_SESID session = JET_sesidNil;
  EXPECT_JET(kStopped, JetBeginSessionA(instance, &session, nullptr, nullptr));
  EXPECT_JET(kStopped, JetBeginExternalBackup(0));
  EXPECT_JET_OK(JetTerm2(instance, JET_bitTermComplete));
}

}  // namespace
}  // namespace contrail::test
