#include "storage/file_steps.h"

#include <memory>

#include "storage/file_path.h"

namespace contrail {

Status RemoveIfThere(FileSystem& files, const std::string& path) {
  const Status removed = files.Remove(path);
  return removed.Is(Error::kFileNotFound) ? Status::Ok() : removed;
}

Status ReplaceFile(FileSystem& files, const std::string& path, Bytes content) {
  const std::string temporary = path + ".tmp";
  {
    ASSIGN_OR_RETURN(const std::unique_ptr<File> file,
                     files.Open(temporary, {.mode = FileMode::kCreateOrTruncate}));
    RETURN_IF_ERROR(file->Write(0, content));
    RETURN_IF_ERROR(file->Sync());
  }
  RETURN_IF_ERROR(files.Rename(temporary, path));
  return files.SyncDirectory(FolderOf(path));
}

}  // namespace contrail
