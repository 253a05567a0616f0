// Whether paths lead to the same file or directory, whatever they are spelled like: by device and
// inode, on the machine's file system. What is not there (as in a file system in memory, which has
// no links) is told apart by its normal spelling alone.
//
// Thread rule: thread safe.

#pragma once

#include <string>

namespace contrail {

bool SameFile(const std::string& one, const std::string& other);

// Whether the file or directory is the folder, or lies in it, however deep.
bool IsWithin(const std::string& path, const std::string& folder);

}  // namespace contrail
