#include "backup/backup_directory.h"

#include <vector>

namespace contrail {

std::string MarkerName(const std::string& database_name) {
  const size_t dot = database_name.rfind('.');
  const std::string stem = dot == std::string::npos ? database_name : database_name.substr(0, dot);
  return stem + kMarkerExtension;
}

Status RemoveDirectoryTree(FileSystem& files, const std::string& directory) {
  ASSIGN_OR_RETURN(const bool exists, files.Exists(directory));
  if (!exists) return Status::Ok();
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files.List(directory));
  for (const std::string& name : names) {
    const Status removed = files.Remove(directory + name);
    if (removed.ok()) continue;
    // It may be a directory.
    RETURN_IF_ERROR(RemoveDirectoryTree(files, directory + name + "/"));
  }
  return files.RemoveDirectory(directory.substr(0, directory.size() - 1));
}

}  // namespace contrail
