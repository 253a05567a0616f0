#include "storage/same_file.h"

#include <sys/stat.h>

#include <filesystem>

namespace contrail {
namespace {

// Without a slash at the end, except for the root.
std::filesystem::path Normal(const std::filesystem::path& path) {
  const std::filesystem::path normal = path.lexically_normal();
  return normal.has_filename() || !normal.has_relative_path() ? normal : normal.parent_path();
}

bool SameInode(const std::filesystem::path& one, const std::filesystem::path& other) {
  struct stat first, second;
  return ::stat(one.c_str(), &first) == 0 && ::stat(other.c_str(), &second) == 0 &&
         first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

}  // namespace

bool SameFile(const std::string& one, const std::string& other) {
  return Normal(one) == Normal(other) || SameInode(one, other);
}

bool IsWithin(const std::string& path, const std::string& folder) {
  // First as it is spelled, then as it is without its links.
  const std::filesystem::path wanted = Normal(folder);
  for (std::filesystem::path at = Normal(path);; at = at.parent_path()) {
    if (at == wanted) return true;
    if (at == at.parent_path()) break;
  }
  std::error_code failed;
  std::filesystem::path real = std::filesystem::weakly_canonical(path, failed);
  if (failed) real = Normal(path);
  for (std::filesystem::path at = Normal(real);; at = at.parent_path()) {
    if (SameInode(at, folder)) return true;
    if (at == at.parent_path()) return false;
  }
}

}  // namespace contrail
