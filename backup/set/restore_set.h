// From a backup set to databases that can be attached.

#pragma once

#include "backup/set/restore_request.h"
#include "storage/event.h"
#include "storage/file.h"

namespace contrail {

// Everything is made ready, and verified, in a folder of its own in `to`, and moved at the end:
// when anything fails, the files in `to` are what they were. Can be repeated.
// kBackupDirectoryNotEmpty when `to` holds databases or logs already; kDatabaseSignInUse when
// another database would be replaced; kDatabaseDirtyShutdown when another database that lies in
// `to`, or was attached there, needs the logs that are taken over; kFileAccessDenied when a program
// uses `to` or a database in it; kMissingFullBackup when every full backup of the set is later than
// the point; errors of ChainTo, Extract and Restore.
Result<RestoreSetResult> RestoreSet(FileSystem& files, EventSink& events,
                                    const RestoreSetRequest& request);

}  // namespace contrail
