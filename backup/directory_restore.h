// Restoring what JetBackup wrote: JetRestore. Source: the backup contract, section 15.1;
// docs/format/backup_directory.md.
//
// The set is looked for in the directory, then in `new`, then in `old`. Its databases are copied to
// where they lay, or into another directory, and rolled forward through the logs of the set and
// those in the instance's log path. They are clean and detached afterwards.

#pragma once

#include <functional>
#include <string>

#include "backup/restore.h"

namespace contrail {

struct DirectoryRestoreRequest {
  std::string source;       // Ends with a slash.
  std::string destination;  // The same; empty: the paths that the log knows.
  // Paths, base name and memory of the instance that works, and is gone afterwards.
  InstanceOptions instance;
  // Returning false stops the restore (kTermInProgress).
  std::function<bool(const RestoreProgress&)> progress;
};

// Everything is copied, verified, before anything that was there is replaced. Afterwards the
// restore can be repeated whatever happened. Errors are those that the API documents, with an event
// (454) that says more:
//   kInvalidPath               no such directory, or a database would be restored into the set
//   kFileNotFound              no log in it
//   JET_errPatchFileMissing    no database in it
//   kMissingLogFile            a log of the set is missing
//   kLogFileCorrupt            a log is damaged
//   kInvalidLogSequence        the logs, of the set and behind it, are not one sequence
//   kPageSizeMismatch          the instance has another page size
//   kAttachedDatabaseMismatch  a database is missing, or the logs do not know it
//   kReadVerifyFailure         a page of a copy is damaged
//   kDatabaseSharingViolation  a database that would be replaced is in use
Result<RestoreResult> RestoreDirectory(FileSystem& files, EventSink& events,
                                       const DirectoryRestoreRequest& request);

}  // namespace contrail
