// LogRange: which log generations belong to a backup, and which may go after it.
//
//   copy_low .. copy_end - 1     what the client copies
//   delete_low .. delete_end - 1 what the end of the backup deletes after TruncateLog
//
// A full backup needs everything from the checkpoint at its begin on; an incremental one takes all
// archived generations on the disk. Prepare ends the current generation, so that what the databases
// have been read from is complete in archived files. Source: the backup contract, sections 9 and
// 12.
//
// Thread rule: none; the session's mutex guards it.

#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "backup/byte_coverage.h"
#include "backup/database_stream.h"
#include "backup/epoch.h"
#include "engine/backup_record.h"
#include "engine/instance.h"
#include "log/log_files.h"

namespace contrail {

enum class BackupKind { kFull, kIncremental };

// An attached, logged database as the backup sees it.
struct BackupMember {
  AttachedDatabase* database = nullptr;
  bool joined = false;  // In the backup.
  bool copied = false;  // Read to its end.
  // What its readers have been given, of how much (0: nobody has come to the end), and what those
  // of sections have in common.
  ByteCoverage given = {};
  uint64_t file_size = 0;
  bool whole = false;  // One reader has had all of it: its trailer knows of no others.
  std::optional<DatabasePlan> plan = std::nullopt;
  std::shared_ptr<BackupScrub> scrub = nullptr;  // Null: nothing is to be scrubbed.
};

class LogRange {
 public:
  LogRange(Instance& instance, BackupKind kind) : instance_(instance), kind_(kind) {}

  // Full: copy_low from the checkpoint file, and keeps generations from there on.
  // kCheckpointCorrupt, kCheckpointFileNotFound.
  Status Begin();
  // Once; the first call's result is every later call's. kFileNotFound (no archived log at all),
  // kMissingFileToBackup (incremental: logs are missing since the last backup), errors of the log.
  // `at_end` is called at the end of the logs to copy: every commit before it is in them, none
  // behind it is. It is short and commits nothing.
  Status Prepare(const std::vector<BackupMember>& members, const std::function<void()>& at_end);
  bool prepared() const { return asked_ && prepare_status_.ok(); }

  uint32_t copy_low() const { return copy_low_; }
  uint32_t copy_end() const { return copy_end_; }
  // Position and time of the record that Prepare wrote.
  const BackupMark& prepare_mark() const { return mark_; }
  std::vector<std::string> FilesToCopy() const;
  std::vector<std::string> FilesToDelete() const;

  // kLogReadVerifyFailure, with an event, when the log does not follow the one before it, or is not
  // followed by the one behind it, of those that have been given here. Logs of one stream and the
  // right generations can still be from two histories: one of them from before a restore.
  Status CheckFollows(const LogFileHeader& header, const std::string& path);
  void MarkCopied(uint32_t generation);
  bool AllCopied() const;

  // The end of the backup is to delete logs. kLogFileNotCopied while logs of the range have not
  // been copied.
  Status Truncate();
  bool truncated() const { return truncated_; }
  // Empty unless Truncate has been called.
  LogTruncation truncation() const {
    return truncated_ ? LogTruncation{delete_low_, delete_end_} : LogTruncation{};
  }

 private:
  Status DoPrepare(const std::vector<BackupMember>& members, const std::function<void()>& at_end);
  Result<uint32_t> EndGeneration(const std::function<void()>& at_end);
  std::vector<std::string> Files(uint32_t low, uint32_t end) const;

  Instance& instance_;
  const BackupKind kind_;
  bool asked_ = false;
  Status prepare_status_;
  BackupMark mark_;
  uint32_t copy_low_ = 0;
  uint32_t copy_end_ = 0;
  uint32_t delete_low_ = 0;
  uint32_t delete_end_ = 0;
  struct Times {
    LogTime created;
    LogTime previous_created;
  };
  std::map<uint32_t, Times> times_;  // By generation.
  std::set<uint32_t> copied_;
  bool truncated_ = false;
};

}  // namespace contrail
