// A backup that the engine makes on its own, into a directory: JetBackup. Source: the backup
// contract, section 14 and decisions 20.7 and 20.8; docs/format/backup_directory.md.
//
//   full                 databases, an empty NAME.pat for each, and logs; the directory has to be
//                        empty
//   full, atomic         the same into DIRECTORY/temp, which becomes DIRECTORY/new when all of it
//                        is durable; what was `new` is `old` meanwhile, and goes at the end
//   incremental          logs, beside the files that are there
//   incremental, atomic  the same into `new`, or `old` where there is no `new`
//   without a directory  no backup: logs that no recovery needs go
//
// A file has its name only when all of it is durable, and logs are only truncated when all files
// are: there is a whole set at every moment, in the directory, in `new` or in `old`.

#pragma once

#include <functional>
#include <string>

#include "backup/backup_session.h"

namespace contrail {

struct DirectoryBackupRequest {
  std::string directory;  // Ends with a slash.
  BackupKind kind = BackupKind::kFull;
  bool atomic = false;
  bool create_directory = false;  // When it is missing.
  PaceOptions pace;
  // Asked between the steps: an error ends the backup, and is what it returns.
  std::function<Status()> interrupted;
  // Called once the backup has begun; an error ends it, and is what it returns.
  std::function<Status()> begun;
};

// Errors of the session's calls; kInvalidPath (no such directory, or one that the instance itself
// uses, however the paths are spelled), kBackupDirectoryNotEmpty,
// kBackupInProgress (also when another instance, of whatever process, is backing up into the
// directory), kMakeBackupDirectoryFail, kDatabaseDuplicate (two databases have one file name),
// errors of files. After any of them the backup has been given up, and what it had written is gone,
// or whole.
Status BackUpToDirectory(Instance& instance, const DirectoryBackupRequest& request);

// Deletes the log generations that no recovery needs, unless logging is circular. No database is
// stamped: the next incremental backup may miss logs. kBackupInProgress, errors of the checkpoint.
Status TruncateLogsWithoutBackup(Instance& instance);

}  // namespace contrail
