#include "backup/directory_backup.h"

#include <absl/strings/str_cat.h>

#include <memory>
#include <set>

#include "backup/archived_logs.h"
#include "backup/backup_directory.h"
#include "backup/backup_events.h"
#include "backup/directory_lock.h"
#include "storage/aligned_buffer.h"
#include "storage/file_path.h"
#include "storage/same_file.h"

namespace contrail {
namespace {

constexpr size_t kBufferPages = 256;

class DirectoryBackup {
 public:
  DirectoryBackup(Instance& instance, const DirectoryBackupRequest& request)
      : instance_(instance),
        files_(instance.files()),
        request_(request),
        session_(BackupSession::Of(instance)),
        owner_(session_->NewOwner()),
        buffer_(kBufferPages * instance.options().page_size) {}

  Status Run();

 private:
  Status CopyAll();
  Status Finish();
  Status PrepareDirectory();
  Status CheckEmpty() const;
  Status CheckPlace() const;
  Status PrepareFull();
  Status PrepareIncremental();
  Status CopyDatabases();
  Status CopyDatabase(const std::string& path);
  Status CopyLogs();
  Status Copy(const std::string& path, const std::string& to);
  Status Pump(BackupHandle handle, File& to);
  Status Interrupted() const {
    return request_.interrupted ? request_.interrupted() : Status::Ok();
  }
  void CleanUp();
  bool full() const { return request_.kind == BackupKind::kFull; }

  Instance& instance_;
  FileSystem& files_;
  const DirectoryBackupRequest& request_;
  const std::shared_ptr<BackupSession> session_;
  const BackupOwner owner_;
  const AlignedBuffer buffer_;
  std::unique_ptr<DirectoryLock> lock_;  // From the checks of the directory on, to the end.
  std::string target_;                   // Where files go; ends with a slash.
  std::string unfinished_;               // The file that is being written.
  std::vector<std::string> written_;     // By a full backup, to be removed when it fails.
};

// No other backup of the instance begins before this one has ended, so whatever is done to the
// directory is done before.
Status DirectoryBackup::Run() {
  RETURN_IF_ERROR(session_->CheckAllowed());
  RETURN_IF_ERROR(session_->Begin(request_.kind, owner_));
  session_->LimitPace(request_.pace, owner_);
  Status status = request_.begun ? request_.begun() : Status::Ok();
  if (status.ok()) status = CopyAll();
  if (status.ok()) return Finish();
  // Whatever a stopped backup says, the reason why it was stopped comes first.
  const Status reason = Interrupted();
  if (!reason.ok()) status = reason;
  CleanUp();
  lock_.reset();
  session_->End(BackupEnd::kAbort, false, owner_).Ignore();  // It may have ended already.
  return status;
}

Status DirectoryBackup::CopyAll() {
  RETURN_IF_ERROR(Interrupted());
  RETURN_IF_ERROR(PrepareDirectory());
  if (full()) RETURN_IF_ERROR(CopyDatabases());
  RETURN_IF_ERROR(CopyLogs());
  RETURN_IF_ERROR(Interrupted());
  RETURN_IF_ERROR(files_.SyncDirectory(target_));
  if (!full() || !request_.atomic) return Status::Ok();
  RETURN_IF_ERROR(files_.Rename(request_.directory + "temp", request_.directory + "new"));
  return files_.SyncDirectory(request_.directory);
}

// From here on the files are a set that can be restored, whatever happens.
Status DirectoryBackup::Finish() {
  Status status = session_->TruncateLog(owner_);
  // `new` is whole and durable; a set too many is the next backup's to remove.
  if (status.ok() && full() && request_.atomic) {
    RemoveDirectoryTree(files_, request_.directory + "old/").Ignore();
  }
  lock_.reset();
  if (status.ok()) {
    status = session_->End(BackupEnd::kNormal, false, owner_);
  } else {
    session_->End(BackupEnd::kAbort, false, owner_).Ignore();  // It may have ended already.
  }
  const Status reason = status.ok() ? Status::Ok() : Interrupted();
  RETURN_IF_ERROR(reason);
  return status;
}

Status DirectoryBackup::PrepareDirectory() {
  const std::string& directory = request_.directory;
  if (request_.create_directory) RETURN_IF_ERROR(files_.CreateDirectories(directory));
  ASSIGN_OR_RETURN(const bool exists, files_.Exists(directory));
  if (!exists) return Error::kInvalidPath;
  RETURN_IF_ERROR(CheckPlace());
  RETURN_IF_ERROR(CheckEmpty());  // Not even a lock goes into one that is somebody else's.
  ASSIGN_OR_RETURN(lock_, DirectoryLock::Take(files_, instance_.events(), directory));
  return full() ? PrepareFull() : PrepareIncremental();
}

Status DirectoryBackup::CheckEmpty() const {
  if (!full() || request_.atomic) return Status::Ok();
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files_.List(request_.directory));
  for (const std::string& name : names) {
    if (name != "temp" && name != DirectoryLock::kName) return Error::kBackupDirectoryNotEmpty;
  }
  return Status::Ok();
}

// Logs that are copied to where they lie are counted as copied, and deleted; and directories of an
// atomic backup go with everything in them.
Status DirectoryBackup::CheckPlace() const {
  const InstanceOptions& options = instance_.options();
  std::vector<std::string> own = {options.log_path, options.system_path, options.temporary_path};
  RETURN_IF_ERROR(instance_.ForEachDatabase([&](AttachedDatabase& database) {
    own.push_back(database.path().substr(0, database.path().rfind('/') + 1));
    return Status::Ok();
  }));
  const std::string& directory = request_.directory;
  for (const std::string& folder : own) {
    bool taken = !request_.atomic && SameFile(directory, folder);
    for (const char* part : {"temp/", "new/", "old/"}) {
      taken = taken || IsWithin(folder, directory + part);
    }
    if (!taken) continue;
    return ReportFailure(instance_.events(), event_id::kBackupFails, Error::kInvalidPath,
                         "The directory of the backup would take in one that the instance uses.",
                         directory, "", folder);
  }
  return Status::Ok();
}

Status DirectoryBackup::PrepareFull() {
  const std::string& directory = request_.directory;
  RETURN_IF_ERROR(RemoveDirectoryTree(files_, directory + "temp/"));
  if (!request_.atomic) {
    RETURN_IF_ERROR(CheckEmpty());
    target_ = directory;
    return Status::Ok();
  }
  ASSIGN_OR_RETURN(const bool has_new, files_.Exists(directory + "new/"));
  if (has_new) {
    // `new` is whole, so the older one may go before it.
    RETURN_IF_ERROR(RemoveDirectoryTree(files_, directory + "old/"));
    RETURN_IF_ERROR(files_.Rename(directory + "new", directory + "old"));
    RETURN_IF_ERROR(files_.SyncDirectory(directory));
  }
  target_ = directory + "temp/";
  if (!files_.CreateDirectories(target_).ok()) return Error::kMakeBackupDirectoryFail;
  return files_.SyncDirectory(directory);
}

Status DirectoryBackup::PrepareIncremental() {
  const std::string& directory = request_.directory;
  ASSIGN_OR_RETURN(const bool has_new, files_.Exists(directory + "new/"));
  ASSIGN_OR_RETURN(const bool has_old, files_.Exists(directory + "old/"));
  if (!request_.atomic) {
    if (has_new || has_old) return Error::kBackupDirectoryNotEmpty;
    target_ = directory;
    return Status::Ok();
  }
  if (!has_new && !has_old) return Error::kInvalidPath;
  target_ = directory + (has_new ? "new/" : "old/");
  return Status::Ok();
}

Status DirectoryBackup::CopyDatabases() {
  ASSIGN_OR_RETURN(const std::vector<std::string> paths, session_->AttachInfo(owner_));
  std::set<std::string> names;
  for (const std::string& path : paths) {
    if (names.insert(MarkerName(NameOfPath(path))).second) continue;
    return ReportFailure(instance_.events(), event_id::kDatabaseLeavesBackup,
                         Error::kDatabaseDuplicate,
                         "Two databases would have one name in the directory of the backup.", path);
  }
  for (const std::string& path : paths) RETURN_IF_ERROR(CopyDatabase(path));
  return Status::Ok();
}

Status DirectoryBackup::CopyDatabase(const std::string& path) {
  RETURN_IF_ERROR(Copy(path, target_ + NameOfPath(path)));
  const std::string marker = target_ + MarkerName(NameOfPath(path));
  written_.push_back(marker);
  ASSIGN_OR_RETURN(const std::unique_ptr<File> file,
                   files_.Open(marker, {.mode = FileMode::kCreateOrTruncate}));
  return file->Sync();
}

Status DirectoryBackup::CopyLogs() {
  ASSIGN_OR_RETURN(const LogFileList logs, session_->LogInfo(nullptr, owner_));
  for (const std::string& path : logs.paths) {
    RETURN_IF_ERROR(Copy(path, target_ + NameOfPath(path)));
  }
  return Status::Ok();
}

Status DirectoryBackup::Copy(const std::string& path, const std::string& to) {
  RETURN_IF_ERROR(Interrupted());
  unfinished_ = to + ".part";
  ASSIGN_OR_RETURN(const std::unique_ptr<File> file,
                   files_.Open(unfinished_, {.mode = FileMode::kCreateOrTruncate, .direct = true}));
  ASSIGN_OR_RETURN(const OpenedFile opened, session_->OpenFile(path, {}, owner_));
  const Status copied = Pump(opened.handle, *file);
  const Status closed = session_->CloseFile(opened.handle, owner_);
  RETURN_IF_ERROR(copied);
  RETURN_IF_ERROR(closed);
  RETURN_IF_ERROR(file->Sync());
  if (full()) written_.push_back(to);
  RETURN_IF_ERROR(files_.Rename(unfinished_, to));
  unfinished_.clear();
  return Status::Ok();
}

Status DirectoryBackup::Pump(BackupHandle handle, File& to) {
  for (uint64_t offset = 0;;) {
    RETURN_IF_ERROR(Interrupted());
    ASSIGN_OR_RETURN(const size_t read, session_->ReadFile(handle, buffer_.span(), owner_));
    if (read == 0) return Status::Ok();
    RETURN_IF_ERROR(to.Write(offset, buffer_.span().first(read)));
    offset += read;
  }
}

// Logs that an incremental backup has copied stay: they are whole, and follow what was there.
void DirectoryBackup::CleanUp() {
  if (target_.empty()) return;                                    // The directory is as it was.
  if (!unfinished_.empty()) files_.Remove(unfinished_).Ignore();  // Known by its name.
  for (const std::string& path : written_) files_.Remove(path).Ignore();
  if (full() && request_.atomic) {
    RemoveDirectoryTree(files_, request_.directory + "temp/").Ignore();  // Or the next one does.
  }
}

}  // namespace

Status BackUpToDirectory(Instance& instance, const DirectoryBackupRequest& request) {
  return DirectoryBackup(instance, request).Run();
}

Status TruncateLogsWithoutBackup(Instance& instance) {
  EventSink& events = instance.events();
  RETURN_IF_ERROR(BackupSession::Of(instance)->CheckAllowed());
  if (instance.options().circular_logging) {
    ReportProgress(events, event_id::kNoLogsToDelete, "Circular logging deletes logs by itself.");
    return Status::Ok();
  }
  // Termination waits for the call; there is nothing to end.
  RETURN_IF_ERROR(instance.backup_gate().Enter([] {}));
  Result<uint32_t> needed = CheckpointGeneration(instance);
  const Status status = needed.ok() ? instance.DeleteGenerationsBelow(*needed) : needed.status();
  instance.backup_gate().Leave();
  RETURN_IF_ERROR(status);
  ReportProgress(events, event_id::kLogsDeleted,
                 absl::StrCat("Log generations below ", *needed, " have been deleted."),
                 instance.options().log_path);
  return status;
}

}  // namespace contrail
