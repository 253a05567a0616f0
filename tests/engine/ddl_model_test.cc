// Indexes come and go while several threads change rows: at every moment without a change under
// way, each index has exactly the entries of the rows.

#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <random>
#include <thread>

#include "tests/support/ledger_ddl.h"
#include "tests/support/scratch_folder.h"

namespace contrail {
namespace {

using test::EngineUnderTest;
using test::IdsIn;
using test::LedgerSession;

constexpr int kWriters = 3;
constexpr int kRounds = 12;
constexpr int kTransactionsPerRound = 60;

// What DDL and other writers may do to a change; anything else is a failure.
bool IsExpected(const Status& status) {
  return status.ok() || status.Is(Error::kTableLocked) || status.Is(Error::kWriteConflict) ||
         status.Is(Error::kKeyDuplicate) || status.Is(Error::kRecordNotFound) ||
         status.Is(Error::kRecordDeleted);
}

class Writer {
 public:
  Writer(EngineUnderTest& engine, uint32_t seed) : session_(engine), random_(seed) {}

  void RunTransaction() {
    const bool explicit_one = random_() % 3 != 0;
    if (explicit_one) {
      ASSERT_EQ(session_.Begin(), Status::Ok());
    }
    for (uint32_t i = 0, changes = 1 + random_() % 3; i < changes; ++i) {
      const Status changed = Change();
      ASSERT_TRUE(IsExpected(changed)) << changed.number();
    }
    if (!explicit_one) return;
    if (random_() % 4 == 0) {
      ASSERT_EQ(session_.Rollback(), Status::Ok());
    } else {
      ASSERT_EQ(session_.Commit(CommitMode::kLazy), Status::Ok());
    }
  }

 private:
  Status Change() {
    const auto id = static_cast<int64_t>(random_() % 300);
    const auto amount = static_cast<int32_t>(random_() % 1000);
    // Some notes go to the long value tree within Update, which makes it longer.
    const std::string note(random_() % 8 == 0 ? 3000 : 20, 'n');
    switch (random_() % 4) {
      case 0:
        return session_.Delete(id);
      case 1:
        return session_.Replace(id, {amount, note});
      default:
        return session_.Insert(id, {amount, note});
    }
  }

  LedgerSession session_;
  std::mt19937 random_;
};

// Creates and deletes indexes until the writers are through their round.
void ChangeIndexes(EngineUnderTest& engine, LedgerSession& session, const std::atomic<int>& writing,
                   std::mt19937& random, int* made) {
  bool there = false;
  while (writing.load() > 0 || !there) {
    const bool own_transaction = random() % 2 == 0;
    const bool roll_back = own_transaction && writing.load() > 0 && random() % 3 == 0;
    if (own_transaction) {
      ASSERT_EQ(session.Begin(), Status::Ok());
    }
    Status status = there ? test::DeleteLedgerIndex(engine, session, "extra")
                          : test::CreateAmountIndex(engine, session, "extra");
    ASSERT_TRUE(IsExpected(status)) << status.number();
    if (status.ok() && !there) ++*made;
    if (status.ok() && !roll_back) there = !there;
    if (!own_transaction) continue;
    ASSERT_EQ(status.ok() && !roll_back ? session.Commit(CommitMode::kLazy) : session.Rollback(),
              Status::Ok());
  }
}

TEST(DdlModelTest, IndexesAgreeWithRowsChangedByManyThreads) {
  const uint32_t seed = 20261122;
  SCOPED_TRACE(seed);
  test::ScratchFolder folder;
  InstanceOptions options = EngineUnderTest::SmallOptions(folder.path().string() + "/", 4096);
  options.background_threads = true;
  EngineUnderTest engine(PosixFileSystem(), options);
  ASSERT_EQ(engine.Start(), Status::Ok());
  ASSERT_EQ(engine.CreateLedger(), Status::Ok());

  std::barrier round(kWriters + 1);
  std::atomic<int> writing{0};
  std::atomic<bool> done{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < kWriters; ++i) {
    threads.emplace_back([&, i] {
      Writer writer(engine, seed + static_cast<uint32_t>(i));
      for (;;) {
        round.arrive_and_wait();
        if (done) return;
        for (int n = 0; n < kTransactionsPerRound && !::testing::Test::HasFailure(); ++n) {
          writer.RunTransaction();
        }
        --writing;
        round.arrive_and_wait();
      }
    });
  }
  int made = 0;
  {
    LedgerSession session(engine);
    std::mt19937 random(seed);
    for (int i = 0; i < kRounds && !::testing::Test::HasFailure(); ++i) {
      SCOPED_TRACE(i);
      writing = kWriters;
      round.arrive_and_wait();
      ChangeIndexes(engine, session, writing, random, &made);
      round.arrive_and_wait();
      const auto rows = IdsIn(session, "");
      EXPECT_TRUE(rows.ok());
      for (const char* index : {"amount", "extra"}) {
        const auto entries = IdsIn(session, index);
        EXPECT_TRUE(entries.ok()) << index << " " << entries.status().number();
        if (rows.ok() && entries.ok()) {
          EXPECT_EQ(*entries, *rows) << index;
        }
      }
      EXPECT_EQ(test::DeleteLedgerIndex(engine, session, "extra"), Status::Ok());
    }
    done = true;
    round.arrive_and_wait();
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_GE(made, kRounds);
  EXPECT_EQ(engine.Stop(), Status::Ok());
}

}  // namespace
}  // namespace contrail
