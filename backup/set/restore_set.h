// From a backup set to databases that can be attached.

#pragma once

#include <string>

#include "backup/restore.h"
#include "backup/set/backup_set_reader.h"

namespace contrail {

struct RestoreSetRequest {
  std::string set_folder;
  std::string to;              // Made when it is missing. Databases and logs go there.
  std::string surviving_logs;  // Folder with logs behind those of the set; empty: none.
                               // They are copied to `to` unless they lie there.
  uint32_t number = 0;         // Which backup of the set; 0: the newest.
  uint64_t cache_bytes = 64 << 20;
  bool background_threads = true;  // As in InstanceOptions.
  SetProgressCallback progress;
};

struct RestoreSetResult {
  std::vector<std::string> databases;  // Paths of the restored files: clean, ready to be attached.
  RestoreResult replay;
};

// kBackupDirectoryNotEmpty when `to` holds databases or logs already (those of an interrupted
// restore are replaced); errors of ChainTo, Extract and Restore. Can be repeated.
Result<RestoreSetResult> RestoreSet(FileSystem& files, EventSink& events,
                                    const RestoreSetRequest& request);

}  // namespace contrail
