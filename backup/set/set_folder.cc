#include "backup/set/set_folder.h"

#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_format.h>

#include "backup/backup_events.h"

namespace contrail {
namespace {

constexpr char kLockName[] = ".lock";
constexpr uint64_t kLargestText = 64 << 20;

const char* KindName(BackupKind kind) { return kind == BackupKind::kFull ? "full" : "incremental"; }

}  // namespace

std::string WithSlash(const std::string& folder) {
  return folder.ends_with('/') ? folder : folder + "/";
}

std::string BackupFolderName(uint32_t number, BackupKind kind) {
  return absl::StrFormat("%06d-%s", number, KindName(kind));
}

uint32_t NumberOfFolderName(const std::string& name) {
  const size_t dash = name.find('-');
  uint32_t number = 0;
  if (dash == std::string::npos || !absl::SimpleAtoi(name.substr(0, dash), &number)) return 0;
  const bool known = name == BackupFolderName(number, BackupKind::kFull) ||
                     name == BackupFolderName(number, BackupKind::kIncremental);
  return known ? number : 0;
}

Status RemoveFolder(FileSystem& files, const std::string& folder) {
  ASSIGN_OR_RETURN(const bool exists, files.Exists(folder));
  if (!exists) return Status::Ok();
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files.List(folder));
  for (const std::string& name : names) {
    RETURN_IF_ERROR(files.Remove(folder + name));
  }
  return files.RemoveDirectory(folder);
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
