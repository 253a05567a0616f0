// A power cut at every operation of every kind of backup: afterwards the epoch is there with its
// deletion of logs, or neither is; what was restorable is; the next backup works.

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

constexpr char kFirst[] = "/first/";
constexpr char kSecond[] = "/second/";

struct Case {
  const char* name;
  BackupKind kind;
  bool truncate;
};

void PrintTo(const Case& kind, std::ostream* out) { *out << kind.name; }

// After a full backup, changes and a clean end.
class BackupKindsCrashTest : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    SimulatedFileSystem files;
    ModelInstance model(files, DiscardEvents());
    ASSERT_EQ(model.Start(), Status::Ok());
    ASSERT_EQ(model.Create(), Status::Ok());
    ASSERT_EQ(model.Fill(0, 40, std::string(300, 'a')), Status::Ok());
    const auto first = test::TakeBackup(model.engine(), kFirst);
    ASSERT_TRUE(first.ok());
    first_ = *first;
    const Result<Model> contents = model.Contents();
    ASSERT_TRUE(contents.ok());
    first_model_ = *contents;
    for (int i = 0; i < 2; ++i) {
      ASSERT_EQ(model.Fill(20 + 10 * i, 20, std::string(300, 'b')), Status::Ok());
      ASSERT_TRUE(model.engine().log().ForceNewGeneration().ok());
    }
    ASSERT_EQ(model.engine().Terminate(TerminateMode::kComplete), Status::Ok());
    start_ = files.Current();
    stamps_ = Stamps(Header(files));
    Rehearse();
  }

  // A run without a crash: what is in the backup, and what the end leaves.
  void Rehearse() {
    SimulatedFileSystem files(start_);
    ModelInstance model(files, DiscardEvents());
    ASSERT_EQ(Work(model, &second_), Status::Ok());
    new_stamps_ = Stamps(Header(files));
    lowest_ = LowestLog(files);
    const Result<Model> contents = model.Contents();
    ASSERT_TRUE(contents.ok());
    second_model_ = *contents;
    ASSERT_NE(new_stamps_, stamps_);
  }

  static DatabaseHeader Header(SimulatedFileSystem& files) {
    const auto file = files.Open(ModelInstance::kDatabase, {});
    return *ReadHeader(**file, DiscardEvents());
  }
  static std::vector<BackupInfo> Stamps(const DatabaseHeader& header) {
    std::vector<BackupInfo> stamps = {header.last_full_backup, header.last_incremental_backup,
                                      header.last_copy_backup, header.last_differential_backup};
    // Times and generations of two runs are the same, but for the clock.
    for (BackupInfo& stamp : stamps) stamp.time = {};
    return stamps;
  }
  static uint32_t LowestLog(SimulatedFileSystem& files) {
    const auto listing = ListLogFiles(files, DiscardEvents(), "/db", "edb");
    return listing->archived.empty() ? listing->current.generation
                                     : listing->archived.front().generation;
  }

  static Status Work(ModelInstance& model, TakenBackup* taken) {
    RETURN_IF_ERROR(model.Start());
    RETURN_IF_ERROR(model.Attach());
    FileSystem& files = model.engine().files();
    const bool full = GetParam().kind == BackupKind::kFull;
    const std::string folder = kSecond;
    RETURN_IF_ERROR(files.CreateDirectories(folder));
    const auto session = BackupSession::Of(model.engine());
    RETURN_IF_ERROR(session->Begin(GetParam().kind));
    if (full) {
      const std::string copy = folder + "data.edb";
      RETURN_IF_ERROR(test::CopyThrough(*session, files, ModelInstance::kDatabase, copy, nullptr,
                                        size_t{8} << 20));
      taken->databases.push_back({ModelInstance::kDatabase, copy});
    }
    RETURN_IF_ERROR(model.Fill(35, 10, "meanwhile"));
    ASSIGN_OR_RETURN(const LogFileList logs, session->LogInfo());
    taken->generation_low = logs.generation_low;
    taken->generation_high = logs.generation_high;
    for (const std::string& path : logs.paths) {
      RETURN_IF_ERROR(test::CopyThrough(*session, files, path, folder + path.substr(4), nullptr,
                                        size_t{8} << 20));
    }
    RETURN_IF_ERROR(files.SyncDirectory(folder));
    if (GetParam().truncate) RETURN_IF_ERROR(session->TruncateLog());
    return session->End(BackupEnd::kNormal, false);
  }

  void ExpectRestorable(const DiskImage& found, const std::string& folder,
                        const TakenBackup& backup, const Model& expected) {
    SimulatedFileSystem disk(found);
    ASSERT_EQ(Restore(disk, DiscardEvents(), test::RestoreIn(folder, backup)).status(),
              Status::Ok());
    ExpectContents(disk, folder, expected);
  }
  static void ExpectContents(SimulatedFileSystem& disk, const std::string& folder,
                             const Model& expected) {
    ModelInstance copy(disk, DiscardEvents(), ModelInstance::SmallOptions(folder));
    ASSERT_EQ(copy.Start(), Status::Ok());
    ASSERT_EQ(copy.Attach(folder + "data.edb"), Status::Ok());
    const Result<Model> contents = copy.Contents(folder + "data.edb");
    ASSERT_TRUE(contents.ok());
    EXPECT_TRUE(*contents == expected);
  }
  void MoveLogsToFirst(SimulatedFileSystem& disk) const {
    for (uint32_t generation = second_.generation_low; generation <= second_.generation_high;
         ++generation) {
      const std::string name = LogFileName("edb", generation);
      ASSERT_EQ(disk.Rename(kSecond + name, kFirst + name), Status::Ok());
    }
    ASSERT_EQ(disk.SyncDirectory(kFirst), Status::Ok());
  }
  void ExpectLastGoodRestorable(const DiskImage& found, bool in_force) {
    if (!in_force) return ExpectRestorable(found, kFirst, first_, first_model_);
    if (GetParam().kind == BackupKind::kFull) {
      return ExpectRestorable(found, kSecond, second_, second_model_);
    }
    SimulatedFileSystem disk(found);
    MoveLogsToFirst(disk);
    TakenBackup chain = first_;
    chain.generation_high = second_.generation_high;
    ExpectRestorable(disk.Current(), kFirst, chain, second_model_);
  }
  // The next one of the chain, and a restore of it.
  void ExpectNextBackupWorks(ModelInstance& model, SimulatedFileSystem& files) {
    ASSERT_EQ(model.Put("next", "backup"), Status::Ok());
    const Result<Model> contents = model.Contents();
    ASSERT_TRUE(contents.ok());
    ASSERT_EQ(test::TakeBackup(model.engine(), "/incremental/",
                               {.kind = BackupKind::kIncremental, .truncate = false})
                  .status(),
              Status::Ok());
    const auto next = test::TakeBackup(model.engine(), "/next/");
    ASSERT_EQ(next.status(), Status::Ok());
    ExpectRestorable(files.Current(), "/next/", *next, *contents);
  }

  DiskImage start_;
  TakenBackup first_;
  Model first_model_;
  std::vector<BackupInfo> stamps_;
  TakenBackup second_;
  Model second_model_;
  std::vector<BackupInfo> new_stamps_;
  uint32_t lowest_ = 0;  // Log that a finished run leaves.
};

TEST_P(BackupKindsCrashTest, TheEpochAndItsTruncationAreThereOrNeither) {
  SimulatedFileSystem untouched(start_);
  const uint32_t lowest_before = LowestLog(untouched);
  size_t number = 0;
  size_t old_epochs = 0;
  uint64_t points = 0;
  bool ended = false;
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
        points = point.operations;
        SimulatedFileSystem files(found);
        ModelInstance model(files, DiscardEvents());
        ASSERT_EQ(model.Start(), Status::Ok());
        ASSERT_EQ(model.Attach(), Status::Ok());
        const bool old = Stamps(Header(files)) == stamps_;
        old_epochs += old ? 1 : 0;
        if (!old) {
          EXPECT_EQ(Stamps(Header(files)), new_stamps_);
        }
        if (ended) {
          EXPECT_FALSE(old);
        }
        EXPECT_EQ(LowestLog(files), old ? lowest_before : lowest_);
        if (++number % 7 != 0) return;
        ExpectLastGoodRestorable(found, !old);
        ExpectNextBackupWorks(model, files);
      });
  std::printf("%s backup: %llu points, %zu images, %zu with the old epoch\n", GetParam().name,
              static_cast<unsigned long long>(points), images, old_epochs);
  EXPECT_GT(old_epochs, 0u);
  EXPECT_LT(old_epochs, images);
  if (GetParam().truncate) {
    EXPECT_LT(lowest_before, lowest_) << "there was nothing to delete";
  }
}

// The same for a restore of the newest state that the kind leads to.
TEST_P(BackupKindsCrashTest, ItsRestoreCanBeRepeated) {
  SimulatedFileSystem after(start_);
  ModelInstance model(after, DiscardEvents());
  TakenBackup taken;
  ASSERT_EQ(Work(model, &taken), Status::Ok());
  ASSERT_EQ(model.engine().Terminate(TerminateMode::kCrash), Status::Ok());
  std::string folder = kSecond;
  if (GetParam().kind == BackupKind::kIncremental) {
    folder = kFirst;
    MoveLogsToFirst(after);
    const uint32_t high = taken.generation_high;
    taken = first_;
    taken.generation_high = high;
  }
  const RestoreRequest request = test::RestoreIn(folder, taken);
  uint64_t points = 0;
  size_t number = 0;
  const std::vector<CrashPoint> outcomes = {{.policy = test::CrashPolicy::kDropUnsynced},
                                            {.policy = test::CrashPolicy::kTearLast, .seed = 1}};
  const size_t images = test::ForEachCrashPoint(
      after.Current(), outcomes,
      [&](SimulatedFileSystem& disk) {
        Restore(disk, DiscardEvents(), request).status().Ignore();  // The power goes.
      },
      [&](const DiskImage& found, const CrashPoint& point) {
        SCOPED_TRACE(point.Describe());
        points = point.operations;
        SimulatedFileSystem disk(found);
        const Status again = Restore(disk, DiscardEvents(), request).status();
        // It had come to its end before.
        if (!again.Is(Error::kRestoreOfNonBackupDatabase)) {
          ASSERT_EQ(again, Status::Ok());
        }
        if (++number % 3 == 0) ExpectContents(disk, folder, second_model_);
      });
  std::printf("restore of a %s backup: %llu points, %zu images\n", GetParam().name,
              static_cast<unsigned long long>(points), images);
  EXPECT_GT(images, 50u);
}

INSTANTIATE_TEST_SUITE_P(Kinds, BackupKindsCrashTest,
                         testing::Values(Case{"full", BackupKind::kFull, true},
                                         Case{"copy", BackupKind::kFull, false},
                                         Case{"incremental", BackupKind::kIncremental, true},
                                         Case{"differential", BackupKind::kIncremental, false}),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace contrail
