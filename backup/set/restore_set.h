// From a backup set to databases that can be attached.

#pragma once

#include <string>

#include "backup/restore.h"
#include "backup/set/backup_set_reader.h"

namespace contrail {

struct RestoreSetRequest {
  std::string set_folder;
  std::string to;              // Made when it is missing. Databases and logs go there.
  std::string surviving_logs;  // Folder with logs behind those of the set; empty: none. When it is
                               // `to` itself, by whatever path, the databases there are replaced.
  uint32_t number = 0;         // Which backup of the set; 0: the newest that the point allows.
  // Not further than this. Then a new log stream begins in `to`; when logs of the old one lie there
  // they are moved into a folder of their own, "timeline-<random number of their signature>".
  RestorePoint point;
  uint64_t cache_bytes = 64 << 20;
  bool background_threads = true;  // As in InstanceOptions.
  SetProgressCallback progress;
};

struct RestoreSetResult {
  std::vector<std::string> databases;  // Paths of the restored files: clean, ready to be attached.
  RestoreResult replay;
};

// Everything is made ready, and verified, in a folder of its own in `to`, and moved at the end:
// when anything fails, the files in `to` are what they were. Can be repeated.
// kBackupDirectoryNotEmpty when `to` holds databases or logs already; kDatabaseSignInUse when
// another database would be replaced; kFileAccessDenied when a program uses `to` or a database in
// it; kMissingFullBackup when every full backup of the set is later than the point; errors of
// ChainTo, Extract and Restore.
Result<RestoreSetResult> RestoreSet(FileSystem& files, EventSink& events,
                                    const RestoreSetRequest& request);

}  // namespace contrail
