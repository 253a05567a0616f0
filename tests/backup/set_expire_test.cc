// Retention: what goes, what stays, and what an interruption leaves.

#include <gmock/gmock.h>

#include "backup/backup_events.h"
#include "backup/set/expire_set.h"
#include "backup/set/set_folder.h"
#include "tests/support/backup_set_fixture.h"

namespace contrail {
namespace {

using testing::ElementsAre;

class SetExpireTest : public test::BackupSetFixture {
 protected:
  // f i d c, in the order of their numbers.
  void Make(const std::string& kinds) {
    for (const char letter : kinds) {
      const BackupScope kind = letter == 'f'   ? BackupScope::kFull
                               : letter == 'i' ? BackupScope::kIncremental
                               : letter == 'd' ? BackupScope::kDifferential
                                               : BackupScope::kCopy;
      ASSERT_EQ(BackUp(kind).status(), Status::Ok()) << letter;
    }
  }
  static Result<ExpireResult> Expire(FileSystem& files, uint32_t keep, bool dry_run = false) {
    return ExpireBackups(files, DiscardEvents(),
                         {.set_folder = kSet, .keep_full = keep, .dry_run = dry_run});
  }
  static std::vector<uint32_t> NumbersOf(const ExpireResult& result) {
    std::vector<uint32_t> numbers;
    for (const ExpiredBackup& backup : result.expired) numbers.push_back(backup.number);
    return numbers;
  }
  static std::vector<uint32_t> Numbers(FileSystem& files) {
    std::vector<uint32_t> numbers;
    const BackupSetReader set = Open(files);
    for (const SetEntry& entry : set.entries()) numbers.push_back(entry.manifest.number);
    return numbers;
  }
  void Mark(uint32_t number) {
    ASSERT_TRUE(
        Open(files_).MarkDamaged({{number, "x", "Wrong.", Error::kReadVerifyFailure}}).ok());
  }
};

TEST_F(SetExpireTest, KeepsTheNewestFullBackupsAndWhatFollows) {
  Make("fidfcifd");
  const Result<ExpireResult> dry = Expire(files_, 2, /*dry_run=*/true);
  ASSERT_EQ(dry.status(), Status::Ok());
  EXPECT_THAT(NumbersOf(*dry), ElementsAre(1, 2, 3));
  EXPECT_EQ(dry->sound_full, 3u);
  EXPECT_THAT(Numbers(files_), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
  const Result<ExpireResult> done = Expire(files_, 2);
  ASSERT_EQ(done.status(), Status::Ok());
  EXPECT_THAT(NumbersOf(*done), ElementsAre(1, 2, 3));
  EXPECT_EQ(done->kept, 5u);
  EXPECT_THAT(Numbers(files_), ElementsAre(4, 5, 6, 7, 8));
  EXPECT_THAT(Names(kSet), testing::SizeIs(6));
  EXPECT_TRUE(Verify(files_).empty());
  ASSERT_EQ(Expire(files_, 1).status(), Status::Ok());
  EXPECT_THAT(Numbers(files_), ElementsAre(7, 8));
  // Numbers are not used again.
  Make("i");
  EXPECT_THAT(Numbers(files_), ElementsAre(7, 8, 9));
}

TEST_F(SetExpireTest, WithFewerSoundOnesNothingGoes) {
  Make("fif");
  ASSERT_EQ(Expire(files_, 3).status(), Status::Ok());
  EXPECT_THAT(Numbers(files_), ElementsAre(1, 2, 3));
  EXPECT_EQ(Expire(files_, 0).status(), Status(Error::kInvalidParameter));
}

TEST_F(SetExpireTest, DamagedOnesDoNotCount) {
  Make("fff");
  Mark(3);
  ASSERT_EQ(Expire(files_, 1).status(), Status::Ok());
  EXPECT_THAT(Numbers(files_), ElementsAre(2, 3));
  // One whose file is gone, or cut off, counts no more than one that is marked.
  Make("ff");
  ASSERT_EQ(files_.Remove("/set/000005-full/data.edb.lz4"), Status::Ok());
  ASSERT_EQ(
      (*files_.Open("/set/000004-full/data.edb.lz4", {.mode = FileMode::kReadWrite}))->Resize(100),
      Status::Ok());
  ASSERT_EQ(Expire(files_, 1).status(), Status::Ok());
  EXPECT_THAT(Numbers(files_), ElementsAre(2, 3, 4, 5));
  ASSERT_EQ(files_.Remove("/set/000002-full/manifest.json"), Status::Ok());
  ASSERT_EQ(Expire(files_, 1).status(), Status::Ok());
  EXPECT_THAT(Numbers(files_), ElementsAre(2, 3, 4, 5));
}

// Two folders backed up into one set: neither loses its backups to the other's.
TEST_F(SetExpireTest, EveryDatabaseKeepsItsBackups) {
  Make("ffi");
  test::ModelInstance other(files_, events_, test::ModelInstance::SmallOptions("/other/"));
  ASSERT_EQ(other.Start(), Status::Ok());
  ASSERT_EQ(other.Create("/other/data.edb"), Status::Ok());
  ASSERT_EQ(events_.Last(event_id::kBackupFails).text, "");
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(BackUpToSet(other.engine(), RequestOf(BackupScope::kFull)).status(), Status::Ok());
    if (i > 0) continue;
    EXPECT_EQ(events_.Last(event_id::kBackupFails).severity, Severity::kWarning);
    EXPECT_THAT(events_.Last(event_id::kBackupFails).text, testing::HasSubstr("other databases"));
  }
  ASSERT_EQ(Expire(files_, 2).status(), Status::Ok());
  EXPECT_THAT(Numbers(files_), ElementsAre(1, 2, 3, 5, 6));
  ASSERT_EQ(Expire(files_, 1).status(), Status::Ok());
  EXPECT_THAT(Numbers(files_), ElementsAre(2, 3, 6));
  EXPECT_FALSE(Restored(3).empty());
  ASSERT_EQ(other.engine().Terminate(TerminateMode::kComplete), Status::Ok());
}

// As file servers put into every folder.
TEST_F(SetExpireTest, FoldersInABackupGoWithIt) {
  Make("fff");
  const auto plant = [&](const std::string& folder) {
    ASSERT_EQ(files_.CreateDirectories(kSet + folder + "/@thumbs/deep/"), Status::Ok());
    ASSERT_EQ(WriteTextFile(files_, kSet + folder + "/@thumbs/deep/x", "x"), Status::Ok());
  };
  plant("000001-full");
  plant(".000004-full.unfinished");
  plant(".000009-full.expired");
  ASSERT_EQ(Expire(files_, 2).status(), Status::Ok());
  EXPECT_THAT(Numbers(files_), ElementsAre(2, 3));
  Make("f");
  EXPECT_THAT(Names(kSet), ElementsAre(".lock", "000002-full", "000003-full", "000004-full"));
}

TEST_F(SetExpireTest, DatabasesInABackupsFolderDoNotGoWithIt) {
  Make("fif");
  for (const char* foreign : {"000002-incremental/edb.log", "000002-incremental/x.edb",
                              "000001-full/data.edb", "000001-full/edb00001.log"}) {
    const std::string path = std::string(kSet) + foreign;
    ASSERT_EQ(WriteTextFile(files_, path, "x"), Status::Ok());
    for (const bool dry_run : {true, false}) {
      const Result<ExpireResult> result =
          ExpireBackups(files_, events_, {.set_folder = kSet, .keep_full = 1, .dry_run = dry_run});
      ASSERT_EQ(result.status(), Status::Ok());
      EXPECT_THAT(result->foreign, ElementsAre(path));
      EXPECT_EQ(events_.Last(event_id::kBackupFails).file, path);
      // What a backup that stays goes on from stays, too.
      const bool base_alone = path.starts_with("/set/000001");
      EXPECT_EQ(NumbersOf(*result),
                base_alone ? std::vector<uint32_t>{2} : std::vector<uint32_t>{});
      if (base_alone) break;  // One try is a dry run that takes nothing.
    }
    ASSERT_EQ(files_.Remove(path), Status::Ok());
  }
  ASSERT_EQ(Expire(files_, 1).status(), Status::Ok());
  EXPECT_THAT(Numbers(files_), ElementsAre(3));
}

TEST_F(SetExpireTest, NobodyWritesMeanwhile) {
  Make("ff");
  Status other;
  SetBackupRequest request = RequestOf(BackupScope::kFull);
  request.progress = [&](const SetProgress&) {
    other = Expire(files_, 1).status();
    return true;
  };
  ASSERT_EQ(BackUpToSet(model_.engine(), request).status(), Status::Ok());
  EXPECT_EQ(other, Status(Error::kFileAccessDenied));
}

// Wherever the power goes, every backup that is still there can be restored, and the next expiry
// ends what was begun.
TEST_F(SetExpireTest, AnInterruptionLeavesAGoodSet) {
  Make("fidff");
  const test::DiskImage image = files_.Current();
  uint64_t points = 0;
  for (;; ++points) {
    test::SimulatedFileSystem machine(image);
    machine.CrashAfter(points);
    const bool done = Expire(machine, 1).ok();
    if (done && !machine.power_gone()) break;
    for (const test::CrashPolicy policy :
         {test::CrashPolicy::kDropUnsynced, test::CrashPolicy::kKeepUnsynced,
          test::CrashPolicy::kMixed}) {
      test::SimulatedFileSystem after(machine.Crash(policy, points));
      EXPECT_TRUE(Verify(after).empty()) << points;
      ASSERT_EQ(Expire(after, 1).status(), Status::Ok()) << points;
      EXPECT_THAT(Numbers(after), ElementsAre(5)) << points;
      EXPECT_THAT(*after.List(kSet), ElementsAre(".lock", "000005-full")) << points;
    }
  }
  EXPECT_GT(points, 10u);
}

}  // namespace
}  // namespace contrail
