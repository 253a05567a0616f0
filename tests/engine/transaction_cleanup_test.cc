// Cleanup goes on, whatever it finds.

#include <gtest/gtest.h>

#include "engine/event_ids.h"
#include "tests/support/transactions_under_test.h"

namespace contrail {
namespace {

using test::TestSession;
using test::ToBytes;
using test::TransactionsUnderTest;

void InsertAndDelete(TransactionsUnderTest& under_test, const Tree& tree, TestSession& session) {
  const VersionedTree versioned = under_test.Versioned(tree);
  ASSERT_EQ(session.transaction.Begin(false), Status::Ok());
  ASSERT_EQ(versioned.Insert(session.context, ToBytes("key"), ToBytes("data")), Status::Ok());
  ASSERT_EQ(session.transaction.Commit(CommitMode::kLazy), Status::Ok());
  ASSERT_EQ(session.transaction.Begin(false), Status::Ok());
  ASSERT_EQ(versioned.Delete(session.context, ToBytes("key")), Status::Ok());
}

TEST(TransactionCleanupTest, ATreeThatIsGoneHasNothingToErase) {
  TransactionsUnderTest under_test(4096);
  const auto writer = under_test.NewSession(), dropper = under_test.NewSession();
  const Tree tree = under_test.MakeTree(true), other = under_test.MakeTree(true);
  InsertAndDelete(under_test, tree, *writer);
  ASSERT_EQ(dropper->transaction.Begin(false), Status::Ok());
  ASSERT_EQ(DropVersionedTree(dropper->context, *under_test.manager, *under_test.database, 0,
                              tree.root(), tree.object_id()),
            Status::Ok());
  ASSERT_EQ(dropper->transaction.Commit(CommitMode::kLazy), Status::Ok());
  ASSERT_EQ(writer->transaction.Commit(CommitMode::kLazy), Status::Ok());
  InsertAndDelete(under_test, other, *writer);
  ASSERT_EQ(writer->transaction.Commit(CommitMode::kLazy), Status::Ok());
  EXPECT_EQ(under_test.manager->CleanUpAll(), Status::Ok());
  EXPECT_EQ(under_test.manager->version_count(), 0u);
  EXPECT_EQ(other.Measure()->nodes, 0u);
  EXPECT_EQ(under_test.events.Last(event_id::kCleanupGivenUp).id, 0u);
}

TEST(TransactionCleanupTest, WhatCannotBeDoneHoldsNobodyUp) {
  TransactionsUnderTest under_test(4096);
  const auto session = under_test.NewSession();
  const Tree tree = under_test.MakeTree(true);
  // A tree that is not where it should be, as in a damaged file.
  ASSERT_EQ(session->transaction.Begin(false), Status::Ok());
  ASSERT_EQ(DropVersionedTree(session->context, *under_test.manager, *under_test.database, 0,
                              PageNumber{1} << 20, ObjectId{1} << 20),
            Status::Ok());
  ASSERT_EQ(session->transaction.Commit(CommitMode::kLazy), Status::Ok());
  InsertAndDelete(under_test, tree, *session);
  ASSERT_EQ(session->transaction.Commit(CommitMode::kLazy), Status::Ok());
  // In small portions it is tried again a few times first.
  for (int round = 0; round < 4; ++round) under_test.manager->CleanUp(1000).status().Ignore();
  EXPECT_EQ(under_test.manager->version_count(), 0u);
  EXPECT_EQ(tree.Measure()->nodes, 0u);
  EXPECT_NE(under_test.events.Last(event_id::kCleanupGivenUp).id, 0u);
}

}  // namespace
}  // namespace contrail
