#include "backup/restore.h"

#include <absl/strings/str_cat.h>

#include <algorithm>

#include "backup/backup_events.h"
#include "backup/restore_logs.h"
#include "backup/streamed_database.h"
#include "engine/instance.h"
#include "log/checkpoint.h"

namespace contrail {
namespace {

class RestoreRun {
 public:
  RestoreRun(FileSystem& files, EventSink& events, const RestoreRequest& request)
      : files_(files), events_(events), request_(request) {}

  Result<RestoreResult> Run();

 private:
  Status Check();
  Status OpenDatabases();
  Status MakeReady();
  Status ClearLeftovers(bool resumed);
  Status MendTornPages();
  Status Replay();
  RecoveryPlan MakePlan();
  const StreamedDatabase* Find(const Signature& signature) const;
  std::string DoubleWritePath() const {
    return request_.instance.system_path + request_.instance.base_name + ".dwa";
  }

  FileSystem& files_;
  EventSink& events_;
  const RestoreRequest& request_;
  RestoreLogRequest log_request_;
  RestoreLogs logs_;
  std::vector<StreamedDatabase> databases_;
};

Result<RestoreResult> RestoreRun::Run() {
  RETURN_IF_ERROR(Check());
  RETURN_IF_ERROR(MakeReady());
  RETURN_IF_ERROR(Replay());
  for (const StreamedDatabase& database : databases_) {
    RETURN_IF_ERROR(database.Finish(files_, events_));
  }
  return RestoreResult{logs_.generation_low, logs_.generation_high, logs_.survivors,
                       logs_.source.files.back().generation};
}

// Everything that can refuse the restore without having changed anything.
Status RestoreRun::Check() {
  const InstanceOptions& instance = request_.instance;
  for (const std::string& folder : {instance.log_path, instance.system_path}) {
    RETURN_IF_ERROR(files_.CreateDirectories(folder));
  }
  log_request_ = {instance.base_name, request_.set_folder, instance.log_path,
                  request_.generation_low, request_.generation_high};
  ASSIGN_OR_RETURN(logs_, FindRestoreLogs(files_, events_, log_request_));
  RETURN_IF_ERROR(OpenDatabases());
  for (const StreamedDatabase& database : databases_) {
    RETURN_IF_ERROR(database.CheckLogs(events_, logs_));
  }
  return Status::Ok();
}

Status RestoreRun::OpenDatabases() {
  bool any_marked = false;
  for (const RestoredDatabase& wanted : request_.databases) {
    ASSIGN_OR_RETURN(StreamedDatabase database,
                     StreamedDatabase::Open(files_, events_, wanted.path));
    any_marked |= database.stage() != StreamedDatabase::Stage::kFinished;
    databases_.push_back(std::move(database));
  }
  if (any_marked || databases_.empty()) return Status::Ok();
  return ReportFailure(events_, event_id::kRestoreFailed, Error::kRestoreOfNonBackupDatabase,
                       "The database is not a copy that a backup made.", databases_.front().path());
}

Status RestoreRun::MakeReady() {
  const bool resumed =
      std::none_of(databases_.begin(), databases_.end(), [](const StreamedDatabase& database) {
        return database.stage() == StreamedDatabase::Stage::kCopied;
      });
  RETURN_IF_ERROR(ClearLeftovers(resumed));
  RETURN_IF_ERROR(DeleteLogsOutside(files_, log_request_, logs_));
  for (StreamedDatabase& database : databases_) {
    RETURN_IF_ERROR(database.Patch(files_, logs_));
  }
  return Status::Ok();
}

// The checkpoint speaks of databases as they were before. So does the double-write area, unless an
// earlier try of this restore has got as far as writing pages: then it mends them.
Status RestoreRun::ClearLeftovers(bool resumed) {
  const std::string checkpoint =
      request_.instance.system_path + CheckpointFileName(request_.instance.base_name);
  std::vector<std::string> leftovers = {checkpoint};
  if (resumed) {
    RETURN_IF_ERROR(MendTornPages());
  } else {
    leftovers.push_back(DoubleWritePath());
  }
  for (const std::string& path : leftovers) {
    const Status removed = files_.Remove(path);
    if (!removed.ok() && !removed.Is(Error::kFileNotFound)) return removed;
  }
  return files_.SyncDirectory(request_.instance.system_path);
}

Status RestoreRun::MendTornPages() {
  std::vector<std::unique_ptr<File>> open;
  std::vector<uint64_t> identities;
  for (const StreamedDatabase& database : databases_) {
    ASSIGN_OR_RETURN(
        std::unique_ptr<File> file,
        files_.Open(database.path(),
                    {.mode = FileMode::kReadWrite, .direct = true, .exclusive = true}));
    open.push_back(std::move(file));
    identities.push_back(Database::IdentityOf(database.header().signature));
  }
  return BufferPool::RecoverTornPages(
      files_, events_, DoubleWritePath(), [&](uint64_t identity) -> File* {
        const auto found = std::find(identities.begin(), identities.end(), identity);
        return found == identities.end()
                   ? nullptr
                   : open[static_cast<size_t>(found - identities.begin())].get();
      });
}

const StreamedDatabase* RestoreRun::Find(const Signature& signature) const {
  for (const StreamedDatabase& database : databases_) {
    if (database.header().signature == signature) return &database;
  }
  return nullptr;
}

RecoveryPlan RestoreRun::MakePlan() {
  RecoveryPlan plan;
  plan.source = logs_.source;
  plan.start = {logs_.generation_low, 0, 0};
  plan.expected_signature = logs_.signature;
  // The copies' headers know the counters of the moment they were opened at.
  plan.has_checkpoint = true;
  plan.resolve = [this](const Attachment& attachment) -> std::optional<std::string> {
    const StreamedDatabase* database = Find(attachment.signature);
    if (database == nullptr) return std::nullopt;
    if (database->path() != attachment.path) {
      ReportProgress(
          events_, event_id::kRestoredDatabaseMoved,
          absl::StrCat("A database is restored to another place than ", attachment.path, "."),
          database->path());
    }
    return database->path();
  };
  plan.change_header = [this](DatabaseHeader* header) {
    const StreamedDatabase* database = Find(header->signature);
    if (database != nullptr) header->current_full_backup = database->mark();
    // After a hard restore an incremental backup has nothing to go on from.
    header->last_full_backup = header->last_incremental_backup = {};
    header->last_copy_backup = header->last_differential_backup = {};
    header->last_full_backup_type = header->last_incremental_backup_type = BackupType::kStreaming;
    header->last_copy_backup_type = header->last_differential_backup_type = BackupType::kStreaming;
  };
  return plan;
}

Status RestoreRun::Replay() {
  InstanceOptions options = request_.instance;
  options.page_size = logs_.page_size;
  options.log_generation_bytes = logs_.generation_bytes;
  options.recovery = true;
  options.circular_logging = false;
  const auto progress = [this](const RedoProgress& redo) {
    if (!request_.progress) return true;
    return request_.progress({redo.bytes_done, redo.bytes_total, redo.generation});
  };
  Instance instance(files_, events_, options);
  const Status status = instance.InitializeFrom(MakePlan(), progress);
  if (status.Is(Error::kLogFileCorrupt) || status.Is(Error::kLogReadVerifyFailure)) {
    // The backup's own logs have been verified before.
    return ReportFailure(events_, event_id::kLogCorruptInRecovery,
                         Error::kLogCorruptDuringHardRecovery,
                         "A log behind those of the backup is damaged.", options.log_path);
  }
  RETURN_IF_ERROR(status);
  return instance.Terminate(TerminateMode::kComplete);
}

}  // namespace

Result<RestoreResult> Restore(FileSystem& files, EventSink& events, const RestoreRequest& request) {
  ReportProgress(events, event_id::kRestoreBegins, "A restore begins.", request.set_folder);
  Result<RestoreResult> result = RestoreRun(files, events, request).Run();
  if (!result.ok()) {
    return ReportFailure(events, event_id::kRestoreFailed, result.status(),
                         "The restore has failed; it can be repeated.", request.set_folder);
  }
  ReportProgress(events, event_id::kRestoreEnds,
                 absl::StrCat("The restore has ended; log generations ", result->generation_low,
                              " to ", result->generation_end, " were replayed."),
                 request.set_folder);
  return result;
}

}  // namespace contrail
