// Which backups of a set a restore takes.

#pragma once

#include <string>
#include <vector>

#include "backup/set/backup_set_reader.h"
#include "backup/set/restore_request.h"

namespace contrail {

// In the order in which they are restored. Errors, with an event: those of ChainTo;
// kMissingFullBackup when every backup that holds databases is later than the point.
Result<std::vector<const SetEntry*>> ChooseChain(const BackupSetReader& set, EventSink& events,
                                                 const RestoreSetRequest& request);

// The newest backup that can be had instead when that one cannot: as far as manifests and marks
// tell it is whole, it does not need `bad`, and a point allows it. 0: none.
uint32_t NewestWithout(const BackupSetReader& set, uint32_t bad, const RestoreSetRequest& request);
// A sentence that names it, with a blank before it; empty: there is none.
std::string TellOfNewestWithout(const BackupSetReader& set, uint32_t bad,
                                const RestoreSetRequest& request);

}  // namespace contrail
