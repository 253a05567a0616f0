#include "backup/set/placed_restore.h"

#include <absl/strings/str_cat.h>

#include <algorithm>

#include "backup/backup_events.h"
#include "backup/set/dependent_databases.h"
#include "backup/set/set_folder.h"
#include "log/log_files.h"
#include "storage/aligned_buffer.h"

namespace contrail {
namespace {

constexpr size_t kCopyBytes = 1 << 20;

// Tells of the files that the user knows instead of their copies, which go when a restore fails.
class ShownEvents final : public EventSink {
 public:
  ShownEvents(EventSink& events, const std::map<std::string, std::string>& shown)
      : events_(events), shown_(shown) {}
  void Report(const Event& event) override {
    const auto shown = shown_.find(event.file);
    if (shown == shown_.end()) return events_.Report(event);
    Event changed = event;
    changed.file = shown->second;
    events_.Report(changed);
  }

 private:
  EventSink& events_;
  const std::map<std::string, std::string>& shown_;
};

}  // namespace

const char kNoSurvivingLogsText[] =
    "The folder of surviving logs has none of the set's logs in it: nothing behind the backup is "
    "brought back.";

const char kTargetInSetText[] =
    "The folder to restore to is the set, or lies in it: databases have no place there.";

bool HoldsLogs(const std::vector<std::string>& names, const std::string& base_name) {
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    return GenerationOfFileName(base_name, name) != 0 || name == CurrentLogFileName(base_name) ||
           name == PreparedLogFileName(base_name);
  });
}

Status PlacedRestore::CheckSurvivingLogs() const {
  if (!with_survivors()) return Status::Ok();
  const Status listed = files_.List(WithSlash(request_.surviving_logs)).status();
  if (listed.ok()) return Status::Ok();
  return ReportFailure(events_, event_id::kRestoreFailed, listed,
                       "The folder of surviving logs cannot be read.", request_.surviving_logs);
}

Status PlacedRestore::Enter(const SetManifest& manifest) {
  RETURN_IF_ERROR(CheckSurvivingLogs());
  base_name_ = manifest.base_name;
  log_signature_ = manifest.log_signature;
  page_size_ = manifest.page_size;
  finished_.with_survivors = with_survivors();
  finished_.point = request_.point.ToText();
  place_.emplace(files_, events_, WithSlash(request_.to), base_name_);
  return place_->Enter();
}

Status PlacedRestore::Begin() {
  if (with_survivors()) {
    ASSIGN_OR_RETURN(in_place_, place_->IsSameFolder(request_.surviving_logs));
  }
  return request_.point.given() ? files_.CreateDirectories(place_->old_logs()) : Status::Ok();
}

Result<RestoreSetResult> PlacedRestore::ResultOfFormer(const std::string& backup) const {
  FinishedRestore wanted = finished_;
  wanted.backup = backup;
  if (former()->IsThatOf(wanted)) return ResultOf(*former());
  return ReportFailure(events_, event_id::kRestoreFailed, Error::kBackupDirectoryNotEmpty,
                       "An earlier restore of another backup into the folder had not been "
                       "finished; it is now. Nothing else has been done.",
                       place_->folder());
}

Status PlacedRestore::Admit(const SetFile& file) {
  const bool of_stream = GenerationOfFileName(base_name_, file.name) != 0;
  const bool log = file.kind == SetFileKind::kLog;
  if (log ? GenerationOfFileName(base_name_, file.name) != file.generation || !of_stream
          : of_stream || place_->IsOwnName(file.name)) {
    return ReportFailure(events_, event_id::kRestoreFailed, Error::kDatabaseCorrupted,
                         "A file of the backup has a name that no such file has.", file.name);
  }
  if (log) return Status::Ok();
  RETURN_IF_ERROR(in_place_ ? place_->LockDatabase(file.name, file.signature)
                            : place_->CheckEmpty({file.name}));
  databases_.push_back({file.original_path, PathOf(file), place_->folder() + file.name});
  finished_.databases.push_back(file.name);
  signatures_.insert(file.signature);
  return Status::Ok();
}

// What the old checkpoint and the end of the logs tell of other databases is gone afterwards.
Status PlacedRestore::CheckOthers() const {
  if (!in_place_) return Status::Ok();
  const LogFolder logs{place_->folder(), base_name_, log_signature_};
  ASSIGN_OR_RETURN(const std::vector<std::string> others,
                   FindDependentDatabases(files_, logs, signatures_));
  for (const std::string& path : others) {
    ReportFailure(events_, event_id::kRestoreFailed, Error::kDatabaseDirtyShutdown,
                  kDependentDatabaseText, path)
        .Ignore();
  }
  return others.empty() ? Status() : Error::kDatabaseDirtyShutdown;
}

Status PlacedRestore::AdmitRange(const SetManifest& manifest) {
  const bool first = generation_low_ == 0;
  if (first ? manifest.generation_low == 0
            : manifest.log_signature != log_signature_ || manifest.base_name != base_name_ ||
                  manifest.generation_low > generation_high_ + 1) {
    return ReportFailure(
        events_, event_id::kRestoreLogMissing, Error::kMissingRestoreLogFiles,
        "A backup does not go on from the one before it.", {},
        absl::StrCat("generation ", generation_high_ + 1, " of ", log_signature_),
        absl::StrCat("generation ", manifest.generation_low, " of ", manifest.log_signature));
  }
  if (first) generation_low_ = manifest.generation_low;
  generation_high_ = std::max(generation_high_, manifest.generation_high);
  return Status::Ok();
}

Status PlacedRestore::Finish(const std::string& backup) {
  finished_.backup = backup;
  RETURN_IF_ERROR(CheckOthers());
  if (with_survivors()) RETURN_IF_ERROR(CopySurvivors());
  RETURN_IF_ERROR(files_.SyncDirectory(place_->workshop()));
  RETURN_IF_ERROR(Replay());
  RETURN_IF_ERROR(place_->RemoveOldLogs());
  return place_->Finish(finished_);
}

void PlacedRestore::GiveUp() {
  if (place_.has_value()) place_->GiveUp();
}

RestoreSetResult PlacedRestore::ResultOf(const FinishedRestore& finished) const {
  RestoreSetResult result;
  result.replay = finished.replay;
  for (const std::string& name : finished.databases) {
    result.databases.push_back(place_->folder() + name);
  }
  return result;
}

Status PlacedRestore::CopySurvivors() {
  const std::string from = WithSlash(request_.surviving_logs);
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files_.List(from));
  if (!HoldsLogs(names, base_name_)) {
    events_.Report({.id = event_id::kRestoreLogMissing,
                    .severity = Severity::kWarning,
                    .text = kNoSurvivingLogsText,
                    .file = from});
  }
  for (const std::string& name : names) {
    const uint32_t generation = GenerationOfFileName(base_name_, name);
    survivors_newest_ = std::max(survivors_newest_, generation);
    const bool later = generation > generation_high_ && generation <= last_wanted();
    if (!later && name != CurrentLogFileName(base_name_) &&
        name != PreparedLogFileName(base_name_)) {
      continue;
    }
    const Status copied = CopyFile(from + name, log_folder() + name);
    copied_[log_folder() + name] = from + name;
    if (copied.ok()) continue;
    return ReportFailure(
        events_, event_id::kRestoreFailed, copied,
        absl::StrCat("A log that survived could not be copied to ", log_folder(), "."),
        from + name);
  }
  return Status::Ok();
}

Status PlacedRestore::CopyFile(const std::string& from, const std::string& to) {
  ASSIGN_OR_RETURN(const std::unique_ptr<File> source,
                   files_.Open(from, {.mode = FileMode::kReadOnly}));
  ASSIGN_OR_RETURN(const std::unique_ptr<File> copy,
                   files_.Open(to, {.mode = FileMode::kCreateOrTruncate}));
  ASSIGN_OR_RETURN(const uint64_t size, source->Size());
  AlignedBuffer buffer(kCopyBytes);
  for (uint64_t offset = 0; offset < size;) {
    const MutableBytes part = buffer.span().first(std::min<uint64_t>(buffer.size(), size - offset));
    RETURN_IF_ERROR(source->Read(offset, part));
    RETURN_IF_ERROR(copy->Write(offset, part));
    offset += part.size();
  }
  return copy->Sync();
}

Status PlacedRestore::Replay() {
  const std::string& workshop = place_->workshop();
  RestoreRequest restore;
  restore.set_folder = log_folder();
  restore.point = request_.point;
  restore.generation_newest = survivors_newest_ + 1;  // The current one is behind it.
  restore.survivors = with_survivors() ? log_folder() : "";
  restore.generation_low = generation_low_;
  restore.generation_high = generation_high_;
  restore.instance.system_path = restore.instance.log_path = workshop;
  restore.instance.temporary_path = workshop;
  restore.instance.base_name = base_name_;
  restore.instance.page_size = page_size_;
  restore.instance.cache_bytes = request_.cache_bytes;
  restore.instance.background_threads = request_.background_threads;
  restore.databases = databases_;
  restore.progress = [this](const RestoreProgress& replay) {
    return !request_.progress ||
           request_.progress({"replay", LogFileName(base_name_, replay.generation),
                              replay.bytes_done, replay.bytes_total});
  };
  // Until the end nothing is in the place of which it is told.
  copied_[log_folder()] = copied_[workshop] = place_->folder();
  ShownEvents events(events_, copied_);
  ASSIGN_OR_RETURN(finished_.replay, Restore(files_, events, restore));
  return Status::Ok();
}

}  // namespace contrail
