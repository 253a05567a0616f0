// Clients that read several files at once, from several threads, and one that stops reading: the
// engine goes on, and says how much log it keeps for them.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "backup/backup_session.h"
#include "backup/snapshot_session.h"
#include "tests/support/backup_client.h"
#include "tests/support/backup_fixture.h"
#include "tests/support/manual_timers.h"
#include "tests/support/model_instance.h"
#include "tests/support/recording.h"
#include "tests/support/simulated_file_system.h"

namespace contrail::test {
namespace {

namespace fs = std::filesystem;

// Three databases, each read by a thread of its own with its own size of buffer while rows are
// written; then the logs, all at once.
TEST(ParallelClientTest, ManyFilesOnManyThreads) {
  const JetFolder folder, set, work;
  auto database = std::make_unique<JetDatabase>(folder, JetOptions{.log_kibibytes = 128});
  database->CreateRows("rows");
  const JET_INSTANCE instance = database->instance();
  for (const char* name : {"second.edb", "third.edb"}) {
    JET_DBID id = 0;
    ASSERT_JET_OK(
        JetCreateDatabaseA(database->session(), (folder / name).c_str(), nullptr, &id, 0));
  }
  ASSERT_JET_OK(AddRows(database->session(), database->id(), 0, 300));
  ASSERT_JET_OK(JetBeginExternalBackupInstance(instance, 0));
  const auto copy_all = [&](const std::vector<std::string>& paths) {
    std::vector<std::thread> readers;
    for (const std::string& path : paths) {
      readers.emplace_back(
          [&, path] { EXPECT_JET_OK(CopyBackupFile(instance, path, set / NameOfPath(path))); });
    }
    return readers;
  };
  const std::vector<std::string> databases = AttachedPaths(instance);
  ASSERT_EQ(databases.size(), 3u);
  std::vector<std::thread> readers = copy_all(databases);
  for (int32_t i = 3; i < 10; ++i) {
    ASSERT_JET_OK(AddRows(database->session(), database->id(), i * 100, 100));
  }
  for (std::thread& reader : readers) reader.join();
  const std::vector<std::string> logs = LogPaths(instance);
  EXPECT_GT(logs.size(), 1u);
  for (std::thread& reader : copy_all(logs)) reader.join();
  ASSERT_JET_OK(JetTruncateLogInstance(instance));
  ASSERT_JET_OK(JetEndExternalBackupInstance(instance));
  database.reset();

  std::vector<std::string> to;
  std::vector<JET_RSTMAP_A> map;
  for (const std::string& path : databases) to.push_back(set / NameOfPath(path));
  for (size_t i = 0; i < to.size(); ++i) {
    map.push_back({const_cast<char*>(databases[i].c_str()), to[i].data()});
  }
  std::string place = work.path(), source = set.path();
  ASSERT_JET_OK(
      JetExternalRestoreA(place.data(), place.data(), map.data(), 3, source.data(), 0, 0, nullptr));
  for (const std::string& log : ArchivedLogs(set.path())) fs::remove(log);
  const JetDatabase restored(set);
  EXPECT_EQ(CountRows(restored.session(), restored.id()), 1000);
}

// Time stands for the log that is written meanwhile: no thread of the engine waits for the client.
class StalledClientTest : public testing::Test {
 protected:
  static InstanceOptions Options(uint64_t most_held) {
    InstanceOptions options = ModelInstance::SmallOptions("/db/");
    options.circular_logging = true;
    options.most_held_log_bytes = most_held;
    return options;
  }
  void Start(const InstanceOptions& options) {
    model_ = std::make_unique<ModelInstance>(files_, events_, options);
    ASSERT_EQ(model_->Start(), Status::Ok());
    ASSERT_EQ(model_->Create(), Status::Ok());
    ASSERT_EQ(model_->Fill(0, 100, std::string(500, 'a')), Status::Ok());
    session_ = BackupSession::Of(model_->engine());
  }
  // Starts a backup and reads a part of the database.
  void Stall(uint64_t most_held) {
    Start(Options(most_held));
    ASSERT_EQ(session_->Begin(BackupKind::kFull), Status::Ok());
    const auto opened = session_->OpenFile(ModelInstance::kDatabase);
    ASSERT_EQ(opened.status(), Status::Ok());
    handle_ = opened->handle;
    ASSERT_EQ(Read().status(), Status::Ok());
  }
  Result<size_t> Read() { return session_->ReadFile(handle_, buffer_); }
  // Log of many generations.
  void Work(int rounds) {
    for (int i = 0; i < rounds; ++i) {
      ASSERT_EQ(model_->Fill(0, 100, std::string(500, static_cast<char>('a' + i % 26))),
                Status::Ok());
      ASSERT_EQ(model_->engine().RunMaintenance(), Status::Ok());
    }
  }
  size_t Count(uint32_t id) const {
    const std::vector<Event> events = events_.events();
    return static_cast<size_t>(std::count_if(events.begin(), events.end(),
                                             [id](const Event& event) { return event.id == id; }));
  }
  size_t Logs() {
    const auto names = files_.List("/db");
    size_t logs = 0;
    for (const std::string& name : *names) logs += GenerationOfFileName("edb", name) != 0;
    return logs;
  }

  SimulatedFileSystem files_;
  RecordingEvents events_;
  std::unique_ptr<ModelInstance> model_;
  std::shared_ptr<BackupSession> session_;
  BackupHandle handle_ = 0;
  std::vector<std::byte> buffer_ = std::vector<std::byte>(16 << 10);
};

TEST_F(StalledClientTest, TheEngineGoesOnAndTheBackupIsGood) {
  Stall(0);
  Work(60);
  const size_t held = Logs();
  EXPECT_GT(held, 10u);
  size_t read = 0;
  do {
    const auto piece = Read();
    ASSERT_EQ(piece.status(), Status::Ok());
    read = *piece;
  } while (read > 0);
  ASSERT_EQ(session_->CloseFile(handle_), Status::Ok());
  const auto logs = session_->LogInfo();
  ASSERT_EQ(logs.status(), Status::Ok());
  // All of them belong to the backup.
  EXPECT_GE(logs->paths.size(), held);
  ASSERT_EQ(session_->End(BackupEnd::kNormal, false), Status::Ok());
  // With the backup goes the reason to keep them.
  Work(3);
  EXPECT_LT(Logs(), 6u);
}

TEST_F(StalledClientTest, WhatItHoldsIsTold) {
  const uint64_t generation = Options(0).log_generation_bytes;
  Stall(64 * generation);
  Work(3);
  EXPECT_EQ(events_.Last(901).id, 0u);
  for (int i = 0; i < 100 && events_.Last(901).id == 0; ++i) Work(1);
  EXPECT_GE(Logs(), 30u);
  EXPECT_EQ(events_.Last(901).file, "/db/");
  EXPECT_NE(events_.Last(901).text.find(" 4 MiB"), std::string::npos) << events_.Last(901).text;
  EXPECT_EQ(events_.Last(902).id, 0u);
}

// More than it may hold: the backup is over, its logs go, and its client hears of it.
TEST_F(StalledClientTest, ItMayNotHoldAnyAmount) {
  const uint64_t generation = Options(0).log_generation_bytes;
  Stall(10 * generation);
  Work(30);
  EXPECT_EQ(events_.Last(902).id, 902u);
  EXPECT_LT(Logs(), 12u);
  EXPECT_EQ(Read().status(), Status(Error::kBackupAbortByServer));
  EXPECT_EQ(session_->End(BackupEnd::kNormal, false), Status(Error::kBackupAbortByServer));
  // The next one begins anew.
  EXPECT_EQ(TakeBackup(model_->engine(), "/copy/").status(), Status::Ok());
}

TEST_F(StalledClientTest, WhatIsNotAMebibyteIsTold) {
  Stall(4 * Options(0).log_generation_bytes);
  Work(30);
  ASSERT_GE(Count(901), 1u);
  EXPECT_NE(events_.Last(901).text.find(" KiB"), std::string::npos) << events_.Last(901).text;
  EXPECT_EQ(Count(902), 1u);
}

// Its client has thawed it and gone away.
TEST_F(StalledClientTest, NorMayASnapshot) {
  Start(Options(10 * Options(0).log_generation_bytes));
  ManualTimers timers;
  const auto snapshot = std::make_shared<SnapshotSession>(
      SnapshotKind{}, /*continue_after_thaw=*/true, timers.Maker());
  ASSERT_EQ(snapshot->Add(model_->engine(), 1, "one", true), Status::Ok());
  ASSERT_EQ(snapshot->Freeze(absl::Seconds(70)), Status::Ok());
  ASSERT_EQ(snapshot->Thaw(), Status::Ok());
  Work(3);
  EXPECT_EQ(snapshot->state(), SnapshotState::kThawed);
  Work(30);
  EXPECT_EQ(Count(902), 1u);
  EXPECT_EQ(Count(2007), 1u);
  EXPECT_LT(Logs(), 12u);
  EXPECT_EQ(snapshot->state(), SnapshotState::kAborted);
  EXPECT_EQ(snapshot->End(), Status(Error::kOSSnapshotInvalidSequence));
  EXPECT_EQ(TakeBackup(model_->engine(), "/copy/").status(), Status::Ok());
}

// Its logs are elsewhere, and nobody deletes any here: there is nothing to tell.
TEST_F(StalledClientTest, ASurrogateHoldsNothing) {
  InstanceOptions options = Options(4 * Options(0).log_generation_bytes);
  options.circular_logging = false;
  Start(options);
  ASSERT_EQ(session_->BeginSurrogate(BackupKind::kFull, 1, 1), Status::Ok());
  Work(30);
  EXPECT_EQ(Count(901), 0u);
  EXPECT_EQ(Count(902), 0u);
  EXPECT_EQ(session_->EndSurrogate(BackupEnd::kNormal, false), Status::Ok());
}

}  // namespace
}  // namespace contrail::test
