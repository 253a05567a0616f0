// Reading a backup set: what is in it, whether it is sound, and getting it out again.
// docs/format/backup_set.md.

#pragma once

#include <string>
#include <vector>

#include "backup/set/damage_mark.h"
#include "backup/set/set_manifest.h"
#include "backup/set/set_progress.h"
#include "storage/event.h"
#include "storage/file.h"

namespace contrail {

struct SetEntry {
  std::string folder;  // With a slash at its end.
  SetManifest manifest;
  std::string manifest_hash;
  // kReadVerifyFailure (the manifest's hash), kDatabaseCorrupted (no manifest),
  // kInvalidDatabaseVersion (of_other_format): `manifest` has only the number and the kind that the
  // folder's name tells.
  Status status;
  bool damaged = false;  // Marked so (backup/set/damage_mark.h).
  // Something else than a folder has a backup's name: `status` is not ok, and there is no place for
  // a mark. Nobody but whoever put it there removes it.
  bool no_folder = false;
  bool sound() const { return status.ok() && !damaged; }
  // The manifest is whole, but of another format than this version reads: nothing is known of the
  // backup, and nothing wrong with it.
  bool of_other_format() const { return status.Is(Error::kInvalidDatabaseVersion); }
};

class BackupSetReader {
 public:
  // Reads all manifests, in rising order of number. A set that is not there is empty. Damaged
  // manifests are entries, with their status.
  static Result<BackupSetReader> Open(FileSystem& files, EventSink& events,
                                      const std::string& set_folder);

  const std::string& folder() const { return folder_; }
  const std::vector<SetEntry>& entries() const { return entries_; }
  // 0: the highest number there is has been given.
  uint32_t NextNumber() const;

  // The newest one that later backups may go on from; null when there is none.
  const SetEntry* NewestOfChain() const;
  // The backups that a restore of this one needs, in rising order: a full one or a copy, and what
  // goes on from it up to this one. 0: the newest of the set. kFileNotFound (no such backup),
  // kMissingFullBackup, kMissingRestoreLogFiles (a backup in between is missing or another one),
  // the status of a damaged manifest. Backups that are marked damaged are among them: whoever
  // restores verifies what he reads.
  Result<std::vector<const SetEntry*>> ChainTo(uint32_t number) const;

  // Reads everything (of one backup and those it goes on from, unless `number` is 0): hashes of
  // every stored file, of its content and of each chunk of that, checksums of every page, every
  // frame of every log, the order of the logs, the chain of manifests. What is wrong is added to
  // *faults; the status tells only of errors of the verification itself (kTermInProgress, and those
  // of ChainTo). Marks nothing. A backup that expires meanwhile has no faults.
  Status Verify(const SetProgressCallback& progress, std::vector<SetFault>* faults,
                uint32_t number = 0) const;

  // Marks the backups that these faults are of, unless they only say that something could not be
  // read for want of memory, rights or handles, or it is no folder. How many had no mark before.
  Result<size_t> MarkDamaged(const std::vector<SetFault>& faults) const;
  // How many backups the faults would mark.
  size_t CountUnmarked(const std::vector<SetFault>& faults) const;

  // The marked backups whose marks go after a verification of the whole set that has found nothing:
  // those that were marked when the set was opened. `replayed`: that verification has also replayed
  // the backup of this number (0: the newest) and found nothing; null: it has replayed none, and
  // marks of what only a replay shows stay.
  std::vector<const SetEntry*> ProvenGood(const uint32_t* replayed) const;

  // The content of one file into `path`, which is made or replaced; synced. kReadVerifyFailure when
  // it is not what the manifest says.
  Status Extract(const SetEntry& entry, const SetFile& file, const std::string& path,
                 const std::function<bool(uint64_t bytes)>& progress) const;

 private:
  BackupSetReader(FileSystem& files, EventSink& events) : files_(&files), events_(&events) {}
  SetEntry ReadEntry(const std::string& name) const;
  bool HasExpired(const SetEntry& entry) const;
  const SetEntry* Find(uint32_t number) const;

  FileSystem* files_;
  EventSink* events_;
  std::string folder_;
  std::vector<SetEntry> entries_;
};

}  // namespace contrail
