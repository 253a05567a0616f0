// What the end of a backup does, all of it or nothing: stamps and the deletion of logs.

#include <gtest/gtest.h>

#include "engine/backup_record.h"
#include "tests/support/backup_client.h"
#include "tests/support/model_instance.h"
#include "tests/support/recording.h"
#include "tests/support/simulated_file_system.h"

namespace contrail {
namespace {

using test::BackupRun;
using test::ModelInstance;
using test::SimulatedFileSystem;
using test::TakeBackup;

class EpochTest : public testing::Test {
 protected:
  void SetUp() override {
    model_ = std::make_unique<ModelInstance>(files_, events_);
    ASSERT_EQ(model_->Start(), Status::Ok());
    ASSERT_EQ(model_->Create(), Status::Ok());
    ASSERT_EQ(model_->Fill(0, 100, "first"), Status::Ok());
  }
  // Some archived generations that the checkpoint has passed.
  void MakeOldLogs() {
    for (int i = 0; i < 3; ++i) {
      ASSERT_EQ(model_->Fill(100 * i, 30, "more"), Status::Ok());
      ASSERT_TRUE(model_->engine().log().ForceNewGeneration().ok());
    }
    ASSERT_EQ(model_->engine().RunMaintenance(), Status::Ok());
    ASSERT_EQ(model_->engine().WriteCheckpointNow(), Status::Ok());
  }
  void Restart() {
    model_ = std::make_unique<ModelInstance>(files_, events_);
    ASSERT_EQ(model_->Start(), Status::Ok());
    ASSERT_EQ(model_->Attach(), Status::Ok());
  }
  DatabaseHeader Header() {
    return model_->engine().FindDatabase(ModelInstance::kDatabase)->database().header();
  }
  size_t Archived() {
    const auto listing = ListLogFiles(files_, events_, "/db", "edb");
    return listing.ok() ? listing->archived.size() : 0;
  }
  // Everything up to the end.
  void CopyAll(BackupSession& session) {
    ASSERT_EQ(files_.CreateDirectories("/copy/"), Status::Ok());
    ASSERT_EQ(session.Begin(BackupKind::kFull), Status::Ok());
    ASSERT_EQ(test::CopyThrough(session, files_, ModelInstance::kDatabase, "/copy/data.edb"),
              Status::Ok());
    const auto logs = session.LogInfo();
    ASSERT_TRUE(logs.ok());
    for (const std::string& path : logs->paths) {
      ASSERT_EQ(test::CopyThrough(session, files_, path, "/copy/" + path.substr(4)), Status::Ok());
    }
  }

  SimulatedFileSystem files_;
  test::RecordingEvents events_;
  std::unique_ptr<ModelInstance> model_;
};

TEST_F(EpochTest, TheEndDeletesWhatTruncateLogMarked) {
  MakeOldLogs();
  BackupSession& session = *BackupSession::Of(model_->engine());
  CopyAll(session);
  const auto doomed = session.TruncateLogInfo();
  ASSERT_TRUE(doomed.ok());
  ASSERT_FALSE(doomed->empty());
  ASSERT_EQ(session.TruncateLog(), Status::Ok());
  for (const std::string& path : *doomed) EXPECT_TRUE(*files_.Exists(path)) << path;
  ASSERT_EQ(session.End(BackupEnd::kNormal, false), Status::Ok());
  for (const std::string& path : *doomed) EXPECT_FALSE(*files_.Exists(path)) << path;
  EXPECT_EQ(events_.Last(224).severity, Severity::kInformation);
  EXPECT_FALSE(Header().last_full_backup.IsNull());
}

TEST_F(EpochTest, ABackupThatIsGivenUpDeletesNothing) {
  MakeOldLogs();
  BackupSession& session = *BackupSession::Of(model_->engine());
  CopyAll(session);
  const size_t before = Archived();
  ASSERT_EQ(session.TruncateLog(), Status::Ok());
  ASSERT_EQ(session.End(BackupEnd::kAbort, false), Status::Ok());
  EXPECT_EQ(Archived(), before);
  EXPECT_TRUE(Header().last_full_backup.IsNull());
  // So the chain of the backups before goes on; here it begins.
  ASSERT_TRUE(TakeBackup(model_->engine(), "/next/").ok());
  ASSERT_TRUE(
      TakeBackup(model_->engine(), "/next/", BackupRun{.kind = BackupKind::kIncremental}).ok());
}

TEST_F(EpochTest, AFailedDeletionIsAWarningAndTheNextBackupsToRepeat) {
  MakeOldLogs();
  BackupSession& session = *BackupSession::Of(model_->engine());
  CopyAll(session);
  const auto doomed = session.TruncateLogInfo();
  ASSERT_TRUE(doomed.ok() && !doomed->empty());
  ASSERT_EQ(session.TruncateLog(), Status::Ok());
  files_.FailOperation(
      {.kinds = test::kNameOperation, .error = Error::kFileAccessDenied, .persistent = true});
  EXPECT_EQ(session.End(BackupEnd::kNormal, false), Status::Ok());
  EXPECT_EQ(events_.Last(224).severity, Severity::kWarning);
  EXPECT_EQ(events_.Last(224).file, doomed->front());
  EXPECT_FALSE(Header().last_full_backup.IsNull());
  files_.FailOperation({.kinds = 0});
  ASSERT_TRUE(
      TakeBackup(model_->engine(), "/next/", BackupRun{.kind = BackupKind::kIncremental}).ok());
  for (const std::string& path : *doomed) EXPECT_FALSE(*files_.Exists(path)) << path;
}

TEST_F(EpochTest, StampsOfAnotherStreamGo) {
  ASSERT_TRUE(TakeBackup(model_->engine(), "/copy/").ok());
  ASSERT_TRUE(TakeBackup(model_->engine(), "/copy/", {.kind = BackupKind::kIncremental}).ok());
  ASSERT_TRUE(TakeBackup(model_->engine(), "/copy/", {.truncate = false}).ok());
  ASSERT_TRUE(
      TakeBackup(model_->engine(), "/copy/", {.kind = BackupKind::kIncremental, .truncate = false})
          .ok());
  EXPECT_FALSE(Header().last_full_backup.IsNull());
  EXPECT_FALSE(Header().last_incremental_backup.IsNull());
  EXPECT_FALSE(Header().last_copy_backup.IsNull());
  EXPECT_FALSE(Header().last_differential_backup.IsNull());
  ASSERT_EQ(model_->engine().Terminate(TerminateMode::kComplete), Status::Ok());
  ModelInstance other(files_, events_, ModelInstance::SmallOptions("/other/"));
  ASSERT_EQ(other.Start(), Status::Ok());
  ASSERT_EQ(other.Attach(ModelInstance::kDatabase), Status::Ok());
  const DatabaseHeader header =
      other.engine().FindDatabase(ModelInstance::kDatabase)->database().header();
  EXPECT_TRUE(header.last_full_backup.IsNull());
  EXPECT_TRUE(header.last_incremental_backup.IsNull());
  EXPECT_TRUE(header.last_copy_backup.IsNull());
  EXPECT_TRUE(header.last_differential_backup.IsNull());
  EXPECT_EQ(BackupSession::Of(other.engine())->Begin(BackupKind::kIncremental),
            Status(Error::kMissingFullBackup));
}

TEST_F(EpochTest, TheCheckpointKeepsTheLastPositionsWhateverComes) {
  ASSERT_TRUE(TakeBackup(model_->engine(), "/copy/").ok());
  ASSERT_TRUE(TakeBackup(model_->engine(), "/copy/", {.kind = BackupKind::kIncremental}).ok());
  const InstanceState before = model_->engine().state();
  EXPECT_FALSE(before.last_full_backup.position.IsNull());
  EXPECT_LT(before.last_full_backup.position, before.last_incremental_backup.position);
  for (const TerminateMode mode : {TerminateMode::kCrash, TerminateMode::kComplete}) {
    ASSERT_EQ(model_->engine().Terminate(mode), Status::Ok());
    Restart();
    EXPECT_EQ(model_->engine().state().last_full_backup, before.last_full_backup);
    EXPECT_EQ(model_->engine().state().last_incremental_backup, before.last_incremental_backup);
  }
}

TEST(StampHeaderTest, FollowsTheTable) {
  BackupRecord record{.phase = BackupPhase::kUpdate,
                      .scope = BackupScope::kIncremental,
                      .type = BackupType::kOsSnapshot,
                      .database_id = 1,
                      .generation_low = 3,
                      .generation_high = 4,
                      .mark = {4, 1, 8},
                      .time = LogTime::Now()};
  DatabaseHeader header;
  ASSERT_TRUE(StampHeader(record, &header));
  EXPECT_EQ(header.last_incremental_backup.mark, record.mark);
  EXPECT_EQ(header.last_incremental_backup_type, BackupType::kOsSnapshot);
  record.scope = BackupScope::kDifferential;
  ASSERT_TRUE(StampHeader(record, &header));
  header.current_snapshot_backup.generation_low = 1;

  // A copy leaves everything else alone.
  record.scope = BackupScope::kCopy;
  ASSERT_TRUE(StampHeader(record, &header));
  EXPECT_FALSE(header.last_incremental_backup.IsNull());
  EXPECT_FALSE(header.last_differential_backup.IsNull());

  // A full one clears what went on from the full one before.
  record.scope = BackupScope::kFull;
  record.type = BackupType::kSurrogate;
  ASSERT_TRUE(StampHeader(record, &header));
  EXPECT_EQ(header.last_full_backup_type, BackupType::kOsSnapshot);
  EXPECT_TRUE(header.last_incremental_backup.IsNull());
  EXPECT_TRUE(header.last_differential_backup.IsNull());
  EXPECT_EQ(header.last_incremental_backup_type, BackupType::kStreaming);
  EXPECT_TRUE(header.current_snapshot_backup.IsNull());
  EXPECT_FALSE(header.last_copy_backup.IsNull());

  // An older mark changes nothing, the same one does again what it did.
  const DatabaseHeader stamped = header;
  record.mark = {4, 1, 7};
  EXPECT_FALSE(StampHeader(record, &header));
  EXPECT_EQ(header, stamped);
  record.mark = {4, 1, 8};
  EXPECT_TRUE(StampHeader(record, &header));
  EXPECT_EQ(header, stamped);

  ClearBackupStamps(&header);
  EXPECT_TRUE(header.last_full_backup.IsNull());
  EXPECT_TRUE(header.last_copy_backup.IsNull());
  EXPECT_EQ(header.last_full_backup_type, BackupType::kStreaming);
}

}  // namespace
}  // namespace contrail
