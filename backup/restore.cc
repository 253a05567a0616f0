#include "backup/restore.h"

#include <absl/strings/str_cat.h>

#include <algorithm>

#include "backup/backup_events.h"
#include "backup/copy_end.h"
#include "backup/finished_databases.h"
#include "backup/new_timeline.h"
#include "backup/restore_logs.h"
#include "backup/streamed_database.h"
#include "engine/backup_record.h"
#include "engine/instance.h"
#include "engine/instance_lock.h"
#include "log/checkpoint.h"
#include "log/log_inspection.h"
#include "storage/file_steps.h"
#include "storage/same_file.h"

namespace contrail {
namespace {

class RestoreRun {
 public:
  RestoreRun(FileSystem& files, EventSink& events, const RestoreRequest& request)
      : files_(files), events_(events), request_(request) {}

  Result<RestoreResult> Run();

 private:
  Status Check();
  Status Lock();
  Status OpenDatabases();
  Status FindPoint();
  Status CheckNotReplayed();
  Status Finish();
  Status ExplainLogError(Status status);
  const Signature& stream_of_copies() const {
    return timeline_.has_value() ? timeline_->stream.signature : logs_.signature;
  }
  Status MakeReady();
  Status ClearLeftovers(bool resumed);
  Status MendTornPages();
  Status RemoveOwnFiles(bool logs_only);
  Status Replay();
  RecoveryPlan MakePlan();
  std::string ShownPath(const std::string& path) const;
  const StreamedDatabase* Find(const Signature& signature) const;
  std::string DoubleWritePath() const {
    return request_.instance.system_path + request_.instance.base_name + ".dwa";
  }
  std::string FinishedDatabasesPath() const {
    return request_.instance.system_path + request_.instance.base_name + ".restored";
  }

  FileSystem& files_;
  EventSink& events_;
  const RestoreRequest& request_;
  RestoreLogRequest log_request_;
  RestoreLogs logs_;
  std::shared_ptr<File> log_lock_;
  std::shared_ptr<File> checkpoint_lock_;
  std::vector<StreamedDatabase> databases_;
  ReplayEnd end_;
  std::optional<NewTimeline> timeline_;  // With a point.
};

Result<RestoreResult> RestoreRun::Run() {
  RETURN_IF_ERROR(Check());
  RETURN_IF_ERROR(MakeReady());
  RETURN_IF_ERROR(Replay());
  RETURN_IF_ERROR(Finish());
  RestoreResult result;
  result.generation_low = logs_.generation_low;
  result.generation_high = logs_.generation_high;
  result.surviving_logs = logs_.survivors;
  result.generation_end = logs_.source.files.back().generation;
  if (timeline_.has_value()) {
    result.generation_end = std::min(result.generation_end, end_.stop_at.generation);
    result.last_commit = end_.last_commit;
    result.last_commit_time = end_.last_commit_time;
    result.new_stream = timeline_->stream.signature;
  }
  return result;
}

Status RestoreRun::Lock() {
  const InstanceOptions& instance = request_.instance;
  for (const std::string& folder : {instance.log_path, instance.system_path}) {
    RETURN_IF_ERROR(files_.CreateDirectories(folder));
  }
  ASSIGN_OR_RETURN(log_lock_,
                   LockLogFolder(files_, events_, instance.log_path, instance.base_name));
  ASSIGN_OR_RETURN(checkpoint_lock_, LockCheckpointFolder(files_, events_, DoubleWritePath()));
  return Status::Ok();
}

// Everything that can refuse the restore without having changed anything.
Status RestoreRun::Check() {
  const InstanceOptions& instance = request_.instance;
  RETURN_IF_ERROR(Lock());
  const bool to_point = request_.point.given();
  log_request_.base_name =
      request_.live.has_value() ? request_.live->base_name : instance.base_name;
  log_request_.set_folder = request_.set_folder;
  log_request_.log_folder = to_point ? request_.survivors : instance.log_path;
  log_request_.generation_low = request_.generation_low;
  log_request_.generation_high = request_.generation_high;
  if (request_.live.has_value()) {
    log_request_.log_folder = request_.live->folder;
    log_request_.last_survivor = request_.live->last;
  }
  if (to_point) {
    const std::optional<Lgpos>& position = request_.point.position;
    log_request_.last_wanted = position.has_value() ? position->generation : 0;
    log_request_.may_end_early = !position.has_value();
  }
  ASSIGN_OR_RETURN(logs_, FindRestoreLogs(files_, events_, log_request_));
  RETURN_IF_ERROR(OpenDatabases());
  std::optional<Signature> noted;
  if (to_point) {
    ASSIGN_OR_RETURN(noted,
                     NewTimeline::NotedSignature(files_, instance.log_path, instance.base_name));
  }
  std::vector<CopyInParts> in_parts;
  for (const StreamedDatabase& database : databases_) {
    RETURN_IF_ERROR(database.CheckLogs(events_, logs_, noted));
    if (database.in_parts()) in_parts.push_back({database.path(), database.mark().mark});
  }
  RETURN_IF_ERROR(CheckCopyEnds(files_, events_, logs_, in_parts));
  return to_point ? FindPoint() : Status::Ok();
}

Status RestoreRun::FindPoint() {
  const InstanceOptions& instance = request_.instance;
  for (const std::string& folder : {request_.set_folder, request_.survivors}) {
    if (folder.empty()) continue;
    ASSIGN_OR_RETURN(const bool in_use, IsLogFolderLocked(files_, folder, instance.base_name));
    if (!in_use) continue;
    return ReportFailure(events_, event_id::kRestoreFailed, Error::kInvalidParameter,
                         "A restore to a point begins a new log stream: the old logs must lie in "
                         "another folder, and nobody may be writing them.",
                         folder);
  }
  std::vector<CopyNeeds> copies;
  for (const StreamedDatabase& database : databases_) {
    if (database.stage() == StreamedDatabase::Stage::kFinished) continue;
    copies.push_back({database.mark().mark, database.needed_high()});
  }
  const Result<ReplayEnd> end = FindReplayEnd(files_, events_, logs_, copies, request_.point);
  if (!end.ok()) return ExplainLogError(end.status());
  end_ = *end;
  const uint32_t newest = std::max(logs_.generation_newest, request_.generation_newest);
  ASSIGN_OR_RETURN(timeline_,
                   NewTimeline::Find(files_, events_, instance.log_path, instance.base_name,
                                     logs_.signature, end_.stop_at, newest + 1));
  return CheckNotReplayed();
}

// A copy that an earlier try has begun to replay can be beyond the point.
Status RestoreRun::CheckNotReplayed() {
  for (const StreamedDatabase& database : databases_) {
    if (database.stage() != StreamedDatabase::Stage::kPatched ||
        database.header().log_signature == timeline_->stream.signature) {
      continue;
    }
    return ReportFailure(events_, event_id::kRestoreFailed, Error::kRestoreOfNonBackupDatabase,
                         "The copy has been replayed by another restore, and may be beyond the "
                         "point: take it from the backup again.",
                         database.path());
  }
  return Status::Ok();
}

Status RestoreRun::OpenDatabases() {
  ASSIGN_OR_RETURN(const FinishedDatabases finished,
                   FinishedDatabases::Read(files_, FinishedDatabasesPath()));
  for (const RestoredDatabase& wanted : request_.databases) {
    for (const StreamedDatabase& other : databases_) {
      if (!SameFile(other.path(), wanted.path)) continue;
      return ReportFailure(events_, event_id::kRestoreFailed, Error::kDatabaseDuplicate,
                           "Two databases of the restore are one file.", wanted.path, "",
                           other.path());
    }
    ASSIGN_OR_RETURN(StreamedDatabase database,
                     StreamedDatabase::Open(files_, events_, wanted.path));
    // The log tells databases apart by their signatures.
    if (const StreamedDatabase* other = Find(database.header().signature)) {
      return ReportFailure(events_, event_id::kRestoreFailed, Error::kDatabaseSignInUse,
                           "Two files of the restore are copies of one database.", wanted.path, "",
                           other->path());
    }
    if (database.stage() == StreamedDatabase::Stage::kFinished &&
        !finished.Has(database.header())) {
      return ReportFailure(events_, event_id::kRestoreFailed, Error::kRestoreOfNonBackupDatabase,
                           "The database is not a copy that a backup made.", wanted.path);
    }
    databases_.push_back(std::move(database));
  }
  return Status::Ok();
}

Status RestoreRun::MakeReady() {
  const bool resumed =
      std::none_of(databases_.begin(), databases_.end(), [](const StreamedDatabase& database) {
        return database.stage() == StreamedDatabase::Stage::kCopied;
      });
  RETURN_IF_ERROR(ClearLeftovers(resumed));
  // The old logs are nobody's who goes on in a new stream.
  if (!timeline_.has_value() && !request_.live.has_value()) {
    RETURN_IF_ERROR(DeleteLogsOutside(files_, log_request_, logs_));
  }
  if (request_.live.has_value()) RETURN_IF_ERROR(RemoveOwnFiles(/*logs_only=*/true));
  const InstanceOptions& instance = request_.instance;
  if (timeline_.has_value()) {
    RETURN_IF_ERROR(timeline_->Write(files_, instance.log_path, instance.base_name));
  }
  for (StreamedDatabase& database : databases_) {
    RETURN_IF_ERROR(database.Patch(logs_, stream_of_copies()));
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
  for (const std::string& path : leftovers) RETURN_IF_ERROR(RemoveIfThere(files_, path));
  return files_.SyncDirectory(request_.instance.system_path);
}

// Of an instance that nobody goes on with. Its lock stays: see engine/instance_lock.h.
Status RestoreRun::RemoveOwnFiles(bool logs_only) {
  const InstanceOptions& instance = request_.instance;
  std::vector<std::string> names = {CurrentLogFileName(instance.base_name),
                                    PreparedLogFileName(instance.base_name)};
  ASSIGN_OR_RETURN(const std::vector<std::string> all, files_.List(instance.log_path));
  for (const std::string& name : all) {
    if (GenerationOfFileName(instance.base_name, name) != 0) names.push_back(name);
  }
  std::vector<std::string> paths;
  for (const std::string& name : names) paths.push_back(instance.log_path + name);
  if (!logs_only) {
    paths.push_back(DoubleWritePath());
    paths.push_back(instance.system_path + CheckpointFileName(instance.base_name));
  }
  for (const std::string& path : paths) RETURN_IF_ERROR(RemoveIfThere(files_, path));
  return files_.SyncDirectory(instance.log_path);
}

// The marks go one after the other; a note tells a second try whose have gone already.
Status RestoreRun::Finish() {
  FinishedDatabases finished;
  for (const StreamedDatabase& database : databases_) {
    RETURN_IF_ERROR(finished.Add(files_, database.path()));
  }
  const std::string note = FinishedDatabasesPath();
  if (databases_.size() > 1) RETURN_IF_ERROR(finished.Write(files_, note));
  for (const StreamedDatabase& database : databases_) {
    RETURN_IF_ERROR(database.Finish(files_, events_));
  }
  RETURN_IF_ERROR(FinishedDatabases::Remove(files_, note));
  if (request_.live.has_value()) return RemoveOwnFiles(/*logs_only=*/false);
  if (!timeline_.has_value()) return Status::Ok();
  return NewTimeline::Remove(files_, request_.instance.log_path, request_.instance.base_name);
}

Status RestoreRun::MendTornPages() {
  checkpoint_lock_.reset();  // That is the file to read.
  return BufferPool::RecoverTornPages(
      files_, events_, DoubleWritePath(), [&](uint64_t identity) -> File* {
        for (const StreamedDatabase& database : databases_) {
          // A finished one is durable as it is.
          if (database.stage() == StreamedDatabase::Stage::kFinished) continue;
          if (Database::IdentityOf(database.header().signature) == identity) {
            return database.file();
          }
        }
        return nullptr;
      });
}

std::string RestoreRun::ShownPath(const std::string& path) const {
  for (const RestoredDatabase& wanted : request_.databases) {
    if (wanted.path == path && !wanted.shown_path.empty()) return wanted.shown_path;
  }
  return path;
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
  plan.log_lock = log_lock_;
  if (timeline_.has_value()) {
    plan.stop_at = end_.stop_at;
    plan.new_stream = timeline_->stream;
  }
  // The copies' headers know the counters of the moment they were opened at.
  plan.has_checkpoint = true;
  plan.resolve = [this](const Attachment& attachment) -> std::optional<std::string> {
    const StreamedDatabase* database = Find(attachment.signature);
    if (database == nullptr) return std::nullopt;
    const std::string shown = ShownPath(database->path());
    if (shown != attachment.path) {
      ReportProgress(
          events_, event_id::kRestoredDatabaseMoved,
          absl::StrCat("A database is restored to another place than ", attachment.path, "."),
          shown);
    }
    return database->path();
  };
  plan.change_header = [this](DatabaseHeader* header) {
    const StreamedDatabase* database = Find(header->signature);
    if (database != nullptr) header->current_full_backup = database->mark();
    // After a hard restore an incremental backup has nothing to go on from.
    header->log_signature = stream_of_copies();
    ClearBackupStamps(header);
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
  // The instance takes over: it has the log's lock through its plan.
  checkpoint_lock_.reset();
  for (StreamedDatabase& database : databases_) database.Unlock();
  Instance instance(files_, events_, options);
  const Status status = instance.InitializeFrom(MakePlan(), progress);
  if (!status.ok()) return ExplainLogError(status);
  return instance.Terminate(TerminateMode::kComplete);
}

// The backup's own logs have been verified before anything is read behind them.
Status RestoreRun::ExplainLogError(Status status) {
  if (!status.Is(Error::kLogFileCorrupt) && !status.Is(Error::kLogReadVerifyFailure)) return status;
  const std::vector<LogFileInfo>& all = logs_.source.files;
  for (size_t i = all.size() - logs_.survivors; i < all.size(); ++i) {
    const Result<LogInspection> inspection =
        InspectLogFile(files_, DiscardEvents(), all[i].path, nullptr);
    if (inspection.ok() && inspection->final) continue;
    return ReportDamagedLog(files_, events_,
                            {all[i].path, /*of_set=*/false, /*followed=*/i + 1 < all.size()});
  }
  return ReportDamagedLog(files_, events_, {all.back().path, /*of_set=*/false});
}

}  // namespace

Result<RestoreResult> Restore(FileSystem& files, EventSink& events, const RestoreRequest& request) {
  ReportProgress(events, event_id::kRestoreBegins, "A restore begins.", request.set_folder);
  Result<RestoreResult> result = RestoreRun(files, events, request).Run();
  if (!result.ok()) {
    return ReportFailure(events, event_id::kRestoreFailed, result.status(),
                         "The restore has failed; it can be repeated.", request.set_folder);
  }
  ReportProgress(
      events, event_id::kRestoreEnds,
      absl::StrCat(
          "The restore has ended; log generations ", result->generation_low, " to ",
          result->generation_end, " were replayed",
          request.point.given()
              ? absl::StrCat(", up to the commit at ", LgposText(result->last_commit), " (",
                             result->last_commit_time.ToText(), "), and a new log stream begins.")
              : "."),
      request.set_folder);
  return result;
}

}  // namespace contrail
