// Backing up the databases of a folder that no engine has open: for the command line.

#pragma once

#include <string>

#include "backup/set/backup_set_writer.h"

namespace contrail {

struct FolderBackupRequest {
  std::string folder;      // Databases.
  std::string log_folder;  // Logs and checkpoint; empty: they lie beside the databases.
  // Of the logs; empty: that of the checkpoint, or of the logs, that lie there. When it is given,
  // databases of other log streams are left out, with an event.
  std::string base_name;
  SetBackupRequest set;
};

// Starts an instance on the logs, which recovers the databases of the folder and no others,
// attaches every one, backs up, and ends the instance. kFileAccessDenied when it is open;
// kFileNotFound without a database; kDatabaseCorrupted, after an event that names it, when an .edb
// file has no readable header, whatever else is there; kMissingLogFile without a log,
// kBadLogSignature when the logs are not those of a database: its log stream is never replaced by a
// new one.
Result<SetBackupResult> BackUpFolderToSet(FileSystem& files, EventSink& events,
                                          const FolderBackupRequest& request);

}  // namespace contrail
