// A point in time, or in the log, to restore to: what may be asked for, and where in the logs the
// replay has to end for it.
//
// A replay to a point takes in every record up to the last commit at or before the point;
// transactions that had not committed by then are undone. docs/restore.md.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "backup/restore_logs.h"
#include "storage/log_time.h"

namespace contrail {

// At most one of the two; neither: everything.
struct RestorePoint {
  // Of a commit record, or anywhere else: records that begin behind it are left out.
  std::optional<Lgpos> position = {};
  // UTC. The replay ends before the first commit that is later.
  std::optional<LogTime> time = {};

  bool given() const { return position.has_value() || time.has_value(); }
  // "1A:3:F0", or "2026-11-22 11:16:07.123 UTC"; empty when none is given.
  std::string ToText() const;
};

// "generation:block:offset", hexadecimal; read with commas, too, as headers show positions.
std::string LgposText(const Lgpos& position);
Result<Lgpos> ParseLgpos(const std::string& text);  // kInvalidParameter
// "YYYY-MM-DD HH:MM:SS" with or without ".mmm" and " UTC". kInvalidParameter.
Result<LogTime> ParseTime(const std::string& text);
// Either of the two; empty: none. kInvalidParameter.
Result<RestorePoint> ParseRestorePoint(const std::string& text);

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
