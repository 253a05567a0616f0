// Random sessions over one unique tree, step by step in one thread, compared with the model.

#pragma once

#include <random>

#include "tests/support/snapshot_model.h"
#include "tests/support/transactions_under_test.h"

namespace contrail::test {

class TransactionWorkload {
 public:
  TransactionWorkload(TransactionsUnderTest& under_test, const Tree& tree, size_t sessions,
                      uint64_t seed, size_t largest_data);

  // One random step of one random session; false when it and the model differ (a test failure has
  // been recorded), or when the disk has gone.
  bool Step();
  // Compares what every session sees with the model.
  void CheckViews();
  void RollBackAll();

  const SnapshotModel& model() const { return model_; }
  // Commits of model().history() that have been acknowledged as durable.
  size_t durable_commits() const { return durable_commits_; }
  void NoteAllDurable() { durable_commits_ = model_.history().size() - 1; }

 private:
  bool Change(size_t s);
  bool Add(size_t s, const std::string& key);
  bool Look(size_t s);
  bool Walk(size_t s);
  bool End(size_t s);
  bool Expect(Status status, SnapshotModel::Outcome outcome, const char* what,
              const std::string& key);
  std::string RandomKey();
  std::string RandomData();

  TransactionsUnderTest& under_test_;
  VersionedTree tree_;
  SnapshotModel model_;
  std::vector<std::unique_ptr<TestSession>> sessions_;
  std::mt19937_64 random_;
  size_t largest_data_;
  size_t durable_commits_ = 0;
};

}  // namespace contrail::test
