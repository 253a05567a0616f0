// Where the log says that a backup had read the last page of its databases.

#include "backup/copy_end.h"

#include <gtest/gtest.h>

namespace contrail {
namespace {

constexpr Lgpos kMark{5, 8, 100};

BackupRecord Record(BackupPhase phase, Lgpos mark = {}) {
  BackupRecord record;
  record.phase = phase;
  record.mark = mark;
  return record;
}

TEST(CopyEndTest, IsWhereTheLogsArePrepared) {
  CopyEndInLog end(kMark);
  end.Take({4, 1, 0}, Record(BackupPhase::kBegin, {4, 0, 0}));
  end.Take({4, 2, 0}, Record(BackupPhase::kPrepareLogs));  // Of the backup before.
  end.Take({4, 3, 0}, Record(BackupPhase::kStop));
  end.Take({5, 8, 120}, Record(BackupPhase::kBegin, kMark));
  EXPECT_TRUE(end.position().IsNull());
  end.Take({9, 1, 0}, Record(BackupPhase::kPrepareLogs));
  EXPECT_EQ(end.position(), (Lgpos{9, 1, 0}));
  end.Take({9, 2, 0}, Record(BackupPhase::kStop));
  EXPECT_EQ(end.position(), (Lgpos{9, 1, 0}));
}

// A session binds its instances, and says so in the log, while a backup runs.
TEST(CopyEndTest, SnapshotsAreNoEnd) {
  CopyEndInLog end(kMark);
  end.Take({5, 8, 120}, Record(BackupPhase::kBegin, kMark));
  BackupRecord snapshot = Record(BackupPhase::kBegin, {6, 0, 0});
  snapshot.type = BackupType::kOsSnapshot;
  end.Take({6, 1, 0}, snapshot);
  EXPECT_TRUE(end.position().IsNull());
  end.Take({7, 1, 0}, Record(BackupPhase::kPrepareLogs));
  EXPECT_EQ(end.position(), (Lgpos{7, 1, 0}));
}

TEST(CopyEndTest, IsWhereTheBackupIsGivenUp) {
  for (const BackupPhase phase : {BackupPhase::kAbort, BackupPhase::kBegin}) {
    CopyEndInLog end(kMark);
    end.Take({5, 8, 120}, Record(BackupPhase::kBegin, kMark));
    end.Take({6, 1, 0}, Record(phase, {6, 0, 0}));  // Begin: the engine had failed meanwhile.
    EXPECT_EQ(end.position(), (Lgpos{6, 1, 0}));
  }
}

}  // namespace
}  // namespace contrail
