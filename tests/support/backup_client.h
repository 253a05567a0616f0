// A client of the backup sequence, and of restore, as tests need them.

#pragma once

#include <functional>
#include <string>
#include <vector>

#include "backup/backup_session.h"
#include "backup/restore.h"

namespace contrail::test {

struct BackupRun {
  BackupKind kind = BackupKind::kFull;
  bool truncate = true;
  // Called after every piece that has been read, and before the log phase.
  std::function<void()> meanwhile{};
};

struct TakenBackup {
  std::vector<RestoredDatabase> databases;  // As copies in the folder.
  uint32_t generation_low = 0;
  uint32_t generation_high = 0;
};

// Reads the file through the session into `to`, in pieces of `piece` bytes.
Status CopyThrough(BackupSession& session, FileSystem& files, const std::string& path,
                   const std::string& to, const std::function<void()>& meanwhile = nullptr,
                   size_t piece = 64 << 10);

// A whole backup into a folder (with a slash at its end); aborted when anything fails.
Result<TakenBackup> TakeBackup(Instance& instance, const std::string& folder,
                               const BackupRun& run = {});

// A restore of what lies in `folder`, there.
RestoreRequest RestoreIn(const std::string& folder, const TakenBackup& backup);

}  // namespace contrail::test
