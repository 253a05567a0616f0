#include "backup/log_range.h"

#include <absl/strings/str_cat.h>

#include <algorithm>

#include "backup/archived_logs.h"
#include "backup/backup_events.h"
#include "engine/commit_order.h"
#include "storage/check.h"

namespace contrail {

Status LogRange::Begin() {
  if (kind_ == BackupKind::kIncremental) return Status::Ok();  // The gate keeps all of them.
  ASSIGN_OR_RETURN(copy_low_, CheckpointGeneration(instance_));
  instance_.backup_gate().KeepGenerationsFrom(copy_low_);
  return Status::Ok();
}

Status LogRange::Prepare(const std::vector<BackupMember>& members,
                         const std::function<void()>& at_end) {
  if (!asked_) {
    asked_ = true;
    prepare_status_ = DoPrepare(members, at_end);
  }
  return prepare_status_;
}

Result<uint32_t> LogRange::EndGeneration(const std::function<void()>& at_end) {
  if (!at_end) return instance_.log().ForceNewGeneration();
  Result<uint32_t> current = 0u;
  BetweenCommits(instance_.transactions(), [&] {
    at_end();
    current = instance_.log().ForceNewGeneration();
  });
  return current;
}

Status LogRange::DoPrepare(const std::vector<BackupMember>& members,
                           const std::function<void()>& at_end) {
  const bool incremental = kind_ == BackupKind::kIncremental;
  ASSIGN_OR_RETURN(
      mark_,
      RecordPrepareLogs(instance_, incremental ? BackupScope::kIncremental : BackupScope::kFull,
                        BackupType::kStreaming));
  ASSIGN_OR_RETURN(const uint32_t current, EndGeneration(at_end));

  ASSIGN_OR_RETURN(const uint32_t lowest, LowestArchivedGeneration(instance_));
  if (incremental) {
    for (const BackupMember& member : members) {
      RETURN_IF_ERROR(CheckLogsUnbroken(instance_, *member.database, lowest));
    }
  }
  ASSIGN_OR_RETURN(const uint32_t checkpoint, CheckpointGeneration(instance_));
  copy_end_ = current;
  if (incremental) copy_low_ = lowest;
  delete_end_ = std::min(checkpoint, copy_end_);
  for (const BackupMember& member : members) {
    if (incremental || (member.joined && member.copied)) continue;
    const DatabaseHeader header = member.database->database().header();
    delete_end_ = std::min(delete_end_, header.last_full_backup.generation_high);
  }
  delete_low_ = std::min(lowest, delete_end_);
  ReportProgress(
      instance_.events(), event_id::kLogsToCopy,
      absl::StrCat("Log generations ", copy_low_, " to ", copy_end_ - 1, " belong to the backup."));
  return Status::Ok();
}

std::vector<std::string> LogRange::Files(uint32_t low, uint32_t end) const {
  std::vector<std::string> files;
  for (uint32_t generation = low; generation < end; ++generation) {
    files.push_back(instance_.LogPathOf(generation));
  }
  return files;
}

std::vector<std::string> LogRange::FilesToCopy() const { return Files(copy_low_, copy_end_); }

std::vector<std::string> LogRange::FilesToDelete() const { return Files(delete_low_, delete_end_); }

Status LogRange::CheckFollows(const LogFileHeader& header, const std::string& path) {
  times_[header.generation] = {header.created, header.previous_created};
  for (const uint32_t generation : {header.generation, header.generation + 1}) {
    const auto next = times_.find(generation);
    const auto before = times_.find(generation - 1);
    if (next == times_.end() || before == times_.end() ||
        next->second.previous_created == before->second.created) {
      continue;
    }
    return ReportFailure(
        instance_.events(), event_id::kLogReadFailed, Error::kLogReadVerifyFailure,
        absl::StrCat("Log generation ", generation, " does not follow the one before it."), path,
        before->second.created.ToText(), next->second.previous_created.ToText());
  }
  return Status::Ok();
}

void LogRange::MarkCopied(uint32_t generation) { copied_.insert(generation); }

bool LogRange::AllCopied() const {
  for (uint32_t generation = copy_low_; generation < copy_end_; ++generation) {
    if (!copied_.contains(generation)) return false;
  }
  return true;
}

Status LogRange::Truncate() {
  CHECK(prepared());
  EventSink& events = instance_.events();
  if (!AllCopied()) {
    return ReportFailure(events, event_id::kLogsNotCopied, Error::kLogFileNotCopied,
                         "Logs are not deleted: the backup has not copied all of them.", {},
                         absl::StrCat(copy_end_ - copy_low_, " logs"),
                         absl::StrCat(copied_.size(), " logs"));
  }
  truncated_ = true;
  if (truncation().empty()) {
    ReportProgress(events, event_id::kNoLogsToDelete, "There are no logs to delete.");
  }
  return Status::Ok();
}

}  // namespace contrail
