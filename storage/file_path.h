// Paths as text.

#pragma once

#include <string>

namespace contrail {

inline std::string WithSlash(std::string folder) {
  if (!folder.ends_with('/')) folder += '/';
  return folder;
}

// What stands before the last part of a path, with its slash; empty when there is no slash.
inline std::string FolderOf(const std::string& path) { return path.substr(0, path.rfind('/') + 1); }

// The last part of a path.
inline std::string NameOfPath(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace contrail
