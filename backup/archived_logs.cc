#include "backup/archived_logs.h"

#include <absl/strings/str_cat.h>

#include <algorithm>

#include "backup/backup_events.h"
#include "log/checkpoint.h"

namespace contrail {

Result<uint32_t> CheckpointGeneration(Instance& instance) {
  ASSIGN_OR_RETURN(const Checkpoint checkpoint,
                   ReadCheckpoint(instance.files(), instance.events(), instance.CheckpointPath()));
  // What the file shows may not be durable yet. Logs that an older checkpoint needs, which a power
  // cut would bring back, have to stay.
  return std::min(checkpoint.position, instance.checkpoint()).generation;
}

Result<uint32_t> LowestArchivedGeneration(Instance& instance) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names,
                   instance.files().List(instance.options().log_path));
  uint32_t lowest = 0;
  for (const std::string& name : names) {
    const uint32_t generation = GenerationOfFileName(instance.options().base_name, name);
    if (generation != 0 && (lowest == 0 || generation < lowest)) lowest = generation;
  }
  if (lowest == 0) return Error::kFileNotFound;
  return lowest;
}

Status CheckFullBackup(Instance& instance, AttachedDatabase& database, BackupType type) {
  const DatabaseHeader header = database.database().header();
  if (header.last_full_backup.generation_low != 0 && header.last_full_backup_type == type) {
    return Status::Ok();
  }
  return ReportFailure(instance.events(), event_id::kNoFullBackup, Error::kMissingFullBackup,
                       "The database has had no full backup to go on from.", database.path());
}

Status CheckLogsUnbroken(Instance& instance, AttachedDatabase& database, uint32_t lowest) {
  const DatabaseHeader header = database.database().header();
  const uint32_t next = std::max(header.last_full_backup.generation_high,
                                 header.last_incremental_backup.generation_high) +
                        1;
  if (lowest <= next) return Status::Ok();
  return ReportFailure(
      instance.events(), event_id::kFileToBackUpMissing, Error::kMissingFileToBackup,
      "A log since the last backup is missing: a full backup is needed.", instance.LogPathOf(next),
      absl::StrCat("generation ", next), absl::StrCat("generation ", lowest));
}

}  // namespace contrail
