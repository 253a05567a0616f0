// Small dealings with the folders of a set.

#pragma once

#include <memory>
#include <string>

#include "backup/log_range.h"
#include "storage/event.h"
#include "storage/file.h"

namespace contrail {

std::string WithSlash(const std::string& folder);
// "000001-full", "000002-incremental".
std::string BackupFolderName(uint32_t number, BackupKind kind);
// The number in such a name; 0 when it is none.
uint32_t NumberOfFolderName(const std::string& name);
// The folder and the files in it; ok when it is not there.
Status RemoveFolder(FileSystem& files, const std::string& folder);
// Creates and syncs.
Status WriteTextFile(FileSystem& files, const std::string& path, const std::string& text);
// Keeps everybody else who writes into the set out for as long as the file is open. The lock file
// stays in the set. kFileAccessDenied, with an event, when somebody else holds it.
Result<std::unique_ptr<File>> LockSet(FileSystem& files, EventSink& events,
                                      const std::string& set_folder);
// At most 64 MiB of it: kDatabaseCorrupted beyond.
Result<std::string> ReadTextFile(FileSystem& files, const std::string& path);

}  // namespace contrail
