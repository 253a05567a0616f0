#include "backup/backup_history.h"

#include <algorithm>
#include <map>

#include "backup/log_base_name.h"
#include "log/checkpoint.h"
#include "log/log_inspection.h"
#include "storage/file_path.h"

namespace contrail {
namespace {

class HistoryReader {
 public:
  HistoryReader(FileSystem& files, EventSink& events, const BackupHistoryRequest& request)
      : files_(files),
        events_(events),
        request_(request),
        log_folder_(WithSlash(request.log_folder.empty() ? request.folder : request.log_folder)) {}

  Result<BackupHistory> Read();

 private:
  Status ReadDatabases();
  Status ReadCheckpointFile(const std::vector<std::string>& names);
  Status ReadLogs(const std::vector<std::string>& names);
  void ReadLog(const LogFileInfo& log);
  void TakeRecord(const LogRecord& record);
  void Fold(const LoggedBackupRecord& logged);
  LoggedBackup& Running(const LoggedBackupRecord& logged);

  FileSystem& files_;
  EventSink& events_;
  const BackupHistoryRequest& request_;
  const std::string log_folder_;
  std::string base_name_;
  BackupHistory history_;
  std::map<uint8_t, std::string> attached_;  // At the record being read.
  bool running_ = false;                     // The last of history_.backups has not ended.
};

Result<BackupHistory> HistoryReader::Read() {
  RETURN_IF_ERROR(ReadDatabases());
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files_.List(log_folder_));
  RETURN_IF_ERROR(ReadCheckpointFile(names));
  RETURN_IF_ERROR(ReadLogs(names));
  return std::move(history_);
}

Status HistoryReader::ReadDatabases() {
  ASSIGN_OR_RETURN(const FolderDatabases found,
                   FolderDatabases::Find(files_, WithSlash(request_.folder)));
  history_.databases = found.all();
  std::sort(history_.databases.begin(), history_.databases.end(),
            [](const FolderDatabase& a, const FolderDatabase& b) { return a.path < b.path; });
  history_.unreadable = found.unreadable();
  return Status::Ok();
}

Status HistoryReader::ReadCheckpointFile(const std::vector<std::string>& names) {
  base_name_ = request_.base_name;
  if (base_name_.empty()) {
    ASSIGN_OR_RETURN(base_name_, FindLogBaseName(events_, log_folder_, names));
  }
  history_.checkpoint_path = log_folder_ + CheckpointFileName(base_name_);
  const Result<Checkpoint> checkpoint = ReadCheckpoint(files_, events_, history_.checkpoint_path);
  if (checkpoint.status().Is(Error::kCheckpointFileNotFound)) return Status::Ok();
  Result<InstanceState> state = Error::kCheckpointCorrupt;
  if (checkpoint.ok()) state = DecodeInstanceState(checkpoint->state);
  if (!state.ok()) {
    history_.unreadable.push_back(history_.checkpoint_path);
    return Status::Ok();
  }
  history_.has_checkpoint = true;
  history_.checkpoint = checkpoint->position;
  history_.last_full = state->last_full_backup;
  history_.last_incremental = state->last_incremental_backup;
  return Status::Ok();
}

Status HistoryReader::ReadLogs(const std::vector<std::string>& names) {
  std::vector<LogFileInfo> logs;
  for (const std::string& name : names) {
    const uint32_t generation = GenerationOfFileName(base_name_, name);
    if (generation != 0) logs.push_back({generation, log_folder_ + name});
  }
  std::sort(logs.begin(), logs.end(),
            [](const LogFileInfo& a, const LogFileInfo& b) { return a.generation < b.generation; });
  const std::string current = log_folder_ + CurrentLogFileName(base_name_);
  ASSIGN_OR_RETURN(const bool has_current, files_.Exists(current));
  if (has_current) logs.push_back({0, current});
  for (const LogFileInfo& log : logs) ReadLog(log);
  return Status::Ok();
}

void HistoryReader::ReadLog(const LogFileInfo& log) {
  const Result<LogFileHeader> header = ReadLogFileHeader(files_, events_, log.path);
  if (header.ok()) {
    const Result<InstanceState> state = DecodeInstanceState(header->state);
    if (state.ok()) {
      for (const Attachment& attachment : state->attachments) {
        attached_[attachment.database_id] = attachment.path;
      }
    }
  }
  const Result<LogInspection> read = InspectLogFile(
      files_, events_, log.path, [this](const LogRecord& record) { TakeRecord(record); });
  if (!read.ok()) {
    history_.unreadable.push_back(log.path);
    return;
  }
  const uint32_t generation = read->header.generation;
  if (history_.generation_low == 0) history_.generation_low = generation;
  history_.generation_high = generation;
  if (read->frame_behind.has_value()) history_.unreadable.push_back(log.path);
}

void HistoryReader::TakeRecord(const LogRecord& record) {
  if (record.type == RecordType::kAttachDatabase) {
    const Result<AttachRecord> attach = DecodeAttachRecord(record.payload);
    if (attach.ok()) attached_[attach->database_id] = attach->path;
    return;
  }
  if (record.type != RecordType::kBackup) return;
  const Result<BackupRecord> backup = DecodeBackupRecord(record.payload);
  if (!backup.ok()) return;  // The log's own checks tell of it.
  LoggedBackupRecord logged{record.position, *backup, {}};
  if (backup->phase == BackupPhase::kUpdate) {
    const auto found = attached_.find(backup->database_id);
    if (found != attached_.end()) logged.database = found->second;
  }
  Fold(logged);
  history_.records.push_back(std::move(logged));
}

LoggedBackup& HistoryReader::Running(const LoggedBackupRecord& logged) {
  if (!running_) {
    running_ = true;
    LoggedBackup backup;
    backup.scope = logged.record.scope;
    backup.type = logged.record.type;
    history_.backups.push_back(backup);
  }
  return history_.backups.back();
}

void HistoryReader::Fold(const LoggedBackupRecord& logged) {
  const BackupRecord& record = logged.record;
  if (record.phase == BackupPhase::kBegin) running_ = false;  // The one before had no end.
  LoggedBackup& backup = Running(logged);
  switch (record.phase) {
    case BackupPhase::kBegin:
      backup.begin = logged.position;
      backup.begin_time = record.time;
      break;
    case BackupPhase::kPrepareLogs:
      break;
    case BackupPhase::kTruncate:
      backup.truncated_low = record.generation_low;
      backup.truncated_end = record.generation_high;
      break;
    case BackupPhase::kUpdate:
      backup.scope = record.scope;
      backup.type = record.type;
      backup.generation_low = record.generation_low;
      backup.generation_high = record.generation_high;
      backup.databases.push_back(logged.database);
      break;
    case BackupPhase::kAbort:
      backup.end = LoggedBackupEnd::kAborted;
      break;
    case BackupPhase::kStop:
      if (backup.end != LoggedBackupEnd::kAborted) backup.end = LoggedBackupEnd::kInForce;
      backup.stop = logged.position;
      backup.stop_time = record.time;
      running_ = false;
      break;
  }
}

}  // namespace

Result<BackupHistory> ReadBackupHistory(FileSystem& files, EventSink& events,
                                        const BackupHistoryRequest& request) {
  return HistoryReader(files, events, request).Read();
}

}  // namespace contrail
