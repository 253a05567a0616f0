#include "backup/set/expire_set.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "backup/backup_events.h"
#include "backup/set/backup_set_reader.h"
#include "backup/set/set_folder.h"
#include "backup/set/stored_logs.h"

namespace contrail {
namespace {

// What a set never has by such a name: it stores compressed files.
bool IsOfInstance(const std::string& name) {
  const auto ends = [&](const char* suffix) { return name.ends_with(suffix); };
  return ends(".edb") || ends(".log") || ends(".chk") || ends(".dwa");
}

class Expiry {
 public:
  Expiry(FileSystem& files, EventSink& events, const ExpireRequest& request)
      : files_(files), events_(events), request_(request), folder_(WithSlash(request.set_folder)) {}

  Result<ExpireResult> Run();

 private:
  bool IsComplete(const SetEntry& entry) const;
  bool IsWantedFor(const SetManifest& full);
  void FindWhatStays(const BackupSetReader& set);
  void KeepWithBase(const BackupSetReader& set, uint32_t number);
  Status ClearLeftovers();
  Result<bool> Stays(const SetEntry& entry);

  FileSystem& files_;
  EventSink& events_;
  const ExpireRequest& request_;
  const std::string folder_;
  std::set<uint32_t> stay_;                     // Numbers.
  std::map<std::string, uint32_t> backups_of_;  // Full ones seen, by the database's signature.
  ExpireResult result_;
};

Result<ExpireResult> Expiry::Run() {
  if (request_.keep_full == 0) return Error::kInvalidParameter;
  ASSIGN_OR_RETURN(const bool exists, files_.Exists(folder_));
  if (!exists) return Error::kFileNotFound;
  std::unique_ptr<File> lock;
  if (!request_.dry_run) {
    ASSIGN_OR_RETURN(lock, LockSet(files_, events_, folder_));
    RETURN_IF_ERROR(ClearLeftovers());
  }
  ASSIGN_OR_RETURN(const BackupSetReader set, BackupSetReader::Open(files_, events_, folder_));
  FindWhatStays(set);
  // The newest first: what is left never goes on from something that has gone.
  for (auto entry = set.entries().rbegin(); entry != set.entries().rend(); ++entry) {
    const SetManifest& manifest = entry->manifest;
    ASSIGN_OR_RETURN(const bool stays, Stays(*entry));
    if (stays) {
      // So does what it goes on from, which is older.
      if (!stay_.contains(manifest.number)) KeepWithBase(set, manifest.number);
      ++result_.kept;
      continue;
    }
    const ExpiredBackup expired{manifest.number, manifest.kind, manifest.StoredBytes()};
    if (!request_.dry_run) {
      RETURN_IF_ERROR(RenameAndRemoveFolder(files_, folder_,
                                            BackupFolderName(manifest.number, manifest.kind),
                                            ExpiredFolderName(manifest.number, manifest.kind)));
    }
    result_.expired.push_back(expired);
  }
  std::reverse(result_.expired.begin(), result_.expired.end());
  return std::move(result_);
}

Status Expiry::ClearLeftovers() {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files_.List(folder_));
  for (const std::string& name : names) {
    if (IsExpiredFolderName(name)) RETURN_IF_ERROR(RemoveFolder(files_, folder_ + name + "/"));
  }
  return Status::Ok();
}

Result<bool> Expiry::Stays(const SetEntry& entry) {
  if (stay_.contains(entry.manifest.number) || entry.no_folder) return true;
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files_.List(entry.folder));
  const auto foreign = std::find_if(names.begin(), names.end(), [&](const std::string& name) {
    const std::vector<SetFile>& files = entry.manifest.files;
    return IsOfInstance(name) || std::any_of(files.begin(), files.end(), [&](const SetFile& file) {
             return name == file.name && name != file.stored_name;
           });
  });
  if (foreign == names.end()) return false;
  result_.foreign.push_back(entry.folder + *foreign);
  events_.Report({.id = event_id::kBackupFails,
                  .severity = Severity::kWarning,
                  .text =
                      "A backup does not go: in its folder lies a file that is none of its own. "
                      "Move it out of the set.",
                  .file = result_.foreign.back()});
  return true;
}

bool Expiry::IsComplete(const SetEntry& entry) const {
  if (!entry.sound()) return false;
  return std::all_of(
      entry.manifest.files.begin(), entry.manifest.files.end(), [&](const SetFile& file) {
        const auto stored =
            files_.Open(entry.folder + file.stored_name, {.mode = FileMode::kReadOnly});
        if (!stored.ok()) return false;
        const Result<uint64_t> size = (*stored)->Size();
        return size.ok() && *size == file.stored_bytes;
      });
}

void Expiry::KeepWithBase(const BackupSetReader& set, uint32_t number) {
  // By what the manifests say, whether or not their chain is sound: nothing goes by mistake.
  while (number != 0 && stay_.insert(number).second) {
    for (const SetEntry& entry : set.entries()) {
      if (entry.manifest.number == number) {
        number = entry.manifest.previous_number;
        break;
      }
    }
  }
}

// Whether the full backup has a database that is not in as many newer ones.
bool Expiry::IsWantedFor(const SetManifest& full) {
  bool wanted = false;
  for (const SetFile& file : full.files) {
    if (file.kind != SetFileKind::kDatabase) continue;
    wanted = ++backups_of_[file.signature] <= request_.keep_full || wanted;
  }
  return wanted;
}

void Expiry::FindWhatStays(const BackupSetReader& set) {
  uint32_t oldest = 0;
  std::set<uint32_t> wanted;  // Full backups.
  for (auto entry = set.entries().rbegin(); entry != set.entries().rend(); ++entry) {
    if (entry->manifest.kind != BackupScope::kFull || !IsComplete(*entry)) continue;
    ++result_.sound_full;
    if (result_.sound_full == request_.keep_full) oldest = entry->manifest.number;
    if (IsWantedFor(entry->manifest)) wanted.insert(entry->manifest.number);
  }
  for (const SetEntry& entry : set.entries()) {
    const Result<std::vector<const SetEntry*>> chain = set.ChainTo(entry.manifest.number);
    const bool of_wanted = chain.ok() && wanted.contains(chain->front()->manifest.number);
    if (entry.manifest.number >= oldest || of_wanted) KeepWithBase(set, entry.manifest.number);
  }
}

}  // namespace

Result<ExpireResult> ExpireBackups(FileSystem& files, EventSink& events,
                                   const ExpireRequest& request) {
  return Expiry(files, events, request).Run();
}

}  // namespace contrail
