// Chains of a full backup and incrementals whose logs cross growth, detaching, clean restarts and
// crashes, in random order; every backup of the chain is restored and compared with what there was.

#include <gtest/gtest.h>

#include <random>

#include "backup/restore.h"
#include "tests/support/backup_client.h"
#include "tests/support/model_instance.h"
#include "tests/support/recording.h"
#include "tests/support/simulated_file_system.h"

namespace contrail {
namespace {

using test::Model;
using test::ModelInstance;
using test::SimulatedFileSystem;
using test::TakenBackup;

constexpr char kChain[] = "/chain/";
constexpr char kCopiedDatabase[] = "/chain/data.edb";

class BackupChainTest : public testing::Test {
 protected:
  void Begin() {
    model_ = std::make_unique<ModelInstance>(files_, events_);
    ASSERT_EQ(model_->Start(), Status::Ok());
    ASSERT_EQ(model_->Create(), Status::Ok());
    ASSERT_EQ(model_->Fill(0, 200, std::string(300, 'a')), Status::Ok());
  }
  void Restart(TerminateMode mode) {
    ASSERT_EQ(model_->engine().Terminate(mode), Status::Ok());
    model_ = std::make_unique<ModelInstance>(files_, events_);
    ASSERT_EQ(model_->Start(), Status::Ok());
    ASSERT_EQ(model_->Attach(), Status::Ok());
  }
  void Reattach() {
    ASSERT_EQ(model_->engine().DetachDatabase(ModelInstance::kDatabase), Status::Ok());
    ASSERT_EQ(model_->Attach(), Status::Ok());
  }
  // Beyond what a new database has.
  void Grow(int first) {
    ASSERT_EQ(model_->Fill(first, 1000, std::string(1500, 'g')), Status::Ok());
  }
  void BackUp(BackupKind kind) {
    const Result<Model> contents = model_->Contents();
    ASSERT_EQ(contents.status(), Status::Ok());
    expected_ = *contents;
    const Result<TakenBackup> taken = test::TakeBackup(model_->engine(), kChain, {.kind = kind});
    ASSERT_EQ(taken.status(), Status::Ok());
    if (kind == BackupKind::kFull) {
      chain_ = *taken;
    } else {
      chain_.generation_high = taken->generation_high;
    }
  }
  // Restores the chain on a disk of its own.
  void ExpectRestorable() {
    SimulatedFileSystem disk(files_.Current());
    ASSERT_EQ(Restore(disk, events_, test::RestoreIn(kChain, chain_)).status(), Status::Ok());
    ModelInstance copy(disk, events_, ModelInstance::SmallOptions(kChain));
    ASSERT_EQ(copy.Start(), Status::Ok());
    ASSERT_EQ(copy.Attach(kCopiedDatabase), Status::Ok());
    const Result<Model> contents = copy.Contents(kCopiedDatabase);
    ASSERT_EQ(contents.status(), Status::Ok());
    EXPECT_TRUE(*contents == expected_);
    ASSERT_EQ(copy.engine().Terminate(TerminateMode::kComplete), Status::Ok());
  }

  SimulatedFileSystem files_;
  test::RecordingEvents events_;
  std::unique_ptr<ModelInstance> model_;
  TakenBackup chain_;
  Model expected_;
};

TEST_F(BackupChainTest, CrossesACleanRestartAfterGrowth) {
  Begin();
  BackUp(BackupKind::kFull);
  Grow(1000);
  Restart(TerminateMode::kComplete);
  Grow(2000);
  BackUp(BackupKind::kIncremental);
  ExpectRestorable();
}

TEST_F(BackupChainTest, CrossesADetachAfterGrowth) {
  Begin();
  BackUp(BackupKind::kFull);
  Grow(1000);
  Reattach();
  BackUp(BackupKind::kIncremental);
  ExpectRestorable();
}

TEST_F(BackupChainTest, CrossesWhateverHappens) {
  constexpr uint64_t kSeed = 20261122;
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  std::mt19937_64 random(kSeed);
  Begin();
  BackUp(BackupKind::kFull);
  for (int step = 0; step < 60 && !HasFatalFailure(); ++step) {
    SCOPED_TRACE(testing::Message() << "step " << step);
    const int place = static_cast<int>(random() % 2000);
    switch (random() % 8) {
      case 0:
        Grow(place);
        break;
      case 1:
        Reattach();
        break;
      case 2:
        Restart(TerminateMode::kComplete);
        break;
      case 3:
        Restart(TerminateMode::kCrash);
        break;
      case 4:
        ASSERT_EQ(model_->engine().RunMaintenance(), Status::Ok());
        break;
      case 5:
        BackUp(random() % 6 == 0 ? BackupKind::kFull : BackupKind::kIncremental);
        ExpectRestorable();
        break;
      default:
        ASSERT_EQ(model_->Fill(place, 40, std::string(random() % 900, 'c')), Status::Ok());
    }
  }
}

}  // namespace
}  // namespace contrail
