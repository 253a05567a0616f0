// Small dealings with the folders of a set.

#pragma once

#include <memory>
#include <optional>
#include <string>

#include "backup/set/set_kind.h"
#include "storage/event.h"
#include "storage/file.h"
#include "storage/file_path.h"

namespace contrail {

struct BackupName {
  uint32_t number = 0;
  BackupScope kind = BackupScope::kFull;
};
// "000001-full", "000002-incremental".
std::string BackupFolderName(uint32_t number, BackupScope kind);
std::optional<BackupName> ParseBackupFolderName(const std::string& name);
// ".000002-incremental.unfinished": being written, or left by one that died.
std::string UnfinishedFolderName(uint32_t number, BackupScope kind);
bool IsUnfinishedFolderName(const std::string& name);
// ".000002-incremental.expired": being removed.
std::string ExpiredFolderName(uint32_t number, BackupScope kind);
bool IsExpiredFolderName(const std::string& name);
// The folder and all that is in it, folders too (some file servers put theirs everywhere); ok when
// it is not there. Links are removed, not followed.
Status RemoveFolder(FileSystem& files, const std::string& folder);
// A file, a link, or a folder with all that is in it. kFileNotFound when it is not there.
Status RemoveEntry(FileSystem& files, const std::string& path);
// The same, for a folder that has been given another name first, so that nobody takes what is left
// of it for a backup. Removes the new name when there is one already.
Status RenameAndRemoveFolder(FileSystem& files, const std::string& parent, const std::string& name,
                             const std::string& new_name);
// Creates and syncs.
Status WriteTextFile(FileSystem& files, const std::string& path, const std::string& text);
// Keeps everybody else who writes into the set out for as long as the file is open. The lock file
// stays in the set. kFileAccessDenied, with an event, when somebody else holds it.
Result<std::unique_ptr<File>> LockSet(FileSystem& files, EventSink& events,
                                      const std::string& set_folder);
// At most 256 MiB of it (the manifest of 7 TiB): kDatabaseCorrupted beyond.
Result<std::string> ReadTextFile(FileSystem& files, const std::string& path);

}  // namespace contrail
