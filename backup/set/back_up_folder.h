// Backing up the databases of a folder that no engine has open: for the command line.

#pragma once

#include <string>
#include <vector>

#include "backup/set/backup_request.h"
#include "backup/set/byte_stream.h"
#include "storage/database_header.h"
#include "storage/event.h"
#include "storage/file.h"

namespace contrail {

struct FolderBackupRequest {
  std::string folder;      // Databases.
  std::string log_folder;  // Logs and checkpoint; empty: they lie beside the databases.
  // Of the logs; empty: that of the checkpoint there, else "edb". When it is given,
  // databases of other log streams are left out, with an event.
  std::string base_name;
  SetBackupRequest set;
};

// Starts an instance on the logs, which recovers the databases of the folder and no others,
// attaches every one, backs up, and ends the instance. kFileAccessDenied when it is open;
// kFileNotFound without a database; kDatabaseCorrupted, after an event that names it, when a file
// that is named *.edb, or that the logs know as a database, has no readable header, whatever else
// is there; kMissingLogFile without a log, kBadLogSignature when the logs are not those of a
// database: its log stream is never replaced by a new one; kInvalidParameter when the checkpoints
// of several logs lie there and no base name is given.
Result<SetBackupResult> BackUpFolderToSet(FileSystem& files, EventSink& events,
                                          const FolderBackupRequest& request);
// The same into a stream.
Result<SetBackupResult> BackUpFolderToStream(FileSystem& files, EventSink& events,
                                             const FolderBackupRequest& request, ByteSink& sink);

// What such a backup would find and do.
struct FolderBackupPlan {
  struct Database {
    std::string path;
    DatabaseState state = DatabaseState::kClean;
    uint64_t bytes = 0;
    std::string signature;
  };
  std::string base_name;
  std::vector<Database> databases;
  bool needs_recovery = false;  // A database is not clean: its logs would be replayed first.
  uint32_t generation_low = 0;  // Of the logs that lie there.
  uint32_t generation_high = 0;
  uint64_t log_bytes = 0;
};
// Looks, and changes nothing. Errors as above, as far as they show without starting an instance.
Result<FolderBackupPlan> PlanFolderBackup(FileSystem& files, EventSink& events,
                                          const FolderBackupRequest& request);

}  // namespace contrail
