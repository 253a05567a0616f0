#include "backup/restore_point.h"

#include <absl/strings/str_cat.h>

#include <algorithm>

#include "backup/backup_events.h"
#include "backup/copy_end.h"
#include "engine/undo_record.h"

namespace contrail {
namespace {

// The end of a backup, which its databases need to be whole, as the log tells it.
struct BackupInLog {
  explicit BackupInLog(const CopyNeeds& needs) : copy(needs), end(needs.mark) {}

  CopyNeeds copy;
  CopyEndInLog end;
};

class PointScan {
 public:
  PointScan(LogReader& reader, const RestoreLogs& logs, const std::vector<CopyNeeds>& copies,
            const RestorePoint& point)
      : reader_(reader), logs_(logs), point_(point) {
    for (const CopyNeeds& copy : copies) backups_.emplace_back(copy);
  }

  Status Run();
  // Before this position the copies are not whole.
  Lgpos Whole() const;
  LogTime whole_time() const { return whole_time_; }
  bool found() const { return found_; }
  const ReplayEnd& end() const { return end_; }
  Lgpos log_end() const { return log_end_; }
  LogTime last_time() const { return last_time_; }

 private:
  Status Take(const LogRecord& record);
  bool IsAtEnd() const;
  void TakeBackup(Lgpos position, const BackupRecord& record);
  void TakeTime(const LogTime& time) {
    if (time.ToUnixMilliseconds() > last_time_.ToUnixMilliseconds()) last_time_ = time;
  }
  void StopAt(Lgpos position) {
    found_ = true;
    end_.stop_at = position;
  }
  bool AllWhole() const {
    return std::all_of(backups_.begin(), backups_.end(),
                       [](const BackupInLog& backup) { return !backup.end.position().IsNull(); });
  }

  LogReader& reader_;
  const RestoreLogs& logs_;
  const RestorePoint& point_;
  std::vector<BackupInLog> backups_;
  LogTime whole_time_;
  bool found_ = false;
  ReplayEnd end_;
  Lgpos log_end_;  // Null unless all of the log was read.
  LogTime last_time_;
};

Status PointScan::Run() {
  LogRecord record;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, reader_.Next(&record));
    if (!more) break;
    RETURN_IF_ERROR(Take(record));
    if (found_ && AllWhole()) return Status::Ok();
  }
  log_end_ = reader_.end().position;
  if (!found_) found_ = IsAtEnd();
  return Status::Ok();
}

// No record lies behind the point. Is that because there is none, or because it is not known?
bool PointScan::IsAtEnd() const {
  if (point_.position.has_value()) {
    if (*point_.position < log_end_) return true;
    // An archived log is all that there is of its generation.
    return !logs_.source.last_may_be_torn &&
           point_.position->generation == logs_.source.files.back().generation;
  }
  const int64_t time = point_.time->ToUnixMilliseconds();
  const int64_t last = last_time_.ToUnixMilliseconds();
  // Of one moment there can be more commits behind a gap.
  return logs_.gap.has_value() ? time < last : time <= last;
}

Status PointScan::Take(const LogRecord& record) {
  if (point_.position.has_value() && !found_ && record.position > *point_.position) {
    StopAt(record.position);
  }
  if (record.type == RecordType::kBackup) {
    ASSIGN_OR_RETURN(const BackupRecord backup, DecodeBackupRecord(record.payload));
    TakeBackup(record.position, backup);
    if (!found_) TakeTime(backup.time);
  } else if (record.type == RecordType::kCommit && !found_) {
    ASSIGN_OR_RETURN(const CommitRecord commit, ParseCommitRecord(record.payload));
    if (point_.time.has_value() &&
        commit.time.ToUnixMilliseconds() > point_.time->ToUnixMilliseconds()) {
      StopAt(record.position);
      return Status::Ok();
    }
    end_.last_commit = record.position;
    end_.last_commit_time = commit.time;
    TakeTime(commit.time);
  }
  return Status::Ok();
}

void PointScan::TakeBackup(Lgpos position, const BackupRecord& record) {
  for (BackupInLog& backup : backups_) {
    if (!backup.end.position().IsNull()) continue;
    backup.end.Take(position, record);
    if (!backup.end.position().IsNull()) whole_time_ = record.time;
  }
}

Lgpos PointScan::Whole() const {
  Lgpos whole;
  for (const BackupInLog& backup : backups_) {
    // Without the record: whatever the copy's trailer says.
    const Lgpos& end = backup.end.position();
    whole = std::max(whole, end.IsNull() ? Lgpos{backup.copy.generation_high + 1, 0, 0} : end);
  }
  return whole;
}

std::string PlaceText(const Lgpos& position, const LogTime& time) {
  return time.IsNull() ? LgposText(position)
                       : absl::StrCat(LgposText(position), " (", time.ToText(), ")");
}

}  // namespace

Result<ReplayEnd> FindReplayEnd(FileSystem& files, EventSink& events, const RestoreLogs& logs,
                                const std::vector<CopyNeeds>& copies, const RestorePoint& point) {
  ASSIGN_OR_RETURN(
      const std::unique_ptr<LogReader> reader,
      LogReader::Open(files, events, logs.source, {logs.generation_low, 0, 0}, &logs.signature));
  PointScan scan(*reader, logs, copies, point);
  RETURN_IF_ERROR(scan.Run());
  if (!scan.found()) {
    if (logs.gap.has_value()) {
      for (const Event& event : logs.gap->events) events.Report(event);
      return logs.gap->status;
    }
    return ReportFailure(
        events, event_id::kRestoreLogMissing, Error::kMissingRestoreLogFiles,
        "The point to restore to lies behind the end of the logs: restore all of them instead, or "
        "find the logs that follow.",
        logs.source.files.back().path,
        absl::StrCat("a point up to ", PlaceText(scan.log_end(), scan.last_time())),
        point.ToText());
  }
  const Lgpos whole = scan.Whole();
  if (!whole.IsNull() && scan.end().stop_at <= whole) {
    return ReportFailure(
        events, event_id::kRestoreLogsEndTooLow, Error::kEndingRestoreLogTooLow,
        "The point to restore to lies before the end of the backup, and its copies are not whole "
        "there: restore an earlier backup.",
        logs.source.files.front().path,
        absl::StrCat("a point from ", PlaceText(whole, scan.whole_time()), " on"), point.ToText());
  }
  return scan.end();
}

}  // namespace contrail
