// Random sessions against a model of snapshot isolation; the same with crashes and recovery.

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/transaction_workload.h"

namespace contrail {
namespace {

using test::DiskImage;
using test::TestCheckpoint;
using test::TransactionsUnderTest;
using test::TransactionWorkload;

class TransactionModelTest : public ::testing::TestWithParam<uint32_t> {};

TEST_P(TransactionModelTest, SessionsSeeWhatTheModelSees) {
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    TransactionsUnderTest under_test(GetParam(), 4 << 20);
    const Tree tree = under_test.MakeTree(true);
    TransactionWorkload workload(under_test, tree, 4, seed, GetParam() / 8);
    for (int step = 0; step < 2500; ++step) {
      ASSERT_TRUE(workload.Step()) << "step " << step;
      if (step % 250 == 0) workload.CheckViews();
      if (HasFailure()) return;
    }
    workload.RollBackAll();
    workload.CheckViews();
    ASSERT_TRUE(under_test.manager->CleanUpAll().ok());
    EXPECT_EQ(under_test.manager->version_count(), 0u);
    EXPECT_EQ(under_test.manager->active_count(), 0u);
    const auto measured = tree.Measure();
    ASSERT_TRUE(measured.ok());
    EXPECT_EQ(measured->deleted_nodes, 0u);
    EXPECT_EQ(measured->nodes, workload.model().committed().size());
    workload.CheckViews();
  }
}

// What recovery finds must be the state after one of the commits from the last acknowledged one on.
void ExpectACommittedState(TransactionsUnderTest& recovered, const Tree& tree,
                           const TransactionWorkload& workload) {
  ASSERT_TRUE(recovered.status.ok()) << recovered.status.number();
  const auto session = recovered.NewSession();
  const auto nodes = test::AllNodes(
      recovered.Versioned(Tree(*recovered.database, tree.root(), tree.object_id(), true)),
      session->transaction);
  const test::SnapshotModel::Map found(nodes.begin(), nodes.end());
  const auto& history = workload.model().history();
  const auto first = history.begin() + static_cast<ptrdiff_t>(workload.durable_commits());
  EXPECT_NE(std::find(first, history.end(), found), history.end())
      << found.size() << " nodes are the state after no commit from " << workload.durable_commits()
      << " to " << history.size() - 1;
}

TEST_P(TransactionModelTest, RecoveryFindsACommittedState) {
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    TransactionsUnderTest under_test(GetParam(), 1 << 20);
    const Tree tree = under_test.MakeTree(true);
    TransactionWorkload workload(under_test, tree, 4, seed, GetParam() / 8);
    TestCheckpoint checkpoint = under_test.TakeCheckpoint();
    std::mt19937_64 random(seed);
    under_test.disk.CrashAfter(20 + random() % 400);
    for (int step = 0; step < 4000 && !under_test.disk.power_gone(); ++step) {
      if (!workload.Step()) break;
      if (step % 40 == 0) {
        under_test.pool->WriteSome(kLgposMax, 1 + random() % 8).status().Ignore();
      }
      if (step % 300 == 299) {
        const TestCheckpoint taken = under_test.TakeCheckpoint();
        if (!under_test.disk.power_gone()) checkpoint = taken;
      }
    }
    if (HasFailure()) return;
    const auto policy = static_cast<test::CrashPolicy>(seed % 4);
    DiskImage image = under_test.disk.Crash(policy, seed);
    // Crash in the middle of recovery, a few times, before letting it finish.
    for (uint64_t operations : {3u, 11u, 30u}) {
      TransactionsUnderTest interrupted(image, checkpoint, operations + seed);
      if (interrupted.pool != nullptr) {
        interrupted.pool->WriteSome(kLgposMax, 4).status().Ignore();
      }
      image = interrupted.disk.Crash(policy, seed + operations);
    }
    TransactionsUnderTest recovered(image, checkpoint);
    ExpectACommittedState(recovered, tree, workload);
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(PageSizes, TransactionModelTest, ::testing::Values(4096u, 16384u));

}  // namespace
}  // namespace contrail
