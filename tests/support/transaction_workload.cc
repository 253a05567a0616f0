#include "tests/support/transaction_workload.h"

#include <gtest/gtest.h>

namespace contrail::test {
namespace {

constexpr int kKeys = 120;

bool DiskGone(Status status) {
  return status.Is(Error::kDiskIO) || status.Is(Error::kLogWriteFail) ||
         status.Is(Error::kRollbackError) || status.Is(Error::kInstanceUnavailable);
}

}  // namespace

TransactionWorkload::TransactionWorkload(TransactionsUnderTest& under_test, const Tree& tree,
                                         size_t sessions, uint64_t seed, size_t largest_data)
    : under_test_(under_test),
      tree_(under_test.Versioned(tree)),
      model_(sessions),
      random_(seed),
      largest_data_(largest_data) {
  for (size_t i = 0; i < sessions; ++i) sessions_.push_back(under_test.NewSession());
}

std::string TransactionWorkload::RandomKey() {
  return "key" + std::to_string(1000 + random_() % kKeys);
}

std::string TransactionWorkload::RandomData() {
  // A number of four bytes to begin with.
  return std::string(4, static_cast<char>(random_() % 256)) +
         std::string(random_() % largest_data_, static_cast<char>('a' + random_() % 26)) +
         std::to_string(random_() % 1000);
}

bool TransactionWorkload::Step() {
  const size_t s = random_() % sessions_.size();
  const uint64_t dice = random_() % 100;
  if (dice < 55) return Change(s);
  if (dice < 70) return Look(s);
  if (dice < 72) return Walk(s);
  if (dice < 76) return under_test_.manager->CleanUp(5).ok() || under_test_.disk.power_gone();
  return End(s);
}

bool TransactionWorkload::Expect(Status status, SnapshotModel::Outcome outcome, const char* what,
                                 const std::string& key) {
  if (DiskGone(status)) return false;
  bool as_expected = false;
  switch (outcome) {
    case SnapshotModel::Outcome::kOk:
      as_expected = status.ok();
      break;
    case SnapshotModel::Outcome::kConflict:
      as_expected = status.Is(Error::kWriteConflict);
      break;
    case SnapshotModel::Outcome::kDuplicate:
      as_expected = status.Is(Error::kKeyDuplicate);
      break;
    case SnapshotModel::Outcome::kNotFound:
      as_expected = status.Is(Error::kRecordNotFound) || status.Is(Error::kRecordDeleted);
      break;
  }
  EXPECT_TRUE(as_expected) << what << " of " << key << ": " << status.number() << ", expected "
                           << static_cast<int>(outcome);
  return as_expected;
}

bool TransactionWorkload::Change(size_t s) {
  TestSession& session = *sessions_[s];
  if (!session.transaction.active()) {
    EXPECT_TRUE(session.transaction.Begin(false).ok());
    model_.Begin(s);
  }
  const std::string key = RandomKey();
  const std::string data = RandomData();
  switch (random_() % 11) {
    case 8:
    case 9:
    case 10:
      return Add(s, key);
    case 0:
      return Expect(tree_.Lock(session.context, ToBytes(key)), model_.Lock(s, key), "lock", key);
    case 1:
    case 2:
      return Expect(tree_.Delete(session.context, ToBytes(key)), model_.Delete(s, key), "delete",
                    key);
    case 3:
    case 4:
      return Expect(tree_.Replace(session.context, ToBytes(key), ToBytes(data)),
                    model_.Replace(s, key, data), "replace", key);
    default:
      return Expect(tree_.Insert(session.context, ToBytes(key), ToBytes(data)),
                    model_.Insert(s, key, data), "insert", key);
  }
}

bool TransactionWorkload::Add(size_t s, const std::string& key) {
  const auto amount = static_cast<uint32_t>(random_());
  uint32_t before = 0;
  const Status status = tree_.Add(sessions_[s]->context, ToBytes(key), {0, amount}, &before);
  const SnapshotModel::Outcome outcome = model_.Add(s, key, amount);
  if (!Expect(status, outcome, "add to", key)) return false;
  if (outcome != SnapshotModel::Outcome::kOk) return true;
  EXPECT_EQ(before + amount, model_.NumberInPage(s, key)) << key;
  return before + amount == model_.NumberInPage(s, key);
}

bool TransactionWorkload::Look(size_t s) {
  const std::string key = RandomKey();
  std::vector<std::byte> data;
  const Status status = tree_.Get(sessions_[s]->context, ToBytes(key), &data);
  if (DiskGone(status)) return false;
  const auto& view = model_.View(s);
  const auto found = view.find(key);
  if (found == view.end()) {
    EXPECT_TRUE(status.Is(Error::kRecordNotFound)) << key << ": " << status.number();
    return status.Is(Error::kRecordNotFound);
  }
  EXPECT_TRUE(status.ok()) << key << ": " << status.number();
  EXPECT_EQ(ToText(data), found->second);
  return status.ok() && ToText(data) == found->second;
}

// From a random key a few steps forward, then backward.
bool TransactionWorkload::Walk(size_t s) {
  VersionedCursor cursor(tree_, sessions_[s]->transaction);
  const std::string key = RandomKey();
  const auto& view = model_.View(s);
  auto expected = view.lower_bound(key);
  Status status = cursor.SeekAtLeast(ToBytes(key));
  for (int i = 0; i < 5 && status.ok() && expected != view.end(); ++i) {
    EXPECT_EQ(ToText(cursor.key()), expected->first);
    if (ToText(cursor.key()) != expected->first) return false;
    status = cursor.MoveNext();
    ++expected;
  }
  if (DiskGone(status)) return false;
  EXPECT_EQ(status.ok(), expected != view.end()) << "from " << key;
  if (status.ok() != (expected != view.end())) return false;
  while (expected != view.begin()) {
    --expected;
    status = cursor.MovePrevious();
    if (DiskGone(status)) return false;
    EXPECT_TRUE(status.ok());
    if (!status.ok() || ToText(cursor.key()) != expected->first) {
      EXPECT_EQ(ToText(cursor.key()), expected->first);
      return false;
    }
  }
  return true;
}

bool TransactionWorkload::End(size_t s) {
  Transaction& transaction = sessions_[s]->transaction;
  const uint64_t dice = random_() % 10;
  if (!transaction.active() || (dice < 3 && transaction.level() < kMaxTransactionLevel)) {
    EXPECT_TRUE(transaction.Begin(false).ok());
    model_.Begin(s);
    return true;
  }
  if (dice < 6) {
    const Status status = transaction.Rollback();
    if (DiskGone(status)) return false;
    EXPECT_TRUE(status.ok()) << status.number();
    model_.Rollback(s);
    return status.ok();
  }
  const bool durable = random_() % 3 == 0;
  const Status status = transaction.Commit(durable ? CommitMode::kDurable : CommitMode::kLazy);
  // A commit that failed may be in the log all the same, if it got that far.
  if (status.ok() || !transaction.active()) {
    const bool visible = model_.Commit(s);
    if (status.ok() && visible && durable) NoteAllDurable();
  }
  if (DiskGone(status)) return false;
  EXPECT_TRUE(status.ok()) << status.number();
  return status.ok();
}

void TransactionWorkload::CheckViews() {
  for (size_t s = 0; s < sessions_.size(); ++s) {
    const auto nodes = AllNodes(tree_, sessions_[s]->transaction);
    const auto& view = model_.View(s);
    const std::vector<std::pair<std::string, std::string>> expected(view.begin(), view.end());
    EXPECT_EQ(nodes, expected) << "session " << s;
  }
}

void TransactionWorkload::RollBackAll() {
  for (size_t s = 0; s < sessions_.size(); ++s) {
    while (sessions_[s]->transaction.active()) {
      EXPECT_TRUE(sessions_[s]->transaction.Rollback().ok());
      model_.Rollback(s);
    }
  }
}

}  // namespace contrail::test
