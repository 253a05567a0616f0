#include "backup/snapshot_member.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <utility>

#include "backup/archived_logs.h"
#include "backup/backup_events.h"

namespace contrail {

SnapshotMember::SnapshotMember(Instance& instance, SnapshotKind kind, uintptr_t handle,
                               std::string name)
    : instance_(&instance), kind_(kind), handle_(handle), name_(std::move(name)) {
  if (!logged()) return;
  RecordBegin(instance, kind_.log_scope(), BackupType::kOsSnapshot,
              {instance.log().Tip(), LogTime::Now()})
      .status()
      .Ignore();  // Nothing depends on it.
}

std::vector<AttachedDatabase*> SnapshotMember::LoggedDatabases() const {
  std::vector<AttachedDatabase*> databases = instance_->AttachedDatabases();
  std::erase_if(databases, [](AttachedDatabase* database) { return database->read_only(); });
  if (!logged()) databases.clear();
  return databases;
}

SnapshotInstance SnapshotMember::Facts() const {
  SnapshotInstance facts{handle_, name_, {}};
  // Within a visit, so that none goes away meanwhile. It cannot fail.
  instance_
      ->ForEachDatabase([&](AttachedDatabase& database) {
        if (logged() && !database.read_only()) facts.databases.push_back(database.path());
        return Status::Ok();
      })
      .Ignore();
  return facts;
}

Status SnapshotMember::Enter() {
  const bool ready = instance_->running() && instance_->Health().ok();
  if (!ready || !instance_->backup_gate().Enter(nullptr).ok()) {
    return Error::kOSSnapshotNotAllowed;
  }
  return Status::Ok();
}

void SnapshotMember::Leave() { instance_->backup_gate().Leave(); }

Status SnapshotMember::CheckAllowed() const {
  if (!kind_.incremental) return Status::Ok();
  if (instance_->options().circular_logging) return Error::kInvalidBackup;
  for (AttachedDatabase* database : LoggedDatabases()) {
    RETURN_IF_ERROR(CheckFullBackup(*instance_, *database, BackupType::kOsSnapshot));
  }
  return Status::Ok();
}

Status SnapshotMember::Freeze() {
  RETURN_IF_ERROR(CheckAllowed());
  // Pages stop first, so that none in a file is newer than the last log of the snapshot.
  instance_->HoldWrites();
  const Status status = logged() ? StopLog() : Status::Ok();
  if (!status.ok()) {
    instance_->ResumeWrites();
    return status;
  }
  instance_->CloseWrites();
  return status;
}

Status SnapshotMember::StopLog() {
  ASSIGN_OR_RETURN(mark_,
                   RecordPrepareLogs(*instance_, kind_.log_scope(), BackupType::kOsSnapshot));
  if (instance_->options().circular_logging) {
    RETURN_IF_ERROR(instance_->log().EnsureDurable());
    copy_last_ = mark_.position.generation;
  } else {
    ASSIGN_OR_RETURN(const uint32_t current, instance_->log().ForceNewGeneration());
    copy_last_ = current - 1;
  }
  ASSIGN_OR_RETURN(const uint32_t checkpoint, CheckpointGeneration(*instance_));
  copy_low_ = checkpoint;
  if (kind_.incremental) {
    ASSIGN_OR_RETURN(copy_low_, LowestArchivedGeneration(*instance_));
    for (AttachedDatabase* database : LoggedDatabases()) {
      RETURN_IF_ERROR(CheckLogsUnbroken(*instance_, *database, copy_low_));
    }
  }
  delete_end_ = std::min(copy_last_, checkpoint);
  // An incremental one keeps all logs; those that were there before it are not its burden.
  instance_->backup_gate().KeepGenerationsFrom(kind_.incremental ? 0 : copy_low_);
  ReportProgress(
      instance_->events(), event_id::kLogsToCopy,
      absl::StrCat("Log generations ", copy_low_, " to ", copy_last_, " belong to the snapshot."));
  return Status::Ok();
}

Status SnapshotMember::Truncate(bool all_databases) {
  if (delete_end_ == 0) return Status::Ok();
  const uint32_t end = std::exchange(delete_end_, 0);
  if (all_databases && !instance_->options().circular_logging) {
    const Result<uint32_t> lowest = LowestArchivedGeneration(*instance_);
    if (lowest.ok() && *lowest > end) return Error::kRequiredLogFilesMissing;
    if (lowest.ok()) truncation_ = {*lowest, end};
  }
  if (truncation_.empty()) {
    ReportProgress(instance_->events(), event_id::kNoLogsToDelete, "There are no logs to delete.");
  }
  return Status::Ok();
}

Status SnapshotMember::Stamp() {
  if (!logged()) return Status::Ok();
  BackupEpoch epoch;
  epoch.scope = kind_.scope();
  epoch.type = BackupType::kOsSnapshot;
  epoch.truncation = truncation_;
  for (AttachedDatabase* database : LoggedDatabases()) {
    epoch.stamps.push_back({.database = database,
                            .scope = epoch.scope,
                            .type = epoch.type,
                            .generation_low = copy_low_,
                            .generation_high = copy_last_,
                            .mark = mark_});
  }
  return RecordEpoch(*instance_, epoch);
}

void SnapshotMember::Abort() {
  if (logged()) RecordAbort(*instance_, kind_.log_scope(), BackupType::kOsSnapshot);
}

void SnapshotMember::Report(Severity severity, uint32_t id, const char* text, Status status) {
  Event event;
  event.id = id;
  event.severity = severity;
  event.text = text;
  event.file = instance_->options().log_path;
  event.error = status.number();
  instance_->events().Report(event);
}

}  // namespace contrail
