// The directory that JetBackup writes and JetRestore reads: names and handling.
// docs/format/backup_directory.md.

#pragma once

#include <string>

#include "storage/file.h"

namespace contrail {

// "data.edb" -> "data.pat": the empty file that says that the directory has this database.
std::string MarkerName(const std::string& database_name);
inline constexpr char kMarkerExtension[] = ".pat";

// Removes the directory, which may be missing, with everything in it. It ends with a slash.
Status RemoveDirectoryTree(FileSystem& files, const std::string& directory);

}  // namespace contrail
