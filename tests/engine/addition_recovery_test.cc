// Additions that a crash leaves without a commit are taken back exactly once, wherever the power
// goes in the rollback, and once more in the recovery.

#include <gtest/gtest.h>

#include <cstdio>

#include "tests/support/transactions_under_test.h"

namespace contrail {
namespace {

using test::CrashPolicy;
using test::DiskImage;
using test::TestCheckpoint;
using test::ToBytes;
using test::TransactionsUnderTest;

constexpr char kKey[] = "counter";
constexpr uint32_t kCommitted = 1007;

struct Crash {
  DiskImage image;
  TestCheckpoint checkpoint;
  Tree tree;
  bool complete = false;  // The power was still there at the end.
};

Status Add(const VersionedTree& tree, test::TestSession& session, uint32_t amount) {
  return tree.Add(session.context, ToBytes(kKey), {2, amount}, nullptr);
}

void WritePages(TransactionsUnderTest& under_test) {
  if (under_test.pool != nullptr) under_test.pool->WriteSome(kLgposMax, 8).status().Ignore();
}

// Two transactions with additions between each other's, one of them being rolled back; a third one
// has committed. The power goes after so many operations on the disk.
Crash RollBackUntil(uint64_t operations) {
  TransactionsUnderTest under_test(4096);
  const Tree tree = under_test.MakeTree(true);
  const VersionedTree versioned = under_test.Versioned(tree);
  const auto a = under_test.NewSession();
  const auto b = under_test.NewSession();
  const auto c = under_test.NewSession();
  EXPECT_TRUE(c->transaction.Begin(false).ok());
  const std::string seven("..\x07\0\0\0", 6);
  EXPECT_TRUE(versioned.Insert(c->context, ToBytes(kKey), ToBytes(seven)).ok());
  EXPECT_TRUE(c->transaction.Commit(CommitMode::kDurable).ok());
  const TestCheckpoint checkpoint = under_test.TakeCheckpoint();
  for (test::TestSession* session : {a.get(), b.get(), c.get()}) {
    EXPECT_TRUE(session->transaction.Begin(false).ok());
  }
  for (uint32_t i = 1; i <= 4; ++i) {
    EXPECT_TRUE(Add(versioned, *a, i * 10'000).ok());
    EXPECT_TRUE(Add(versioned, *b, ~i).ok());
    if (i == 2) {
      EXPECT_TRUE(Add(versioned, *c, 1000).ok());
    }
  }
  EXPECT_TRUE(c->transaction.Commit(CommitMode::kDurable).ok());
  under_test.disk.CrashAfter(operations);
  WritePages(under_test);
  a->transaction.Rollback().Ignore();
  under_test.log->EnsureDurable().Ignore();
  WritePages(under_test);
  const bool complete = !under_test.disk.power_gone();
  return {under_test.disk.Crash(static_cast<CrashPolicy>(operations % 4), operations), checkpoint,
          tree, complete};
}

void ExpectCommitted(const Crash& crash) {
  TransactionsUnderTest recovered(crash.image, crash.checkpoint);
  ASSERT_TRUE(recovered.status.ok()) << recovered.status.number();
  const VersionedTree tree = recovered.Versioned(
      Tree(*recovered.database, crash.tree.root(), crash.tree.object_id(), true));
  const auto session = recovered.NewSession();
  std::vector<std::byte> data;
  ASSERT_TRUE(tree.Get(session->context, ToBytes(kKey), &data).ok());
  ASSERT_EQ(data.size(), 6u);
  EXPECT_EQ(LoadLittle<uint32_t>(data.data() + 2), kCommitted);
}

TEST(AdditionRecoveryTest, ThePowerGoesAnywhereInTheRollbackAndInTheRecovery) {
  int crashes = 0;
  bool complete = false;
  for (uint64_t first = 0; !complete; ++first) {
    SCOPED_TRACE("rollback ends after " + std::to_string(first) + " operations");
    Crash crash = RollBackUntil(first);
    complete = crash.complete;
    ExpectCommitted(crash);
    bool recovered = false;
    for (uint64_t second = 0; !recovered; ++second, ++crashes) {
      SCOPED_TRACE("recovery ends after " + std::to_string(second) + " operations");
      TransactionsUnderTest interrupted(crash.image, crash.checkpoint, second);
      WritePages(interrupted);
      if (interrupted.log != nullptr) interrupted.log->EnsureDurable().Ignore();
      WritePages(interrupted);
      recovered = !interrupted.disk.power_gone();
      const DiskImage image =
          interrupted.disk.Crash(static_cast<CrashPolicy>((first + second) % 4), second);
      ExpectCommitted({image, crash.checkpoint, crash.tree});
      if (HasFailure()) return;
    }
  }
  std::printf("%d crashes in recovery\n", crashes);
  EXPECT_GT(crashes, 50);
}

}  // namespace
}  // namespace contrail
