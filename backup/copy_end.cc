#include "backup/copy_end.h"

#include <absl/strings/str_cat.h>

#include <algorithm>

#include "backup/backup_events.h"

namespace contrail {

void CopyEndInLog::Take(Lgpos position, const BackupRecord& record) {
  // Sessions of snapshots begin beside a backup.
  if (record.type != BackupType::kStreaming || !position_.IsNull()) return;
  if (!begun_) {
    begun_ = record.phase == BackupPhase::kBegin && record.mark == mark_;
    return;
  }
  // One backup runs at a time: wherever something else is said of one, this one reads no database
  // any more.
  position_ = position;
  time_ = record.time;
}

namespace {

Status ReadEnds(FileSystem& files, EventSink& events, const RestoreLogs& logs, Lgpos start,
                std::vector<CopyEndInLog>* ends) {
  LogSource set = logs.source;
  set.files.resize(set.files.size() - logs.survivors);
  ASSIGN_OR_RETURN(const std::unique_ptr<LogReader> reader,
                   LogReader::Open(files, events, std::move(set), start, &logs.signature));
  LogRecord record;
  while (std::any_of(ends->begin(), ends->end(),
                     [](const CopyEndInLog& end) { return end.position().IsNull(); })) {
    ASSIGN_OR_RETURN(const bool more, reader->Next(&record));
    if (!more) return Status::Ok();
    if (record.type != RecordType::kBackup) continue;
    ASSIGN_OR_RETURN(const BackupRecord backup, DecodeBackupRecord(record.payload));
    for (CopyEndInLog& end : *ends) end.Take(record.position, backup);
  }
  return Status::Ok();
}

}  // namespace

Status CheckCopyEnds(FileSystem& files, EventSink& events, const RestoreLogs& logs,
                     const std::vector<CopyInParts>& copies) {
  if (copies.empty()) return Status::Ok();
  std::vector<CopyEndInLog> ends;
  uint32_t first = copies.front().mark.generation;
  for (const CopyInParts& copy : copies) {
    ends.emplace_back(copy.mark);
    first = std::min(first, copy.mark.generation);
  }
  if (first <= logs.generation_high) {
    const Lgpos start{std::max(first, logs.generation_low), 0, 0};
    RETURN_IF_ERROR(ReadEnds(files, events, logs, start, &ends));
  }
  for (size_t i = 0; i < copies.size(); ++i) {
    if (!ends[i].position().IsNull()) continue;
    return ReportFailure(events, event_id::kRestoreLogsEndTooLow, Error::kEndingRestoreLogTooLow,
                         "The copy was read in parts, and the logs end before its backup had read "
                         "the last of them.",
                         copies[i].path, "all logs of the backup",
                         absl::StrCat("generation ", logs.generation_high));
  }
  return Status::Ok();
}

}  // namespace contrail
