// What a backup into a set or a stream is to be, and what became of it.

#pragma once

#include <string>

#include "backup/pace.h"
#include "backup/set/set_manifest.h"
#include "backup/set/set_progress.h"

namespace contrail {

struct SetBackupRequest {
  std::string set_folder;  // Made when it is missing. Not looked at for a stream.
  BackupScope kind = BackupScope::kFull;
  // Logs go although databases that are detached now were attached when they were written.
  bool truncate_for_detached = false;
  // Records what every table held where the backup's logs end. A snapshot is kept while all rows
  // are read; when what others change meanwhile takes most of the version memory it is given up,
  // and the manifest says of which tables nothing is recorded.
  bool record_contents = false;
  PaceOptions pace;
  SetProgressCallback progress;
};

struct SetBackupResult {
  std::string folder;  // Of this backup; empty for a stream.
  SetManifest manifest;
  uint64_t bytes = 0;
  uint64_t stored_bytes = 0;
};

}  // namespace contrail
