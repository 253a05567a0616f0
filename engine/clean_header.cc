#include "engine/clean_header.h"

#include "engine/backup_record.h"

namespace contrail {

Status MarkHeaderDirty(Database& database, const Attachment& attachment,
                       const Signature& log_signature, const LogTime& generation_created,
                       const std::function<void(DatabaseHeader*)>& change) {
  const uint32_t generation = attachment.position.generation;
  return database.UpdateHeader([&](DatabaseHeader* header) {
    header->state = DatabaseState::kDirty;
    header->database_id = attachment.database_id;
    header->attach_position = attachment.position;
    header->attach_time = LogTime::Now();
    header->detach_position = {};
    header->detach_time = {};
    header->generation_min_required = generation;
    header->generation_max_required = generation;
    header->generation_max_committed = generation;
    header->generation_min_consistent = generation;
    header->generation_max_created = generation_created;
    header->generation_max_required_created = header->generation_max_created;
    header->current_full_backup = {};
    if (header->log_signature != log_signature) {
      // Backups of another stream say nothing about the logs of this one.
      header->log_signature = log_signature;
      ClearBackupStamps(header);
    }
    // A flush map that another engine left beside the file must not be trusted after our writes.
    header->header_flush_signature = Signature::Random();
    header->flush_map_signature = {};
    if (change) change(header);
  });
}

Status MarkHeaderClean(Database& database, Lgpos position,
                       const std::function<void(DatabaseHeader*)>& change) {
  return database.UpdateHeader([&](DatabaseHeader* header) {
    header->state = DatabaseState::kClean;
    header->consistent_position = header->detach_position = position;
    header->consistent_time = header->detach_time = LogTime::Now();
    header->generation_min_required = header->generation_max_required = 0;
    header->generation_max_committed = header->generation_min_consistent = 0;
    header->generation_pre_redo_min_consistent = header->generation_pre_redo_min_required = 0;
    header->generation_max_created = header->generation_max_required_created = {};
    header->current_full_backup = {};
    header->generation_recovering = 0;
    if (change) change(header);
  });
}

}  // namespace contrail
