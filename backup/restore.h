// Hard restore: databases that a backup streamed, and that have been copied back, become whole and
// clean again. Source: the backup contract, section 15.2.
//
// A restore that was interrupted, by an error or by a crash, can be repeated as it is.

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "backup/restore_point.h"
#include "engine/instance_options.h"
#include "storage/event.h"
#include "storage/file.h"
#include "storage/lgpos.h"

namespace contrail {

struct RestoredDatabase {
  std::string original;         // Where it lay when it was backed up; only for the event of a move.
  std::string path;             // Where its copy lies now, and will be.
  std::string shown_path = {};  // Where the caller moves it afterwards; empty: nowhere.
};

struct RestoreProgress {
  uint64_t bytes_done = 0;  // Of log.
  uint64_t bytes_total = 0;
  uint32_t generation = 0;
};

// The log of an instance that runs while databases are restored beside it.
struct LiveLog {
  std::string base_name;  // The set's too.
  std::string folder;     // Ends with a slash; empty: nothing behind the set is replayed.
  uint32_t last = 0;      // The last generation to replay, which is archived.
};

struct RestoreRequest {
  // Logs of the backup, and which of them (0: all that are there).
  std::string set_folder;
  uint32_t generation_low = 0;
  uint32_t generation_high = 0;
  // Paths, base name and memory of the instance that does the work and is gone afterwards. Logs
  // behind the backup's that lie in its log path are replayed too, and the stream goes on there.
  InstanceOptions instance;
  // Given: the logs behind the backup's are those of a running instance. What the instance that
  // works writes under its own base name goes at the end, and so does what an earlier try has left.
  std::optional<LiveLog> live;
  std::vector<RestoredDatabase> databases;
  // Not further than this. Then a new log stream begins in the instance's log path, which holds no
  // logs (kBackupDirectoryNotEmpty) but those of an earlier try, and the logs behind the backup's
  // are those in `survivors`. The next incremental backup needs a new full one.
  RestorePoint point;
  std::string survivors;  // Folder; empty: none. Without a point: not used.
  // With a point: the new stream's generations are above this one, as they are above all in the
  // two folders.
  uint32_t generation_newest = 0;
  // Returning false stops the restore (kTermInProgress).
  std::function<bool(const RestoreProgress&)> progress;
};

struct RestoreResult {
  uint32_t generation_low = 0;
  uint32_t generation_high = 0;
  size_t surviving_logs = 0;    // Replayed behind those of the backup.
  uint32_t generation_end = 0;  // Of the last log that was replayed.
  // With a point: the last commit that was taken in (null: none), and the new stream.
  Lgpos last_commit;
  LogTime last_commit_time;
  Signature new_stream;
};

// Before anything is changed the folders and the databases are locked (kFileAccessDenied: an
// instance, in whatever process, uses one of them) and everything is verified: errors of
// FindRestoreLogs, StreamedDatabase and FindReplayEnd, kDatabaseDuplicate (two databases of the
// request are one file), kDatabaseSignInUse (two are copies of one database). Afterwards
// kLogCorruptDuringHardRecovery, those of recovery.
Result<RestoreResult> Restore(FileSystem& files, EventSink& events, const RestoreRequest& request);

}  // namespace contrail
