#include "backup/set/restore_set.h"

#include <absl/strings/str_cat.h>

#include <optional>

#include "backup/backup_events.h"
#include "backup/set/restore_place.h"
#include "backup/set/set_folder.h"
#include "log/log_files.h"
#include "storage/aligned_buffer.h"

namespace contrail {
namespace {

constexpr size_t kCopyBytes = 1 << 20;

class SetRestore {
 public:
  SetRestore(FileSystem& files, EventSink& events, const RestoreSetRequest& request)
      : files_(files), events_(events), request_(request) {}

  Result<RestoreSetResult> Run();

 private:
  Status FindChain();
  uint32_t NumberForPoint() const;
  void ReportDamagedManifests();
  Status CheckSurvivingLogs();
  Status CheckTarget();
  Status MakeReady();
  Status ExtractAll();
  Status CopySurvivors();
  Status CopyFile(const std::string& from, const std::string& to);
  Status Replay();
  bool with_survivors() const { return !request_.surviving_logs.empty(); }
  // A new stream begins in the workshop, so the old logs do not lie there.
  const std::string& log_folder() const {
    return request_.point.given() ? place_->old_logs() : place_->workshop();
  }
  RestoreSetResult ResultOf(const FinishedRestore& finished) const;

  FileSystem& files_;
  EventSink& events_;
  const RestoreSetRequest& request_;
  std::optional<BackupSetReader> set_;
  std::vector<const SetEntry*> chain_;
  const SetManifest* newest_ = nullptr;
  std::optional<RestorePlace> place_;
  std::vector<RestoredDatabase> databases_;
  FinishedRestore finished_;
};

Result<RestoreSetResult> SetRestore::Run() {
  RETURN_IF_ERROR(FindChain());
  RETURN_IF_ERROR(CheckSurvivingLogs());
  finished_.backup = chain_.back()->manifest_hash;
  finished_.with_survivors = with_survivors();
  finished_.point = request_.point.ToText();
  place_.emplace(files_, events_, WithSlash(request_.to), newest_->base_name);
  RETURN_IF_ERROR(place_->Enter());
  if (const std::optional<FinishedRestore>& former = place_->former()) {
    if (former->IsThatOf(finished_)) return ResultOf(*former);
    return ReportFailure(events_, event_id::kRestoreFailed, Error::kBackupDirectoryNotEmpty,
                         "An earlier restore of another backup into the folder had not been "
                         "finished; it is now. Nothing else has been done.",
                         place_->folder());
  }
  const Status status = MakeReady();
  if (!status.ok()) {
    place_->GiveUp();
    return status;
  }
  RETURN_IF_ERROR(place_->Finish(finished_));
  return ResultOf(finished_);
}

Status SetRestore::FindChain() {
  Result<BackupSetReader> set = BackupSetReader::Open(files_, events_, request_.set_folder);
  if (!set.ok()) {
    return ReportFailure(events_, event_id::kRestoreFailed, set.status(), "The set cannot be read.",
                         request_.set_folder, "a folder with backups", "something else");
  }
  set_ = std::move(*set);
  uint32_t number = request_.number;
  if (number == 0 && request_.point.given()) {
    number = NumberForPoint();
    if (number == 0 && !set_->entries().empty()) {
      return ReportFailure(events_, event_id::kRestoreFailed, Error::kMissingFullBackup,
                           "Every full backup of the set is later than the point.", set_->folder(),
                           {}, request_.point.ToText());
    }
  }
  const Result<std::vector<const SetEntry*>> chain = set_->ChainTo(number);
  if (!chain.ok()) {
    ReportDamagedManifests();
    return ReportFailure(events_, event_id::kRestoreFailed, chain.status(),
                         "The set has no whole chain of backups to restore.", set_->folder(),
                         "a full backup, and every one behind it",
                         absl::StrCat(set_->entries().size(), " backups"));
  }
  chain_ = *chain;
  newest_ = &chain_.back()->manifest;
  return Status::Ok();
}

// The newest full backup that had ended by then, with all that was added to it: what lies behind
// the point is not replayed. 0: there is none.
uint32_t SetRestore::NumberForPoint() const {
  const RestorePoint& point = request_.point;
  uint32_t number = 0;
  bool usable = false;
  for (const SetEntry& entry : set_->entries()) {
    const SetManifest& manifest = entry.manifest;
    if (manifest.kind == BackupKind::kFull) {
      const bool late =
          point.position.has_value()
              ? manifest.generation_high > point.position->generation
              : manifest.created > point.time->ToText();  // Both in the order of their text.
      // Behind the first one that is too late there is nothing to add to the one before.
      if (entry.status.ok() && late) {
        usable = false;
        continue;
      }
      usable = true;
    }
    if (usable) number = manifest.number;
  }
  return number;
}

void SetRestore::ReportDamagedManifests() {
  for (const SetEntry& entry : set_->entries()) {
    if (entry.status.ok()) continue;
    events_.Report({.id = event_id::kRestoreFailed,
                    .severity = Severity::kError,
                    .text = "The manifest of a backup is damaged or missing.",
                    .file = entry.folder + kManifestName,
                    .offset = 0,
                    .expected = absl::StrCat("a manifest, and its hash in ", kManifestHashName),
                    .found = entry.manifest_hash.empty() ? "not both of them"
                                                         : "another hash, " + entry.manifest_hash,
                    .error = entry.status.number()});
  }
}

Status SetRestore::CheckSurvivingLogs() {
  if (!with_survivors()) return Status::Ok();
  const Status listed = files_.List(WithSlash(request_.surviving_logs)).status();
  if (listed.ok()) return Status::Ok();
  return ReportFailure(events_, event_id::kRestoreFailed, listed,
                       "The folder of surviving logs cannot be read.", request_.surviving_logs);
}

// Without a word about logs that survived nothing that lies in the folder is replaced. With them,
// when they lie there, the databases of the set are, unless somebody uses them.
Status SetRestore::CheckTarget() {
  bool in_place = false;
  if (with_survivors()) {
    ASSIGN_OR_RETURN(in_place, place_->IsSameFolder(request_.surviving_logs));
  }
  std::vector<std::string> names;
  for (const SetFile& file : chain_.front()->manifest.files) {
    if (file.kind != SetFileKind::kDatabase) continue;
    names.push_back(file.name);
    if (in_place) RETURN_IF_ERROR(place_->LockDatabase(file.name, file.signature));
  }
  return in_place ? Status::Ok() : place_->CheckEmpty(names);
}

Status SetRestore::MakeReady() {
  RETURN_IF_ERROR(CheckTarget());
  if (request_.point.given()) RETURN_IF_ERROR(files_.CreateDirectories(place_->old_logs()));
  RETURN_IF_ERROR(ExtractAll());
  if (with_survivors()) RETURN_IF_ERROR(CopySurvivors());
  RETURN_IF_ERROR(files_.SyncDirectory(place_->workshop()));
  RETURN_IF_ERROR(Replay());
  return place_->RemoveOldLogs();
}

RestoreSetResult SetRestore::ResultOf(const FinishedRestore& finished) const {
  RestoreSetResult result;
  result.replay = finished.replay;
  for (const std::string& name : finished.databases) {
    result.databases.push_back(place_->folder() + name);
  }
  return result;
}

Status SetRestore::ExtractAll() {
  uint64_t total = 0;
  uint64_t done = 0;
  for (const SetEntry* entry : chain_) {
    for (const SetFile& file : entry->manifest.files) total += file.bytes;
  }
  for (const SetEntry* entry : chain_) {
    for (const SetFile& file : entry->manifest.files) {
      const bool log = file.kind == SetFileKind::kLog;
      const std::string path = (log ? log_folder() : place_->workshop()) + file.name;
      RETURN_IF_ERROR(set_->Extract(*entry, file, path, [&](uint64_t bytes) {
        done += bytes;
        return !request_.progress || request_.progress({"extract", file.name, done, total});
      }));
      if (file.kind != SetFileKind::kDatabase) continue;
      databases_.push_back({file.original_path, path, place_->folder() + file.name});
      finished_.databases.push_back(file.name);
    }
  }
  return Status::Ok();
}

Status SetRestore::CopySurvivors() {
  const std::string from = WithSlash(request_.surviving_logs);
  const std::string& base_name = newest_->base_name;
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files_.List(from));
  for (const std::string& name : names) {
    const bool later = GenerationOfFileName(base_name, name) > newest_->generation_high;
    if (!later && name != CurrentLogFileName(base_name) && name != PreparedLogFileName(base_name)) {
      continue;
    }
    const Status copied = CopyFile(from + name, log_folder() + name);
    if (copied.ok()) continue;
    return ReportFailure(
        events_, event_id::kRestoreFailed, copied,
        absl::StrCat("A log that survived could not be copied to ", log_folder(), "."),
        from + name);
  }
  return Status::Ok();
}

Status SetRestore::CopyFile(const std::string& from, const std::string& to) {
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

Status SetRestore::Replay() {
  const std::string& workshop = place_->workshop();
  RestoreRequest restore;
  restore.set_folder = log_folder();
  restore.point = request_.point;
  restore.survivors = with_survivors() ? log_folder() : "";
  restore.generation_low = chain_.front()->manifest.generation_low;
  restore.generation_high = newest_->generation_high;
  restore.instance.system_path = restore.instance.log_path = workshop;
  restore.instance.temporary_path = workshop;
  restore.instance.base_name = newest_->base_name;
  restore.instance.page_size = newest_->page_size;
  restore.instance.cache_bytes = request_.cache_bytes;
  restore.instance.background_threads = request_.background_threads;
  restore.databases = databases_;
  restore.progress = [this](const RestoreProgress& replay) {
    return !request_.progress ||
           request_.progress({"replay", LogFileName(newest_->base_name, replay.generation),
                              replay.bytes_done, replay.bytes_total});
  };
  ASSIGN_OR_RETURN(finished_.replay, Restore(files_, events_, restore));
  return Status::Ok();
}

}  // namespace

Result<RestoreSetResult> RestoreSet(FileSystem& files, EventSink& events,
                                    const RestoreSetRequest& request) {
  return SetRestore(files, events, request).Run();
}

}  // namespace contrail
