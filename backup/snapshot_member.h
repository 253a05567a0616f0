// SnapshotMember: one instance in a snapshot session: its freeze, its logs, its headers. Source:
// the backup contract, section 16.
//
// Thread rule: none; the session's mutex guards it.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "backup/epoch.h"
#include "engine/instance.h"

namespace contrail {

struct SnapshotKind {
  bool incremental = false;  // Log files only.
  bool copy = false;         // Leaves the chain of backups, and the logs, as they are.

  // Of the records before the end, which know nothing of copies.
  BackupScope log_scope() const {
    return incremental ? BackupScope::kIncremental : BackupScope::kFull;
  }
  BackupScope scope() const {
    if (incremental) return copy ? BackupScope::kDifferential : BackupScope::kIncremental;
    return copy ? BackupScope::kCopy : BackupScope::kFull;
  }
};

// What a session tells of an instance.
struct SnapshotInstance {
  uintptr_t handle = 0;
  std::string name;
  std::vector<std::string> databases;  // Paths of those that are attached and logged.
};

class SnapshotMember {
 public:
  // The handle and the name are whatever the caller knows the instance by.
  SnapshotMember(Instance& instance, SnapshotKind kind, uintptr_t handle, std::string name);

  Instance& instance() const { return *instance_; }
  uintptr_t handle() const { return handle_; }
  SnapshotInstance Facts() const;

  // Takes the backup gate: from here to Leave nothing is attached or detached.
  // Its end is the session's business, through the binding. kOSSnapshotNotAllowed when a backup
  // runs, or the instance is not in a state for one.
  Status Enter();
  void Leave();
  // Ends the log's generation (with circular logging, makes it durable), and stops everything that
  // writes. When that fails everything goes on as before. kInvalidBackup (incremental with circular
  // logging), kMissingFullBackup, kMissingFileToBackup, kCheckpointCorrupt, errors of the log.
  Status Freeze();
  void Thaw() { instance_->ResumeWrites(); }
  // The end is to delete the logs that the snapshot has made unneeded; asked once.
  // kRequiredLogFilesMissing.
  Status Truncate(bool all_databases);
  // Stamps every attached, logged database and deletes what Truncate has chosen: all of it or
  // nothing. An error means that the log is down.
  Status Stamp();
  void Abort();
  void Report(Severity severity, uint32_t id, const char* text, Status status = Status::Ok());

 private:
  bool logged() const { return instance_->options().recovery; }
  std::vector<AttachedDatabase*> LoggedDatabases() const;
  Status CheckAllowed() const;
  Status StopLog();

  Instance* instance_;
  SnapshotKind kind_;
  uintptr_t handle_;
  std::string name_;
  BackupMark mark_;
  uint32_t copy_low_ = 0;
  uint32_t copy_last_ = 0;
  uint32_t delete_end_ = 0;  // 0: nothing was frozen, or Truncate has been asked.
  LogTruncation truncation_;
};

}  // namespace contrail
