// Where a backup's files go: a folder of a set, or a stream. backup/set/backup_run.h fills it.
//
//   Open, Store (databases), CheckLogs, Store (logs), Publish;  GiveUp at any point before the end
//   of Publish

#pragma once

#include <functional>
#include <string>

#include "backup/backup_session.h"
#include "backup/set/set_manifest.h"

namespace contrail {

// Gives the next bytes of a file, 0 at its end. Buffers are of kChunkBytes; only the last one of a
// file is not filled.
using ContentReader = std::function<Result<size_t>(MutableBytes)>;

class BackupDestination {
 public:
  virtual ~BackupDestination() = default;

  // `head` says all but the files, the range of logs and the mark; number and previous backup are
  // filled in. kMissingFullBackup when there is nothing to go on from, or it lacks a database.
  virtual Status Open(const BackupSummary& summary, SetManifest* head) = 0;
  // The range of logs is known. kMissingFullBackup when it does not go on from what is here.
  virtual Status CheckLogs(const SetManifest& manifest) = 0;
  // Reads the content to its end and stores it; sizes and hashes are filled in.
  virtual Status Store(const ContentReader& read, SetFile* file) = 0;
  // Makes the backup one that counts: logs may go afterwards.
  virtual Status Publish(const SetManifest& manifest) = 0;
  // Leaves nothing that looks like a backup; best effort, for what went wrong is told already.
  virtual void GiveUp() = 0;
  // Do the backups here hold the database of this signature (as text)?
  virtual bool Holds(const std::string& signature) const = 0;
};

}  // namespace contrail
