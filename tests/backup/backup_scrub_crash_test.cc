// The power goes at every point of a backup that scrubs, in steps: what is committed is there after
// the restart, and the next backup can be made.

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <map>

#include "tests/support/backup_client.h"
#include "tests/support/engine_under_test.h"
#include "tests/support/simulated_file_system.h"

namespace contrail::test {
namespace {

using Rows = std::map<int64_t, LedgerRow>;

// Not of seven bits, so it is stored as it is.
constexpr char kSecret[] = "\xe9 secret that was deleted";

InstanceOptions Options() {
  InstanceOptions options = EngineUnderTest::SmallOptions("/db/");
  options.scrub_during_backup = true;
  return options;
}

// Half of the rows are deleted, others shortened; a second index has lost its entries, too.
void Prepare(SimulatedFileSystem& files, Rows* rows) {
  ASSERT_EQ(files.CreateDirectories("/db"), Status::Ok());
  EngineUnderTest engine(files, Options());
  ASSERT_EQ(engine.Start(), Status::Ok());
  ASSERT_EQ(engine.CreateLedger(), Status::Ok());
  {
    LedgerSession session(engine);
    ASSERT_EQ(session.open_status(), Status::Ok());
    ASSERT_EQ(session.Begin(), Status::Ok());
    for (int64_t id = 0; id < 300; ++id) {
      const LedgerRow row{static_cast<int32_t>(id * 7), kSecret + std::to_string(id)};
      ASSERT_EQ(session.Insert(id, row), Status::Ok());
    }
    ASSERT_EQ(session.Commit(), Status::Ok());
    ASSERT_EQ(session.Begin(), Status::Ok());
    for (int64_t id = 0; id < 300; ++id) {
      if (id % 2 == 0) {
        ASSERT_EQ(session.Delete(id), Status::Ok());
      } else {
        const LedgerRow row{static_cast<int32_t>(id), "kept"};
        ASSERT_EQ(session.Replace(id, row), Status::Ok());
        (*rows)[id] = row;
      }
    }
    ASSERT_EQ(session.Commit(), Status::Ok());
  }
  ASSERT_EQ(engine.Stop(), Status::Ok());
}

void ExpectRows(EngineUnderTest& engine, const Rows& rows) {
  LedgerSession session(engine);
  ASSERT_EQ(session.open_status(), Status::Ok());
  ASSERT_EQ(session.Begin(), Status::Ok());
  Rows found;
  EXPECT_EQ(session.ReadAll(&found), Status::Ok());
  EXPECT_TRUE(found == rows);
  EXPECT_EQ(session.Rollback(), Status::Ok());
}

bool Holds(const DiskImage& image, const std::string& text) {
  SimulatedFileSystem files(image);
  const auto file = files.Open("/db/ledger.edb", {.mode = FileMode::kReadOnly});
  EXPECT_TRUE(file.ok());
  std::string content(static_cast<size_t>((*file)->Size().value()), '\0');
  EXPECT_EQ((*file)->Read(0, {reinterpret_cast<std::byte*>(content.data()), content.size()}),
            Status::Ok());
  return content.find(text) != std::string::npos;
}

TEST(BackupScrubCrashTest, NothingIsLostAtAnyPoint) {
  SimulatedFileSystem first;
  Rows rows;
  Prepare(first, &rows);
  const DiskImage image = first.Current();
  ASSERT_TRUE(Holds(image, "secret"));
  uint64_t points = 0;
  {
    SimulatedFileSystem files(image);
    EngineUnderTest engine(files, Options());
    ASSERT_EQ(engine.Start(), Status::Ok());
    const uint64_t before = files.operations(kChangingOperations);
    ASSERT_EQ(TakeBackup(engine.instance(), "/set/").status(), Status::Ok());
    EXPECT_EQ(engine.events().Last(707).error, 0);
    EXPECT_EQ(engine.events().Last(707).severity, Severity::kInformation);
    ASSERT_EQ(engine.Stop(), Status::Ok());
    points = files.operations(kChangingOperations) - before;
    EXPECT_FALSE(Holds(files.Current(), "secret"));
  }
  const uint64_t step = std::max<uint64_t>(1, points / 20);
  for (uint64_t point = 0; point < points; point += step) {
    SCOPED_TRACE(point);
    SimulatedFileSystem files(image);
    EngineUnderTest engine(files, Options());
    ASSERT_EQ(engine.Start(), Status::Ok());
    files.CrashAfter(point);
    TakeBackup(engine.instance(), "/set/").status().Ignore();  // The power goes during it.
    engine.Stop().Ignore();                                    // Or during this.
    EXPECT_TRUE(files.power_gone());
    SimulatedFileSystem after(files.Crash(CrashPolicy::kMixed, point));
    EngineUnderTest recovered(after, Options());
    ASSERT_EQ(recovered.Start(), Status::Ok());
    ExpectRows(recovered, rows);
    ASSERT_EQ(TakeBackup(recovered.instance(), "/next/").status(), Status::Ok());
    ExpectRows(recovered, rows);
    ASSERT_EQ(recovered.Stop(), Status::Ok());
    EXPECT_FALSE(Holds(after.Current(), "secret"));
  }
  std::cout << points << " points, every " << step << ".\n";
}

}  // namespace
}  // namespace contrail::test
