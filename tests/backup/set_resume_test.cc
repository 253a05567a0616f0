// What a backup that died has left: logs stored whole are taken over, the rest goes.

#include <gmock/gmock.h>

#include "backup/set/set_folder.h"
#include "tests/support/backup_set_fixture.h"

namespace contrail {
namespace {

using test::Model;
using testing::ElementsAre;

class SetResumeTest : public test::BackupSetFixture {
 protected:
  // Ends when it begins to read the log number `logs`, from 1, of the backup.
  Status BackUpUntil(BackupScope kind, int logs) {
    SetBackupRequest request = RequestOf(kind);
    std::string last;
    request.progress = [&, seen = 0](const SetProgress& progress) mutable {
      if (progress.phase != "logs") return true;
      if (progress.file != last) ++seen;
      last = progress.file;
      return seen < logs;
    };
    return BackUpToSet(model_.engine(), request).status();
  }
  std::vector<std::string> StoredLogs(const std::string& folder) {
    std::vector<std::string> logs;
    for (const std::string& name : Names(folder)) {
      if (name.ends_with(".lz4")) logs.push_back(name);
    }
    return logs;
  }
};

constexpr char kUnfinished[] = "/set/.000002-incremental.unfinished/";

TEST_F(SetResumeTest, StoredLogsAreTakenOver) {
  ASSERT_EQ(BackUp(BackupScope::kFull).status(), Status::Ok());
  ASSERT_EQ(model_.Fill(0, 1500, std::string(300, 'b')), Status::Ok());
  ASSERT_EQ(BackUpUntil(BackupScope::kIncremental, 4), Status(Error::kTermInProgress));
  const std::vector<std::string> kept = StoredLogs(kUnfinished);
  ASSERT_EQ(kept.size(), 3u);
  std::vector<std::unique_ptr<File>> stored;
  for (const std::string& name : kept) {
    auto file = files_.Open(kUnfinished + name, {.mode = FileMode::kReadWrite});
    ASSERT_TRUE(file.ok());
    stored.push_back(std::move(*file));
  }
  const Result<SetBackupResult> made =
      BackUpToSet(model_.engine(), RequestOf(BackupScope::kIncremental));
  ASSERT_EQ(made.status(), Status::Ok());
  EXPECT_TRUE(Verify(files_).empty());
  EXPECT_TRUE(Restored(0) == Now());
  EXPECT_EQ(StoredLogs(made->folder).size(), made->manifest.files.size());
  EXPECT_THAT(Names(made->folder), testing::SizeIs(made->manifest.files.size() + 2));
  EXPECT_FALSE(*files_.Exists(kUnfinished));
  // They are the files that were there, and not others of the same content.
  for (size_t i = 0; i < kept.size(); ++i) {
    ASSERT_EQ(stored[i]->Resize(10), Status::Ok());
    const auto now = files_.Open(made->folder + kept[i], {.mode = FileMode::kReadOnly});
    ASSERT_TRUE(now.ok());
    EXPECT_EQ(*(*now)->Size(), 10u) << kept[i];
  }
}

TEST_F(SetResumeTest, ALogThatIsNotWholeIsStoredAgain) {
  ASSERT_EQ(BackUp(BackupScope::kFull).status(), Status::Ok());
  ASSERT_EQ(model_.Fill(0, 1500, std::string(300, 'b')), Status::Ok());
  ASSERT_EQ(BackUpUntil(BackupScope::kIncremental, 4), Status(Error::kTermInProgress));
  const std::vector<std::string> kept = StoredLogs(kUnfinished);
  ASSERT_EQ(kept.size(), 3u);
  FlipBit(kUnfinished + kept[0], 60, 2);             // The stored file.
  FlipBit(kUnfinished + kept[1] + ".whole", 40, 2);  // The note.
  ASSERT_EQ(files_.Remove(kUnfinished + kept[2] + ".whole"), Status::Ok());
  ASSERT_EQ(BackUpToSet(model_.engine(), RequestOf(BackupScope::kIncremental)).status(),
            Status::Ok());
  EXPECT_TRUE(Verify(files_).empty());
  EXPECT_TRUE(Restored(0) == Now());
}

// A full backup begins its databases anew; logs that a backup of another kind left serve it, too.
TEST_F(SetResumeTest, AnotherKindTakesThemOver) {
  ASSERT_EQ(BackUp(BackupScope::kFull).status(), Status::Ok());
  ASSERT_EQ(model_.Fill(0, 1500, std::string(300, 'b')), Status::Ok());
  ASSERT_EQ(BackUpUntil(BackupScope::kIncremental, 4), Status(Error::kTermInProgress));
  ASSERT_EQ(BackUpUntil(BackupScope::kFull, 2), Status(Error::kTermInProgress));
  EXPECT_FALSE(*files_.Exists(kUnfinished));
  EXPECT_FALSE(*files_.Exists("/set/.000002-full.unfinished/data.edb.lz4"));
  ASSERT_EQ(BackUpToSet(model_.engine(), RequestOf(BackupScope::kDifferential)).status(),
            Status::Ok());
  ASSERT_EQ(BackUpToSet(model_.engine(), RequestOf(BackupScope::kFull)).status(), Status::Ok());
  EXPECT_TRUE(Verify(files_).empty());
  EXPECT_TRUE(Restored(2) == Now());
  EXPECT_TRUE(Restored(3) == Now());
  EXPECT_THAT(Names("/set/"),
              ElementsAre(".lock", "000001-full", "000002-differential", "000003-full"));
}

// The power goes at every write of an incremental backup.
TEST_F(SetResumeTest, AfterAnyPowerCutTheNextOneIsWhole) {
  ASSERT_EQ(BackUp(BackupScope::kFull).status(), Status::Ok());
  ASSERT_EQ(model_.Fill(0, 300, std::string(300, 'b')), Status::Ok());
  const Model expected = Now();
  ASSERT_EQ(model_.engine().Terminate(TerminateMode::kComplete), Status::Ok());
  const test::DiskImage image = files_.Current();
  bool completed = false;
  for (uint64_t point = 0; !completed; point += 3) {
    test::SimulatedFileSystem machine(image);
    {
      test::ModelInstance model(machine, DiscardEvents());
      ASSERT_EQ(model.Start(), Status::Ok());
      ASSERT_EQ(model.Attach(), Status::Ok());
      machine.CrashAfter(point);
      completed = BackUpToSet(model.engine(), RequestOf(BackupScope::kDifferential)).ok() &&
                  !machine.power_gone();
      model.engine().Terminate(TerminateMode::kCrash).Ignore();
    }
    test::SimulatedFileSystem after(machine.Crash(test::CrashPolicy::kMixed, point));
    EXPECT_TRUE(Verify(after).empty()) << point;
    test::ModelInstance model(after, DiscardEvents());
    ASSERT_EQ(model.Start(), Status::Ok()) << point;
    ASSERT_EQ(model.Attach(), Status::Ok()) << point;
    ASSERT_EQ(BackUpToSet(model.engine(), RequestOf(BackupScope::kDifferential)).status(),
              Status::Ok())
        << point;
    ASSERT_EQ(model.engine().Terminate(TerminateMode::kComplete), Status::Ok());
    EXPECT_TRUE(Verify(after).empty()) << point;
    const std::vector<std::string> names = *after.List(kSet);
    for (const std::string& name : names) {
      EXPECT_FALSE(IsUnfinishedFolderName(name)) << point;
    }
    ASSERT_EQ(RestoreSet(after, DiscardEvents(), RestoreTo("/to/")).status(), Status::Ok())
        << point;
    test::ModelInstance copy(after, DiscardEvents(), test::ModelInstance::SmallOptions("/to/"));
    ASSERT_EQ(copy.Start(), Status::Ok());
    ASSERT_EQ(copy.Attach("/to/data.edb"), Status::Ok());
    const auto contents = copy.Contents("/to/data.edb");
    ASSERT_TRUE(contents.ok());
    EXPECT_TRUE(*contents == expected) << point;
    ASSERT_EQ(copy.engine().Terminate(TerminateMode::kComplete), Status::Ok());
  }
}

}  // namespace
}  // namespace contrail
