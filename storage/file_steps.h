// Changes of files that must not be half done.

#pragma once

#include <string>

#include "storage/bytes.h"
#include "storage/file.h"

namespace contrail {

// Ok when it is not there.
Status RemoveIfThere(FileSystem& files, const std::string& path);

// A file that appears with all of `content`, or stays what it was; durable on return. It is written
// under PATH.tmp first. `path` is absolute.
Status ReplaceFile(FileSystem& files, const std::string& path, Bytes content);

}  // namespace contrail
