#include "engine/instance_lock.h"

#include "engine/event_ids.h"

namespace contrail {
namespace {

Result<std::shared_ptr<File>> Lock(FileSystem& files, EventSink& events, const std::string& path,
                                   FileMode mode, const char* refusal) {
  Result<std::unique_ptr<File>> opened = files.Open(path, {.mode = mode, .exclusive = true});
  if (opened.status().Is(Error::kFileAccessDenied)) {
    // A lock keeps nobody from opening the file without one.
    const bool locked = mode != FileMode::kCreateNew && files.Open(path, {.mode = mode}).ok();
    events.Report({.id = event_id::kFilesInUse,
                   .severity = Severity::kError,
                   .text = locked ? refusal
                                  : "The lock file cannot be opened for writing: no right to it, "
                                    "or a read-only file system.",
                   .file = path,
                   .error = opened.status().number()});
  }
  RETURN_IF_ERROR(opened.status());
  return std::shared_ptr<File>(std::move(*opened));
}

}  // namespace

Result<std::shared_ptr<File>> LockLogFolder(FileSystem& files, EventSink& events,
                                            const std::string& folder,
                                            const std::string& base_name) {
  const std::string path = folder + base_name + ".lock";
  ASSIGN_OR_RETURN(const bool exists, files.Exists(path));
  return Lock(files, events, path, exists ? FileMode::kReadWrite : FileMode::kCreateNew,
              "The log is in use by another instance.");
}

Result<bool> IsLogFolderLocked(FileSystem& files, const std::string& folder,
                               const std::string& base_name) {
  const Status opened =
      files.Open(folder + base_name + ".lock", {.mode = FileMode::kReadWrite, .exclusive = true})
          .status();
  if (opened.Is(Error::kFileAccessDenied)) return true;
  if (opened.ok() || opened.Is(Error::kFileNotFound)) return false;
  return opened;
}

Result<std::shared_ptr<File>> LockCheckpointFolder(FileSystem& files, EventSink& events,
                                                   const std::string& double_write_path) {
  ASSIGN_OR_RETURN(const bool exists, files.Exists(double_write_path));
  if (!exists) return std::shared_ptr<File>();
  return Lock(files, events, double_write_path, FileMode::kReadWrite,
              "The checkpoint is in use by another instance.");
}

}  // namespace contrail
