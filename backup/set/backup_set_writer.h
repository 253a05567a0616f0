// Backups into a set: a folder with one folder per backup in it (docs/format/backup_set.md).
//
//   SET/000001-full/         manifest.json, data.edb.lz4, edb00001.log.lz4 ...
//   SET/000002-incremental/  manifest.json, edb00004.log.lz4 ...
//
// A backup is written under a temporary name, synced, and renamed; only then are logs truncated and
// is the backup ended. So a folder of the final name is always whole, and logs are never deleted
// before their copies are safe.

#pragma once

#include <optional>
#include <string>

#include "backup/set/set_manifest.h"
#include "backup/set/set_progress.h"
#include "engine/instance.h"

namespace contrail {

struct SetBackupRequest {
  std::string set_folder;  // Made when it is missing.
  BackupKind kind = BackupKind::kFull;
  bool truncate_logs = true;  // False: a copy, or a differential backup.
  // Logs go although databases that are detached now were attached when they were written.
  bool truncate_for_detached = false;
  SetProgressCallback progress;
};

struct SetBackupResult {
  std::string folder;  // Of this backup.
  SetManifest manifest;
  uint64_t bytes = 0;
  uint64_t stored_bytes = 0;
};

// Backs up a running instance. Errors of BackupSession and of files; kMissingFullBackup also when
// the set has no backup to go on from, its newest one does not reach up to this one, or its full
// one lacks a database that is attached; kFileAccessDenied when somebody else writes into the set.
Result<SetBackupResult> BackUpToSet(Instance& instance, const SetBackupRequest& request);

}  // namespace contrail
