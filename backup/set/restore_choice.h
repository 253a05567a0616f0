// Which backups of a set a restore takes.

#pragma once

#include <vector>

#include "backup/set/backup_set_reader.h"
#include "backup/set/restore_request.h"

namespace contrail {

// In the order in which they are restored. Errors, with an event: those of ChainTo;
// kMissingFullBackup when every backup that holds databases is later than the point.
Result<std::vector<const SetEntry*>> ChooseChain(const BackupSetReader& set, EventSink& events,
                                                 const RestoreSetRequest& request);

}  // namespace contrail
