// What a snapshot's files are worth: the disk at the freeze recovers to everything that was
// committed before it. On a simulated disk, step by step.

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "backup/snapshot_session.h"
#include "log/log_files.h"
#include "tests/support/manual_timers.h"
#include "tests/support/model_instance.h"
#include "tests/support/recording.h"
#include "tests/support/simulated_file_system.h"

namespace contrail {
namespace {

using test::CrashPolicy;
using test::DiskImage;
using test::ManualTimers;
using test::Model;
using test::ModelInstance;
using test::SimulatedFileSystem;

constexpr char kSecond[] = "/db/second.edb";

class SnapshotImageTest : public testing::Test {
 protected:
  void SetUp() override { Begin(ModelInstance::SmallOptions()); }
  void Begin(InstanceOptions options) {
    model_.reset();
    files_ = std::make_unique<SimulatedFileSystem>();
    model_ = std::make_unique<ModelInstance>(*files_, events_, std::move(options));
    ASSERT_EQ(model_->Start(), Status::Ok());
    ASSERT_EQ(model_->Create(), Status::Ok());
    ASSERT_EQ(model_->Create(kSecond), Status::Ok());
    Write(0, 'a');
  }
  // Some of it reaches the pages in the files.
  void Write(int first, char letter) {
    ASSERT_EQ(model_->Fill(first, 300, std::string(900, letter)), Status::Ok());
    ASSERT_EQ(model_->Fill(first, 50, std::string(100, letter), kSecond), Status::Ok());
    ASSERT_EQ(model_->engine().RunMaintenance(), Status::Ok());
    ASSERT_EQ(model_->Fill(first + 300, 40, std::string(200, letter)), Status::Ok());
  }
  std::shared_ptr<SnapshotSession> Prepare(SnapshotKind kind) {
    auto session = std::make_shared<SnapshotSession>(kind, true, timers_.Maker());
    EXPECT_EQ(session->Add(model_->engine(), 7, "name", true), Status::Ok());
    return session;
  }
  struct Contents {
    Model first;
    Model second;
    friend bool operator==(const Contents&, const Contents&) = default;
  };
  static Contents ContentsOf(ModelInstance& model) {
    Contents contents;
    const Result<Model> first = model.Contents();
    const Result<Model> second = model.Contents(kSecond);
    EXPECT_EQ(first.status(), Status::Ok());
    EXPECT_EQ(second.status(), Status::Ok());
    if (first.ok()) contents.first = *first;
    if (second.ok()) contents.second = *second;
    return contents;
  }
  // Starts a machine with this disk.
  void ExpectRecovers(const DiskImage& image, const Contents& expected) {
    SimulatedFileSystem files(image);
    test::RecordingEvents events;
    ModelInstance recovered(files, events);
    ASSERT_EQ(recovered.Start(), Status::Ok());
    ASSERT_EQ(recovered.Attach(), Status::Ok());
    ASSERT_EQ(recovered.Attach(kSecond), Status::Ok());
    EXPECT_TRUE(ContentsOf(recovered) == expected);
    const DatabaseHeader header =
        recovered.engine().FindDatabase(ModelInstance::kDatabase)->database().header();
    EXPECT_EQ(header.current_full_backup.generation_low, 0u);
    ASSERT_EQ(recovered.engine().Terminate(TerminateMode::kComplete), Status::Ok());
  }
  DatabaseHeader Header(const char* path = ModelInstance::kDatabase) {
    return model_->engine().FindDatabase(path)->database().header();
  }

  test::RecordingEvents events_;
  ManualTimers timers_;
  std::unique_ptr<SimulatedFileSystem> files_;
  std::unique_ptr<ModelInstance> model_;
};

TEST_F(SnapshotImageTest, TheDiskAtTheFreezeHasAllThatWasCommitted) {
  Session open(model_->engine());
  ASSERT_EQ(open.transaction().Begin(false), Status::Ok());
  ASSERT_EQ(model_->PutUncommitted(open, "uncommitted", "x"), Status::Ok());
  {
    // A commit that nobody has waited for is one, too.
    Session lazy(model_->engine());
    ASSERT_EQ(lazy.transaction().Begin(false), Status::Ok());
    ASSERT_EQ(model_->PutUncommitted(lazy, "lazy", "y"), Status::Ok());
    ASSERT_EQ(lazy.transaction().Commit(CommitMode::kLazy), Status::Ok());
  }
  const Contents expected = ContentsOf(*model_);
  ASSERT_EQ(expected.first.count("lazy"), 1u);
  ASSERT_EQ(expected.first.count("uncommitted"), 0u);

  const auto session = Prepare({});
  ASSERT_EQ(session->Freeze(absl::Seconds(70)), Status::Ok());
  const uint64_t changes = files_->operations(test::kChangingOperations);
  // As a file system shows it, and as the disk below has it.
  const DiskImage image = files_->Current();
  ExpectRecovers(image, expected);
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE(seed);
    ExpectRecovers(files_->Crash(CrashPolicy::kDropUnsynced, seed), expected);
    ExpectRecovers(files_->Crash(CrashPolicy::kMixed, seed), expected);
  }
  // Reading goes on and nothing is written, whatever background work is asked for.
  EXPECT_TRUE(ContentsOf(*model_) == expected);
  EXPECT_EQ(model_->engine().RunMaintenance(), Status::Ok());
  EXPECT_EQ(model_->engine().transactions().CleanUp(SIZE_MAX).status(), Status::Ok());
  EXPECT_EQ(model_->engine().pool().WriteSome(kLgposMax, 1000).status(), Status::Ok());
  EXPECT_EQ(files_->operations(test::kChangingOperations), changes);
  ASSERT_EQ(session->Thaw(), Status::Ok());
  ASSERT_EQ(session->End(), Status::Ok());
  EXPECT_GT(files_->operations(test::kChangingOperations), changes);
  ASSERT_EQ(open.transaction().Rollback(), Status::Ok());
  Write(1000, 'z');
}

// What the holds of a freeze do not stop, the gate does: a transaction that had changed data before
// commits, and its record stays in memory until the thaw.
TEST_F(SnapshotImageTest, ACommitWaitsAtTheGate) {
  Session open(model_->engine());
  ASSERT_EQ(open.transaction().Begin(false), Status::Ok());
  ASSERT_EQ(model_->PutUncommitted(open, "late", "x"), Status::Ok());
  const Contents before = ContentsOf(*model_);
  const auto session = Prepare({});
  ASSERT_EQ(session->Freeze(absl::Seconds(70)), Status::Ok());
  const uint64_t changes = files_->operations(test::kChangingOperations);
  std::atomic<bool> committed{false};
  std::thread committer([&] {
    EXPECT_EQ(open.transaction().Commit(CommitMode::kDurable), Status::Ok());
    committed = true;
  });
  while (!committed && model_->engine().waiting_writes() == 0) std::this_thread::yield();
  EXPECT_FALSE(committed);
  EXPECT_EQ(files_->operations(test::kChangingOperations), changes);
  ExpectRecovers(files_->Current(), before);
  EXPECT_FALSE(committed);
  ASSERT_EQ(session->Thaw(), Status::Ok());
  committer.join();
  EXPECT_GT(files_->operations(test::kChangingOperations), changes);
  ASSERT_EQ(session->End(), Status::Ok());
}

// A flush of pages that nothing else has held back: not one byte of a file changes between the
// freeze and the thaw.
TEST_F(SnapshotImageTest, AFlushOfPagesWaitsAtTheGate) {
  Instance& engine = model_->engine();
  Write(2000, 'q');
  ASSERT_EQ(engine.log().EnsureDurable(), Status::Ok());
  engine.HoldWrites();
  engine.CloseWrites();
  engine.pool().ResumeWriting();
  const uint64_t changes = files_->operations(test::kChangingOperations);
  std::atomic<bool> written{false};
  std::thread flusher([&] {
    EXPECT_EQ(engine.pool().WriteSome(kLgposMax, 1000).status(), Status::Ok());
    written = true;
  });
  while (!written && engine.waiting_writes() == 0) std::this_thread::yield();
  EXPECT_FALSE(written);
  EXPECT_EQ(files_->operations(test::kChangingOperations), changes);
  engine.ResumeWrites();
  flusher.join();
  EXPECT_GT(files_->operations(test::kChangingOperations), changes);
}

TEST_F(SnapshotImageTest, EveryDatabaseIsStamped) {
  const auto session = Prepare({});
  ASSERT_EQ(session->Freeze(absl::Seconds(70)), Status::Ok());
  ASSERT_EQ(session->Thaw(), Status::Ok());
  ASSERT_EQ(Header().last_full_backup.generation_low, 0u);
  ASSERT_EQ(session->End(), Status::Ok());
  for (const char* path : {ModelInstance::kDatabase, kSecond}) {
    const DatabaseHeader header = Header(path);
    EXPECT_GT(header.last_full_backup.generation_low, 0u);
    EXPECT_EQ(header.last_full_backup.generation_high,
              model_->engine().log().CurrentGeneration() - 1);
    EXPECT_EQ(header.last_full_backup_type, BackupType::kOsSnapshot);
  }
}

TEST_F(SnapshotImageTest, IncrementalsGoOnFromAFull) {
  // Without a full one there is nothing to go on from.
  {
    const auto session = Prepare({.incremental = true});
    EXPECT_EQ(session->Freeze(absl::Seconds(70)), Status(Error::kMissingFullBackup));
    EXPECT_EQ(session->state(), SnapshotState::kPrepared);
    EXPECT_EQ(session->Freeze(absl::Seconds(70)), Status(Error::kOSSnapshotInvalidSequence));
  }
  auto session = Prepare({});
  ASSERT_EQ(session->Freeze(absl::Seconds(70)), Status::Ok());
  DiskImage image = files_->Current();
  ASSERT_EQ(session->Thaw(), Status::Ok());
  ASSERT_EQ(session->Truncate(std::nullopt, true), Status::Ok());
  ASSERT_EQ(session->End(), Status::Ok());

  for (int round = 1; round <= 3; ++round) {
    SCOPED_TRACE(round);
    Write(round * 1000, static_cast<char>('a' + round));
    const bool differential = round == 2;
    session = Prepare({.incremental = true, .copy = differential});
    const Contents expected = ContentsOf(*model_);
    ASSERT_EQ(session->Freeze(absl::Seconds(70)), Status::Ok());
    const DiskImage frozen = files_->Current();
    ASSERT_EQ(session->Thaw(), Status::Ok());
    EXPECT_EQ(session->Truncate(std::nullopt, true),
              differential ? Status(Error::kOSSnapshotInvalidSequence) : Status::Ok());
    ASSERT_EQ(session->End(), Status::Ok());
    const BackupInfo stamp =
        differential ? Header().last_differential_backup : Header().last_incremental_backup;
    ASSERT_GT(stamp.generation_low, 0u);
    // The log files of the snapshot beside the image that there is, the last of them as the
    // current one: a log that ends for good.
    DiskImage restored = image;
    restored.files.erase("/db/" + PreparedLogFileName("edb"));
    for (uint32_t generation = stamp.generation_low; generation <= stamp.generation_high;
         ++generation) {
      const std::string path = "/db/" + LogFileName("edb", generation);
      ASSERT_EQ(frozen.files.count(path), 1u) << path;
      restored.files[path] = frozen.files.at(path);
    }
    const std::string last = "/db/" + LogFileName("edb", stamp.generation_high);
    restored.files["/db/" + CurrentLogFileName("edb")] = restored.files.at(last);
    restored.files.erase(last);
    ExpectRecovers(restored, expected);
    restored.files[last] = frozen.files.at(last);
    image = restored;
  }
}

TEST_F(SnapshotImageTest, CircularLogging) {
  InstanceOptions options = ModelInstance::SmallOptions();
  options.circular_logging = true;
  Begin(options);
  const uint32_t generation = model_->engine().log().CurrentGeneration();
  const Contents expected = ContentsOf(*model_);
  auto session = Prepare({});
  ASSERT_EQ(session->Freeze(absl::Seconds(70)), Status::Ok());
  EXPECT_EQ(model_->engine().log().CurrentGeneration(), generation);  // Goes on in its file.
  ExpectRecovers(files_->Current(), expected);
  ASSERT_EQ(session->Thaw(), Status::Ok());
  ASSERT_EQ(session->Truncate(std::nullopt, true), Status::Ok());
  EXPECT_NE(events_.Last(225).id, 0u);  // Nothing to delete.
  ASSERT_EQ(session->End(), Status::Ok());
  EXPECT_EQ(Header().last_full_backup.generation_high, generation);
  session = Prepare({.incremental = true});
  EXPECT_EQ(session->Freeze(absl::Seconds(70)), Status(Error::kInvalidBackup));
}

TEST_F(SnapshotImageTest, TruncatesWhatTheSnapshotHasMadeUnneeded) {
  const auto lowest = [this] {
    for (uint32_t generation = 1;; ++generation) {
      const Result<bool> exists = files_->Exists("/db/" + LogFileName("edb", generation));
      if (exists.ok() && *exists) return generation;
    }
  };
  ASSERT_EQ(lowest(), 1u);
  auto session = Prepare({});
  ASSERT_EQ(session->Freeze(absl::Seconds(70)), Status::Ok());
  const uint32_t checkpoint = model_->engine().checkpoint().generation;
  const uint32_t last = model_->engine().log().CurrentGeneration() - 1;
  ASSERT_EQ(session->Thaw(), Status::Ok());
  ASSERT_EQ(session->Truncate(std::nullopt, false), Status::Ok());  // Not all databases: nothing.
  EXPECT_EQ(lowest(), 1u);
  ASSERT_EQ(session->Truncate(std::nullopt, true), Status::Ok());  // The range is used up.
  EXPECT_EQ(lowest(), 1u);
  ASSERT_EQ(session->End(), Status::Ok());

  session = Prepare({});
  ASSERT_EQ(session->Freeze(absl::Seconds(70)), Status::Ok());
  ASSERT_EQ(session->Thaw(), Status::Ok());
  EXPECT_EQ(session->Truncate(uintptr_t{8}, true), Status(Error::kInvalidParameter));
  ASSERT_EQ(session->Truncate(uintptr_t{7}, true), Status::Ok());
  EXPECT_EQ(lowest(), 1u);  // They go with the end.
  ASSERT_EQ(session->End(), Status::Ok());
  EXPECT_EQ(events_.Last(224).id, 224u);
  EXPECT_GE(lowest(), std::min(checkpoint, last));
  EXPECT_LE(lowest(), model_->engine().checkpoint().generation);

  // Somebody else has deleted what a snapshot needs.
  Write(5000, 'q');
  session = Prepare({});
  ASSERT_EQ(session->Freeze(absl::Seconds(70)), Status::Ok());
  ASSERT_EQ(session->Thaw(), Status::Ok());
  for (uint32_t generation = 1; generation < model_->engine().log().CurrentGeneration();
       ++generation) {
    files_->Remove("/db/" + LogFileName("edb", generation)).Ignore();
  }
  Write(6000, 'r');
  ASSERT_EQ(model_->engine().log().ForceNewGeneration().status(), Status::Ok());
  EXPECT_EQ(session->Truncate(std::nullopt, true), Status(Error::kRequiredLogFilesMissing));
  ASSERT_EQ(session->End(), Status::Ok());
  ASSERT_EQ(files_->Remove("/db/" + LogFileName("edb", lowest())), Status::Ok());
  session = Prepare({.incremental = true});
  EXPECT_EQ(session->Freeze(absl::Seconds(70)), Status(Error::kMissingFileToBackup));
}

TEST_F(SnapshotImageTest, ACrashAfterTheEndKeepsTheStampsOfAllDatabases) {
  // Every operation of the end, cut off there: both databases have the stamp or none has.
  for (uint64_t cut = 0;; ++cut) {
    SCOPED_TRACE(cut);
    Begin(ModelInstance::SmallOptions());
    const auto session = Prepare({});
    ASSERT_EQ(session->Freeze(absl::Seconds(70)), Status::Ok());
    ASSERT_EQ(session->Thaw(), Status::Ok());
    files_->CrashAfter(cut);
    const Status ended = session->End();
    const bool whole = !files_->power_gone();
    SimulatedFileSystem after(files_->Crash(CrashPolicy::kDropUnsynced, cut + 1));
    if (whole) break;
    ModelInstance recovered(after, events_);
    ASSERT_EQ(recovered.Start(), Status::Ok());
    ASSERT_EQ(recovered.Attach(), Status::Ok());
    ASSERT_EQ(recovered.Attach(kSecond), Status::Ok());
    uint32_t stamped = 0;
    for (const char* path : {ModelInstance::kDatabase, kSecond}) {
      const DatabaseHeader header = recovered.engine().FindDatabase(path)->database().header();
      if (header.last_full_backup.generation_low == 0) continue;
      ++stamped;
      EXPECT_EQ(header.last_full_backup_type, BackupType::kOsSnapshot);
    }
    EXPECT_TRUE(stamped == 0 || stamped == 2) << stamped;
    if (ended.ok()) {
      EXPECT_EQ(stamped, 2u);
    }
    ASSERT_EQ(recovered.engine().Terminate(TerminateMode::kComplete), Status::Ok());
    model_->engine().Terminate(TerminateMode::kCrash).Ignore();  // The power is gone.
  }
}

}  // namespace
}  // namespace contrail
