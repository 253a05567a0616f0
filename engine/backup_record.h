// The backup's mark in the log and what it does to a database header. The engine knows it because
// recovery repeats the stamping; who writes such records is backup/. Source: record Backup2 of the
// backup contract, section 11; docs/format/backup_record.md.

#pragma once

#include <vector>

#include "storage/database_header.h"
#include "storage/lgpos.h"
#include "storage/status.h"

namespace contrail {

enum class BackupPhase : uint8_t {
  kBegin = 1,
  kPrepareLogs = 2,
  kTruncate = 3,  // The end of the backup deletes logs.
  kUpdate = 4,    // The end of the backup stamps one database's header.
  kAbort = 5,
  kStop = 6,  // Makes the truncation and the updates before it true, all at once.
};

enum class BackupScope : uint8_t { kFull = 1, kIncremental = 2, kCopy = 5, kDifferential = 6 };

struct BackupRecord {
  BackupPhase phase = BackupPhase::kBegin;
  BackupScope scope = BackupScope::kFull;
  BackupType type = BackupType::kStreaming;
  uint8_t database_id = 0;  // kUpdate; 0 otherwise.
  uint32_t generation_low = 0;
  uint32_t generation_high = 0;  // kTruncate: behind the last one that is deleted.
  Lgpos mark;
  LogTime time;
  friend bool operator==(const BackupRecord&, const BackupRecord&) = default;
};

std::vector<std::byte> EncodeBackupRecord(const BackupRecord& record);
Result<BackupRecord> DecodeBackupRecord(Bytes payload);  // kLogFileCorrupt

// Stamps the header as a finished backup does: full into FullPrev (clearing IncPrev, DiffPrev and
// the old snapshot entry), copy into CopyPrev, incremental into IncPrev, differential into
// DiffPrev. A stamp with a higher mark than the record's stays (false).
bool StampHeader(const BackupRecord& record, DatabaseHeader* header);

// Backups of another log stream, or from before a hard restore, are nothing to go on from.
void ClearBackupStamps(DatabaseHeader* header);

}  // namespace contrail
