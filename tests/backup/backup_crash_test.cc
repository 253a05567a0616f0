// A power cut at every operation of a backup and of a restore.

#include <gtest/gtest.h>

#include "backup/restore.h"
#include "tests/support/backup_client.h"
#include "tests/support/failure_points.h"
#include "tests/support/model_instance.h"
#include "tests/support/recording.h"

namespace contrail {
namespace {

using test::CrashPoint;
using test::DiskImage;
using test::Model;
using test::ModelInstance;
using test::SimulatedFileSystem;
using test::TakenBackup;

constexpr char kOther[] = "/db/other.edb";
constexpr char kCopy[] = "/copy/";

// Two databases, shut down cleanly, after a first full backup.
class BackupCrashTest : public testing::Test {
 protected:
  void SetUp() override {
    SimulatedFileSystem files;
    ModelInstance model(files, DiscardEvents());
    ASSERT_EQ(model.Start(), Status::Ok());
    ASSERT_EQ(model.Create(), Status::Ok());
    ASSERT_EQ(model.Create(kOther), Status::Ok());
    ASSERT_EQ(model.Fill(0, 60, std::string(300, 'a')), Status::Ok());
    ASSERT_EQ(model.Fill(0, 20, std::string(300, 'a'), kOther), Status::Ok());
    ASSERT_TRUE(test::TakeBackup(model.engine(), "/first/").ok());
    first_ = Stamp(model, ModelInstance::kDatabase);
    ASSERT_EQ(model.engine().Terminate(TerminateMode::kComplete), Status::Ok());
    start_ = files.Current();
  }

  static BackupInfo Stamp(ModelInstance& model, const char* path) {
    return model.engine().FindDatabase(path)->database().header().last_full_backup;
  }
  static Status Open(ModelInstance& model) {
    RETURN_IF_ERROR(model.Start());
    RETURN_IF_ERROR(model.Attach());
    return model.Attach(kOther);
  }
  static void CopyLog(SimulatedFileSystem& files) {
    auto log = files.Open("/db/edb.log", {});
    auto copy = files.Open("/copy/edb.log", {.mode = FileMode::kCreateOrTruncate});
    ASSERT_TRUE(log.ok() && copy.ok());
    std::vector<std::byte> bytes(*(*log)->Size());
    ASSERT_EQ((*log)->Read(0, bytes), Status::Ok());
    ASSERT_EQ((*copy)->Write(0, bytes), Status::Ok());
  }
  // Some changes and a backup in pieces so large that its own copies are few operations.
  static Status Work(ModelInstance& model, TakenBackup* taken) {
    RETURN_IF_ERROR(Open(model));
    RETURN_IF_ERROR(model.Fill(30, 40, "before"));
    const auto session = BackupSession::Of(model.engine());
    RETURN_IF_ERROR(session->Begin(BackupKind::kFull));
    FileSystem& files = model.engine().files();
    RETURN_IF_ERROR(files.CreateDirectories(kCopy));
    for (const char* path : {ModelInstance::kDatabase, kOther}) {
      const std::string copy = std::string(kCopy) + (path + 4);
      RETURN_IF_ERROR(test::CopyThrough(*session, files, path, copy, nullptr, 8 << 20));
      RETURN_IF_ERROR(model.Fill(50, 10, "meanwhile", path));
      taken->databases.push_back({path, copy});
    }
    ASSIGN_OR_RETURN(const LogFileList logs, session->LogInfo());
    taken->generation_low = logs.generation_low;
    taken->generation_high = logs.generation_high;
    for (const std::string& path : logs.paths) {
      RETURN_IF_ERROR(
          test::CopyThrough(*session, files, path, kCopy + path.substr(4), nullptr, 8 << 20));
    }
    RETURN_IF_ERROR(files.SyncDirectory(kCopy));
    RETURN_IF_ERROR(session->TruncateLog());
    return session->End(BackupEnd::kNormal, false);
  }

  DiskImage start_;
  BackupInfo first_;
};

TEST_F(BackupCrashTest, TheEpochIsOldOrNewInAllDatabases) {
  size_t old_epochs = 0;
  size_t new_epochs = 0;
  size_t number = 0;
  bool ended = false;  // In the run whose images are being looked at.
  const size_t images = test::ForEachCrashPoint(
      start_, test::CrashOutcomes(0),
      [&](SimulatedFileSystem& files) {
        ModelInstance model(files, DiscardEvents());
        TakenBackup taken;
        ended = Work(model, &taken).ok();
        model.engine().Terminate(TerminateMode::kCrash).Ignore();
      },
      [&](const DiskImage& found, const CrashPoint& point) {
        SCOPED_TRACE(point.Describe());
        SimulatedFileSystem files(found);
        ModelInstance model(files, DiscardEvents());
        ASSERT_EQ(Open(model), Status::Ok());
        const BackupInfo one = Stamp(model, ModelInstance::kDatabase);
        const BackupInfo two = Stamp(model, kOther);
        EXPECT_EQ(one, two);
        if (ended) {
          EXPECT_NE(one, first_);
        }
        ++(one == first_ ? old_epochs : new_epochs);
        if (++number % 8 != 0) return;
        // A backup that follows works, and holds what there is.
        const Result<Model> expected = model.Contents();
        ASSERT_TRUE(expected.ok());
        const Result<TakenBackup> next = test::TakeBackup(model.engine(), "/next/");
        ASSERT_EQ(next.status(), Status::Ok());
        ASSERT_EQ(Restore(files, DiscardEvents(), test::RestoreIn("/next/", *next)).status(),
                  Status::Ok());
        ModelInstance copy(files, DiscardEvents(), ModelInstance::SmallOptions("/next/"));
        ASSERT_EQ(copy.Start(), Status::Ok());
        ASSERT_EQ(copy.Attach("/next/data.edb"), Status::Ok());
        const Result<Model> contents = copy.Contents("/next/data.edb");
        ASSERT_TRUE(contents.ok());
        EXPECT_EQ(*contents, *expected);
      });
  EXPECT_GT(old_epochs, 0u);
  EXPECT_GT(new_epochs, 0u);
  RecordProperty("images", static_cast<int>(images));
}

TEST_F(BackupCrashTest, ARestoreCanBeRepeatedAfterACrashAnywhere) {
  SimulatedFileSystem files(start_);
  TakenBackup taken;
  Model expected;
  Model expected_other;
  DiskImage start;
  {
    ModelInstance model(files, DiscardEvents());
    ASSERT_EQ(Work(model, &taken), Status::Ok());
    ASSERT_EQ(model.Fill(55, 30, "after"), Status::Ok());
    const Result<Model> contents = model.Contents();
    const Result<Model> other = model.Contents(kOther);
    ASSERT_TRUE(contents.ok() && other.ok());
    expected = *contents;
    expected_other = *other;
    // A transaction that never commits has to be undone.
    Session session(model.engine());
    ASSERT_EQ(session.transaction().Begin(false), Status::Ok());
    ASSERT_EQ(model.PutUncommitted(session, "key000001", "never"), Status::Ok());
    ASSERT_EQ(model.engine().log().EnsureDurable(), Status::Ok());
    // The current log survives.
    CopyLog(files);
    start = files.Current();
    ASSERT_EQ(session.transaction().Rollback(), Status::Ok());
  }
  const RestoreRequest request = test::RestoreIn(kCopy, taken);
  const size_t images = test::ForEachCrashPoint(
      start, test::CrashOutcomes(0),
      [&](SimulatedFileSystem& disk) {
        Restore(disk, DiscardEvents(), request).status().Ignore();  // The power goes.
      },
      [&](const DiskImage& found, const CrashPoint& point) {
        SCOPED_TRACE(point.Describe());
        SimulatedFileSystem disk(found);
        test::RecordingEvents events;
        const Status again = Restore(disk, events, request).status();
        // It had come to its end before.
        if (!again.Is(Error::kRestoreOfNonBackupDatabase)) {
          ASSERT_EQ(again, Status::Ok());
        }
        ModelInstance copy(disk, DiscardEvents(), ModelInstance::SmallOptions(kCopy));
        ASSERT_EQ(copy.Start(), Status::Ok());
        ASSERT_EQ(copy.Attach("/copy/data.edb"), Status::Ok());
        ASSERT_EQ(copy.Attach("/copy/other.edb"), Status::Ok());
        const Result<Model> contents = copy.Contents("/copy/data.edb");
        const Result<Model> other = copy.Contents("/copy/other.edb");
        ASSERT_TRUE(contents.ok() && other.ok());
        EXPECT_EQ(*contents, expected);
        EXPECT_EQ(*other, expected_other);
      });
  EXPECT_GT(images, 50u);
  RecordProperty("images", static_cast<int>(images));
}

}  // namespace
}  // namespace contrail
