#include "backup/set/restore_set.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <map>

#include "backup/backup_events.h"
#include "backup/set/set_folder.h"
#include "log/checkpoint.h"
#include "log/log_files.h"
#include "storage/aligned_buffer.h"

namespace contrail {
namespace {

// There while a restore into the folder has not finished: what lies beside it may be replaced.
constexpr char kUnfinishedName[] = "restore.unfinished";
constexpr size_t kCopyBytes = 1 << 20;

class SetRestore {
 public:
  SetRestore(FileSystem& files, EventSink& events, const RestoreSetRequest& request)
      : files_(files), events_(events), request_(request), to_(WithSlash(request.to)) {}

  Result<RestoreSetResult> Run();

 private:
  Status PrepareFolder();
  Status RemoveFormerTry(const std::vector<std::string>& names);
  bool Belongs(const std::string& name) const;
  Status ExtractAll();
  Status CopySurvivors();
  Status CopyFile(const std::string& from, const std::string& to);
  Status Replay();
  bool in_place() const { return in_place_; }

  FileSystem& files_;
  EventSink& events_;
  const RestoreSetRequest& request_;
  const std::string to_;
  bool in_place_ = false;  // The surviving logs lie in `to`.
  std::string base_name_;
  uint32_t generation_low_ = 0;
  uint32_t generation_high_ = 0;
  uint32_t page_size_ = 0;
  std::vector<RestoredDatabase> databases_;
  RestoreSetResult result_;

  const BackupSetReader* set_ = nullptr;
  std::vector<const SetEntry*> chain_;
};

Result<RestoreSetResult> SetRestore::Run() {
  ASSIGN_OR_RETURN(const BackupSetReader set,
                   BackupSetReader::Open(files_, events_, request_.set_folder));
  set_ = &set;
  const Result<std::vector<const SetEntry*>> chain = set.ChainTo(request_.number);
  if (!chain.ok()) {
    return ReportFailure(events_, event_id::kRestoreFailed, chain.status(),
                         "The set has no whole chain of backups to restore.", set.folder());
  }
  chain_ = *chain;
  const SetManifest& newest = chain_.back()->manifest;
  base_name_ = newest.base_name;
  page_size_ = newest.page_size;
  generation_low_ = chain_.front()->manifest.generation_low;
  generation_high_ = newest.generation_high;
  in_place_ = !request_.surviving_logs.empty() && WithSlash(request_.surviving_logs) == to_;
  RETURN_IF_ERROR(PrepareFolder());
  RETURN_IF_ERROR(ExtractAll());
  if (!request_.surviving_logs.empty() && !in_place()) RETURN_IF_ERROR(CopySurvivors());
  RETURN_IF_ERROR(files_.SyncDirectory(to_));
  RETURN_IF_ERROR(Replay());
  RETURN_IF_ERROR(files_.Remove(to_ + kUnfinishedName));
  RETURN_IF_ERROR(files_.SyncDirectory(to_));
  return std::move(result_);
}

// A database of the set, or a file of a log stream of its base name.
bool SetRestore::Belongs(const std::string& name) const {
  if (GenerationOfFileName(base_name_, name) != 0 || name == CurrentLogFileName(base_name_) ||
      name == PreparedLogFileName(base_name_) || name == CheckpointFileName(base_name_) ||
      name == base_name_ + ".dwa") {
    return true;
  }
  const std::vector<SetFile>& set_files = chain_.front()->manifest.files;
  return std::any_of(set_files.begin(), set_files.end(),
                     [&](const SetFile& file) { return file.name == name; });
}

Status SetRestore::PrepareFolder() {
  RETURN_IF_ERROR(files_.CreateDirectories(to_));
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files_.List(to_));
  const bool former = std::find(names.begin(), names.end(), kUnfinishedName) != names.end();
  if (former && !in_place()) RETURN_IF_ERROR(RemoveFormerTry(names));
  if (former) return Status::Ok();
  for (const std::string& name : names) {
    if (in_place() || !Belongs(name)) continue;
    return ReportFailure(events_, event_id::kRestoreFailed, Error::kBackupDirectoryNotEmpty,
                         "The folder to restore to holds a database or its logs already.",
                         to_ + name);
  }
  RETURN_IF_ERROR(WriteTextFile(files_, to_ + kUnfinishedName, ""));
  return files_.SyncDirectory(to_);
}

Status SetRestore::RemoveFormerTry(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (Belongs(name)) RETURN_IF_ERROR(files_.Remove(to_ + name));
  }
  return Status::Ok();
}

Status SetRestore::ExtractAll() {
  uint64_t total = 0;
  uint64_t done = 0;
  for (const SetEntry* entry : chain_) {
    for (const SetFile& file : entry->manifest.files) total += file.bytes;
  }
  for (const SetEntry* entry : chain_) {
    for (const SetFile& file : entry->manifest.files) {
      const std::string path = to_ + file.name;
      RETURN_IF_ERROR(set_->Extract(*entry, file, path, [&](uint64_t bytes) {
        done += bytes;
        return !request_.progress || request_.progress({"extract", path, done, total});
      }));
      if (file.kind != SetFileKind::kDatabase) continue;
      databases_.push_back({file.original_path, path});
      result_.databases.push_back(path);
    }
  }
  return Status::Ok();
}

Status SetRestore::CopySurvivors() {
  const std::string from = WithSlash(request_.surviving_logs);
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files_.List(from));
  for (const std::string& name : names) {
    const bool later = GenerationOfFileName(base_name_, name) > generation_high_;
    if (later || name == CurrentLogFileName(base_name_) ||
        name == PreparedLogFileName(base_name_)) {
      RETURN_IF_ERROR(CopyFile(from + name, to_ + name));
    }
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
  RestoreRequest restore;
  restore.set_folder = to_;
  restore.generation_low = generation_low_;
  restore.generation_high = generation_high_;
  restore.instance.system_path = restore.instance.log_path = to_;
  restore.instance.temporary_path = to_;
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
  ASSIGN_OR_RETURN(result_.replay, Restore(files_, events_, restore));
  return Status::Ok();
}

}  // namespace

Result<RestoreSetResult> RestoreSet(FileSystem& files, EventSink& events,
                                    const RestoreSetRequest& request) {
  return SetRestore(files, events, request).Run();
}

}  // namespace contrail
