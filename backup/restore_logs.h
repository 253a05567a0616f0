// The logs of a restore: those of the backup, and those that survived behind them. Source: the
// backup contract, section 15.2, steps 2 to 4.

#pragma once

#include <string>

#include "log/log_reader.h"

namespace contrail {

struct RestoreLogs {
  uint32_t generation_low = 0;
  uint32_t generation_high = 0;  // Of the backup; survivors come after it.
  Signature signature;
  uint32_t page_size = 0;
  uint32_t generation_bytes = 0;
  LogSource source;  // Of the backup, then the survivors.
  size_t survivors = 0;
};

struct RestoreLogRequest {
  std::string base_name;
  std::string set_folder;       // Ends with a slash, as all folders.
  std::string log_folder;       // Where survivors lie; empty: there are none.
  uint32_t generation_low = 0;  // 0: what is there.
  uint32_t generation_high = 0;
};

// Finds and verifies the logs, every byte of those of the backup. Each refusal has its event:
// kFileNotFound (no log at all, or the first one is missing), kMissingRestoreLogFiles,
// kGivenLogFileHasBadSignature, kGivenLogFileIsNotContiguous, kLogCorruptDuringHardRestore; of the
// survivors: kExistingLogFileHasBadSignature, kExistingLogFileIsNotContiguous,
// kMissingCurrentLogFiles.
Result<RestoreLogs> FindRestoreLogs(FileSystem& files, EventSink& events,
                                    const RestoreLogRequest& request);

// Deletes the archived logs in the set's folder that are outside the range, unless it is the log
// folder. The caller has the lock of the log folder.
Status DeleteLogsOutside(FileSystem& files, const RestoreLogRequest& request,
                         const RestoreLogs& logs);

}  // namespace contrail
