// Retention: backups that are old enough go, and never one that a backup which stays needs.
//
// What stays: the newest N full backups that are sound, whatever is newer than the oldest of these,
// and whatever any of those goes on from. A full backup is sound here when it is not marked
// damaged, its manifest is whole and its files are there in their size. When there are fewer than N
// nothing goes.
//
// Nor does one go in whose folder somebody has put databases or logs, which would go with it.
//
// Each backup that goes is renamed first, the newest first: whenever this is interrupted, the set
// is good, and the next expiry or backup clears what is left.

#pragma once

#include <string>
#include <vector>

#include "backup/set/set_kind.h"
#include "storage/event.h"
#include "storage/file.h"

namespace contrail {

struct ExpireRequest {
  std::string set_folder;
  uint32_t keep_full = 0;  // At least 1.
  bool dry_run = false;    // Says what would go; changes nothing.
};

struct ExpiredBackup {
  uint32_t number = 0;
  BackupScope kind = BackupScope::kFull;
  uint64_t stored_bytes = 0;
};

struct ExpireResult {
  uint32_t sound_full = 0;  // How many there are.
  std::vector<ExpiredBackup> expired;
  std::vector<std::string> foreign;  // Databases and logs for whose sake a backup does not go.
  size_t kept = 0;
};

// kInvalidParameter (keep_full 0), kFileNotFound (no set), kFileAccessDenied (somebody writes into
// it), errors of files: then what has gone so far has.
Result<ExpireResult> ExpireBackups(FileSystem& files, EventSink& events,
                                   const ExpireRequest& request);

}  // namespace contrail
