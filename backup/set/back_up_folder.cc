#include "backup/set/back_up_folder.h"

#include <absl/strings/str_cat.h>

#include <algorithm>

#include "backup/backup_events.h"
#include "backup/log_base_name.h"
#include "backup/logged_databases.h"
#include "backup/set/backup_set_writer.h"
#include "backup/set/backup_stream_writer.h"
#include "backup/set/set_folder.h"
#include "engine/event_ids.h"
#include "engine/folder_databases.h"
#include "log/log_files.h"

namespace contrail {
namespace {

class FolderBackup {
 public:
  FolderBackup(FileSystem& files, EventSink& events, const FolderBackupRequest& request)
      : files_(files),
        events_(events),
        request_(request),
        folder_(WithSlash(request.folder)),
        log_folder_(request.log_folder.empty() ? folder_ : WithSlash(request.log_folder)) {}

  using Action = std::function<Result<SetBackupResult>(Instance&)>;
  // What there is to back up. First; changes nothing.
  Status Find();
  Result<SetBackupResult> Run(const Action& back_up);
  Result<FolderBackupPlan> Plan();

 private:
  std::vector<std::string> FindUnreadable(const FolderDatabases& found) const;
  Status FindBaseName();
  Status FindLogs();
  Status FindDatabases();

  FileSystem& files_;
  EventSink& events_;
  const FolderBackupRequest& request_;
  const std::string folder_;
  const std::string log_folder_;
  std::string base_name_;
  LogFileHeader log_;  // Of one of the logs.
  std::vector<FolderDatabase> databases_;
};

Status FolderBackup::Find() {
  ASSIGN_OR_RETURN(const FolderDatabases found, FolderDatabases::Find(files_, folder_));
  RETURN_IF_ERROR(FindBaseName());
  const std::vector<std::string> unreadable = FindUnreadable(found);
  for (const std::string& path : unreadable) {
    events_.Report({.id = event_id::kDatabaseLeavesBackup,
                    .severity = Severity::kError,
                    .text = "No backup is made: both copies of the header of a database are "
                            "damaged. Restore it, or move it out of the folder.",
                    .file = path,
                    .offset = 0,
                    .expected = "a database's header",
                    .found = "none that is whole",
                    .error = static_cast<int32_t>(Error::kDatabaseCorrupted)});
  }
  // A set without it would look as if it had all that is in the folder.
  if (!unreadable.empty()) return Error::kDatabaseCorrupted;
  if (found.all().empty()) {
    return ReportFailure(events_, event_id::kFileToBackUpMissing, Error::kFileNotFound,
                         "The folder has no database in it.", folder_);
  }
  databases_ = found.all();
  RETURN_IF_ERROR(FindLogs());
  return FindDatabases();
}

// Files that have lost both headers: *.edb, and whatever the logs know as a database. Logs that
// cannot be read are for whoever needs them to complain about.
std::vector<std::string> FolderBackup::FindUnreadable(const FolderDatabases& found) const {
  std::vector<std::string> unreadable = found.unreadable();
  Result<LogListing> listing = ListLogFiles(files_, DiscardEvents(), log_folder_, base_name_);
  if (!listing.ok()) return unreadable;
  if (listing->has_current) listing->archived.push_back(listing->current);
  LogSource source;
  for (LogFileInfo& log : listing->archived) {
    const bool gap = !source.files.empty() && log.generation != source.files.back().generation + 1;
    if (gap) source.files.clear();
    source.files.push_back(std::move(log));
  }
  if (source.files.empty()) return unreadable;
  const Result<LoggedDatabases> logged = LoggedDatabases::Find(files_, DiscardEvents(), source);
  if (!logged.ok()) return unreadable;
  for (const auto& [signature, logged_path] : logged->paths()) {
    const std::string path = folder_ + logged_path.substr(logged_path.rfind('/') + 1);
    const bool known =
        std::any_of(found.all().begin(), found.all().end(), [&](const FolderDatabase& database) {
          return database.path == path || database.header.signature.ToText() == signature;
        });
    const bool told = std::find(unreadable.begin(), unreadable.end(), path) != unreadable.end();
    const Result<bool> there = files_.Exists(path);
    if (known || told || !there.ok() || !*there) continue;
    unreadable.push_back(path);
  }
  return unreadable;
}

Result<FolderBackupPlan> FolderBackup::Plan() {
  RETURN_IF_ERROR(Find());
  FolderBackupPlan plan;
  plan.base_name = base_name_;
  for (const FolderDatabase& database : databases_) {
    // As a backup opens it, which stamps its header.
    const auto file = files_.Open(database.path, {.mode = FileMode::kReadWrite, .exclusive = true});
    if (!file.ok()) {
      return ReportFailure(events_, event_id::kFilesInUse, file.status(),
                           "A database cannot be opened for writing, and for nobody else.",
                           database.path);
    }
    ASSIGN_OR_RETURN(const uint64_t bytes, (*file)->Size());
    plan.databases.push_back(
        {database.path, database.header.state, bytes, database.header.signature.ToText()});
    plan.needs_recovery |= database.header.state != DatabaseState::kClean;
  }
  ASSIGN_OR_RETURN(LogListing listing, ListLogFiles(files_, events_, log_folder_, base_name_));
  if (listing.has_current) listing.archived.push_back(listing.current);
  for (const LogFileInfo& log : listing.archived) {
    ASSIGN_OR_RETURN(const std::unique_ptr<File> file,
                     files_.Open(log.path, {.mode = FileMode::kReadOnly}));
    ASSIGN_OR_RETURN(const uint64_t bytes, file->Size());
    plan.log_bytes += bytes;
  }
  plan.generation_low = listing.archived.front().generation;
  plan.generation_high = listing.archived.back().generation;
  return plan;
}

Status FolderBackup::FindBaseName() {
  base_name_ = request_.base_name;
  if (!base_name_.empty()) return Status::Ok();
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files_.List(log_folder_));
  ASSIGN_OR_RETURN(base_name_, FindLogBaseName(events_, log_folder_, names));
  return Status::Ok();
}

Status FolderBackup::FindLogs() {
  ASSIGN_OR_RETURN(const LogListing listing,
                   ListLogFiles(files_, events_, log_folder_, base_name_));
  if (listing.archived.empty() && !listing.has_current) {
    return ReportFailure(events_, event_id::kLogFileMissing, Error::kMissingLogFile,
                         "The folder has none of the logs of its databases: say where they lie, "
                         "and how they are named.",
                         log_folder_, absl::StrCat(base_name_, "*.log"), "none");
  }
  const std::string& path =
      listing.has_current ? listing.current.path : listing.archived.back().path;
  ASSIGN_OR_RETURN(log_, ReadLogFileHeader(files_, events_, path));
  return Status::Ok();
}

Status FolderBackup::FindDatabases() {
  const auto of_other_stream = [&](const FolderDatabase& database) {
    return database.header.log_signature != log_.signature;
  };
  for (const FolderDatabase& database : databases_) {
    if (!of_other_stream(database)) continue;
    const bool left_out = !request_.base_name.empty();
    events_.Report({.id = event_id::kDatabaseLeavesBackup,
                    .severity = left_out ? Severity::kWarning : Severity::kError,
                    .text = left_out ? "A database of another log stream is not in the backup."
                                     : "The logs are not those of a database in the folder: say "
                                       "where its logs lie, and how they are named.",
                    .file = database.path,
                    .expected = database.header.log_signature.ToText(),
                    .found = log_.signature.ToText(),
                    .error = static_cast<int32_t>(Error::kBadLogSignature)});
    if (!left_out) return Error::kBadLogSignature;
  }
  std::erase_if(databases_, of_other_stream);
  if (databases_.empty()) return Error::kBadLogSignature;
  return Status::Ok();
}

Result<SetBackupResult> FolderBackup::Run(const Action& back_up) {
  InstanceOptions options;
  options.system_path = options.log_path = options.temporary_path = log_folder_;
  options.base_name = base_name_;
  options.page_size = databases_.front().header.page_size;
  options.log_generation_bytes = log_.file_bytes;
  options.recovery_folder = folder_;
  Instance instance(files_, events_, options);
  RETURN_IF_ERROR(instance.Initialize());
  Status status;
  for (const FolderDatabase& database : databases_) {
    if (status.ok()) status = instance.AttachDatabase(database.path, {});
  }
  Result<SetBackupResult> result =
      status.ok() ? back_up(instance) : Result<SetBackupResult>(status);
  status = instance.Terminate(TerminateMode::kAbrupt);
  if (result.ok() && !status.ok()) return status;
  return result;
}

// Before anything is replayed: what is wrong with the set's folder is no matter of the databases.
Status PrepareSet(FileSystem& files, EventSink& events, const std::string& folder) {
  const Status made = files.CreateDirectories(WithSlash(folder));
  if (made.ok()) return LockSet(files, events, WithSlash(folder)).status();
  return ReportFailure(events, event_id::kBackupFails, made,
                       "The folder of the set cannot be made or opened.", folder);
}

}  // namespace

Result<SetBackupResult> BackUpFolderToSet(FileSystem& files, EventSink& events,
                                          const FolderBackupRequest& request) {
  FolderBackup backup(files, events, request);
  RETURN_IF_ERROR(backup.Find());
  RETURN_IF_ERROR(PrepareSet(files, events, request.set.set_folder));
  return backup.Run([&](Instance& instance) { return BackUpToSet(instance, request.set); });
}

Result<SetBackupResult> BackUpFolderToStream(FileSystem& files, EventSink& events,
                                             const FolderBackupRequest& request, ByteSink& sink) {
  FolderBackup backup(files, events, request);
  RETURN_IF_ERROR(backup.Find());
  return backup.Run(
      [&](Instance& instance) { return BackUpToStream(instance, request.set, sink); });
}

Result<FolderBackupPlan> PlanFolderBackup(FileSystem& files, EventSink& events,
                                          const FolderBackupRequest& request) {
  return FolderBackup(files, events, request).Plan();
}

}  // namespace contrail
