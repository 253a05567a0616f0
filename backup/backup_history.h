// BackupHistory: what a folder knows of the backups of its databases: the stamps in their headers,
// the last positions in the checkpoint, and every backup record in the logs that are there.
//
// Reads only; the databases may be open, and the logs may be being written.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/backup_record.h"
#include "engine/folder_databases.h"
#include "engine/instance_state.h"
#include "log/log_files.h"
#include "storage/event.h"
#include "storage/file.h"

namespace contrail {

struct BackupHistoryRequest {
  std::string folder;      // Databases.
  std::string log_folder;  // Logs and checkpoint; empty: beside the databases.
  std::string base_name;   // Empty: that of the checkpoint there, else "edb".
};

// A backup record and where it stands.
struct LoggedBackupRecord {
  Lgpos position;
  BackupRecord record;
  std::string database;  // Path, of an update; empty when the logs do not tell it.
};

enum class LoggedBackupEnd {
  kInForce,     // Its stop record is there: the stamps and the truncation are true.
  kAborted,     // By the caller, the server or an error.
  kUnfinished,  // The process ended, or the backup runs at this moment.
};

// The records of one backup, from its begin on.
struct LoggedBackup {
  BackupScope scope = BackupScope::kFull;  // As it ended; of the begin while it has not.
  BackupType type = BackupType::kStreaming;
  LoggedBackupEnd end = LoggedBackupEnd::kUnfinished;
  Lgpos begin;  // Null: the begin is in a log that has gone.
  LogTime begin_time;
  Lgpos stop;  // Null: none.
  LogTime stop_time;
  uint32_t generation_low = 0;  // What was copied; 0 when no update tells it.
  uint32_t generation_high = 0;
  uint32_t truncated_low = 0;  // What the end deleted: low..end - 1; 0: nothing.
  uint32_t truncated_end = 0;
  std::vector<std::string> databases;  // Stamped.
};

struct BackupHistory {
  std::vector<FolderDatabase> databases;
  bool has_checkpoint = false;
  std::string checkpoint_path;
  Lgpos checkpoint;
  BackupMark last_full;
  BackupMark last_incremental;
  uint32_t generation_low = 0;  // Of the logs that were read; 0: none.
  uint32_t generation_high = 0;
  std::vector<LoggedBackupRecord> records;  // In the order of the log.
  std::vector<LoggedBackup> backups;        // The same, folded.
  std::vector<std::string> unreadable;      // Files that should have told something and do not.
};

// A file that cannot be read is listed and reported as an event, and the others are read all the
// same. Errors: those of listing the folders; kInvalidParameter, with an event, when the
// checkpoints of several logs lie there and no base name is given.
Result<BackupHistory> ReadBackupHistory(FileSystem& files, EventSink& events,
                                        const BackupHistoryRequest& request);

}  // namespace contrail
