// What a restore from a set would do, found out without changing anything.

#pragma once

#include <string>
#include <vector>

#include "backup/set/restore_request.h"
#include "storage/event.h"
#include "storage/file.h"

namespace contrail {

struct RestorePlan {
  std::vector<uint32_t> backups;       // Numbers, in the order in which they would be restored.
  std::vector<std::string> databases;  // Paths that they would have.
  uint64_t bytes = 0;                  // To be written before the logs are replayed.
  uint32_t generation_low = 0;
  uint32_t generation_high = 0;
  // Why it would be refused: what of the set is missing, what lies in the way. One sentence each.
  std::vector<std::string> objections;
  std::vector<std::string> warnings;  // What it would go on with all the same.
};

// Errors of ChooseChain. Files of the set are looked for, and not read: damage that nobody has
// found yet stays for BackupSetReader::Verify, or the restore itself, to find.
Result<RestorePlan> PlanRestore(FileSystem& files, EventSink& events,
                                const RestoreSetRequest& request);

}  // namespace contrail
