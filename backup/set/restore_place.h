// RestorePlace: the folder that a set is restored to, and how what is restored gets into it.
//
//   TO/restore.unfinished/   extracted, replayed and clean before anything of it is moved
//   TO/restore.unfinished/finished.json
//
// Everything is made ready in a folder of its own; the files of TO itself, a database that may
// still be good or the only logs there are, do not change until all of it is whole. Then a
// description is written, and the files are moved into their places. A restore that was interrupted
// before the description leaves nothing but its own folder; one that was interrupted behind it is
// carried to its end by whoever enters next.
//
// Thread rule: one thread. Other processes, and engines, are kept out by the log folder's lock.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backup/restore.h"
#include "storage/event.h"
#include "storage/file.h"

namespace contrail {

// A restore whose files are whole.
struct FinishedRestore {
  std::string backup;                  // The hash of the manifest of the backup that was restored.
  bool with_survivors = false;         // Logs behind those of the set were replayed too.
  std::string point;                   // As RestorePoint::ToText.
  std::vector<std::string> databases;  // Names.
  RestoreResult replay;

  std::string ToJson() const;
  // kDatabaseCorrupted when it is none.
  static Result<FinishedRestore> FromJson(const std::string& text);
  // As good as this one would be.
  bool IsThatOf(const FinishedRestore& other) const {
    return backup == other.backup && with_survivors == other.with_survivors && point == other.point;
  }
};

class RestorePlace {
 public:
  // `to`: with a slash at its end.
  RestorePlace(FileSystem& files, EventSink& events, std::string to, std::string base_name);

  // Makes the folder when it is missing and locks it; throws away what an earlier try has left, or
  // carries it to its end. kFileAccessDenied: an engine or another restore works there.
  Status Enter();
  // What Enter carried to its end.
  const std::optional<FinishedRestore>& former() const { return former_; }

  // Is this the folder itself, by whatever path? A symbolic link and a mount lead there, too.
  Result<bool> IsSameFolder(const std::string& folder) const;
  // kBackupDirectoryNotEmpty when a file of one of these names, or of a log stream, is there.
  Status CheckEmpty(const std::vector<std::string>& names) const;
  // A name that the place needs for itself, or for files that an instance makes.
  bool IsOwnName(const std::string& name) const;
  // Files of these names may be replaced: each that is there is locked. kFileAccessDenied: a
  // program has it open. kDatabaseSignInUse: it is a database of another signature (as text).
  Status LockDatabase(const std::string& name, const std::string& signature);

  // Where to make everything ready; ends with a slash.
  const std::string& workshop() const { return workshop_; }
  // Below it, for logs that are replayed but do not belong into the folder; made by the caller.
  const std::string& old_logs() const { return old_logs_; }
  Status RemoveOldLogs();
  const std::string& folder() const { return to_; }

  // Moves all that the workshop holds into its place.
  Status Finish(const FinishedRestore& description);
  // Leaves nothing of a restore that has failed; best effort, for the failure is already told.
  void GiveUp();

 private:
  Status Prepare();
  Status TakeLock();
  Status Move(const FinishedRestore& description);
  Status MoveAll(const FinishedRestore& description);
  Status SetOldTimelineAside(const Signature& new_stream);
  Status RemoveWorkshop();
  bool StaysBehind(const std::string& name) const;

  FileSystem& files_;
  EventSink& events_;
  const std::string to_;
  const std::string base_name_;
  const std::string workshop_;
  const std::string old_logs_;
  std::string witness_;  // A file in the workshop that no other folder has.
  std::shared_ptr<File> lock_;
  std::shared_ptr<File> checkpoint_lock_;
  std::vector<std::unique_ptr<File>> databases_;
  std::optional<FinishedRestore> former_;
};

}  // namespace contrail
