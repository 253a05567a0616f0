// ContentRecording: what the tables of a backup hold at the moment at which its logs end, read
// beside those who write. The snapshot that it reads from is revocable: when version memory gets
// scarce it goes, and no writer fails for it. What was read whole before stays true; the other
// tables are named as not recorded.

#pragma once

#include <absl/container/flat_hash_map.h>

#include <string>
#include <utility>
#include <vector>

#include "backup/backup_session.h"
#include "backup/set/set_manifest.h"
#include "backup/set/table_content.h"
#include "engine/session.h"

namespace contrail {

// Used by one thread, in the order of its functions. The instance runs until it is destroyed.
class ContentRecording {
 public:
  using Databases = std::vector<BackupSummary::Database>;

  ContentRecording(Instance& instance, Databases databases);
  ~ContentRecording();  // Gives the snapshot back.
  ContentRecording(const ContentRecording&) = delete;
  ContentRecording& operator=(const ContentRecording&) = delete;

  // Finds out how large the tables are, for small ones are read first: of as many as possible the
  // content is to be known when the snapshot goes.
  Status Measure();
  // Where the logs end. Does next to nothing.
  void TakeSnapshot();
  // Fills in contents and not_recorded. A table that cannot be read is among the latter. An event
  // says so when there are any. kTermInProgress when `progress` has said so.
  Status Read(const ContentProgress& progress, SetManifest* manifest);

 private:
  using TableId = std::pair<const AttachedDatabase*, ObjectId>;

  Result<std::vector<TableToRead>> ListTables(Session& session);
  // As the snapshot shows them; if that has gone too early, those that are there now.
  Result<std::vector<TableToRead>> FindTables();
  Status MeasureTables();
  // Ok also when nothing was recorded: `reason` says why, then.
  Status ReadTable(const TableToRead& table, const ContentProgress& progress, SetManifest* manifest,
                   std::string* reason);
  void ReportMissing(const SetManifest& manifest);

  Instance& instance_;
  const Databases databases_;
  absl::flat_hash_map<TableId, uint64_t> pages_;
  Status begun_;
  Session session_;
};

}  // namespace contrail
