// What tables held when they were backed up: recorded, and held against what a replay gives.
// Beside others who write: tests/backup/set_contents_load_test.cc.

#include <absl/synchronization/notification.h>
#include <gmock/gmock.h>

#include <thread>

#include "backup/backup_session.h"
#include "backup/set/backup_set_reader.h"
#include "backup/set/backup_set_writer.h"
#include "backup/set/set_folder.h"
#include "backup/set/verify_replay.h"
#include "tests/support/engine_under_test.h"
#include "tests/support/simulated_file_system.h"

namespace contrail {
namespace {

using test::EngineUnderTest;
using test::LedgerSession;

constexpr char kSet[] = "/set/";

class SetContentsTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(engine_.Start(), Status::Ok());
    ASSERT_EQ(engine_.CreateLedger(), Status::Ok());
    LedgerSession session(engine_);
    ASSERT_EQ(session.open_status(), Status::Ok());
    ASSERT_EQ(session.Begin(), Status::Ok());
    for (int64_t id = 0; id < 200; ++id) {
      const std::string note(id % 20 == 0 ? 20'000 : 40, static_cast<char>('a' + id % 26));
      ASSERT_EQ(session.Insert(id, {static_cast<int32_t>(id), note}), Status::Ok());
    }
    ASSERT_EQ(session.Commit(), Status::Ok());
  }

  Result<SetBackupResult> BackUp(BackupScope kind) {
    SetBackupRequest request;
    request.set_folder = kSet;
    request.kind = kind;
    request.record_contents = true;
    return BackUpToSet(engine_.instance(), request);
  }
  ReplayVerification Replay(uint32_t number) {
    RestoreSetRequest request;
    request.set_folder = kSet;
    request.to = "/scratch" + std::to_string(++scratches_) + "/";
    request.number = number;
    request.background_threads = false;
    const auto result = VerifyByReplay(files_, events_, request);
    EXPECT_EQ(result.status(), Status::Ok());
    return result.ok() ? *result : ReplayVerification();
  }
  test::SimulatedFileSystem files_;
  test::RecordingEvents events_;
  EngineUnderTest engine_{files_, EngineUnderTest::SmallOptions("/db/")};
  int scratches_ = 0;
};

// What makes the hashes exact: where the logs of a backup end nobody can commit.
TEST_F(SetContentsTest, NothingCommitsWhereTheLogsEnd) {
  absl::Notification reached;
  absl::Notification committed;
  std::thread writer([&] {
    LedgerSession session(engine_);
    ASSERT_EQ(session.Begin(), Status::Ok());
    ASSERT_EQ(session.Insert(1000, {1, "late"}), Status::Ok());
    reached.WaitForNotification();
    ASSERT_EQ(session.Commit(), Status::Ok());
    committed.Notify();
  });
  const auto session = BackupSession::Of(engine_.instance());
  ASSERT_EQ(session->Begin(BackupKind::kFull), Status::Ok());
  bool meanwhile = true;
  const auto logs = session->LogInfo([&] {
    reached.Notify();
    meanwhile = committed.WaitForNotificationWithTimeout(absl::Milliseconds(300));
  });
  EXPECT_EQ(logs.status(), Status::Ok());
  EXPECT_FALSE(meanwhile);
  writer.join();
  EXPECT_EQ(session->End(BackupEnd::kAbort, false), Status::Ok());
}

TEST_F(SetContentsTest, OtherContentIsFound) {
  auto made = BackUp(BackupScope::kFull);
  ASSERT_EQ(made.status(), Status::Ok());
  EXPECT_EQ(made->manifest.contents.front().rows, 200u);
  // As if one row had been another when it was backed up.
  SetManifest changed = made->manifest;
  changed.contents.front().hash.front() ^= 1;
  const auto write = [&](const std::string& name, const std::string& text) {
    ASSERT_EQ(files_.Remove(made->folder + name), Status::Ok());
    ASSERT_EQ(WriteTextFile(files_, made->folder + name, text), Status::Ok());
  };
  write(kManifestName, changed.ToJson());
  write(kManifestHashName, HashText(changed.ToJson()) + "\n");
  const ReplayVerification replay = Replay(0);
  ASSERT_EQ(replay.faults.size(), 1u);
  EXPECT_THAT(replay.faults[0].what, testing::HasSubstr("Table ledger does not hold"));
}

TEST_F(SetContentsTest, TheHashTellsContents) {
  const auto first = BackUp(BackupScope::kFull);
  const auto same = BackUp(BackupScope::kCopy);
  ASSERT_TRUE(first.ok() && same.ok());
  EXPECT_EQ(first->manifest.contents, same->manifest.contents);
  {
    LedgerSession session(engine_);
    ASSERT_EQ(session.Begin(), Status::Ok());
    ASSERT_EQ(session.Replace(20, {20, std::string(19'999, 'u') + "v"}), Status::Ok());
    ASSERT_EQ(session.Commit(), Status::Ok());
  }
  const auto other = BackUp(BackupScope::kCopy);
  ASSERT_TRUE(other.ok());
  EXPECT_EQ(other->manifest.contents.front().rows, 200u);
  EXPECT_NE(other->manifest.contents, same->manifest.contents);
}

TEST_F(SetContentsTest, ABackupThatCannotBeRestoredIsAFault) {
  const auto made = BackUp(BackupScope::kFull);
  ASSERT_EQ(made.status(), Status::Ok());
  const std::string stored = made->folder + made->manifest.files.front().stored_name;
  const auto file = files_.Open(stored, {.mode = FileMode::kReadWrite});
  ASSERT_TRUE(file.ok());
  const std::byte wrong{0x5a};
  ASSERT_EQ((*file)->Write(*(*file)->Size() / 2, {&wrong, 1}), Status::Ok());
  const ReplayVerification replay = Replay(0);
  ASSERT_EQ(replay.faults.size(), 1u);
  EXPECT_EQ(replay.faults[0].status, Status(Error::kReadVerifyFailure));
}

}  // namespace
}  // namespace contrail
