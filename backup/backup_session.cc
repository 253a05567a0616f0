// Beginning, the log phase, and ending. Files: backup_session_files.cc.

#include "backup/backup_session.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include <algorithm>

#include "backup/archived_logs.h"
#include "backup/backup_events.h"
#include "storage/check.h"

namespace contrail {
namespace {

// The last generation a log stream can have; a backup needs some more of them.
constexpr uint32_t kLastGeneration = 0x7ffffff0;

}  // namespace

BackupSession::~BackupSession() {
  absl::MutexLock lock(&mutex_);
  CloseHandles();
}

std::shared_ptr<BackupSession> BackupSession::Of(Instance& instance) {
  return std::static_pointer_cast<BackupSession>(instance.GetService(
      [&instance]() -> Instance::Service { return std::make_shared<BackupSession>(instance); }));
}

BackupState BackupSession::state() const {
  absl::MutexLock lock(&mutex_);
  return IsRunning(kApiClient) ? state_ : BackupState::kNone;
}

BackupOwner BackupSession::NewOwner() {
  absl::MutexLock lock(&mutex_);
  return ++last_owner_;
}

Result<BackupSummary> BackupSession::Summary(BackupOwner owner) const {
  absl::MutexLock lock(&mutex_);
  if (!IsStreaming(owner)) return Error::kNoBackup;
  BackupSummary summary{kind_, begin_mark_, logs_->prepare_mark(), {}};
  for (const BackupMember& member : members_) {
    summary.databases.push_back(
        {member.database->path(), member.database->attachment().signature, member.copied});
  }
  return summary;
}

void BackupSession::LimitPace(const PaceOptions& limits, BackupOwner owner) {
  absl::MutexLock lock(&mutex_);
  if (IsStreaming(owner)) pace_.Limit(limits);
}

void BackupSession::set_read_ahead(const ReadAheadOptions& options) {
  absl::MutexLock lock(&mutex_);
  read_ahead_ = options;
}

Status BackupSession::CheckAllowed() const {
  if (!instance_.running()) return Error::kBackupNotAllowedYet;
  if (!instance_.options().recovery) return Error::kLoggingDisabled;
  const Status log = instance_.log().health();
  if (log.Is(Error::kLogDiskFull)) return log;
  return log.ok() ? log : Status(Error::kLogWriteFail);
}

Status BackupSession::CheckLogState() const {
  const bool last = instance_.log().CurrentGeneration() >= kLastGeneration;
  return last ? Status(Error::kLogSequenceEnd) : Status::Ok();
}

Status BackupSession::Begin(BackupKind kind, BackupOwner owner) {
  RETURN_IF_ERROR(CheckAllowed());
  if (kind == BackupKind::kIncremental && instance_.options().circular_logging) {
    return Error::kInvalidBackup;
  }
  RETURN_IF_ERROR(CheckLogState());
  absl::MutexLock lock(&mutex_);
  RETURN_IF_ERROR(instance_.backup_gate().Enter([this] { EndByServer(); }));
  instance_.backup_gate().LetStop([this] {
    Stop();
    return true;
  });
  stop_.store(false);
  pace_.Limit({});
  const Status status = StartLocked(kind);
  if (!status.ok()) {
    instance_.backup_gate().Leave();
    members_.clear();
    logs_.reset();
    return status;
  }
  owner_ = owner;
  state_ = kind == BackupKind::kFull ? BackupState::kDatabases : BackupState::kLogs;
  return status;
}

Status BackupSession::StartLocked(BackupKind kind) {
  const bool incremental = kind == BackupKind::kIncremental;
  kind_ = kind;
  begin_mark_ = {instance_.log().Tip(), LogTime::Now()};
  logs_.emplace(instance_, kind);
  RETURN_IF_ERROR(FindMembers(
      /*joined=*/incremental, incremental ? std::optional(BackupType::kStreaming) : std::nullopt));
  RETURN_IF_ERROR(logs_->Begin());
  // A trace for whoever reads the log; the backup does not depend on it.
  RecordBegin(instance_, scope(), BackupType::kStreaming, begin_mark_).status().Ignore();
  ReportProgress(instance_.events(),
                 incremental ? event_id::kIncrementalBackupBegins : event_id::kFullBackupBegins,
                 incremental ? "An incremental backup begins." : "A full backup begins.",
                 instance_.options().log_path);
  return Status::Ok();
}

// Waits for databases being attached or detached just now; from here on none is.
Status BackupSession::FindMembers(bool joined, std::optional<BackupType> needed) {
  members_.clear();
  return instance_.ForEachDatabase([&](AttachedDatabase& database) {
    if (database.read_only()) return Status::Ok();  // It has no part in the log.
    if (needed.has_value()) RETURN_IF_ERROR(CheckFullBackup(instance_, database, *needed));
    // Not yet visible to other threads: Begin holds the mutex.
    mutex_.AssertHeld();
    members_.push_back({.database = &database, .joined = joined});
    return Status::Ok();
  });
}

Status BackupSession::CheckStreaming(BackupOwner owner) const {
  if (!IsStreaming(owner)) return Error::kNoBackup;
  if (stop_.load()) return Error::kBackupAbortByServer;
  return Status::Ok();
}

Result<std::vector<std::string>> BackupSession::AttachInfo(BackupOwner owner) {
  absl::MutexLock lock(&mutex_);
  RETURN_IF_ERROR(CheckStreaming(owner));
  if (kind_ == BackupKind::kIncremental) return Error::kInvalidBackupSequence;
  std::vector<std::string> paths;
  for (const BackupMember& member : members_) paths.push_back(member.database->path());
  return paths;
}

Status BackupSession::PrepareLocked(const std::function<void()>& at_end, BackupOwner owner) {
  RETURN_IF_ERROR(CheckStreaming(owner));
  if (!handles_.empty()) return Error::kInvalidBackupSequence;
  RETURN_IF_ERROR(logs_->Prepare(members_, at_end));
  state_ = BackupState::kLogs;
  return Status::Ok();
}

Result<LogFileList> BackupSession::LogInfo(const std::function<void()>& at_end, BackupOwner owner) {
  absl::MutexLock lock(&mutex_);
  RETURN_IF_ERROR(PrepareLocked(at_end, owner));
  return LogFileList{logs_->FilesToCopy(), logs_->copy_low(), logs_->copy_end() - 1};
}

Status BackupSession::RunWithin(const std::function<Status()>& work, BackupOwner owner) {
  const absl::MutexLock working(&work_mutex_);
  {
    const absl::MutexLock lock(&mutex_);
    RETURN_IF_ERROR(CheckStreaming(owner));
  }
  return work();
}

Result<std::vector<std::string>> BackupSession::TruncateLogInfo(BackupOwner owner) {
  absl::MutexLock lock(&mutex_);
  RETURN_IF_ERROR(PrepareLocked(nullptr, owner));
  return logs_->FilesToDelete();
}

Status BackupSession::TruncateLog(BackupOwner owner) {
  absl::MutexLock lock(&mutex_);
  RETURN_IF_ERROR(CheckStreaming(owner));
  if (!handles_.empty() || !logs_->prepared()) return Error::kInvalidBackupSequence;
  return logs_->Truncate();
}

Status BackupSession::End(BackupEnd how, bool truncated, BackupOwner owner) {
  absl::MutexLock lock(&mutex_);
  if (!IsRunning(owner)) return Error::kNoBackup;
  if (how == BackupEnd::kAbort) {
    Finish(Outcome::kByCaller, Status::Ok(), truncated).Ignore();  // An announced abort succeeds.
    return Status::Ok();
  }
  if (state_ == BackupState::kSurrogate) {
    return Finish(Outcome::kFailed, Error::kSurrogateBackupInProgress, truncated);
  }
  if (stop_.load()) return Finish(Outcome::kByServer, Status::Ok(), truncated);
  const bool empty = !members_.empty() && LeftOut().size() == members_.size();
  const bool good = logs_->prepared() && !empty;
  return Finish(good ? Outcome::kGood : Outcome::kByCaller, Status::Ok(), truncated);
}

// Of a full backup; an incremental one has all databases.
std::vector<std::string> BackupSession::LeftOut() const {
  std::vector<std::string> paths;
  for (const BackupMember& member : members_) {
    if (kind_ == BackupKind::kFull && !InBackup(member)) paths.push_back(member.database->path());
  }
  return paths;
}

Status BackupSession::Finish(Outcome outcome, Status failure, bool truncated) {
  DCHECK(state_ != BackupState::kNone);
  CloseHandles();
  Status status = failure;
  std::vector<std::string> left_out;
  if (state_ == BackupState::kLogs) left_out = LeftOut();
  if (outcome == Outcome::kGood) {
    status = state_ == BackupState::kSurrogate ? RecordSurrogateEnd(truncated)
                                               : RecordGoodEnd(truncated);
    if (!status.ok()) outcome = Outcome::kFailed;
  } else {
    RecordAbort(instance_, scope(), type());
    if (outcome == Outcome::kByCaller) status = Error::kBackupAbortByCaller;
    if (outcome == Outcome::kByServer) status = Error::kBackupAbortByServer;
  }
  state_ = BackupState::kNone;
  owner_ = kApiClient;
  members_.clear();
  given_logs_.clear();
  logs_.reset();
  instance_.backup_gate().Leave();
  ReportOutcome(outcome, status, left_out);
  return status;
}

Status BackupSession::RecordGoodEnd(bool truncated) {
  const bool full = kind_ == BackupKind::kFull;
  const bool logs_went = truncated || logs_->truncated();
  BackupStamp stamp;
  stamp.scope = full ? (logs_went ? BackupScope::kFull : BackupScope::kCopy)
                     : (logs_went ? BackupScope::kIncremental : BackupScope::kDifferential);
  stamp.generation_low = logs_->copy_low();
  stamp.generation_high = logs_->copy_end() - 1;
  stamp.mark = full ? begin_mark_ : logs_->prepare_mark();
  BackupEpoch epoch;
  epoch.scope = stamp.scope;
  epoch.truncation = logs_->truncation();
  for (const BackupMember& member : members_) {
    if (full && !InBackup(member)) continue;
    stamp.database = member.database;
    epoch.stamps.push_back(stamp);
  }
  return RecordEpoch(instance_, epoch);
}

void BackupSession::ReportOutcome(Outcome outcome, Status status,
                                  const std::vector<std::string>& left_out) {
  Event event;
  event.file = instance_.options().log_path;
  switch (outcome) {
    case Outcome::kGood:
      event.id = event_id::kBackupEnds;
      event.text = "The backup has ended well.";
      break;
    case Outcome::kByCaller:
      event.id = event_id::kBackupEndedByCaller;
      event.severity = Severity::kWarning;
      event.text = "The backup was given up by its caller.";
      event.error = status.number();
      break;
    case Outcome::kByServer:
      event.id = event_id::kBackupEndedByServer;
      event.severity = Severity::kWarning;
      event.text = "The backup was stopped.";
      event.error = status.number();
      break;
    case Outcome::kFailed:
      event.id = event_id::kBackupFails;
      event.severity = Severity::kError;
      event.text = "The backup has failed.";
      event.error = status.number();
      break;
  }
  if (!left_out.empty()) {
    event.severity = std::max(event.severity, Severity::kWarning);
    absl::StrAppend(&event.text, " Databases that are not in it: ", absl::StrJoin(left_out, ", "),
                    ".");
  }
  instance_.events().Report(event);
}

void BackupSession::Stop() {
  stop_.store(true);
  absl::MutexLock lock(&mutex_);
  for (const auto& [number, handle] : handles_) handle->stream->Abort();
}

void BackupSession::EndByServer() {
  stop_.store(true);
  absl::MutexLock working(&work_mutex_);
  absl::MutexLock lock(&mutex_);
  if (state_ == BackupState::kNone) return;
  Finish(Outcome::kByServer, Status::Ok(), false).Ignore();  // Nobody waits for it.
}

void BackupSession::CloseHandles() {
  for (const auto& [number, handle] : handles_) handle->stream->Abort();
  for (const auto& [number, handle] : handles_) {
    // Waits for the read that may still be under way; it uses what is about to go.
    absl::MutexLock reading(&handle->reading);
    handle->stream.reset();
  }
  handles_.clear();
}

}  // namespace contrail
