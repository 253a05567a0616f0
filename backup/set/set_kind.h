// The kinds of backups in a set, by their names and by what follows from them.
//
//   full          databases and logs; begins a chain; logs may go afterwards
//   incremental   the logs since the last full or incremental one; logs may go afterwards
//   copy          databases and logs, and nothing else changes: nobody goes on from it
//   differential  the logs since the last full or incremental one; nobody goes on from it

#pragma once

#include <optional>
#include <string_view>

#include "backup/log_range.h"
#include "engine/backup_record.h"

namespace contrail {

// "full", "incremental", "copy", "differential".
const char* BackupKindName(BackupScope kind);
std::optional<BackupScope> BackupKindOfName(std::string_view name);

// Has databases in it; a restore can begin there.
inline bool HoldsDatabases(BackupScope kind) {
  return kind == BackupScope::kFull || kind == BackupScope::kCopy;
}
// Later backups go on from it, and logs that it holds may be deleted.
inline bool CarriesChain(BackupScope kind) {
  return kind == BackupScope::kFull || kind == BackupScope::kIncremental;
}
// How its session begins.
inline BackupKind SessionKindOf(BackupScope kind) {
  return HoldsDatabases(kind) ? BackupKind::kFull : BackupKind::kIncremental;
}

}  // namespace contrail
