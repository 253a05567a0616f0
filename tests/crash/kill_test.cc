// A process that writes is killed at a moment nobody chose, again and again over the same database;
// sometimes while it recovers. After every kill the database holds every acknowledged transaction,
// whole, and is sound. CONTRAIL_KILL_ROUNDS says how often; five times without it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <thread>

#include "engine/check/database_check.h"
#include "tests/support/package_index.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/shared_data.h"
#include "tools/demo/demo_writer.h"
#include "tools/demo/state_proof.h"
#include "tools/demo/writer_child.h"

namespace contrail::tool {
namespace {

constexpr int kUsualRounds = 5;

class KillTest : public ::testing::Test {
 protected:
  void SetUp() override {
    settings_.folder = folder_.path() / "live";
    settings_.cache_bytes = 8 << 20;
    settings_.log_kibibytes = 1024;
    child_options_.folder = settings_.folder;
    child_options_.outside = folder_.path();
    child_options_.set = folder_.path() / "set";
    child_options_.page_size = settings_.page_size;
    child_options_.log_kibibytes = settings_.log_kibibytes;
    child_options_.program = CONTRAIL_TOOL;
    Load();
  }

  void Load() {
    auto engine = JetEngine::Start(settings_);
    ASSERT_TRUE(engine.ok());
    auto session = JetSession::Open(**engine, Database(), true);
    ASSERT_TRUE(session.ok());
    ASSERT_TRUE(CreateDemoTables(**session).ok());
    const auto loaded = LoadPackages(**session, test::MakePackageIndex(300), [](uint64_t) {});
    ASSERT_TRUE(loaded.ok());
    child_options_.packages = loaded->packages;
    session->reset();
    ASSERT_TRUE((*engine)->Stop().ok());
  }

  std::string Database() const { return settings_.folder + "/" + kDemoDatabase; }

  int64_t Acknowledged() const {
    int64_t sum = 0;
    for (uint32_t writer = 0; writer < kWriters; ++writer) {
      sum += LastAcknowledged(folder_.path(), writer);
    }
    return sum;
  }

  void Spin(std::chrono::microseconds time) {
    const auto end = std::chrono::steady_clock::now() + time;
    while (std::chrono::steady_clock::now() < end) std::this_thread::yield();
  }

  // Lets the child commit a few transactions and kills it in the next.
  void WriteAndKill() {
    WriterChild child;
    ASSERT_TRUE(child.Start(child_options_).ok());
    const int64_t until = Acknowledged() + std::uniform_int_distribution<int64_t>(1, 150)(random_);
    const auto limit = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (Acknowledged() < until && std::chrono::steady_clock::now() < limit) {
      std::this_thread::yield();
    }
    ASSERT_GE(Acknowledged(), until) << "the writers do not get on";
    Spin(std::chrono::microseconds(std::uniform_int_distribution<int>(0, 3000)(random_)));
    child.Kill();
  }

  void KillWhileItStarts() {
    WriterChild child;
    ASSERT_TRUE(child.Spawn(child_options_).ok());
    Spin(std::chrono::microseconds(std::uniform_int_distribution<int>(0, 200'000)(random_)));
    child.Kill();
  }

  void RecoverAndProve() {
    std::vector<int64_t> acknowledged;
    for (uint32_t writer = 0; writer < kWriters; ++writer) {
      acknowledged.push_back(LastAcknowledged(folder_.path(), writer));
    }
    auto engine = JetEngine::Start(settings_);
    ASSERT_TRUE(engine.ok()) << "recovery gave " << engine.status().number();
    auto session = JetSession::Open(**engine, Database());
    ASSERT_TRUE(session.ok()) << session.status().number();
    const Result<StateProof> proof = ProveState(**session, child_options_.packages);
    ASSERT_TRUE(proof.ok()) << proof.status().number();
    EXPECT_THAT(proof->faults, ::testing::IsEmpty());
    for (uint32_t writer = 0; writer < kWriters; ++writer) {
      EXPECT_GE(proof->counters[writer], acknowledged[writer]) << "writer " << writer;
    }
    session->reset();
    ASSERT_TRUE((*engine)->Stop().ok());
    NoProgress progress;
    CheckReport report;
    ASSERT_TRUE(
        CheckDatabase(PosixFileSystem(), DiscardEvents(), Database(), {}, progress, &report).ok());
    for (const CheckFinding& finding : report.findings()) ADD_FAILURE() << finding.ToText();
  }

  test::ScratchFolder folder_;
  JetSettings settings_;
  WriterChildOptions child_options_;
  std::mt19937 random_;
};

TEST_F(KillTest, EveryAcknowledgedTransactionIsThereAndWhole) {
  const char* asked = std::getenv("CONTRAIL_KILL_ROUNDS");
  const int rounds = asked == nullptr ? kUsualRounds : std::atoi(asked);
  const uint32_t seed = std::random_device()();
  std::printf("seed %u, %d rounds\n", seed, rounds);
  random_.seed(seed);
  int kills = 0;
  for (int round = 1; round <= rounds && !HasFailure(); ++round, ++kills) {
    WriteAndKill();
    if (HasFatalFailure()) break;
    if (round % 3 == 0) {
      KillWhileItStarts();
      ++kills;
    }
    RecoverAndProve();
    if (HasFailure()) std::printf("in round %d\n", round);
  }
  std::printf("%d kills, %lld acknowledged transactions\n", kills,
              static_cast<long long>(Acknowledged()));
  if (HasFailure() || test::SharedFolder().empty()) return;
  const test::CommandResult theirs = test::RunEdbCheck({"check", Database()});
  EXPECT_EQ(theirs.exit_status, 0) << theirs.output;
}

}  // namespace
}  // namespace contrail::tool
