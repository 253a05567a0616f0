// The archived log files of a running instance, as every kind of backup looks at them. Source: the
// backup contract, sections 9 and 12.

#pragma once

#include <vector>

#include "engine/backup_record.h"
#include "engine/instance.h"

namespace contrail {

// The generation that recovery would begin at after a power cut at this moment.
// kCheckpointCorrupt, kCheckpointFileNotFound.
Result<uint32_t> CheckpointGeneration(Instance& instance);

// The lowest generation in the log folder. kFileNotFound when there is none.
Result<uint32_t> LowestArchivedGeneration(Instance& instance);

// An incremental backup needs a full one of its own type. kMissingFullBackup, with an event, when
// this database has had none.
Status CheckFullBackup(Instance& instance, AttachedDatabase& database, BackupType type);

// And every log since the last truncating backup. kMissingFileToBackup, with an event, when
// `lowest` is too high for this database.
Status CheckLogsUnbroken(Instance& instance, AttachedDatabase& database, uint32_t lowest);

}  // namespace contrail
