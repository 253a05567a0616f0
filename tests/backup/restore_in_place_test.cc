// Restores of a set over what is left of a folder: nothing there changes before everything is
// whole.

#include <gtest/gtest.h>

#include <filesystem>

#include "backup/set/backup_set_writer.h"
#include "backup/set/restore_plan.h"
#include "backup/set/restore_set.h"
#include "tests/support/failure_points.h"
#include "tests/support/model_instance.h"
#include "tests/support/recording.h"
#include "tests/support/scratch_folder.h"

namespace contrail {
namespace {

using test::DiskImage;
using test::Model;
using test::ModelInstance;
using test::SimulatedFileSystem;

constexpr char kSet[] = "/set/";
constexpr char kStoredDatabase[] = "/set/000001-full/data.edb.lz4";

using Contents = std::map<std::string, std::string>;

// The files below a folder, without locks.
Contents FilesIn(const DiskImage& image, const std::string& folder) {
  Contents contents;
  for (const auto& [path, content] : image.files) {
    if (!path.starts_with(folder) || path.ends_with(".lock")) continue;
    std::string bytes(content.size(), 0);
    content.Read(0, {reinterpret_cast<std::byte*>(bytes.data()), bytes.size()});
    contents[path] = std::move(bytes);
  }
  return contents;
}

class RestoreInPlaceTest : public testing::Test {
 protected:
  // A backup, changes behind it, and then the power goes.
  void SetUp() override {
    ModelInstance model(files_, events_);
    ASSERT_EQ(model.Start(), Status::Ok());
    ASSERT_EQ(model.Create(), Status::Ok());
    ASSERT_EQ(model.Fill(0, 60, std::string(300, 'a')), Status::Ok());
    SetBackupRequest request;
    request.set_folder = kSet;
    ASSERT_EQ(BackUpToSet(model.engine(), request).status(), Status::Ok());
    ASSERT_EQ(model.Fill(30, 400, std::string(500, 'b')), Status::Ok());
    const Result<Model> contents = model.Contents();
    ASSERT_EQ(contents.status(), Status::Ok());
    expected_ = *contents;
    ASSERT_EQ(model.engine().Terminate(TerminateMode::kCrash), Status::Ok());
  }

  static RestoreSetRequest InPlace(bool with_logs = true) {
    RestoreSetRequest request;
    request.set_folder = kSet;
    request.to = ModelInstance::kFolder;
    if (with_logs) request.surviving_logs = "/db";
    request.background_threads = false;
    return request;
  }
  void DamageSet(SimulatedFileSystem& files) {
    auto file = files.Open(kStoredDatabase, {.mode = FileMode::kReadWrite});
    ASSERT_TRUE(file.ok());
    const std::byte junk[3] = {std::byte{1}, std::byte{2}, std::byte{3}};
    ASSERT_EQ((*file)->Write(*(*file)->Size() / 2, junk), Status::Ok());
  }
  // The restore is refused, and the folder is what it was.
  void ExpectUntouched(const RestoreSetRequest& request, Error error) {
    const Contents before = FilesIn(files_.Current(), "/db/");
    EXPECT_EQ(RestoreSet(files_, events_, request).status(), Status(error));
    EXPECT_TRUE(FilesIn(files_.Current(), "/db/") == before);
    EXPECT_EQ(files_.Exists("/db/restore.unfinished").value(), false);
  }
  // A database that the set does not have, with commits behind the backup, and again a crash.
  void AddDatabase(const std::string& path) {
    ModelInstance model(files_, events_);
    ASSERT_EQ(model.Start(), Status::Ok());
    ASSERT_EQ(model.Attach(), Status::Ok());
    ASSERT_EQ(model.Create(path), Status::Ok());
    ASSERT_EQ(model.Fill(0, 300, std::string(500, 'c'), path), Status::Ok());
    const Result<Model> contents = model.Contents(path);
    ASSERT_EQ(contents.status(), Status::Ok());
    others_[path] = *contents;
    ASSERT_EQ(model.engine().Terminate(TerminateMode::kCrash), Status::Ok());
  }
  // As `contrail recover --ignore-missing` does.
  void RecoverWithout() {
    InstanceOptions options = ModelInstance::SmallOptions();
    options.recovery_leaves_out_missing = true;
    ModelInstance model(files_, events_, options);
    ASSERT_EQ(model.Start(), Status::Ok());
    ASSERT_EQ(model.engine().Terminate(TerminateMode::kComplete), Status::Ok());
  }
  void ExpectRestored(SimulatedFileSystem& files) {
    ModelInstance model(files, events_);
    ASSERT_EQ(model.Start(), Status::Ok());
    ASSERT_EQ(model.Attach(), Status::Ok());
    const Result<Model> contents = model.Contents();
    ASSERT_EQ(contents.status(), Status::Ok());
    EXPECT_TRUE(*contents == expected_);
    for (const auto& [path, expected] : others_) {
      ASSERT_EQ(model.Attach(path), Status::Ok());
      const Result<Model> other = model.Contents(path);
      ASSERT_EQ(other.status(), Status::Ok());
      EXPECT_TRUE(*other == expected);
    }
    ASSERT_EQ(model.engine().Terminate(TerminateMode::kComplete), Status::Ok());
  }
  bool IsToldOf(const std::string& file) const {
    for (const Event& event : events_.events()) {
      if (event.file == file && event.error != 0) return true;
    }
    return false;
  }

  SimulatedFileSystem files_;
  test::RecordingEvents events_;
  Model expected_;
  std::map<std::string, Model> others_;
};

// It would never be clean again: what the logs hold for it is replayed by nobody afterwards.
TEST_F(RestoreInPlaceTest, ADatabaseThatIsNotInTheSetKeepsItsLogs) {
  for (const char* path : {"/db/other.edb", "/elsewhere/other.edb"}) {
    SCOPED_TRACE(path);
    ASSERT_EQ(files_.CreateDirectories("/elsewhere"), Status::Ok());
    AddDatabase(path);
    ASSERT_EQ(files_.Remove(ModelInstance::kDatabase), Status::Ok());
    const Contents before = FilesIn(files_.Current(), "/");
    const Result<RestorePlan> plan = PlanRestore(files_, events_, InPlace());
    ASSERT_EQ(plan.status(), Status::Ok());
    ASSERT_EQ(plan->objections.size(), 1u);
    EXPECT_NE(plan->objections[0].find(path), std::string::npos) << plan->objections[0];
    EXPECT_TRUE(FilesIn(files_.Current(), "/") == before);
    ExpectUntouched(InPlace(), Error::kDatabaseDirtyShutdown);
    EXPECT_TRUE(IsToldOf(path));
    RestoreSetRequest to_point = InPlace();
    to_point.point.position = Lgpos{2, 0xffff, 0xffff};
    ExpectUntouched(to_point, Error::kDatabaseDirtyShutdown);
    // What the refusal says loses nothing.
    RecoverWithout();
    ASSERT_EQ(RestoreSet(files_, events_, InPlace()).status(), Status::Ok());
    ExpectRestored(files_);
  }
}

// A broken copy of what is restored, and a database that is clean, need no logs.
TEST_F(RestoreInPlaceTest, OnlyWhatNeedsTheLogsIsInTheWay) {
  ASSERT_EQ(files_.Rename(ModelInstance::kDatabase, "/db/broken.edb"), Status::Ok());
  EXPECT_TRUE(PlanRestore(files_, events_, InPlace())->objections.empty());
  ASSERT_EQ(RestoreSet(files_, events_, InPlace()).status(), Status::Ok());
  ExpectRestored(files_);
}

TEST_F(RestoreInPlaceTest, ADamagedSetChangesNothing) {
  DamageSet(files_);
  ExpectUntouched(InPlace(), Error::kReadVerifyFailure);
  EXPECT_TRUE(IsToldOf(kStoredDatabase));
}

TEST_F(RestoreInPlaceTest, AMissingFileOfTheSetIsNamed) {
  ASSERT_EQ(files_.Remove(kStoredDatabase), Status::Ok());
  ExpectUntouched(InPlace(), Error::kFileNotFound);
  EXPECT_TRUE(IsToldOf(kStoredDatabase));
}

TEST_F(RestoreInPlaceTest, AFullDiskIsNamedAndChangesNothing) {
  files_.LimitCapacity(0);
  ExpectUntouched(InPlace(), Error::kDiskFull);
  EXPECT_TRUE(IsToldOf("/db/restore.unfinished/data.edb"));
}

TEST_F(RestoreInPlaceTest, AFolderOfLogsThatIsNotThereIsSaidAtOnce) {
  RestoreSetRequest request = InPlace();
  request.to = "/to/";
  request.surviving_logs = "/nowhere";
  EXPECT_FALSE(RestoreSet(files_, events_, request).ok());
  EXPECT_TRUE(IsToldOf("/nowhere"));
  EXPECT_EQ(files_.Exists("/to").value(), false);
}

TEST_F(RestoreInPlaceTest, AFolderWithoutAnyLogIsSaid) {
  ASSERT_EQ(files_.CreateDirectories("/empty"), Status::Ok());
  RestoreSetRequest request = InPlace();
  request.to = "/to/";
  request.surviving_logs = "/empty";
  ASSERT_EQ(RestoreSet(files_, events_, request).status(), Status::Ok());
  EXPECT_EQ(events_.Last(435).file, "/empty/");
  EXPECT_EQ(events_.Last(435).severity, Severity::kWarning);
}

// Copies are replayed; the file that can be looked at is the user's.
TEST_F(RestoreInPlaceTest, ADamagedLogIsNamedWhereItLies) {
  ASSERT_EQ(files_.Remove(ModelInstance::kDatabase), Status::Ok());
  const auto listing = ListLogFiles(files_, events_, "/db", "edb");
  ASSERT_TRUE(listing.ok());
  const std::string path = listing->archived.back().path;
  auto file = files_.Open(path, {.mode = FileMode::kReadWrite});
  ASSERT_TRUE(file.ok());
  const std::byte junk[3] = {std::byte{1}, std::byte{2}, std::byte{3}};
  ASSERT_EQ((*file)->Write(*(*file)->Size() / 2, junk), Status::Ok());
  file->reset();
  ExpectUntouched(InPlace(), Error::kLogCorruptDuringHardRecovery);
  EXPECT_TRUE(IsToldOf(path));
  for (const Event& event : events_.events()) {
    EXPECT_EQ(event.file.find("restore.unfinished"), std::string::npos) << event.text << event.file;
  }
}

TEST_F(RestoreInPlaceTest, AnEngineThatRunsThereIsLeftAlone) {
  ModelInstance model(files_, events_);
  ASSERT_EQ(model.Start(), Status::Ok());
  ASSERT_EQ(model.Attach(), Status::Ok());
  ExpectUntouched(InPlace(), Error::kFileAccessDenied);
  EXPECT_TRUE(IsToldOf("/db/edb.lock"));
  EXPECT_EQ(model.Put("key", "value"), Status::Ok());
}

TEST_F(RestoreInPlaceTest, ADatabaseThatIsOpenIsLeftAlone) {
  const auto open =
      files_.Open(ModelInstance::kDatabase, {.mode = FileMode::kReadWrite, .exclusive = true});
  ASSERT_TRUE(open.ok());
  ExpectUntouched(InPlace(), Error::kFileAccessDenied);
  EXPECT_TRUE(IsToldOf(ModelInstance::kDatabase));
}

TEST_F(RestoreInPlaceTest, LogsOfAnotherInstanceStay) {
  ModelInstance other(files_, events_, ModelInstance::SmallOptions("/other/"));
  ASSERT_EQ(other.Start(), Status::Ok());
  ASSERT_EQ(other.Create("/other/data.edb"), Status::Ok());
  SetBackupRequest backup;
  backup.set_folder = "/otherset/";
  ASSERT_EQ(BackUpToSet(other.engine(), backup).status(), Status::Ok());
  RestoreSetRequest request = InPlace();
  request.set_folder = "/otherset/";
  // Another database lies where this one would go.
  ExpectUntouched(request, Error::kDatabaseSignInUse);
  ASSERT_EQ(files_.Remove(ModelInstance::kDatabase), Status::Ok());
  ExpectUntouched(request, Error::kExistingLogFileHasBadSignature);
}

TEST_F(RestoreInPlaceTest, ARepetitionWithoutTheLogsDeletesNone) {
  SimulatedFileSystem good(files_.Current());
  ASSERT_EQ(files_.Remove(ModelInstance::kDatabase), Status::Ok());
  DamageSet(files_);
  ExpectUntouched(InPlace(), Error::kReadVerifyFailure);
  ExpectUntouched(InPlace(/*with_logs=*/false), Error::kBackupDirectoryNotEmpty);
  ASSERT_EQ(RestoreSet(good, events_, InPlace()).status(), Status::Ok());
  ExpectRestored(good);
}

// Whatever became of the first try, one without the logs deletes none, and one with them works.
TEST_F(RestoreInPlaceTest, CanBeRepeatedAfterACrashAnywhere) {
  ASSERT_EQ(files_.Remove(ModelInstance::kDatabase), Status::Ok());
  size_t number = 0;
  size_t finished = 0;
  const size_t images = test::ForEachCrashPoint(
      files_.Current(),
      {{.policy = test::CrashPolicy::kDropUnsynced}, {.policy = test::CrashPolicy::kKeepUnsynced}},
      [&](SimulatedFileSystem& disk) {
        RestoreSet(disk, DiscardEvents(), InPlace()).status().Ignore();  // The power goes.
      },
      [&](const DiskImage& found, const test::CrashPoint& point) {
        if (++number % 7 != 0 && point.operations % 50 < 45) return;
        SCOPED_TRACE(point.Describe());
        SimulatedFileSystem disk(found);
        const Status without = RestoreSet(disk, events_, InPlace(false)).status();
        EXPECT_EQ(without, Status(Error::kBackupDirectoryNotEmpty));
        const Status again = RestoreSet(disk, events_, InPlace()).status();
        EXPECT_EQ(again, Status::Ok());
        EXPECT_EQ(disk.Exists("/db/restore.unfinished").value(), false);
        ExpectRestored(disk);
        ++finished;
      });
  EXPECT_GT(images, 100u);
  EXPECT_GT(finished, 20u);
}

TEST_F(RestoreInPlaceTest, ASymbolicLinkIsTheSamePlace) {
  const test::ScratchFolder scratch;
  const std::string folder = (scratch.path() / "db").string();
  const std::string link = (scratch.path() / "link").string();
  ASSERT_EQ(files_.Remove(ModelInstance::kDatabase), Status::Ok());
  ASSERT_EQ(test::ExportImage(files_.Current(), scratch.path()), Status::Ok());
  std::filesystem::create_directory_symlink(folder, link);
  RestoreSetRequest request = InPlace();
  request.set_folder = (scratch.path() / "set").string();
  request.to = folder;
  request.surviving_logs = link;
  const Result<RestoreSetResult> restored = RestoreSet(PosixFileSystem(), events_, request);
  ASSERT_EQ(restored.status(), Status::Ok());
  EXPECT_GE(restored->replay.surviving_logs, 1u);
  const Result<DiskImage> image = test::ImportImage(scratch.path());
  ASSERT_TRUE(image.ok());
  SimulatedFileSystem disk(*image);
  ExpectRestored(disk);
}

}  // namespace
}  // namespace contrail
