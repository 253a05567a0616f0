// What is on a simulated disk at one moment: cheap to copy, because chunks are shared.

#pragma once

#include <map>
#include <set>
#include <string>

#include "storage/status.h"
#include "tests/support/sparse_content.h"

namespace contrail::test {

struct DiskImage {
  std::set<std::string> directories = {"/"};
  std::map<std::string, SparseContent> files;  // By absolute, normal path.
};

// The same path without "//", ".", ".." or a slash at the end. A relative path starts at "/".
std::string NormalPath(const std::string& path);
// "/" for a file directly below it, and for "/" itself.
std::string ParentPath(const std::string& normal_path);

// Writes the files of the image below `directory` of the real disk, so that outside readers can
// look at them: /a/b becomes directory/a/b. Creates what is missing, replaces what is there.
Status ExportImage(const DiskImage& image, const std::string& directory);
// The real directory's files, with `directory` as the image's "/".
Result<DiskImage> ImportImage(const std::string& directory);

}  // namespace contrail::test
