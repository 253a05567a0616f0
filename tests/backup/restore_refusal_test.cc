// What a hard restore refuses, and that it changes nothing then.

#include <gtest/gtest.h>

#include <filesystem>

#include "backup/restore.h"
#include "backup/streamed_database.h"
#include "tests/support/backup_client.h"
#include "tests/support/model_instance.h"
#include "tests/support/recording.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/simulated_file_system.h"

namespace contrail {
namespace {

using test::Model;
using test::ModelInstance;
using test::TakenBackup;

constexpr char kCopy[] = "/copy/";
constexpr char kOther[] = "/db/other.edb";

class RestoreRefusalTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(model_.Start(), Status::Ok());
    ASSERT_EQ(model_.Create(), Status::Ok());
    ASSERT_EQ(model_.Fill(0, 300, std::string(300, 'a')), Status::Ok());
  }
  void BackUp(bool truncate = true) {
    const Result<TakenBackup> taken =
        test::TakeBackup(model_.engine(), kCopy, {.truncate = truncate});
    ASSERT_EQ(taken.status(), Status::Ok());
    taken_ = *taken;
  }
  bool Exists(const std::string& path) { return files_.Exists(path).value(); }
  std::vector<std::byte> BytesOf(const std::string& path) {
    const std::unique_ptr<File> file = std::move(*files_.Open(path, {}));
    std::vector<std::byte> bytes(*file->Size());
    EXPECT_EQ(file->Read(0, bytes), Status::Ok());
    return bytes;
  }
  void Copy(const std::string& from, const std::string& to) {
    const auto file = files_.Open(to, {.mode = FileMode::kCreateNew});
    ASSERT_EQ(file.status(), Status::Ok());
    ASSERT_EQ((*file)->Write(0, BytesOf(from)), Status::Ok());
  }

  test::SimulatedFileSystem files_;
  test::RecordingEvents events_;
  ModelInstance model_{files_, events_};
  TakenBackup taken_;
};

TEST_F(RestoreRefusalTest, FoldersOfARunningInstance) {
  BackUp();
  ASSERT_TRUE(Exists("/db/edb.chk"));
  RestoreRequest logs = test::RestoreIn(kCopy, taken_);
  logs.instance.log_path = logs.instance.system_path = "/db/";
  EXPECT_EQ(Restore(files_, events_, logs).status(), Status(Error::kFileAccessDenied));
  EXPECT_EQ(events_.Last(490).file, "/db/edb.lock");
  RestoreRequest checkpoint = test::RestoreIn(kCopy, taken_);
  checkpoint.instance.system_path = "/db/";
  EXPECT_EQ(Restore(files_, events_, checkpoint).status(), Status(Error::kFileAccessDenied));
  EXPECT_EQ(events_.Last(490).file, "/db/edb.dwa");
  EXPECT_TRUE(Exists("/db/edb.chk"));
  EXPECT_TRUE(Exists("/db/edb.dwa"));
  // The copy has not been touched: it can still be restored.
  EXPECT_EQ(Restore(files_, events_, test::RestoreIn(kCopy, taken_)).status(), Status::Ok());
}

TEST_F(RestoreRefusalTest, ADatabaseThatIsOpen) {
  BackUp();
  ASSERT_TRUE(files_.Open("/copy/edb.chk", {.mode = FileMode::kCreateNew}).ok());
  const auto open =
      files_.Open("/copy/data.edb", {.mode = FileMode::kReadWrite, .exclusive = true});
  ASSERT_TRUE(open.ok());
  EXPECT_EQ(Restore(files_, events_, test::RestoreIn(kCopy, taken_)).status(),
            Status(Error::kFileAccessDenied));
  EXPECT_TRUE(Exists("/copy/edb.chk"));
}

// The logs have one place for a database: the second copy would stay as it is, without its mark.
TEST_F(RestoreRefusalTest, TwoCopiesOfOneDatabase) {
  BackUp();
  Copy("/copy/data.edb", "/copy/twin.edb");
  const std::vector<std::byte> before = BytesOf("/copy/data.edb");
  RestoreRequest request = test::RestoreIn(kCopy, taken_);
  request.databases.push_back({"/db/twin.edb", "/copy/twin.edb"});
  EXPECT_EQ(Restore(files_, events_, request).status(), Status(Error::kDatabaseSignInUse));
  EXPECT_EQ(events_.Last(454).error, static_cast<int32_t>(Error::kDatabaseSignInUse));
  EXPECT_TRUE(BytesOf("/copy/data.edb") == before);
  EXPECT_TRUE(BytesOf("/copy/twin.edb") == before);
  EXPECT_EQ(Restore(files_, events_, test::RestoreIn(kCopy, taken_)).status(), Status::Ok());
}

TEST_F(RestoreRefusalTest, OnePathTwice) {
  BackUp();
  RestoreRequest request = test::RestoreIn(kCopy, taken_);
  request.databases.push_back({"/db/twin.edb", "/copy/./data.edb"});
  EXPECT_EQ(Restore(files_, events_, request).status(), Status(Error::kDatabaseDuplicate));
  EXPECT_EQ(events_.Last(454).error, static_cast<int32_t>(Error::kDatabaseDuplicate));
  EXPECT_EQ(Restore(files_, events_, test::RestoreIn(kCopy, taken_)).status(), Status::Ok());
}

// The mark says that the copy needs the logs of its backup.
TEST_F(RestoreRefusalTest, ADirtyCopyKeepsItsMark) {
  BackUp();
  Result<StreamedDatabase> copy = StreamedDatabase::Open(files_, events_, "/copy/data.edb");
  ASSERT_EQ(copy.status(), Status::Ok());
  copy->Unlock();
  EXPECT_EQ(copy->Finish(files_, events_), Status(Error::kDatabaseDirtyShutdown));
  EXPECT_EQ(events_.Last(454).file, "/copy/data.edb");
  EXPECT_EQ(Restore(files_, events_, test::RestoreIn(kCopy, taken_)).status(), Status::Ok());
}

// Undoing in it what had not committed at the backup's end would lose what has committed since.
TEST_F(RestoreRefusalTest, ACleanDatabaseThatIsNoCopy) {
  ASSERT_EQ(model_.Create(kOther), Status::Ok());
  {
    Session session(model_.engine());
    ASSERT_EQ(session.transaction().Begin(false), Status::Ok());
    ASSERT_EQ(model_.PutUncommitted(session, "spans", "the backup", kOther), Status::Ok());
    BackUp();
    ASSERT_EQ(session.transaction().Commit(CommitMode::kDurable), Status::Ok());
  }
  ASSERT_EQ(model_.engine().Terminate(TerminateMode::kComplete), Status::Ok());
  RestoreRequest request = test::RestoreIn(kCopy, taken_);
  for (RestoredDatabase& database : request.databases) {
    if (database.path == "/copy/other.edb") database.path = kOther;
  }
  EXPECT_EQ(Restore(files_, events_, request).status(), Status(Error::kRestoreOfNonBackupDatabase));
  EXPECT_EQ(events_.Last(454).error, static_cast<int32_t>(Error::kRestoreOfNonBackupDatabase));
  ModelInstance again(files_, events_);
  ASSERT_EQ(again.Start(), Status::Ok());
  ASSERT_EQ(again.Attach(kOther), Status::Ok());
  const Result<Model> contents = again.Contents(kOther);
  ASSERT_TRUE(contents.ok());
  EXPECT_TRUE(contents->contains("spans"));
}

// The given folder is the log folder by another name: the logs in it are those that survived.
TEST_F(RestoreRefusalTest, ASymbolicLinkToTheLogs) {
  BackUp(/*truncate=*/false);
  ASSERT_EQ(model_.Fill(0, 600, std::string(300, 'b')), Status::Ok());
  ASSERT_EQ(model_.engine().Terminate(TerminateMode::kCrash), Status::Ok());
  const test::ScratchFolder scratch;
  ASSERT_EQ(test::ExportImage(files_.Current(), scratch.path()), Status::Ok());
  const std::string link = (scratch.path() / "link").string();
  std::filesystem::create_directory_symlink(scratch.path() / "db", link);
  const std::string survivor =
      (scratch.path() / "db" / LogFileName("edb", taken_.generation_high + 1)).string();
  ASSERT_TRUE(std::filesystem::exists(survivor));
  RestoreRequest request = test::RestoreIn((scratch.path() / "db/").string(), taken_);
  request.set_folder = link + "/";
  request.databases = {{ModelInstance::kDatabase, (scratch.path() / "copy/data.edb").string()}};
  const Result<RestoreResult> restored = Restore(PosixFileSystem(), events_, request);
  ASSERT_EQ(restored.status(), Status::Ok());
  EXPECT_GE(restored->surviving_logs, 2u);
  EXPECT_TRUE(std::filesystem::exists(survivor));
}

}  // namespace
}  // namespace contrail
