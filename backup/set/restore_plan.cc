#include "backup/set/restore_plan.h"

#include <absl/strings/str_cat.h>

#include "backup/set/backup_set_reader.h"
#include "backup/set/restore_choice.h"
#include "backup/set/set_folder.h"
#include "log/log_files.h"

namespace contrail {
namespace {

class Planner {
 public:
  Planner(FileSystem& files, const RestoreSetRequest& request)
      : files_(files), request_(request), to_(WithSlash(request.to)) {}

  void Add(const SetEntry& entry);
  Status LookAtTarget(const std::string& base_name);
  RestorePlan TakePlan() { return std::move(plan_); }

 private:
  void LookForStored(const SetEntry& entry, const SetFile& file);

  FileSystem& files_;
  const RestoreSetRequest& request_;
  const std::string to_;
  RestorePlan plan_;
};

void Planner::LookForStored(const SetEntry& entry, const SetFile& file) {
  const std::string path = entry.folder + file.stored_name;
  const auto stored = files_.Open(path, {.mode = FileMode::kReadOnly});
  if (!stored.ok()) {
    plan_.objections.push_back("A file of the set is missing or cannot be opened: " + path);
    return;
  }
  const Result<uint64_t> size = (*stored)->Size();
  if (size.ok() && *size == file.stored_bytes) return;
  plan_.objections.push_back("A file of the set is of another size than its manifest says: " +
                             path);
}

void Planner::Add(const SetEntry& entry) {
  const SetManifest& manifest = entry.manifest;
  plan_.backups.push_back(manifest.number);
  if (plan_.generation_low == 0) plan_.generation_low = manifest.generation_low;
  plan_.generation_high = manifest.generation_high;
  for (const SetFile& file : manifest.files) {
    plan_.bytes += file.bytes;
    if (file.kind == SetFileKind::kDatabase) plan_.databases.push_back(to_ + file.name);
    LookForStored(entry, file);
  }
}

Status Planner::LookAtTarget(const std::string& base_name) {
  // With logs that survived in the folder itself, what lies there would be replaced.
  if (!request_.surviving_logs.empty() && WithSlash(request_.surviving_logs) == to_) {
    return Status::Ok();
  }
  ASSIGN_OR_RETURN(const bool exists, files_.Exists(to_));
  if (!exists) return Status::Ok();
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files_.List(to_));
  for (const std::string& name : names) {
    bool in_the_way = GenerationOfFileName(base_name, name) != 0 ||
                      name == CurrentLogFileName(base_name) || name == base_name + ".chk";
    for (const std::string& database : plan_.databases) in_the_way |= database == to_ + name;
    if (in_the_way) {
      plan_.objections.push_back("The folder holds a database or its logs already: " + to_ + name);
    }
  }
  return Status::Ok();
}

}  // namespace

Result<RestorePlan> PlanRestore(FileSystem& files, EventSink& events,
                                const RestoreSetRequest& request) {
  ASSIGN_OR_RETURN(const BackupSetReader set,
                   BackupSetReader::Open(files, events, request.set_folder));
  ASSIGN_OR_RETURN(const std::vector<const SetEntry*> chain, ChooseChain(set, events, request));
  Planner planner(files, request);
  for (const SetEntry* entry : chain) planner.Add(*entry);
  RETURN_IF_ERROR(planner.LookAtTarget(chain.front()->manifest.base_name));
  return planner.TakePlan();
}

}  // namespace contrail
