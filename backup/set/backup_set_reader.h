// Reading a backup set: what is in it, whether it is sound, and getting it out again.
// docs/format/backup_set.md.

#pragma once

#include <string>
#include <vector>

#include "backup/set/set_manifest.h"
#include "backup/set/set_progress.h"
#include "storage/event.h"
#include "storage/file.h"

namespace contrail {

struct SetEntry {
  std::string folder;  // With a slash at its end.
  SetManifest manifest;
  std::string manifest_hash;
  // kReadVerifyFailure (the manifest's hash), kDatabaseCorrupted (no manifest): `manifest` has only
  // the number and the kind that the folder's name tells.
  Status status;
};

// Something wrong in a set.
struct SetFault {
  uint32_t number = 0;  // Of the backup.
  std::string file;     // Path.
  std::string what;     // One sentence.
  Status status;
};

class BackupSetReader {
 public:
  // Reads all manifests, in rising order of number. A set that is not there is empty. Damaged
  // manifests are entries, with their status.
  static Result<BackupSetReader> Open(FileSystem& files, EventSink& events,
                                      const std::string& set_folder);

  const std::string& folder() const { return folder_; }
  const std::vector<SetEntry>& entries() const { return entries_; }
  uint32_t NextNumber() const;

  // The backups that a restore of this one needs: the newest full backup up to it, and what
  // follows. 0: the newest of the set. kFileNotFound (no such backup), kMissingFullBackup,
  // kMissingRestoreLogFiles (a backup in between is missing or of another chain), the status of a
  // damaged manifest.
  Result<std::vector<const SetEntry*>> ChainTo(uint32_t number) const;

  // Reads everything: hashes of every stored file and of its content, checksums of every page,
  // every frame of every log, the order of the logs, the chain of manifests. What is wrong is added
  // to *faults; the status tells only of errors of the verification itself (kTermInProgress).
  Status Verify(const SetProgressCallback& progress, std::vector<SetFault>* faults) const;

  // The content of one file into `path`, which is made or replaced; synced. kReadVerifyFailure when
  // it is not what the manifest says.
  Status Extract(const SetEntry& entry, const SetFile& file, const std::string& path,
                 const std::function<bool(uint64_t bytes)>& progress) const;

 private:
  BackupSetReader(FileSystem& files, EventSink& events) : files_(&files), events_(&events) {}
  SetEntry ReadEntry(const std::string& name) const;
  Status CheckLink(size_t index, std::vector<SetFault>* faults) const;

  FileSystem* files_;
  EventSink* events_;
  std::string folder_;
  std::vector<SetEntry> entries_;
};

}  // namespace contrail
