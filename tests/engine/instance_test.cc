#include "engine/instance.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "tests/support/engine_under_test.h"
#include "tests/support/shared_data.h"

namespace contrail {
namespace {

using test::EngineUnderTest;
using test::LedgerRow;
using test::LedgerSession;

std::string NoteOf(int64_t id, size_t size) {
  std::string note = "note " + std::to_string(id) + " ";
  while (note.size() < size) note += static_cast<char>('a' + (note.size() * 7 + id) % 26);
  note.resize(size);
  return note;
}

class InstanceTest : public ::testing::TestWithParam<uint32_t> {
 protected:
  InstanceOptions Options() const {
    return EngineUnderTest::SmallOptions(folder_.path().string() + "/", GetParam());
  }
  void ExpectSound(const std::string& path) {
    if (test::SharedFolder().empty()) return;
    const test::CommandResult result = test::RunEdbCheck({"check", path});
    EXPECT_EQ(result.exit_status, 0) << result.output.substr(0, 2000) << result.errors;
  }
  test::ScratchFolder folder_;
};

TEST_P(InstanceTest, RowsSurviveACleanRestart) {
  EngineUnderTest engine(PosixFileSystem(), Options());
  ASSERT_EQ(engine.Start(), Status::Ok());
  ASSERT_EQ(engine.CreateLedger(), Status::Ok());
  std::map<int64_t, LedgerRow> model;
  {
    LedgerSession session(engine);
    ASSERT_EQ(session.open_status(), Status::Ok());
    for (int64_t id = 0; id < 2000; ++id) {
      ASSERT_EQ(session.Begin(), Status::Ok());
      // Every 50th note goes to the long value tree, in several chunks.
      const LedgerRow row{static_cast<int32_t>(id % 97), NoteOf(id, id % 50 == 0 ? 20'000 : 60)};
      ASSERT_EQ(session.Insert(id, row), Status::Ok()) << id;
      ASSERT_EQ(session.Commit(CommitMode::kLazy), Status::Ok());
      model[id] = row;
    }
    for (int64_t id = 0; id < 2000; id += 3) {
      ASSERT_EQ(session.Begin(), Status::Ok());
      ASSERT_EQ(session.Delete(id), Status::Ok()) << id;
      ASSERT_EQ(session.Commit(CommitMode::kLazy), Status::Ok());
      model.erase(id);
    }
    std::map<int64_t, LedgerRow> rows;
    ASSERT_EQ(session.ReadAll(&rows), Status::Ok());
    EXPECT_TRUE(rows == model);
  }
  ASSERT_EQ(engine.Stop(), Status::Ok());
  ExpectSound(engine.path());

  ASSERT_EQ(engine.Start(), Status::Ok());
  {
    LedgerSession session(engine);
    std::map<int64_t, LedgerRow> rows;
    ASSERT_EQ(session.ReadAll(&rows), Status::Ok());
    EXPECT_TRUE(rows == model);
  }
  ASSERT_EQ(engine.Stop(), Status::Ok());
}

TEST_P(InstanceTest, ARandomHistoryWithCrashesFollowsTheModel) {
  std::mt19937_64 random(GetParam());
  std::map<int64_t, LedgerRow> committed;
  EngineUnderTest engine(PosixFileSystem(), Options());
  ASSERT_EQ(engine.Start(), Status::Ok());
  ASSERT_EQ(engine.CreateLedger(), Status::Ok());
  for (int round = 0; round < 6; ++round) {
    {
      LedgerSession session(engine);
      ASSERT_EQ(session.open_status(), Status::Ok());
      for (int transaction = 0; transaction < 40; ++transaction) {
        std::map<int64_t, LedgerRow> mine = committed;
        ASSERT_EQ(session.Begin(), Status::Ok());
        for (int step = 0; step < 10; ++step) {
          const auto id = static_cast<int64_t>(random() % 300);
          const LedgerRow row{static_cast<int32_t>(random() % 1000),
                              NoteOf(id, random() % 20 == 0 ? 9'000 : random() % 300)};
          if (mine.count(id) == 0) {
            ASSERT_EQ(session.Insert(id, row), Status::Ok());
            mine[id] = row;
          } else if (random() % 3 == 0) {
            ASSERT_EQ(session.Delete(id), Status::Ok());
            mine.erase(id);
          } else {
            ASSERT_EQ(session.Replace(id, row), Status::Ok());
            mine[id] = row;
          }
        }
        if (random() % 4 == 0) {
          ASSERT_EQ(session.Rollback(), Status::Ok());
        } else {
          ASSERT_EQ(session.Commit(), Status::Ok());
          committed = mine;
        }
        if (random() % 8 == 0) {
          ASSERT_EQ(engine.instance().RunMaintenance(), Status::Ok());
        }
      }
      // Left open: the crash comes in the middle of it.
      ASSERT_EQ(session.Begin(), Status::Ok());
      ASSERT_EQ(session.Insert(10'000, {1, NoteOf(1, 5'000)}), Status::Ok());
      ASSERT_EQ(engine.instance().log().FlushNow(), Status::Ok());
      ASSERT_EQ(engine.instance().log().EnsureDurable(), Status::Ok());
      engine.instance().log().Abandon();
    }
    ASSERT_EQ(engine.Stop(TerminateMode::kCrash), Status::Ok());
    ASSERT_EQ(engine.Start(), Status::Ok()) << "round " << round;
    LedgerSession session(engine);
    std::map<int64_t, LedgerRow> rows;
    ASSERT_EQ(session.ReadAll(&rows), Status::Ok()) << "round " << round;
    ASSERT_TRUE(rows == committed)
        << "round " << round << ": " << rows.size() << " rows against " << committed.size();
  }
  ASSERT_EQ(engine.Stop(), Status::Ok());
  ExpectSound(engine.path());
}

TEST_P(InstanceTest, ASecondInstanceIsKeptOut) {
  EngineUnderTest engine(PosixFileSystem(), Options());
  ASSERT_EQ(engine.Start(), Status::Ok());
  EngineUnderTest second(PosixFileSystem(), Options());
  EXPECT_EQ(second.Start(), Status(Error::kFileAccessDenied));
  ASSERT_EQ(engine.Stop(), Status::Ok());
}

INSTANTIATE_TEST_SUITE_P(PageSizes, InstanceTest, ::testing::Values(4096, 8192, 16384, 32768));

}  // namespace
}  // namespace contrail
