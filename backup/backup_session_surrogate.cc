// A backup that is taken from a copy of the databases elsewhere. Source: the backup contract,
// section 17.

#include "backup/archived_logs.h"
#include "backup/backup_events.h"
#include "backup/backup_session.h"

namespace contrail {

Status BackupSession::BeginSurrogate(BackupKind kind, uint32_t first, uint32_t last) {
  RETURN_IF_ERROR(CheckAllowed());
  if (first == 0 || first > last || last > instance_.log().CurrentGeneration()) {
    return Error::kInvalidParameter;
  }
  if (instance_.options().circular_logging) return Error::kInvalidBackup;
  RETURN_IF_ERROR(CheckLogState());
  absl::MutexLock lock(&mutex_);
  RETURN_IF_ERROR(
      instance_.backup_gate().Enter([this] { EndByServer(); }, Error::kSurrogateBackupInProgress));
  stop_.store(false);
  surrogate_ = {first, last};
  const Status status = StartSurrogate(kind);
  if (!status.ok()) {
    instance_.backup_gate().Leave();
    members_.clear();
    return status;
  }
  state_ = BackupState::kSurrogate;
  return status;
}

// Nobody tells which databases the copy has: all that are attached.
Status BackupSession::StartSurrogate(BackupKind kind) {
  const bool incremental = kind == BackupKind::kIncremental;
  kind_ = kind;
  begin_mark_ = {instance_.log().Tip(), LogTime::Now()};
  RETURN_IF_ERROR(FindMembers(
      /*joined=*/true, incremental ? std::optional(BackupType::kOsSnapshot) : std::nullopt));
  ASSIGN_OR_RETURN(const Lgpos begin,
                   RecordBegin(instance_, scope(), BackupType::kSurrogate, begin_mark_));
  if (incremental) begin_mark_.position = begin;
  ReportProgress(instance_.events(),
                 incremental ? event_id::kIncrementalBackupBegins : event_id::kFullBackupBegins,
                 "A backup begins that is taken from a copy elsewhere.",
                 instance_.options().log_path);
  return Status::Ok();
}

Status BackupSession::EndSurrogate(BackupEnd how, bool truncated) {
  absl::MutexLock lock(&mutex_);
  if (!IsRunning(kApiClient)) return Error::kNoBackup;
  if (how == BackupEnd::kAbort) {
    Finish(Outcome::kByCaller, Status::Ok(), truncated).Ignore();  // An announced abort succeeds.
    return Status::Ok();
  }
  if (state_ != BackupState::kSurrogate) {
    return Finish(Outcome::kFailed, Error::kBackupInProgress, truncated);
  }
  return Finish(stop_.load() ? Outcome::kByServer : Outcome::kGood, Status::Ok(), truncated);
}

Status BackupSession::RecordSurrogateEnd(bool truncated) {
  BackupEpoch epoch;
  epoch.type = BackupType::kSurrogate;
  if (kind_ == BackupKind::kFull) {
    epoch.scope = truncated ? BackupScope::kFull : BackupScope::kCopy;
  } else {
    epoch.scope = truncated ? BackupScope::kIncremental : BackupScope::kDifferential;
  }
  for (const BackupMember& member : members_) {
    epoch.stamps.push_back({.database = member.database,
                            .scope = epoch.scope,
                            .type = epoch.type,
                            .generation_low = surrogate_.first,
                            .generation_high = surrogate_.last,
                            .mark = begin_mark_});
  }
  return RecordEpoch(instance_, epoch);
}

}  // namespace contrail
