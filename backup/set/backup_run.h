// BackupRun: one backup of a running instance, from Begin to End, into whatever destination.
//
// Logs are truncated, and the backup is recorded in the databases, only after the destination has
// published it: what fails before leaves the instance as it was, and what fails behind leaves one
// backup more, and the logs.

#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>

#include "backup/pace.h"
#include "backup/set/backup_destination.h"
#include "backup/set/backup_request.h"
#include "engine/instance.h"

namespace contrail {

class BackupRun {
 public:
  // All outlive the run.
  BackupRun(Instance& instance, const SetBackupRequest& request, BackupDestination& destination);

  // Errors of BackupSession, of files and of the destination; kTermInProgress when the progress
  // callback has said so.
  Result<SetBackupResult> Run();

 private:
  Status CopyAll();
  Status CopyDatabases();
  Status CopyLogs();
  // Where the logs of the backup end, with what tables hold there when that is wanted.
  Status FindLogs(LogFileList* logs);
  Status FindLogsAndRecord(LogFileList* logs);
  Status CopyFile(const std::string& path, const char* phase, SetFile* file);
  Status TruncateLogs();
  Result<bool> MayTruncate();
  CommitWaits LookAtCommits();
  bool Tell(const char* phase, const std::string& name) const;
  std::string UniqueName(const std::string& path);

  Instance& instance_;
  const SetBackupRequest& request_;
  BackupDestination& destination_;
  std::shared_ptr<BackupSession> session_;
  BackupOwner owner_;
  std::optional<Pace> pace_;  // From the begin on.
  CommitWaits commit_waits_;
  std::set<std::string> names_;
  uint64_t bytes_done_ = 0;
  uint64_t bytes_total_ = 0;
  SetBackupResult result_;
};

}  // namespace contrail
