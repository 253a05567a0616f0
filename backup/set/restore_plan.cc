#include "backup/set/restore_plan.h"

#include <absl/strings/str_cat.h>

#include <set>

#include "backup/restore_logs.h"
#include "backup/set/backup_set_reader.h"
#include "backup/set/dependent_databases.h"
#include "backup/set/placed_restore.h"
#include "backup/set/restore_choice.h"
#include "backup/set/set_folder.h"
#include "engine/folder_databases.h"
#include "engine/instance_lock.h"
#include "log/log_files.h"
#include "log/log_format.h"
#include "storage/same_file.h"

namespace contrail {
namespace {

// What the restore would tell when it fails.
class Objections final : public EventSink {
 public:
  explicit Objections(std::vector<std::string>& list) : list_(list) {}
  void Report(const Event& event) override {
    if (event.severity != Severity::kError) return;
    list_.push_back(event.file.empty() ? event.text : absl::StrCat(event.text, " ", event.file));
  }

 private:
  std::vector<std::string>& list_;
};

class Planner {
 public:
  Planner(FileSystem& files, const RestoreSetRequest& request)
      : files_(files),
        request_(request),
        to_(WithSlash(request.to)),
        logs_(request.surviving_logs.empty() ? "" : WithSlash(request.surviving_logs)) {}

  Result<RestorePlan> Plan(const std::vector<const SetEntry*>& chain);

 private:
  void Add(const SetEntry& entry);
  void LookForStored(const SetEntry& entry, const SetFile& file);
  void LookAtPoint(const SetManifest& first, const SetManifest& last);
  Status LookAtTarget();
  Status LookAtDatabases();
  void LookAtSurvivors(const SetManifest& last);
  void CheckFirstSurvivor(const SetManifest& last, const RestoreLogs& logs);
  void Object(std::string why) { plan_.objections.push_back(std::move(why)); }

  FileSystem& files_;
  const RestoreSetRequest& request_;
  const std::string to_;
  const std::string logs_;  // Of those that survived; empty: none.
  std::string base_name_;
  std::string log_signature_;
  std::set<std::string> names_;       // Of the databases.
  std::set<std::string> signatures_;  // Of the databases.
  uint32_t reach_ = 0;                // The last generation that there is.
  RestorePlan plan_;
};

Result<RestorePlan> Planner::Plan(const std::vector<const SetEntry*>& chain) {
  const SetManifest& first = chain.front()->manifest;
  const SetManifest& last = chain.back()->manifest;
  base_name_ = first.base_name;
  log_signature_ = first.log_signature;
  for (const SetEntry* entry : chain) Add(*entry);
  reach_ = plan_.generation_high;
  if (!logs_.empty()) LookAtSurvivors(last);
  if (request_.point.given()) LookAtPoint(first, last);
  RETURN_IF_ERROR(LookAtTarget());
  return std::move(plan_);
}

void Planner::LookForStored(const SetEntry& entry, const SetFile& file) {
  const std::string path = entry.folder + file.stored_name;
  const auto stored = files_.Open(path, {.mode = FileMode::kReadOnly});
  if (!stored.ok()) return Object("A file of the set is missing or cannot be opened: " + path);
  const Result<uint64_t> size = (*stored)->Size();
  if (size.ok() && *size == file.stored_bytes) return;
  Object("A file of the set is of another size than its manifest says: " + path);
}

void Planner::Add(const SetEntry& entry) {
  const SetManifest& manifest = entry.manifest;
  plan_.backups.push_back(manifest.number);
  if (plan_.generation_low == 0) plan_.generation_low = manifest.generation_low;
  plan_.generation_high = manifest.generation_high;
  if (entry.damaged) {
    Object(absl::StrCat("Backup ", manifest.number, " has been found damaged: ", entry.folder,
                        kDamageMarkName));
  }
  for (const SetFile& file : manifest.files) {
    plan_.bytes += file.bytes;
    if (file.kind == SetFileKind::kDatabase) {
      plan_.databases.push_back(to_ + file.name);
      names_.insert(file.name);
      signatures_.insert(file.signature);
    }
    LookForStored(entry, file);
  }
}

// The end of the backup's copies and of its logs is known only when the logs are read; what lies
// before its begin, or behind everything, is out of reach for sure.
void Planner::LookAtPoint(const SetManifest& first, const SetManifest& last) {
  const RestorePoint& point = request_.point;
  const std::string text = point.ToText();
  const Result<Lgpos> mark = ParseLgpos(first.mark);
  const bool early =
      point.position.has_value() ? mark.ok() && *point.position < *mark : text < first.mark_time;
  if (early) {
    Object(absl::StrCat("The point lies before the begin of backup ", first.number, ": ", text,
                        ", and that is ", first.mark, ", ", first.mark_time));
  }
  // The mark of a backup that is logs alone was written where they end.
  const bool logs_end_at_mark = logs_.empty() && !HoldsDatabases(last.kind);
  const bool late = point.position.has_value() ? point.position->generation > reach_
                                               : text > LogTime::Now().ToText() ||
                                                     (logs_end_at_mark && text > last.mark_time);
  if (late) {
    Object(absl::StrCat("The point lies behind the end of the logs: ", text,
                        ", and they end with generation ", reach_,
                        logs_end_at_mark ? ", " + last.mark_time : ""));
  }
}

void Planner::LookAtSurvivors(const SetManifest& last) {
  Objections objections(plan_.objections);
  const Result<std::vector<std::string>> names = files_.List(logs_);
  if (!names.ok()) return Object("The folder of surviving logs cannot be read: " + logs_);
  if (!HoldsLogs(*names, base_name_)) {
    plan_.warnings.push_back(absl::StrCat(kNoSurvivingLogsText, " ", logs_));
    return;
  }
  RestoreLogRequest request;
  request.base_name = base_name_;
  request.log_folder = logs_;
  request.generation_high = last.generation_high;
  const RestorePoint& point = request_.point;
  if (point.position.has_value()) request.last_wanted = point.position->generation;
  request.may_end_early = point.time.has_value();
  const Result<RestoreLogs> logs = FindSurvivingLogs(files_, objections, request);
  if (!logs.ok()) {
    reach_ = kMaxGeneration;  // One objection is enough.
    return;
  }
  reach_ += static_cast<uint32_t>(logs->survivors);
  if (logs->survivors != 0) CheckFirstSurvivor(last, *logs);
  if (!logs->gap.has_value()) return;
  for (const Event& event : logs->gap->events) {
    plan_.warnings.push_back(absl::StrCat(event.text, " ", event.file));
  }
}

void Planner::CheckFirstSurvivor(const SetManifest& last, const RestoreLogs& logs) {
  const std::string& path = logs.source.files.front().path;
  const Result<LogFileHeader> header = ReadLogFileHeader(files_, DiscardEvents(), path);
  if (!header.ok()) return;
  if (header->signature.ToText() != last.log_signature) {
    return Object("A log that survived belongs to another stream: " + path);
  }
  for (const SetFile& file : last.files) {
    if (file.kind != SetFileKind::kLog || file.generation != last.generation_high ||
        file.created.empty() || file.created == header->previous_created.ToText()) {
      continue;
    }
    Object("A log that survived does not follow the last one of the set: " + path);
  }
}

Status Planner::LookAtTarget() {
  if (IsWithin(to_, request_.set_folder)) Object(absl::StrCat(kTargetInSetText, " ", to_));
  ASSIGN_OR_RETURN(const bool exists, files_.Exists(to_));
  if (!exists) return Status::Ok();
  ASSIGN_OR_RETURN(const bool in_use, IsLogFolderLocked(files_, to_, base_name_));
  if (in_use) Object("A program uses the folder: " + to_);
  // With logs that survived in the folder itself, what lies there is replaced.
  if (!logs_.empty() && SameFile(logs_, to_)) return LookAtDatabases();
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files_.List(to_));
  for (const std::string& name : names) {
    const bool in_the_way =
        GenerationOfFileName(base_name_, name) != 0 || name == CurrentLogFileName(base_name_) ||
        name == PreparedLogFileName(base_name_) || name == base_name_ + ".chk" ||
        name == base_name_ + ".dwa" || names_.contains(name);
    if (in_the_way) Object("The folder holds a database or its logs already: " + to_ + name);
  }
  return Status::Ok();
}

Status Planner::LookAtDatabases() {
  ASSIGN_OR_RETURN(const FolderDatabases there, FolderDatabases::Find(files_, to_));
  for (const FolderDatabase& database : there.all()) {
    const std::string name = database.path.substr(to_.size());
    if (!names_.contains(name) || signatures_.contains(database.header.signature.ToText())) {
      continue;
    }
    Object("Another database lies where the restored one would go: " + database.path);
  }
  ASSIGN_OR_RETURN(const std::vector<std::string> others,
                   FindDependentDatabases(files_, {to_, base_name_, log_signature_}, signatures_));
  for (const std::string& path : others) {
    Object(absl::StrCat(path, ": ", kDependentDatabaseText));
  }
  return Status::Ok();
}

}  // namespace

Result<RestorePlan> PlanRestore(FileSystem& files, EventSink& events,
                                const RestoreSetRequest& request) {
  ASSIGN_OR_RETURN(const BackupSetReader set,
                   BackupSetReader::Open(files, events, request.set_folder));
  ASSIGN_OR_RETURN(const std::vector<const SetEntry*> chain, ChooseChain(set, events, request));
  return Planner(files, request).Plan(chain);
}

}  // namespace contrail
