// What is to be restored from a set or a stream, and what became of it.

#pragma once

#include <string>
#include <vector>

#include "backup/restore.h"
#include "backup/set/set_progress.h"

namespace contrail {

struct RestoreSetRequest {
  std::string set_folder;      // Not looked at for a stream.
  std::string to;              // Made when it is missing. Databases and logs go there.
  std::string surviving_logs;  // Folder with logs behind those of the set; empty: none. When it is
                               // `to` itself, by whatever path, the databases there are replaced.
  uint32_t number = 0;         // Which backup of the set; 0: the newest that the point allows. Of a
                               // stream: all.
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

}  // namespace contrail
