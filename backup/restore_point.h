// A point in time, or in the log, to restore to: where in the logs the replay has to end for it.
//
// A replay to a point takes in every record up to the last commit at or before the point;
// transactions that had not committed by then are undone. docs/restore.md.

#pragma once

#include <vector>

#include "backup/restore_logs.h"
#include "engine/restore_point_text.h"

namespace contrail {

// What a copy of a database needs before it is whole.
struct CopyNeeds {
  Lgpos mark;                    // Of the begin of its backup.
  uint32_t generation_high = 0;  // The copy has no page of a later one.
};

struct ReplayEnd {
  Lgpos stop_at = kLgposMax;  // The first record that is left out.
  Lgpos last_commit;          // The last one that is taken in; null: none.
  LogTime last_commit_time;
};

// Reads the logs and finds the end of the replay. With an event that names the point and what is
// possible: kEndingRestoreLogTooLow (the point lies before the end of the backup: the copies are
// not whole there), kMissingRestoreLogFiles (it lies behind the end of the logs). Errors of
// reading.
Result<ReplayEnd> FindReplayEnd(FileSystem& files, EventSink& events, const RestoreLogs& logs,
                                const std::vector<CopyNeeds>& copies, const RestorePoint& point);

}  // namespace contrail
