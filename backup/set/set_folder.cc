#include "backup/set/set_folder.h"

#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_format.h>

#include "backup/backup_events.h"

namespace contrail {
namespace {

constexpr char kLockName[] = ".lock";
constexpr uint64_t kLargestText = 256 << 20;
constexpr char kUnfinished[] = ".unfinished";
constexpr char kExpired[] = ".expired";

}  // namespace

std::string BackupFolderName(uint32_t number, BackupScope kind) {
  return absl::StrFormat("%06d-%s", number, BackupKindName(kind));
}

std::optional<BackupName> ParseBackupFolderName(const std::string& name) {
  const size_t dash = name.find('-');
  uint32_t number = 0;
  if (dash == std::string::npos || !absl::SimpleAtoi(name.substr(0, dash), &number)) {
    return std::nullopt;
  }
  const std::optional<BackupScope> kind = BackupKindOfName(name.substr(dash + 1));
  if (number == 0 || !kind.has_value() || name != BackupFolderName(number, *kind)) {
    return std::nullopt;
  }
  return BackupName{number, *kind};
}

std::string UnfinishedFolderName(uint32_t number, BackupScope kind) {
  return "." + BackupFolderName(number, kind) + kUnfinished;
}

bool IsUnfinishedFolderName(const std::string& name) {
  return name.starts_with('.') && name.ends_with(kUnfinished);
}

std::string ExpiredFolderName(uint32_t number, BackupScope kind) {
  return "." + BackupFolderName(number, kind) + kExpired;
}

bool IsExpiredFolderName(const std::string& name) {
  return name.starts_with('.') && name.ends_with(kExpired);
}

Status RemoveFolder(FileSystem& files, const std::string& folder) {
  ASSIGN_OR_RETURN(const bool exists, files.Exists(folder));
  if (!exists) return Status::Ok();
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files.List(folder));
  for (const std::string& name : names) RETURN_IF_ERROR(RemoveEntry(files, folder + name));
  return files.RemoveDirectory(folder);
}

Status RemoveEntry(FileSystem& files, const std::string& path) {
  const Status removed = files.Remove(path);
  if (removed.ok() || removed.Is(Error::kFileNotFound)) return removed;
  // A link is removed above, whatever it leads to: this is a folder, or does not go.
  return files.List(path + "/").ok() ? RemoveFolder(files, path + "/") : removed;
}

Status RenameAndRemoveFolder(FileSystem& files, const std::string& parent, const std::string& name,
                             const std::string& new_name) {
  RETURN_IF_ERROR(RemoveFolder(files, parent + new_name + "/"));
  RETURN_IF_ERROR(files.Rename(parent + name, parent + new_name));
  RETURN_IF_ERROR(files.SyncDirectory(parent));
  return RemoveFolder(files, parent + new_name + "/");
}

Status WriteTextFile(FileSystem& files, const std::string& path, const std::string& text) {
  ASSIGN_OR_RETURN(const std::unique_ptr<File> file,
                   files.Open(path, {.mode = FileMode::kCreateNew}));
  RETURN_IF_ERROR(file->Write(0, AsBytes(text)));
  return file->Sync();
}

// The lock file is never removed: a lock on a name that is gone protects nothing.
Result<std::unique_ptr<File>> LockSet(FileSystem& files, EventSink& events,
                                      const std::string& set_folder) {
  const std::string path = WithSlash(set_folder) + kLockName;
  Result<std::unique_ptr<File>> lock =
      files.Open(path, {.mode = FileMode::kCreateNew, .exclusive = true});
  if (lock.status().Is(Error::kFileAlreadyExists)) {
    lock = files.Open(path, {.mode = FileMode::kReadWrite, .exclusive = true});
  }
  if (lock.status().Is(Error::kFileAccessDenied)) {
    return ReportFailure(events, event_id::kBackupFails, lock.status(),
                         "The set is being written by somebody else, or may not be written.", path);
  }
  return lock;
}

Result<std::string> ReadTextFile(FileSystem& files, const std::string& path) {
  ASSIGN_OR_RETURN(const std::unique_ptr<File> file,
                   files.Open(path, {.mode = FileMode::kReadOnly}));
  ASSIGN_OR_RETURN(const uint64_t size, file->Size());
  if (size > kLargestText) return Error::kDatabaseCorrupted;
  std::string text(size, 0);
  RETURN_IF_ERROR(file->Read(0, {reinterpret_cast<std::byte*>(text.data()), text.size()}));
  return text;
}

}  // namespace contrail
