// SetDestination: a backup's place in a set. It is written under a temporary name, synced, and
// renamed, so that a folder of the final name is always whole. docs/format/backup_set.md.

#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>

#include "backup/set/backup_destination.h"
#include "backup/set/backup_set_reader.h"
#include "backup/set/stored_file.h"

namespace contrail {

class SetDestination final : public BackupDestination {
 public:
  // `set_folder` is made when it is missing.
  SetDestination(FileSystem& files, EventSink& events, const std::string& set_folder);

  // kFileAccessDenied when somebody else writes into the set.
  Status Open(const BackupSummary& summary, SetManifest* head) override;
  Status CheckLogs(const SetManifest& manifest) override;
  Status Store(const ContentReader& read, SetFile* file) override;
  Status Publish(const SetManifest& manifest) override;
  // Logs that are stored whole stay for the next backup.
  void GiveUp() override;
  bool Holds(const std::string& signature) const override { return held_.contains(signature); }
  // Of the backup; with a slash at its end.
  const std::string& folder() const { return folder_; }

 private:
  Status FindBase(const BackupSetReader& set, const BackupSummary& summary);
  void WarnOfOtherDatabases(const BackupSetReader& set) const;
  Status RefuseBase(const SetEntry* entry, const char* why) const;
  Status CheckBaseIsSound() const;
  // Whether it was there: then the content has been read and compared.
  Result<bool> TakeOverLog(const ContentReader& read, SetFile* log);
  Result<StoredFileFacts> WriteFile(const ContentReader& read, const std::string& path);

  FileSystem& files_;
  EventSink& events_;
  const std::string set_folder_;
  std::unique_ptr<File> lock_;  // Of the set, while this backup is written.
  std::string log_signature_;
  std::string unfinished_;  // Folder of the temporary name; empty before it has been made.
  std::string folder_;
  std::optional<SetEntry> base_;  // What an incremental or differential backup goes on from.
  std::set<std::string> held_;    // Signatures of the databases that the chain holds.
};

}  // namespace contrail
