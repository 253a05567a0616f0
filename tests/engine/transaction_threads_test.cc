// Sessions on several threads: transfers between accounts keep the sum, whoever looks and whenever.

#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

#include "tests/support/table_under_test.h"
#include "tests/support/transactions_under_test.h"

namespace contrail {
namespace {

using test::LittleBytes;
using test::TestSession;
using test::ToBytes;

constexpr int kAccounts = 60;
constexpr uint32_t kOpening = 1000;

std::vector<std::byte> Account(uint64_t number) {
  return ToBytes("account" + std::to_string(1000 + number));
}

// In two's complement: accounts may be overdrawn, and the sum is what counts.
uint32_t Balance(Bytes data) { return LoadLittle<uint32_t>(data.data()); }

// Data whose size follows the balance, so that replaces move and split nodes.
std::vector<std::byte> BalanceData(uint32_t balance) {
  std::vector<std::byte> data = LittleBytes(balance);
  data.resize(sizeof(balance) + balance % 97);
  return data;
}

class Bank {
 public:
  Bank() : tree_(under_test_.Versioned(under_test_.MakeTree(true))) {
    const auto session = under_test_.NewSession();
    EXPECT_TRUE(session->transaction.Begin(false).ok());
    for (uint64_t i = 0; i < kAccounts; ++i) {
      EXPECT_TRUE(tree_.Insert(session->context, Account(i), BalanceData(kOpening)).ok());
    }
    EXPECT_TRUE(session->transaction.Commit(CommitMode::kDurable).ok());
  }

  // Moves an amount, often by additions, which do not conflict with others; also closes an account
  // and opens it again under way, now and then.
  Status Transfer(TestSession& session, std::mt19937_64& random) {
    const auto from = Account(random() % kAccounts);
    const auto to = Account(random() % kAccounts);
    if (from == to) return Status::Ok();
    const auto amount = static_cast<uint32_t>(random() % 50);
    if (random() % 2 == 0) {
      RETURN_IF_ERROR(tree_.Add(session.context, from, {0, ~amount + 1}, nullptr));
      return tree_.Add(session.context, to, {0, amount}, nullptr);
    }
    std::vector<std::byte> data;
    RETURN_IF_ERROR(tree_.Get(session.context, from, &data));
    const uint32_t from_balance = Balance(data) - amount;
    RETURN_IF_ERROR(tree_.Get(session.context, to, &data));
    const uint32_t to_balance = Balance(data) + amount;
    if (random() % 4 == 0) {
      RETURN_IF_ERROR(tree_.Delete(session.context, from));
      RETURN_IF_ERROR(tree_.Insert(session.context, from, BalanceData(from_balance)));
    } else {
      RETURN_IF_ERROR(tree_.Replace(session.context, from, BalanceData(from_balance)));
    }
    return tree_.Replace(session.context, to, BalanceData(to_balance));
  }

  void Teller(uint64_t seed, int transfers) {
    std::mt19937_64 random(seed);
    const auto session = under_test_.NewSession();
    for (int i = 0; i < transfers; ++i) {
      ASSERT_TRUE(session->transaction.Begin(false).ok());
      const Status status = Transfer(*session, random);
      if (status.ok() && random() % 8 != 0) {
        ASSERT_TRUE(session->transaction.Commit(CommitMode::kLazy).ok());
        continue;
      }
      ASSERT_TRUE(status.ok() || status.Is(Error::kWriteConflict)) << status.number();
      ASSERT_TRUE(session->transaction.Rollback().ok());
    }
  }

  void ExpectSum(TestSession& session) {
    ASSERT_TRUE(session.transaction.Begin(true).ok());
    uint32_t sum = 0;
    int accounts = 0;
    for (const auto& [key, data] : test::AllNodes(tree_, session.transaction)) {
      sum += Balance(AsBytes(data));
      ++accounts;
    }
    EXPECT_EQ(sum, kAccounts * kOpening);
    EXPECT_EQ(accounts, kAccounts);
    ASSERT_TRUE(session.transaction.Commit(CommitMode::kLazy).ok());
  }

  test::TransactionsUnderTest under_test_{4096, 4 << 20, true};
  VersionedTree tree_;
};

TEST(TransactionThreadsTest, TheSumIsTheSameInEverySnapshot) {
  Bank bank;
  std::atomic<int> working{3};
  std::vector<std::thread> threads;
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    threads.emplace_back([&bank, &working, seed] {
      bank.Teller(seed, 700);
      working.fetch_sub(1);
    });
  }
  threads.emplace_back([&bank, &working] {
    const auto session = bank.under_test_.NewSession();
    do {
      bank.ExpectSum(*session);
    } while (working.load() > 0 && !::testing::Test::HasFailure());
  });
  threads.emplace_back([&bank, &working] {
    do {
      EXPECT_TRUE(bank.under_test_.manager->CleanUp(50).ok());
      std::this_thread::yield();
    } while (working.load() > 0);
  });
  for (std::thread& thread : threads) thread.join();
  const auto session = bank.under_test_.NewSession();
  bank.ExpectSum(*session);
  ASSERT_TRUE(bank.under_test_.manager->CleanUpAll().ok());
  EXPECT_EQ(bank.under_test_.manager->version_count(), 0u);
}

TEST(TransactionThreadsTest, TablesStayConsistent) {
  namespace people = test::people;
  test::TransactionsUnderTest under_test(4096, 8 << 20, true);
  test::TableUnderTest table(under_test, test::PeopleSchema());
  std::vector<std::thread> threads;
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    threads.emplace_back([&, seed] {
      std::mt19937_64 random(seed);
      const auto session = under_test.NewSession();
      const auto cursor = table.Open(*session);
      for (int i = 0; i < 150; ++i) {
        const auto id = static_cast<int32_t>(random() % 80);
        ASSERT_TRUE(session->transaction.Begin(false).ok());
        ASSERT_TRUE(cursor->MakeKey(LittleBytes(id), make_key_bit::kNewKey).ok());
        const bool found = cursor->Seek(seek_bit::kEqual).ok();
        Status status;
        if (found && random() % 3 == 0) {
          status = cursor->Delete();
        } else {
          status = cursor->PrepareUpdate(found ? UpdateKind::kReplace : UpdateKind::kInsert);
          if (status.ok() && !found) {
            status = cursor->SetColumn(people::kId, LittleBytes(id), {});
          }
          if (status.ok()) {
            const auto group = static_cast<int16_t>(random() % 5);
            status = cursor->SetColumn(people::kGroup, LittleBytes(group), {});
          }
          if (status.ok() && random() % 3 == 0) {
            status =
                cursor->SetColumn(people::kNote, ToBytes(std::string(random() % 9000, 'x')), {});
          }
          if (status.ok()) status = cursor->Update().status();
        }
        const bool lost = status.Is(Error::kWriteConflict) || status.Is(Error::kRecordDeleted);
        ASSERT_TRUE(status.ok() || lost) << status.number();
        if (!status.ok() && cursor->update_prepared()) {
          ASSERT_TRUE(cursor->PrepareUpdate(UpdateKind::kCancel).ok());
        }
        const Status ended = status.ok() ? session->transaction.Commit(CommitMode::kLazy)
                                         : session->transaction.Rollback();
        ASSERT_TRUE(ended.ok()) << ended.number();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(table.FindInconsistency(), "");
}

}  // namespace
}  // namespace contrail
