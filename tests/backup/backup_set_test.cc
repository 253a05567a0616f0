// Backup sets: written, read, verified, damaged, restored.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <utility>

#include "backup/backup_events.h"
#include "backup/backup_history.h"
#include "backup/set/back_up_folder.h"
#include "backup/set/restore_plan.h"
#include "backup/set/stored_file.h"
#include "log/log_files.h"
#include "tests/support/backup_set_fixture.h"
#include "tests/support/scratch_folder.h"

namespace contrail {
namespace {

using test::Model;
using test::ModelInstance;
using BackupSetTest = test::BackupSetFixture;

TEST_F(BackupSetTest, AChainComesBackWholeAndInPart) {
  ASSERT_EQ(BackUp(BackupScope::kFull).status(), Status::Ok());
  ASSERT_EQ(model_.Fill(300, 200, "more"), Status::Ok());
  Model at_second = Now();
  ASSERT_EQ(BackUp(BackupScope::kIncremental).status(), Status::Ok());
  ASSERT_EQ(model_.Fill(100, 50, "later"), Status::Ok());
  const Model at_third = Now();
  ASSERT_EQ(BackUp(BackupScope::kIncremental).status(), Status::Ok());
  ASSERT_EQ(model_.Fill(0, 5, "last"), Status::Ok());
  const Model at_end = Now();

  EXPECT_TRUE(Verify(files_).empty());
  const Result<RestoreSetResult> whole = RestoreSet(files_, events_, RestoreTo("/to/"));
  ASSERT_EQ(whole.status(), Status::Ok());
  EXPECT_EQ(whole->databases, std::vector<std::string>{"/to/data.edb"});
  EXPECT_EQ(ContentsOf("/to/"), at_third);

  RestoreSetRequest part = RestoreTo("/part/");
  part.number = 2;
  ASSERT_EQ(RestoreSet(files_, events_, part).status(), Status::Ok());
  EXPECT_EQ(ContentsOf("/part/"), at_second);

  ASSERT_EQ(model_.engine().Terminate(TerminateMode::kCrash), Status::Ok());
  RestoreSetRequest survivors = RestoreTo("/survivors/");
  survivors.surviving_logs = ModelInstance::kFolder;
  ASSERT_EQ(RestoreSet(files_, events_, survivors).status(), Status::Ok());
  EXPECT_EQ(ContentsOf("/survivors/"), at_end);

  // In place, over what is left of the database.
  RestoreSetRequest place = RestoreTo(ModelInstance::kFolder);
  place.surviving_logs = ModelInstance::kFolder;
  ASSERT_EQ(files_.Remove(ModelInstance::kDatabase), Status::Ok());
  ASSERT_EQ(RestoreSet(files_, events_, place).status(), Status::Ok());
  EXPECT_EQ(ContentsOf(ModelInstance::kFolder), at_end);
}

TEST_F(BackupSetTest, TheSetIsNoPlaceForDatabases) {
  ASSERT_EQ(BackUp(BackupScope::kFull).status(), Status::Ok());
  const std::vector<std::string> before = Names(kSet);
  for (const char* to : {"/set", "/set/", "/set/000001-full/", "/set/live/", "/other/../set/x"}) {
    const RestoreSetRequest request = RestoreTo(to);
    EXPECT_EQ(RestoreSet(files_, events_, request).status(), Status(Error::kInvalidPath)) << to;
    EXPECT_EQ(events_.Last(event_id::kRestoreFailed).file, to);
    const Result<RestorePlan> plan = PlanRestore(files_, events_, request);
    ASSERT_EQ(plan.status(), Status::Ok());
    EXPECT_THAT(plan->objections, testing::Contains(testing::HasSubstr("is the set, or lies in")));
  }
  EXPECT_EQ(Names(kSet), before);
  EXPECT_EQ(RestoreSet(files_, events_, RestoreTo("/settled/")).status(), Status::Ok());
}

TEST_F(BackupSetTest, DoesNotOverwriteADatabase) {
  ASSERT_EQ(BackUp(BackupScope::kFull).status(), Status::Ok());
  const RestoreSetRequest request = RestoreTo(ModelInstance::kFolder);
  EXPECT_EQ(RestoreSet(files_, events_, request).status(), Status(Error::kFileAccessDenied));
  ASSERT_EQ(model_.engine().Terminate(TerminateMode::kComplete), Status::Ok());
  EXPECT_EQ(RestoreSet(files_, events_, request).status(), Status(Error::kBackupDirectoryNotEmpty));
}

TEST_F(BackupSetTest, AnIncrementalNeedsItsSet) {
  ASSERT_EQ(BackUp(BackupScope::kFull).status(), Status::Ok());
  SetBackupRequest request;
  request.set_folder = "/another/";
  request.kind = BackupScope::kIncremental;
  EXPECT_EQ(BackUpToSet(model_.engine(), request).status(), Status(Error::kMissingFullBackup));
  EXPECT_FALSE(model_.engine().backup_gate().active());
}

TEST_F(BackupSetTest, ACancelledBackupLeavesNothing) {
  SetBackupRequest request;
  request.set_folder = kSet;
  request.progress = [](const SetProgress& progress) { return progress.bytes_done == 0; };
  EXPECT_EQ(BackUpToSet(model_.engine(), request).status(), Status(Error::kTermInProgress));
  EXPECT_FALSE(model_.engine().backup_gate().active());
  const auto names = files_.List(kSet);
  ASSERT_TRUE(names.ok());
  EXPECT_THAT(*names, testing::ElementsAre(".lock"));
}

// Two programs whose backups would have the same number must not share a folder.
TEST_F(BackupSetTest, OneWriterAtATime) {
  Status other;
  SetBackupRequest request;
  request.set_folder = kSet;
  bool first = true;
  request.progress = [&](const SetProgress&) {
    if (!std::exchange(first, false)) return true;
    ModelInstance second(files_, events_, ModelInstance::SmallOptions("/other/"));
    EXPECT_EQ(second.Start(), Status::Ok());
    EXPECT_EQ(second.Create("/other/data.edb"), Status::Ok());
    SetBackupRequest same;
    same.set_folder = kSet;
    other = BackUpToSet(second.engine(), same).status();
    EXPECT_EQ(second.engine().Terminate(TerminateMode::kComplete), Status::Ok());
    return true;
  };
  ASSERT_EQ(BackUpToSet(model_.engine(), request).status(), Status::Ok());
  EXPECT_EQ(other, Status(Error::kFileAccessDenied));
  EXPECT_TRUE(Verify(files_).empty());
  EXPECT_EQ(BackUp(BackupScope::kFull).status(), Status::Ok());  // The lock is free again.
}

TEST_F(BackupSetTest, AnIncrementalNeedsAFullBackupOfEveryDatabaseInThisSet) {
  ASSERT_EQ(BackUp(BackupScope::kFull).status(), Status::Ok());
  ASSERT_EQ(model_.Create("/db/more.edb"), Status::Ok());
  SetBackupRequest elsewhere;
  elsewhere.set_folder = "/elsewhere/";
  ASSERT_EQ(BackUpToSet(model_.engine(), elsewhere).status(), Status::Ok());
  SetBackupRequest incremental;
  incremental.set_folder = kSet;
  incremental.kind = BackupScope::kIncremental;
  EXPECT_EQ(BackUpToSet(model_.engine(), incremental).status(), Status(Error::kMissingFullBackup));
  EXPECT_EQ(events_.Last(206).file, "/db/more.edb");
  incremental.set_folder = "/elsewhere/";
  EXPECT_EQ(BackUpToSet(model_.engine(), incremental).status(), Status::Ok());
}

TEST_F(BackupSetTest, LogsStayForADatabaseThatIsDetached) {
  ASSERT_EQ(model_.Create("/db/more.edb"), Status::Ok());
  SetBackupRequest own;  // Its own backup, which later logs would carry on.
  own.set_folder = "/own/";
  own.kind = BackupScope::kCopy;
  ASSERT_EQ(BackUpToSet(model_.engine(), own).status(), Status::Ok());
  ASSERT_EQ(model_.Fill(0, 200, "more", "/db/more.edb"), Status::Ok());
  ASSERT_EQ(model_.engine().DetachDatabase("/db/more.edb"), Status::Ok());
  ASSERT_EQ(model_.Fill(0, 600, std::string(300, 'b')), Status::Ok());
  const auto archived = [&] {
    const auto logs = ListLogFiles(files_, events_, "/db/", "edb");
    EXPECT_TRUE(logs.ok());
    return logs.ok() ? logs->archived.size() : 0;
  };
  AttachedDatabase* database = model_.engine().FindDatabase(ModelInstance::kDatabase);
  ASSERT_EQ(database->database().pages().FlushAll(), Status::Ok());
  ASSERT_EQ(model_.engine().WriteCheckpointNow(), Status::Ok());
  ASSERT_EQ(BackUp(BackupScope::kFull).status(), Status::Ok());
  const size_t before = archived();
  const Event kept = events_.Last(225);
  EXPECT_NE(kept.text.find("/db/more.edb"), std::string::npos) << kept.text;
  SetBackupRequest request;
  request.set_folder = kSet;
  request.truncate_for_detached = true;
  ASSERT_EQ(BackUpToSet(model_.engine(), request).status(), Status::Ok());
  EXPECT_LT(archived(), before);
}

TEST_F(BackupSetTest, AnyNameGoesIntoTheManifest) {
  const std::string path = "/db/d\xff\"\n.edb";
  ASSERT_EQ(model_.Create(path), Status::Ok());
  ASSERT_EQ(model_.Fill(0, 10, "v", path), Status::Ok());
  ASSERT_EQ(BackUp(BackupScope::kFull).status(), Status::Ok());
  EXPECT_TRUE(Verify(files_).empty());
  const Result<RestoreSetResult> restored = RestoreSet(files_, events_, RestoreTo("/to/"));
  ASSERT_EQ(restored.status(), Status::Ok());
  EXPECT_THAT(restored->databases, testing::Contains("/to/d\xff\"\n.edb"));
}

TEST_F(BackupSetTest, BacksUpAFolderThatNobodyHasOpen) {
  const Model expected = Now();
  ASSERT_EQ(model_.engine().Terminate(TerminateMode::kCrash), Status::Ok());
  FolderBackupRequest request;
  request.folder = "/db";
  request.set.set_folder = kSet;
  ASSERT_EQ(BackUpFolderToSet(files_, events_, request).status(), Status::Ok());
  request.set.kind = BackupScope::kIncremental;
  ASSERT_EQ(BackUpFolderToSet(files_, events_, request).status(), Status::Ok());
  ASSERT_EQ(RestoreSet(files_, events_, RestoreTo("/to/")).status(), Status::Ok());
  EXPECT_EQ(ContentsOf("/to/"), expected);
}

TEST_F(BackupSetTest, EveryFlippedBitIsFound) {
  ASSERT_EQ(BackUp(BackupScope::kFull).status(), Status::Ok());
  ASSERT_EQ(BackUp(BackupScope::kIncremental).status(), Status::Ok());
  ASSERT_TRUE(Verify(files_).empty());
  std::vector<std::string> paths;
  const std::vector<std::string> folders = *files_.List(kSet);
  for (const std::string& folder : folders) {
    if (folder == ".lock") continue;
    const std::vector<std::string> names = *files_.List(kSet + folder + "/");
    for (const std::string& name : names) paths.push_back(kSet + folder + "/" + name);
  }
  constexpr uint64_t kSeed = 20261122;
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < 60; ++i) {
    const std::string& path = paths[static_cast<size_t>(i) % paths.size()];
    auto file = files_.Open(path, {.mode = FileMode::kReadWrite});
    ASSERT_TRUE(file.ok());
    const uint64_t offset = random() % *(*file)->Size();
    const auto bit = static_cast<std::byte>(1 << (random() % 8));
    SCOPED_TRACE(testing::Message() << path << " at " << offset << ", seed " << kSeed);
    std::byte value;
    ASSERT_EQ((*file)->Read(offset, {&value, 1}), Status::Ok());
    const std::byte damaged = value ^ bit;
    ASSERT_EQ((*file)->Write(offset, {&damaged, 1}), Status::Ok());
    EXPECT_FALSE(Verify(files_).empty());
    EXPECT_FALSE(RestoreSet(files_, events_, RestoreTo("/to" + std::to_string(i) + "/")).ok());
    ASSERT_EQ((*file)->Write(offset, {&value, 1}), Status::Ok());
  }
  EXPECT_TRUE(Verify(files_).empty());
}

TEST_F(BackupSetTest, AMissingBackupBreaksTheChain) {
  ASSERT_EQ(BackUp(BackupScope::kFull).status(), Status::Ok());
  ASSERT_EQ(BackUp(BackupScope::kIncremental).status(), Status::Ok());
  ASSERT_EQ(BackUp(BackupScope::kIncremental).status(), Status::Ok());
  ASSERT_EQ(files_.Rename("/set/000002-incremental", "/set/away"), Status::Ok());
  const std::vector<SetFault> faults = Verify(files_);
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_EQ(faults[0].number, 3u);
  EXPECT_EQ(faults[0].status, Status(Error::kMissingRestoreLogFiles));
  EXPECT_EQ(RestoreSet(files_, events_, RestoreTo("/to/")).status(),
            Status(Error::kMissingRestoreLogFiles));
  EXPECT_FALSE(Restored(1).empty());
}

// Every look at it is a second after the one before.
class LeapingClock final : public PaceClock {
 public:
  absl::Time Now() override { return now_ += absl::Seconds(1); }
  void Sleep(absl::Duration) override {}

 private:
  absl::Time now_ = absl::FromUnixSeconds(1'000'000);
};

TEST_F(BackupSetTest, AnInstanceThatEndsMeanwhile) {
  LeapingClock clock;
  SetBackupRequest request = RequestOf(BackupScope::kFull);
  request.pace = {.commit_latency = absl::Milliseconds(1), .clock = &clock};
  bool ended = false;
  request.progress = [&](const SetProgress&) {
    if (!std::exchange(ended, true)) {
      EXPECT_EQ(model_.engine().Terminate(TerminateMode::kAbrupt), Status::Ok());
    }
    return true;
  };
  EXPECT_EQ(BackUpToSet(model_.engine(), request).status(), Status(Error::kNoBackup));
  EXPECT_TRUE(ended);
  // And one that has ended before.
  EXPECT_EQ(BackUpToSet(model_.engine(), request).status(), Status(Error::kBackupNotAllowedYet));
  EXPECT_TRUE(Open(files_).entries().empty());
}

TEST_F(BackupSetTest, TheLogsThatAreMeantAreNamed) {
  ASSERT_EQ(model_.engine().Terminate(TerminateMode::kComplete), Status::Ok());
  ASSERT_TRUE(files_.Open("/db/zzz.chk", {.mode = FileMode::kCreateNew}).ok());
  FolderBackupRequest request;
  request.folder = ModelInstance::kFolder;
  request.set.set_folder = kSet;
  EXPECT_EQ(BackUpFolderToSet(files_, events_, request).status(), Status(Error::kInvalidParameter));
  EXPECT_EQ(events_.Last(214).found, "edb.chk, zzz.chk");
  EXPECT_EQ(ReadBackupHistory(files_, events_, {request.folder, "", ""}).status(),
            Status(Error::kInvalidParameter));
  request.base_name = "edb";
  EXPECT_EQ(BackUpFolderToSet(files_, events_, request).status(), Status::Ok());
  EXPECT_TRUE(ReadBackupHistory(files_, events_, {request.folder, "", "edb"}).ok());
}

TEST(StoredFileTest, IsAnLz4FrameOfTheContent) {
  const test::ScratchFolder folder;
  const std::string path = (folder.path() / "file.lz4").string();
  std::string content;
  for (int i = 0; i < 400000; ++i) content += std::to_string(i);
  // What cannot be compressed fills the blocks in which the file is written.
  std::mt19937 random(7);
  for (int i = 0; i < (7 << 18); ++i) content += static_cast<char>(random());
  Result<std::unique_ptr<StoredFileWriter>> writer =
      StoredFileWriter::Create(PosixFileSystem(), path);
  ASSERT_TRUE(writer.ok());
  for (size_t offset = 0; offset < content.size();) {
    AlignedBuffer block = (*writer)->TakeBlock();
    const size_t count = std::min(content.size() - offset, block.size());
    std::memcpy(block.data(), content.data() + offset, count);
    ASSERT_EQ((*writer)->Add(std::move(block), count), Status::Ok());
    offset += count;
  }
  const Result<StoredFileFacts> written = (*writer)->Finish();
  ASSERT_TRUE(written.ok());
  EXPECT_EQ(written->bytes, content.size());
  std::string back;
  StoredFileFacts read;
  const auto take = [&](Bytes bytes) {
    back += AsText(bytes);
    return Status::Ok();
  };
  ASSERT_EQ(ReadStoredFile(PosixFileSystem(), path, take, &read), Status::Ok());
  EXPECT_EQ(back, content);
  EXPECT_EQ(read.hash, written->hash);
  EXPECT_EQ(read.stored_hash, written->stored_hash);
}

}  // namespace
}  // namespace contrail
