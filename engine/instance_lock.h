// The locks by which instances and restores keep each other, in this process and in others, away
// from their files.
//
// They hold for the files, not for the spelling of their paths. A lock file is never removed: a
// lock on a file that somebody else has unlinked protects nothing.

#pragma once

#include <memory>
#include <string>

#include "storage/event.h"
#include "storage/file.h"

namespace contrail {

// <folder><base name>.lock, held as long as the result lives. kFileAccessDenied (with an event):
// another instance logs there.
Result<std::shared_ptr<File>> LockLogFolder(FileSystem& files, EventSink& events,
                                            const std::string& folder,
                                            const std::string& base_name);

// Whether somebody, the caller not excepted, holds the lock of a folder.
Result<bool> IsLogFolderLocked(FileSystem& files, const std::string& folder,
                               const std::string& base_name);

// A running instance has its double-write file, which lies beside its checkpoint, for itself. Null
// when there is no such file, and so no instance. kFileAccessDenied (with an event): there is one.
Result<std::shared_ptr<File>> LockCheckpointFolder(FileSystem& files, EventSink& events,
                                                   const std::string& double_write_path);

}  // namespace contrail
