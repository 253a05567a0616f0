// PlacedRestore: a restore from wherever its files come, in the place where they shall be: what may
// go there, logs that survived, the replay, and the move at the end.
//
//   Enter, Begin, (Admit a file, write it to PathOf, AdmitRange of its backup)*, Finish; else
//   GiveUp

#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "backup/set/restore_place.h"
#include "backup/set/restore_request.h"
#include "backup/set/set_manifest.h"

namespace contrail {

// Whether a folder with these names in it has a log, or what becomes one.
bool HoldsLogs(const std::vector<std::string>& names, const std::string& base_name);
extern const char kNoSurvivingLogsText[];
extern const char kTargetInSetText[];

class PlacedRestore {
 public:
  // All outlive it.
  PlacedRestore(FileSystem& files, EventSink& events, const RestoreSetRequest& request)
      : files_(files), events_(events), request_(request) {}

  // The description of a backup of the chain: names of logs, page size. Errors of RestorePlace.
  Status Enter(const SetManifest& manifest);
  // An earlier restore that had not been finished, and is now.
  const std::optional<FinishedRestore>& former() const { return place_->former(); }
  // Its result when it was of this backup, in the same way; kBackupDirectoryNotEmpty otherwise.
  Result<RestoreSetResult> ResultOfFormer(const std::string& backup) const;

  Status Begin();
  // May a file of this name be there? Without a word about logs that survived nothing that lies in
  // the folder is replaced; with them, when they lie there, the databases of the backup are, unless
  // somebody uses them. kBackupDirectoryNotEmpty, kDatabaseSignInUse, kFileAccessDenied,
  // kDatabaseCorrupted (a name that no backup gives).
  Status Admit(const SetFile& file);
  // Every database has been admitted. kDatabaseDirtyShutdown when one that is none of them needs
  // the logs of the folder; Finish asks the same.
  Status CheckOthers() const;
  // Where to write it.
  std::string PathOf(const SetFile& file) const {
    return (file.kind == SetFileKind::kLog ? log_folder() : place_->workshop()) + file.name;
  }
  // The logs of one backup; in the order of the chain. kMissingRestoreLogFiles when they do not go
  // on from those before.
  Status AdmitRange(const SetManifest& manifest);
  // Everything is written: replays it and moves it into its place. `backup`: the hash that stands
  // for what has been restored.
  Status Finish(const std::string& backup);
  void GiveUp();
  RestoreSetResult result() const { return ResultOf(finished_); }

 private:
  Status CheckSurvivingLogs() const;
  Status CopySurvivors();
  Status CopyFile(const std::string& from, const std::string& to);
  Status Replay();
  // With a point a new stream begins in the workshop, so the old logs do not lie there.
  const std::string& log_folder() const {
    return request_.point.given() ? place_->old_logs() : place_->workshop();
  }
  // No log behind it is asked for.
  uint32_t last_wanted() const {
    const std::optional<Lgpos>& position = request_.point.position;
    return position.has_value() ? position->generation : UINT32_MAX;
  }
  bool with_survivors() const { return !request_.surviving_logs.empty(); }
  RestoreSetResult ResultOf(const FinishedRestore& finished) const;

  FileSystem& files_;
  EventSink& events_;
  const RestoreSetRequest& request_;
  std::string base_name_;
  std::string log_signature_;
  uint32_t page_size_ = 0;
  uint32_t generation_low_ = 0;  // 0: none yet.
  uint32_t generation_high_ = 0;
  uint32_t survivors_newest_ = 0;  // Archived, wanted or not.
  bool in_place_ = false;          // The logs that survived lie where the restored files go.
  std::optional<RestorePlace> place_;
  std::vector<RestoredDatabase> databases_;
  std::set<std::string> signatures_;  // Of the databases.
  std::map<std::string, std::string>
      copied_;  // Logs that survived: where from, by the copy's path.
  FinishedRestore finished_;
};

}  // namespace contrail
