// The logs of a restore: those of the backup, and those that survived behind them. Source: the
// backup contract, section 15.2, steps 2 to 4.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "log/log_reader.h"

namespace contrail {

// Why the logs that survived are not taken further.
struct SurvivorGap {
  Status status;
  std::vector<Event> events;  // Not reported yet.
};

struct RestoreLogs {
  uint32_t generation_low = 0;
  uint32_t generation_high = 0;  // Of the backup; survivors come after it.
  Signature signature;
  uint32_t page_size = 0;
  uint32_t generation_bytes = 0;
  LogSource source;  // Of the backup, then the survivors.
  size_t survivors = 0;
  // No log of the stream is known to have a higher one, whether it is among the files or not.
  uint32_t generation_newest = 0;
  std::optional<SurvivorGap> gap;  // Only with `may_end_early`.
};

struct RestoreLogRequest {
  std::string base_name;
  std::string set_folder;       // Ends with a slash, as all folders.
  std::string log_folder;       // Where survivors lie; empty: there are none.
  uint32_t generation_low = 0;  // 0: what is there.
  uint32_t generation_high = 0;
  uint32_t last_survivor = 0;  // Not 0: archived ones up to here, all of them, and no current one.
  // Not 0: no survivor behind this generation is asked for, nor looked at when archived ones reach
  // up to it.
  uint32_t last_wanted = 0;
  // A survivor that is missing or cannot be taken ends them; those before it may be enough.
  bool may_end_early = false;
};

// Finds and verifies the logs, every byte of those of the backup. Each refusal has its event:
// kInvalidPath (no such folder), kFileNotFound (no log, or the first one is missing),
// kMissingRestoreLogFiles,
// kGivenLogFileHasBadSignature, kGivenLogFileIsNotContiguous, kLogCorruptDuringHardRestore (kinds
// of damage: kLogTornWriteDuringHardRestore, the last frames are not whole; kRedoAbruptEnded, they
// are not there); of the survivors: kExistingLogFileHasBadSignature,
// kExistingLogFileIsNotContiguous, kMissingCurrentLogFiles, kRequiredLogFilesMissing (up to
// `last_survivor`).
Result<RestoreLogs> FindRestoreLogs(FileSystem& files, EventSink& events,
                                    const RestoreLogRequest& request);

// Those behind `generation_high` alone, by their names and headers; the backup's are not looked at,
// and whether the first one follows them is the caller's to judge.
Result<RestoreLogs> FindSurvivingLogs(FileSystem& files, EventSink& events,
                                      const RestoreLogRequest& request);

// A log that does not verify: what is wrong with it, as an event and as an error.
// kLogCorruptDuringHardRestore, kLogTornWriteDuringHardRestore, kRedoAbruptEnded; of a log behind
// the set kLogCorruptDuringHardRecovery, kLogTornWriteDuringHardRecovery. A log that is followed by
// another one had been whole.
struct DamagedLog {
  std::string path;
  bool of_set = true;
  bool followed = false;
};
Status ReportDamagedLog(FileSystem& files, EventSink& events, const DamagedLog& log);

// Deletes the archived logs in the set's folder that are outside the range, unless it is the log
// folder. The caller has the lock of the log folder.
Status DeleteLogsOutside(FileSystem& files, const RestoreLogRequest& request,
                         const RestoreLogs& logs);

}  // namespace contrail
