// DirectoryLock: keeps the backups of several instances, in this process and in others, out of one
// directory of JetBackup. Source: docs/format/backup_directory.md.
//
// A file of its own, which goes with the lock: the directory then holds the backup and nothing
// else. One that a killed process has left is taken over.

#pragma once

#include <memory>
#include <string>

#include "storage/event.h"
#include "storage/file.h"

namespace contrail {

class DirectoryLock {
 public:
  static constexpr char kName[] = ".lock";

  // `directory` ends with a slash. kBackupInProgress, with an event: somebody else has it.
  static Result<std::unique_ptr<DirectoryLock>> Take(FileSystem& files, EventSink& events,
                                                     const std::string& directory);
  ~DirectoryLock();  // Gives it back.
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;

 private:
  DirectoryLock(FileSystem& files, std::unique_ptr<File> file)
      : files_(files), file_(std::move(file)) {}

  FileSystem& files_;
  std::unique_ptr<File> file_;
};

}  // namespace contrail
