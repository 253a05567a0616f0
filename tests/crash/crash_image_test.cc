// The power goes after every single I/O of a short workload, and the disk is left with what was not
// synced kept, dropped or torn at 512 bytes. After each: recovery succeeds, every acknowledged
// commit is there, nothing else is, and the trees are sound.

#include <gtest/gtest.h>

#include <cstdio>
#include <map>
#include <optional>

#include "storage/tree_check.h"
#include "tests/support/engine_under_test.h"
#include "tests/support/failure_points.h"

namespace contrail {
namespace {

using test::EngineUnderTest;
using test::LedgerRow;
using test::LedgerSession;
using Rows = std::map<int64_t, LedgerRow>;

constexpr char kFolder[] = "/data/";

// What the workload knows: the rows after the last commit that returned, and, while a commit is
// under way, the rows it would give. A crash may leave either of the two.
struct Acknowledged {
  Rows rows;
  std::optional<Rows> in_doubt;
};

void Work(test::SimulatedFileSystem& files, Acknowledged* acknowledged) {
  EngineUnderTest engine(files, EngineUnderTest::SmallOptions(kFolder));
  if (!engine.Start().ok() || !engine.has_database()) return;
  LedgerSession session(engine);
  if (!session.open_status().ok()) return;
  for (int64_t round = 0; round < 6; ++round) {
    Rows mine = acknowledged->rows;
    if (!session.Begin().ok()) return;
    for (int64_t step = 0; step < 6; ++step) {
      const int64_t id = round * 4 + step;
      const LedgerRow row{static_cast<int32_t>(round * 100 + step),
                          std::string(step == 5 ? 6'000 : 40, static_cast<char>('a' + round))};
      const bool known = mine.count(id) != 0;
      if (!(known ? session.Replace(id, row) : session.Insert(id, row)).ok()) return;
      mine[id] = row;
    }
    if (round > 0) {
      if (!session.Delete(round * 4 - 3).ok()) return;
      mine.erase(round * 4 - 3);
    }
    acknowledged->in_doubt = mine;
    if (!session.Commit(CommitMode::kDurable).ok()) return;
    acknowledged->rows = mine;
    acknowledged->in_doubt.reset();
    // Alternately with every page written before it, and with dirty pages that it must not pass.
    Instance& instance = engine.instance();
    if (round % 2 == 1 && !instance.RunMaintenance().ok()) return;
    if (!instance.WriteCheckpointNow().ok()) return;
  }
  // Uncommitted work that reaches log and database must not survive.
  if (!session.Begin().ok()) return;
  if (!session.Insert(5'000, {1, std::string(3'000, 'x')}).ok()) return;
  if (!engine.instance().RunMaintenance().ok()) return;
  if (!engine.instance().WriteCheckpointNow().ok()) return;
}

test::DiskImage DiskWithLedger() {
  test::SimulatedFileSystem files;
  EngineUnderTest engine(files, EngineUnderTest::SmallOptions(kFolder));
  EXPECT_EQ(engine.Start(), Status::Ok());
  EXPECT_EQ(engine.CreateLedger(), Status::Ok());
  EXPECT_EQ(engine.Stop(), Status::Ok());
  return files.Current();
}

void ExpectSoundTree(Database& database, const Tree& tree, uint32_t flags) {
  TreeCheck check(database,
                  {.root = tree.root(), .object_id = tree.object_id(), .page_flags = flags});
  EXPECT_TRUE(check.Run()) << (check.findings().empty() ? "" : check.findings().front().rule);
}

void Verify(const test::DiskImage& found, const Acknowledged& acknowledged) {
  test::SimulatedFileSystem files(found);
  EngineUnderTest engine(files, EngineUnderTest::SmallOptions(kFolder));
  ASSERT_EQ(engine.Start(), Status::Ok());
  ASSERT_TRUE(engine.has_database());
  {
    LedgerSession session(engine);
    ASSERT_EQ(session.open_status(), Status::Ok());
    Rows rows;
    ASSERT_EQ(session.ReadAll(&rows), Status::Ok());
    const bool lost = rows != acknowledged.rows &&
                      (!acknowledged.in_doubt.has_value() || rows != *acknowledged.in_doubt);
    ASSERT_FALSE(lost) << rows.size() << " rows, acknowledged " << acknowledged.rows.size();
    const auto definition = session.cursor().table().definition();
    ExpectSoundTree(engine.database().database(), definition->primary_tree(), 0);
    for (const auto& index : definition->secondary_indexes()) {
      ExpectSoundTree(engine.database().database(), index.tree,
                      page_flag::kIndex | page_flag::kNonUnique);
    }
  }
  ASSERT_EQ(engine.Stop(), Status::Ok());
}

TEST(CrashImageTest, EveryAcknowledgedCommitSurvivesAPowerCutAfterAnyOperation) {
  const test::DiskImage start = DiskWithLedger();
  Acknowledged acknowledged;
  const size_t images = test::ForEachCrashPoint(
      start, test::CrashOutcomes(/*mixtures=*/3),
      [&](test::SimulatedFileSystem& files) {
        acknowledged = Acknowledged();
        Work(files, &acknowledged);
      },
      [&](const test::DiskImage& found, const test::CrashPoint& point) {
        SCOPED_TRACE(point.Describe());
        if (!HasFatalFailure()) Verify(found, acknowledged);
      });
  std::printf("%zu crash images\n", images);
  EXPECT_GT(images, 100u);
}

}  // namespace
}  // namespace contrail
