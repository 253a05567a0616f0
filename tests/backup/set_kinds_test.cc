// Chains of full, incremental, differential and copy backups.

#include <gmock/gmock.h>

#include "backup/set/restore_plan.h"
#include "backup/set/set_folder.h"
#include "tests/support/backup_set_fixture.h"

namespace contrail {
namespace {

using test::Model;
using test::ModelInstance;

class SetKindsTest : public test::BackupSetFixture {};

TEST_F(SetKindsTest, EveryKindComesBackAsItWas) {
  std::vector<Model> at;
  for (const BackupScope kind :
       {BackupScope::kFull, BackupScope::kIncremental, BackupScope::kDifferential,
        BackupScope::kCopy, BackupScope::kDifferential, BackupScope::kIncremental}) {
    ASSERT_EQ(model_.Fill(static_cast<int>(at.size()) * 40, 60, BackupKindName(kind)),
              Status::Ok());
    const Result<SetBackupResult> made = BackUpToSet(model_.engine(), RequestOf(kind));
    ASSERT_EQ(made.status(), Status::Ok()) << BackupKindName(kind);
    at.push_back(Now());
  }
  EXPECT_TRUE(Verify(files_).empty());
  const BackupSetReader set = Open(files_);
  std::vector<uint32_t> previous;
  for (const SetEntry& entry : set.entries()) previous.push_back(entry.manifest.previous_number);
  EXPECT_THAT(previous, testing::ElementsAre(0, 1, 2, 0, 2, 2));
  for (uint32_t number = 1; number <= at.size(); ++number) {
    EXPECT_TRUE(Restored(number) == at[number - 1]) << number;
  }
}

TEST_F(SetKindsTest, HeadersTellTheKinds) {
  ASSERT_EQ(BackUp(BackupScope::kFull).status(), Status::Ok());
  ASSERT_EQ(BackUp(BackupScope::kDifferential).status(), Status::Ok());
  ASSERT_EQ(BackUp(BackupScope::kCopy).status(), Status::Ok());
  ASSERT_EQ(BackUp(BackupScope::kIncremental).status(), Status::Ok());
  const DatabaseHeader header =
      model_.engine().FindDatabase(ModelInstance::kDatabase)->database().header();
  const BackupSetReader set = Open(files_);
  const auto high = [&](size_t index) { return set.entries()[index].manifest.generation_high; };
  EXPECT_EQ(header.last_full_backup.generation_high, high(0));
  EXPECT_EQ(header.last_copy_backup.generation_high, high(2));
  EXPECT_EQ(header.last_incremental_backup.generation_high, high(3));
}

// Logs stay for a differential backup and a copy, and what they held is in the next incremental.
TEST_F(SetKindsTest, OnlyTheChainLetsLogsGo) {
  ASSERT_EQ(BackUp(BackupScope::kFull).status(), Status::Ok());
  ASSERT_EQ(model_.Fill(0, 600, std::string(300, 'b')), Status::Ok());
  const auto first = BackUp(BackupScope::kDifferential);
  ASSERT_EQ(first.status(), Status::Ok());
  ASSERT_EQ(BackUp(BackupScope::kCopy).status(), Status::Ok());
  const auto second = BackUp(BackupScope::kIncremental);
  ASSERT_EQ(second.status(), Status::Ok());
  EXPECT_EQ(second->manifest.generation_low, first->manifest.generation_low);
  ASSERT_EQ(model_.Fill(0, 600, std::string(300, 'c')), Status::Ok());
  AttachedDatabase* database = model_.engine().FindDatabase(ModelInstance::kDatabase);
  ASSERT_EQ(database->database().pages().FlushAll(), Status::Ok());
  ASSERT_EQ(model_.engine().WriteCheckpointNow(), Status::Ok());
  ASSERT_EQ(BackUp(BackupScope::kIncremental).status(), Status::Ok());
  const auto third = BackUp(BackupScope::kDifferential);
  ASSERT_EQ(third.status(), Status::Ok());
  EXPECT_GT(third->manifest.generation_low, first->manifest.generation_low);
}

TEST_F(SetKindsTest, NothingGoesOnFromACopy) {
  ASSERT_EQ(BackUpToSet(model_.engine(), RequestOf(BackupScope::kCopy)).status(), Status::Ok());
  EXPECT_EQ(BackUp(BackupScope::kIncremental).status(), Status(Error::kMissingFullBackup));
  EXPECT_EQ(BackUp(BackupScope::kDifferential).status(), Status(Error::kMissingFullBackup));
  EXPECT_TRUE(Restored(0) == Now());
}

TEST_F(SetKindsTest, APlanSaysWhatARestoreWouldDo) {
  ASSERT_EQ(BackUp(BackupScope::kFull).status(), Status::Ok());
  ASSERT_EQ(BackUp(BackupScope::kIncremental).status(), Status::Ok());
  const uint64_t changes = files_.operations(test::kChangingOperations);
  const Result<RestorePlan> plan = PlanRestore(files_, events_, RestoreTo("/to/"));
  ASSERT_EQ(plan.status(), Status::Ok());
  EXPECT_THAT(plan->backups, testing::ElementsAre(1, 2));
  EXPECT_THAT(plan->databases, testing::ElementsAre("/to/data.edb"));
  EXPECT_TRUE(plan->objections.empty());
  const Result<RestorePlan> occupied = PlanRestore(files_, events_, RestoreTo("/db/"));
  ASSERT_EQ(occupied.status(), Status::Ok());
  EXPECT_FALSE(occupied->objections.empty());
  ASSERT_EQ(files_.Remove("/set/000001-full/data.edb.lz4"), Status::Ok());
  const Result<RestorePlan> incomplete = PlanRestore(files_, events_, RestoreTo("/to/"));
  ASSERT_EQ(incomplete.status(), Status::Ok());
  EXPECT_EQ(incomplete->objections.size(), 1u);
  EXPECT_EQ(files_.operations(test::kChangingOperations), changes + 1);
}

TEST(BackupFolderName, IsReadBack) {
  for (const char* name : {"full", "incremental", "copy", "differential"}) {
    const BackupScope kind = *BackupKindOfName(name);
    const auto parsed = ParseBackupFolderName(BackupFolderName(12, kind));
    ASSERT_TRUE(parsed.has_value());
    EXPECT_EQ(parsed->number, 12u);
    EXPECT_EQ(parsed->kind, kind);
    EXPECT_TRUE(IsUnfinishedFolderName(UnfinishedFolderName(12, kind)));
    EXPECT_TRUE(IsExpiredFolderName(ExpiredFolderName(12, kind)));
    EXPECT_FALSE(ParseBackupFolderName(UnfinishedFolderName(12, kind)).has_value());
  }
  for (const char* name :
       {"", "000001", "1-full", "000000-full", "000001-fully", "-000001-full", "000001-full/"}) {
    EXPECT_FALSE(ParseBackupFolderName(name).has_value()) << name;
  }
}

}  // namespace
}  // namespace contrail
