#include "engine/backup_record.h"

#include "engine/byte_stream.h"

namespace contrail {

std::vector<std::byte> EncodeBackupRecord(const BackupRecord& record) {
  ByteWriter writer;
  writer.Integer(static_cast<uint8_t>(record.phase));
  writer.Integer(static_cast<uint8_t>(record.scope));
  writer.Integer(static_cast<uint8_t>(record.type));
  writer.Integer(record.database_id);
  writer.Integer(record.generation_low);
  writer.Integer(record.generation_high);
  writer.Integer(record.mark.Packed());
  std::byte time[LogTime::kSize];
  record.time.Store(time);
  writer.Raw(time);
  return writer.Take();
}

Result<BackupRecord> DecodeBackupRecord(Bytes payload) {
  ByteReader reader(payload);
  BackupRecord record;
  const auto phase = reader.Integer<uint8_t>();
  const auto scope = reader.Integer<uint8_t>();
  const auto type = reader.Integer<uint8_t>();
  record.database_id = reader.Integer<uint8_t>();
  record.generation_low = reader.Integer<uint32_t>();
  record.generation_high = reader.Integer<uint32_t>();
  record.mark = Lgpos::FromPacked(reader.Integer<uint64_t>());
  const Bytes time = reader.Raw(LogTime::kSize);
  const bool known_scope = scope == 1 || scope == 2 || scope == 5 || scope == 6;
  if (reader.failed() || phase < 1 || phase > 6 || !known_scope || type > 3) {
    return Error::kLogFileCorrupt;
  }
  record.phase = static_cast<BackupPhase>(phase);
  record.scope = static_cast<BackupScope>(scope);
  record.type = static_cast<BackupType>(type);
  record.time = LogTime::Load(time.data());
  return record;
}

void ClearBackupStamps(DatabaseHeader* header) {
  header->last_full_backup = header->last_incremental_backup = {};
  header->last_copy_backup = header->last_differential_backup = {};
  header->last_full_backup_type = header->last_incremental_backup_type = BackupType::kStreaming;
  header->last_copy_backup_type = header->last_differential_backup_type = BackupType::kStreaming;
  header->current_snapshot_backup = {};
}

bool StampHeader(const BackupRecord& record, DatabaseHeader* header) {
  BackupInfo* stamp = nullptr;
  BackupType* type = nullptr;
  switch (record.scope) {
    case BackupScope::kFull:
      stamp = &header->last_full_backup;
      type = &header->last_full_backup_type;
      break;
    case BackupScope::kIncremental:
      stamp = &header->last_incremental_backup;
      type = &header->last_incremental_backup_type;
      break;
    case BackupScope::kCopy:
      stamp = &header->last_copy_backup;
      type = &header->last_copy_backup_type;
      break;
    case BackupScope::kDifferential:
      stamp = &header->last_differential_backup;
      type = &header->last_differential_backup_type;
      break;
  }
  if (stamp->mark > record.mark) return false;
  *stamp = {record.mark, record.time, record.generation_low, record.generation_high};
  // A surrogate's stamp is that of a snapshot; type 3 appears in log records only.
  *type = record.type == BackupType::kSurrogate ? BackupType::kOsSnapshot : record.type;
  if (record.scope == BackupScope::kFull) {
    header->last_incremental_backup = header->last_differential_backup = {};
    header->last_incremental_backup_type = header->last_differential_backup_type =
        BackupType::kStreaming;
    header->current_snapshot_backup = {};
  }
  return true;
}

}  // namespace contrail
