// Backups of a database that changes meanwhile, and what comes back out of them.

#include <gtest/gtest.h>

#include "backup/restore.h"
#include "storage/patient_files.h"
#include "tests/support/backup_client.h"
#include "tests/support/model_instance.h"
#include "tests/support/recording.h"
#include "tests/support/simulated_file_system.h"

namespace contrail {
namespace {

using test::BackupRun;
using test::Model;
using test::ModelInstance;
using test::RestoreIn;
using test::TakeBackup;
using test::TakenBackup;

constexpr char kCopy[] = "/copy/";
constexpr char kCopiedDatabase[] = "/copy/data.edb";

class BackupRestoreTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(model_.Start(), Status::Ok());
    ASSERT_EQ(model_.Create(), Status::Ok());
    ASSERT_EQ(model_.Fill(0, 500, std::string(300, 'a')), Status::Ok());
  }

  // Changes rows all over the tree, a different piece of it each time, and now and then flushes.
  void Change() {
    ++changes_;
    ASSERT_EQ(model_.Fill(changes_ * 37 % 450, 10, std::string(200 + changes_, 'b')), Status::Ok());
    ASSERT_EQ(model_.Fill(1000 + changes_ * 20, 20, std::string(300, 'c')), Status::Ok());
    if (changes_ % 3 == 0) {
      ASSERT_EQ(model_.engine().RunMaintenance(), Status::Ok());
    }
  }
  Model Now(ModelInstance& model) {
    const Result<Model> contents = model.Contents();
    EXPECT_EQ(contents.status(), Status::Ok());
    return contents.ok() ? *contents : Model();
  }
  // What the restored files hold, opened by an instance of their own folder.
  Model Restored() {
    ModelInstance copy(files_, events_, ModelInstance::SmallOptions(kCopy));
    EXPECT_EQ(copy.Start(), Status::Ok());
    EXPECT_EQ(copy.Attach(kCopiedDatabase), Status::Ok());
    const Result<Model> contents = copy.Contents(kCopiedDatabase);
    EXPECT_EQ(contents.status(), Status::Ok());
    EXPECT_TRUE(
        copy.engine().FindDatabase(kCopiedDatabase)->database().header().last_full_backup.IsNull());
    EXPECT_EQ(copy.engine().Terminate(TerminateMode::kComplete), Status::Ok());
    return contents.ok() ? *contents : Model();
  }
  void CopyFile(const std::string& from, const std::string& to) {
    auto source = files_.Open(from, {});
    auto target = files_.Open(to, {.mode = FileMode::kCreateOrTruncate});
    ASSERT_TRUE(source.ok() && target.ok()) << from;
    std::vector<std::byte> bytes(*(*source)->Size());
    ASSERT_EQ((*source)->Read(0, bytes), Status::Ok());
    ASSERT_EQ((*target)->Write(0, bytes), Status::Ok());
  }
  // The logs behind `generation` that the instance has left.
  void CopySurvivors(uint32_t generation) {
    const auto listing = ListLogFiles(files_, events_, "/db", "edb");
    ASSERT_TRUE(listing.ok());
    for (const LogFileInfo& file : listing->archived) {
      if (file.generation > generation) {
        CopyFile(file.path, kCopy + LogFileName("edb", file.generation));
      }
    }
    CopyFile(listing->current.path, std::string(kCopy) + "edb.log");
  }

  test::SimulatedFileSystem files_;
  test::RecordingEvents events_;
  ModelInstance model_{files_, events_};
  int changes_ = 0;
};

TEST_F(BackupRestoreTest, AFullBackupHoldsEverythingUpToItsLogPhase) {
  Model expected;
  const BackupRun run{.meanwhile = [&] {
    Change();
    expected = Now(model_);
  }};
  const Result<TakenBackup> taken = TakeBackup(model_.engine(), kCopy, run);
  ASSERT_EQ(taken.status(), Status::Ok());
  Change();  // Not in the backup.
  const Result<RestoreResult> restored = Restore(files_, events_, RestoreIn(kCopy, *taken));
  ASSERT_EQ(restored.status(), Status::Ok());
  EXPECT_EQ(restored->surviving_logs, 0u);
  EXPECT_EQ(Restored(), expected);
}

// Files that an instance, or a restore, has locked itself are no reason to wait.
TEST_F(BackupRestoreTest, NobodyWaitsForHimself) {
  ASSERT_EQ(model_.engine().Terminate(TerminateMode::kCrash), Status::Ok());
  PatientFileSystem patient(files_, std::chrono::milliseconds{1000},
                            [](std::chrono::milliseconds) { ADD_FAILURE() << "waits"; });
  ModelInstance recovered(patient, events_);
  ASSERT_EQ(recovered.Start(), Status::Ok());
  ASSERT_EQ(recovered.Attach(), Status::Ok());
  const Result<TakenBackup> taken = TakeBackup(recovered.engine(), kCopy);
  ASSERT_EQ(taken.status(), Status::Ok());
  ASSERT_EQ(recovered.engine().Terminate(TerminateMode::kComplete), Status::Ok());
  ASSERT_EQ(Restore(patient, events_, RestoreIn(kCopy, *taken)).status(), Status::Ok());
  EXPECT_EQ(Restored().size(), 500u);
}

TEST_F(BackupRestoreTest, SurvivingLogsBringEverythingBack) {
  const Result<TakenBackup> taken =
      TakeBackup(model_.engine(), kCopy, {.meanwhile = [&] { Change(); }});
  ASSERT_EQ(taken.status(), Status::Ok());
  for (int i = 0; i < 20; ++i) Change();
  const Model expected = Now(model_);
  ASSERT_EQ(model_.engine().Terminate(TerminateMode::kCrash), Status::Ok());
  CopySurvivors(taken->generation_high);
  const Result<RestoreResult> restored = Restore(files_, events_, RestoreIn(kCopy, *taken));
  ASSERT_EQ(restored.status(), Status::Ok());
  EXPECT_GE(restored->surviving_logs, 1u);
  EXPECT_EQ(Restored(), expected);
}

TEST_F(BackupRestoreTest, AnIncrementalGoesOnFromTheFull) {
  const Result<TakenBackup> full =
      TakeBackup(model_.engine(), kCopy, {.meanwhile = [&] { Change(); }});
  ASSERT_EQ(full.status(), Status::Ok());
  TakenBackup last = *full;
  Model expected;
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 5; ++j) Change();
    expected = Now(model_);
    const Result<TakenBackup> incremental =
        TakeBackup(model_.engine(), kCopy, {.kind = BackupKind::kIncremental});
    ASSERT_EQ(incremental.status(), Status::Ok());
    EXPECT_LE(incremental->generation_low, last.generation_high + 1);
    last = *incremental;
    const DatabaseHeader header =
        model_.engine().FindDatabase(ModelInstance::kDatabase)->database().header();
    EXPECT_EQ(header.last_incremental_backup.generation_low, incremental->generation_low);
    EXPECT_EQ(header.last_incremental_backup.generation_high, incremental->generation_high);
  }
  TakenBackup whole = *full;
  whole.generation_high = last.generation_high;
  ASSERT_EQ(Restore(files_, events_, RestoreIn(kCopy, whole)).status(), Status::Ok());
  EXPECT_EQ(Restored(), expected);
}

TEST_F(BackupRestoreTest, KindsStampTheirFields) {
  const auto header = [&] {
    return model_.engine().FindDatabase(ModelInstance::kDatabase)->database().header();
  };
  // A copy permits no incremental.
  ASSERT_TRUE(TakeBackup(model_.engine(), kCopy, {.truncate = false}).ok());
  EXPECT_FALSE(header().last_copy_backup.IsNull());
  EXPECT_TRUE(header().last_full_backup.IsNull());
  EXPECT_EQ(BackupSession::Of(model_.engine())->Begin(BackupKind::kIncremental),
            Status(Error::kMissingFullBackup));
  EXPECT_EQ(events_.Last(206).file, ModelInstance::kDatabase);

  ASSERT_TRUE(TakeBackup(model_.engine(), "/copy2/").ok());
  const BackupInfo full = header().last_full_backup;
  EXPECT_FALSE(full.IsNull());
  Change();
  ASSERT_TRUE(
      TakeBackup(model_.engine(), "/copy3/", {.kind = BackupKind::kIncremental, .truncate = false})
          .ok());
  EXPECT_FALSE(header().last_differential_backup.IsNull());
  EXPECT_TRUE(header().last_incremental_backup.IsNull());
  Change();
  ASSERT_TRUE(TakeBackup(model_.engine(), "/copy4/", {.kind = BackupKind::kIncremental}).ok());
  EXPECT_FALSE(header().last_incremental_backup.IsNull());
  EXPECT_EQ(header().last_full_backup, full);
  ASSERT_TRUE(TakeBackup(model_.engine(), "/copy5/").ok());
  EXPECT_TRUE(header().last_incremental_backup.IsNull());
  EXPECT_TRUE(header().last_differential_backup.IsNull());
  EXPECT_FALSE(header().last_copy_backup.IsNull());
  EXPECT_EQ(events_.Last(213).id, 213u);
  EXPECT_FALSE(model_.engine().state().last_full_backup.position.IsNull());
}

TEST_F(BackupRestoreTest, TruncationWithoutTheBackupBreaksTheChain) {
  ASSERT_TRUE(TakeBackup(model_.engine(), kCopy).ok());
  for (int i = 0; i < 10; ++i) Change();
  ASSERT_TRUE(model_.engine().log().ForceNewGeneration().ok());
  ASSERT_EQ(model_.engine().RunMaintenance(), Status::Ok());
  ASSERT_EQ(model_.engine().DeleteGenerationsBelow(model_.engine().log().CurrentGeneration()),
            Status::Ok());
  const auto session = BackupSession::Of(model_.engine());
  ASSERT_EQ(session->Begin(BackupKind::kIncremental), Status::Ok());
  EXPECT_EQ(session->LogInfo().status(), Status(Error::kMissingFileToBackup));
  // The first error stays.
  EXPECT_EQ(session->LogInfo().status(), Status(Error::kMissingFileToBackup));
  EXPECT_EQ(session->TruncateLogInfo().status(), Status(Error::kMissingFileToBackup));
  EXPECT_EQ(session->End(BackupEnd::kNormal, false), Status(Error::kBackupAbortByCaller));
}

TEST_F(BackupRestoreTest, ADatabaseLeftOutHoldsTruncationBack) {
  ASSERT_EQ(model_.Create("/db/other.edb"), Status::Ok());
  for (int i = 0; i < 10; ++i) Change();
  const auto session = BackupSession::Of(model_.engine());
  ASSERT_TRUE(files_.CreateDirectories(kCopy).ok());
  ASSERT_EQ(session->Begin(BackupKind::kFull), Status::Ok());
  ASSERT_EQ(test::CopyThrough(*session, files_, ModelInstance::kDatabase, kCopiedDatabase),
            Status::Ok());
  ASSERT_EQ(session->LogInfo().status(), Status::Ok());
  const auto doomed = session->TruncateLogInfo();
  ASSERT_TRUE(doomed.ok());
  EXPECT_TRUE(doomed->empty());  // other.edb has never been backed up.
  ASSERT_EQ(session->End(BackupEnd::kNormal, true), Status::Ok());
  EXPECT_EQ(events_.Last(213).severity, Severity::kWarning);
  EXPECT_NE(events_.Last(213).text.find("/db/other.edb"), std::string::npos);
  EXPECT_EQ(events_.Last(213).text.find(ModelInstance::kDatabase), std::string::npos);
  EXPECT_FALSE(model_.engine()
                   .FindDatabase(ModelInstance::kDatabase)
                   ->database()
                   .header()
                   .last_full_backup.IsNull());
  EXPECT_TRUE(
      model_.engine().FindDatabase("/db/other.edb")->database().header().last_full_backup.IsNull());
}

TEST_F(BackupRestoreTest, TwoDatabasesAtOnce) {
  ASSERT_EQ(model_.Create("/db/other.edb"), Status::Ok());
  ASSERT_EQ(model_.Fill(0, 300, "first", "/db/other.edb"), Status::Ok());
  const BackupRun run{.meanwhile = [&] {
    Change();
    ASSERT_EQ(model_.Put("counter", std::to_string(changes_), "/db/other.edb"), Status::Ok());
  }};
  const Result<TakenBackup> taken = TakeBackup(model_.engine(), kCopy, run);
  ASSERT_EQ(taken.status(), Status::Ok());
  const Model expected = Now(model_);
  const Result<Model> other = model_.Contents("/db/other.edb");
  ASSERT_TRUE(other.ok());
  ASSERT_EQ(Restore(files_, events_, RestoreIn(kCopy, *taken)).status(), Status::Ok());
  EXPECT_EQ(Restored(), expected);
  ModelInstance copy(files_, events_, ModelInstance::SmallOptions(kCopy));
  ASSERT_EQ(copy.Start(), Status::Ok());
  ASSERT_EQ(copy.Attach("/copy/other.edb"), Status::Ok());
  const Result<Model> copied = copy.Contents("/copy/other.edb");
  ASSERT_TRUE(copied.ok());
  EXPECT_EQ(*copied, *other);
}

TEST_F(BackupRestoreTest, CircularLoggingKeepsWhatTheBackupNeeds) {
  model_.engine().mutable_options().circular_logging = true;
  const Result<TakenBackup> taken =
      TakeBackup(model_.engine(), kCopy, {.meanwhile = [&] { Change(); }});
  ASSERT_EQ(taken.status(), Status::Ok());
  const Model expected = Now(model_);
  EXPECT_EQ(BackupSession::Of(model_.engine())->Begin(BackupKind::kIncremental),
            Status(Error::kInvalidBackup));
  ASSERT_EQ(Restore(files_, events_, RestoreIn(kCopy, *taken)).status(), Status::Ok());
  EXPECT_EQ(Restored(), expected);
}

TEST_F(BackupRestoreTest, RefusesWhatIsNoBackup) {
  const Result<TakenBackup> taken = TakeBackup(model_.engine(), kCopy);
  ASSERT_TRUE(taken.ok());
  RestoreRequest request = RestoreIn(kCopy, *taken);
  ++request.generation_low;
  if (request.generation_low <= request.generation_high) {
    EXPECT_EQ(Restore(files_, events_, request).status(),
              Status(Error::kStartingRestoreLogTooHigh));
  }
  request = RestoreIn(kCopy, *taken);
  ASSERT_EQ(files_.Remove(kCopy + LogFileName("edb", taken->generation_high)), Status::Ok());
  EXPECT_FALSE(Restore(files_, events_, request).ok());
  EXPECT_EQ(events_.Last(454).id, 454u);
  // A streamed copy cannot be attached, nor recovered, as it is.
  ModelInstance copy(files_, events_, ModelInstance::SmallOptions("/elsewhere/"));
  ASSERT_EQ(copy.Start(), Status::Ok());
  EXPECT_EQ(copy.Attach(kCopiedDatabase), Status(Error::kSoftRecoveryOnBackupDatabase));
  EXPECT_EQ(events_.Last(619).file, kCopiedDatabase);
}

TEST_F(BackupRestoreTest, ABadPageLeavesTheDatabaseOut) {
  ASSERT_EQ(model_.engine().FindDatabase(ModelInstance::kDatabase)->database().pages().FlushAll(),
            Status::Ok());
  auto file = files_.Open(ModelInstance::kDatabase, {.mode = FileMode::kReadWrite});
  ASSERT_TRUE(file.ok());
  const std::byte junk[3] = {std::byte{1}, std::byte{2}, std::byte{3}};
  ASSERT_EQ((*file)->Write(33 * 4096 + 100, junk), Status::Ok());  // Page 32.
  const auto session = BackupSession::Of(model_.engine());
  session->set_read_ahead({.retries = 2, .retry_pause = absl::ZeroDuration()});
  ASSERT_EQ(session->Begin(BackupKind::kFull), Status::Ok());
  ASSERT_TRUE(files_.CreateDirectories(kCopy).ok());
  EXPECT_EQ(test::CopyThrough(*session, files_, ModelInstance::kDatabase, kCopiedDatabase),
            Status(Error::kReadVerifyFailure));
  EXPECT_EQ(events_.Last(217).file, ModelInstance::kDatabase);
  EXPECT_EQ(events_.Last(474).offset, 33 * 4096);
  EXPECT_EQ(session->state(), BackupState::kDatabases);
  ASSERT_EQ(session->LogInfo().status(), Status::Ok());
  EXPECT_EQ(session->End(BackupEnd::kNormal, true), Status(Error::kBackupAbortByCaller));
  EXPECT_TRUE(model_.engine()
                  .FindDatabase(ModelInstance::kDatabase)
                  ->database()
                  .header()
                  .last_full_backup.IsNull());
}

}  // namespace
}  // namespace contrail
