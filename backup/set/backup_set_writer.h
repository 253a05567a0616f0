// Backups into a set: a folder with one folder per backup in it (docs/format/backup_set.md).
//
//   SET/000001-full/         manifest.json, data.edb.lz4, edb00001.log.lz4 ...
//   SET/000002-incremental/  manifest.json, edb00004.log.lz4 ...
//
// A backup is written under a temporary name, synced, and renamed; only then are logs truncated and
// is the backup ended. So a folder of the final name is always whole, and logs are never deleted
// before their copies are safe.

#pragma once

#include "backup/set/backup_request.h"
#include "engine/instance.h"

namespace contrail {

// Backs up a running instance. Errors of BackupSession and of files; kMissingFullBackup also when
// the set has no sound backup to go on from, that one does not reach up to this one, or its full
// one lacks a database that is attached; kFileAccessDenied when somebody else writes into the set.
Result<SetBackupResult> BackUpToSet(Instance& instance, const SetBackupRequest& request);

}  // namespace contrail
