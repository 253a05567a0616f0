#include "backup/directory_restore.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <map>

#include "backup/backup_directory.h"
#include "backup/backup_events.h"
#include "backup/logged_databases.h"
#include "backup/restore_logs.h"
#include "backup/streamed_database.h"
#include "engine/instance_lock.h"
#include "storage/aligned_buffer.h"
#include "storage/file_path.h"
#include "storage/page_checksum.h"
#include "storage/same_file.h"

namespace contrail {
namespace {

// Of JET's numbers this floor alone uses it.
constexpr Error kPatchFileMissing = static_cast<Error>(-538);
constexpr size_t kBufferPages = 256;
constexpr char kCopySuffix[] = ".restoring";

// What the API documents for this call, where the parts that work for it are more precise.
Status AsDocumented(Status status) {
  switch (status.error()) {
    case Error::kMissingRestoreLogFiles:
      return Error::kMissingLogFile;
    case Error::kGivenLogFileHasBadSignature:
    case Error::kGivenLogFileIsNotContiguous:
    case Error::kExistingLogFileHasBadSignature:
    case Error::kExistingLogFileIsNotContiguous:
    case Error::kMissingCurrentLogFiles:
    case Error::kStartingRestoreLogTooHigh:
    case Error::kEndingRestoreLogTooLow:
      return Error::kInvalidLogSequence;
    case Error::kLogCorruptDuringHardRestore:
    case Error::kLogCorruptDuringHardRecovery:
    case Error::kLogTornWriteDuringHardRestore:
    case Error::kLogTornWriteDuringHardRecovery:
    case Error::kRedoAbruptEnded:
      return Error::kLogFileCorrupt;
    default:
      return status;
  }
}

class DirectoryRestore {
 public:
  DirectoryRestore(FileSystem& files, EventSink& events, const DirectoryRestoreRequest& request)
      : files_(files), events_(events), request_(request) {}

  Result<RestoreResult> Run();

 private:
  struct Copied {
    std::string from;
    std::string copy;  // Beside `to`, until all of them are there.
    std::string to;
  };
  Status FindSet();
  Status CheckLogs();
  Status CheckInstanceFolders() const;
  Status FindDatabases();
  Result<std::string> TargetOf(const std::string& path, const DatabaseHeader& header) const;
  Status CheckTarget(const std::string& path) const;
  Status CopyAll();
  Status CopyDatabase(const Copied& database);
  Status Pump(File& from, File& to, const std::string& path, uint32_t page_size);
  Status VerifyPages(MutableBytes pages, uint64_t offset, uint32_t page_size, uint64_t size,
                     const std::string& path) const;
  Status ReplaceAll();
  Status Mismatch(const std::string& path, std::string text) const {
    return ReportFailure(events_, event_id::kRestoreFailed, Error::kAttachedDatabaseMismatch,
                         std::move(text), path);
  }

  FileSystem& files_;
  EventSink& events_;
  const DirectoryRestoreRequest& request_;
  std::string set_;
  RestoreLogs logs_;
  LoggedDatabases known_;
  std::vector<Copied> databases_;
};

Result<RestoreResult> DirectoryRestore::Run() {
  RETURN_IF_ERROR(FindSet());
  RETURN_IF_ERROR(CheckLogs());
  RETURN_IF_ERROR(FindDatabases());
  for (const Copied& database : databases_) RETURN_IF_ERROR(CheckTarget(database.to));
  RETURN_IF_ERROR(CopyAll());
  RestoreRequest restore;
  restore.set_folder = set_;
  restore.instance = request_.instance;
  restore.progress = request_.progress;
  for (const Copied& database : databases_) restore.databases.push_back({database.to, database.to});
  return Restore(files_, events_, restore);
}

Status DirectoryRestore::FindSet() {
  ASSIGN_OR_RETURN(const bool exists, files_.Exists(request_.source));
  if (!exists) return Error::kInvalidPath;
  for (const char* place : {"", "new/", "old/"}) {
    const std::string folder = request_.source + place;
    ASSIGN_OR_RETURN(const bool there, files_.Exists(folder));
    if (!there) continue;
    ASSIGN_OR_RETURN(const std::vector<std::string> names, files_.List(folder));
    const bool has_logs = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
      return GenerationOfFileName(request_.instance.base_name, name) != 0;
    });
    if (!has_logs) continue;
    set_ = folder;
    return Status::Ok();
  }
  return Error::kFileNotFound;
}

Status DirectoryRestore::CheckLogs() {
  const InstanceOptions& instance = request_.instance;
  if (instance.create_missing_folders) {
    RETURN_IF_ERROR(files_.CreateDirectories(instance.log_path));
  }
  for (const std::string& folder : {instance.log_path, instance.system_path}) {
    ASSIGN_OR_RETURN(const bool exists, files_.Exists(folder));
    if (!exists) return Error::kInvalidPath;
  }
  RETURN_IF_ERROR(CheckInstanceFolders());
  ASSIGN_OR_RETURN(const bool in_use,
                   IsLogFolderLocked(files_, instance.log_path, instance.base_name));
  if (in_use) return Error::kFileAccessDenied;
  RestoreLogRequest request;
  request.base_name = instance.base_name;
  request.set_folder = set_;
  request.log_folder = instance.log_path;
  ASSIGN_OR_RETURN(logs_, FindRestoreLogs(files_, events_, request));
  if (logs_.page_size != instance.page_size) {
    return ReportFailure(events_, event_id::kRestoreFailed, Error::kPageSizeMismatch,
                         "The backup has another page size than the instance.", set_,
                         absl::StrCat(instance.page_size), absl::StrCat(logs_.page_size));
  }
  ASSIGN_OR_RETURN(known_, LoggedDatabases::Find(files_, events_, logs_.source));
  return Status::Ok();
}

// The instance's own log, checkpoint and lock would lie in the backup, and be taken for a part of
// it by the next restore.
Status DirectoryRestore::CheckInstanceFolders() const {
  const InstanceOptions& instance = request_.instance;
  for (const std::string& folder : {instance.log_path, instance.system_path}) {
    for (const std::string& backup : {request_.source, set_}) {
      if (!SameFile(folder, backup)) continue;
      return ReportFailure(events_, event_id::kRestoreFailed, Error::kInvalidPath,
                           "The instance would write its own files into the backup.", backup,
                           "an instance with folders of its own", folder);
    }
  }
  return Status::Ok();
}

Status DirectoryRestore::FindDatabases() {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files_.List(set_));
  std::map<std::string, std::string> by_marker;
  for (const std::string& name : names) {
    if (!name.ends_with(kMarkerExtension)) by_marker[MarkerName(name)] = name;
  }
  for (const std::string& marker : names) {
    if (!marker.ends_with(kMarkerExtension)) continue;
    const auto found = by_marker.find(marker);
    if (found == by_marker.end()) {
      return Mismatch(set_ + marker, "The directory has the marker of a database, but not it.");
    }
    Copied database;
    database.from = set_ + found->second;
    ASSIGN_OR_RETURN(const std::unique_ptr<File> file,
                     files_.Open(database.from, {.mode = FileMode::kReadOnly}));
    const Result<DatabaseHeader> header = ReadHeader(*file, events_);
    if (!header.ok()) return Error::kDatabaseCorrupted;  // ReadHeader has said what is wrong.
    ASSIGN_OR_RETURN(database.to, TargetOf(database.from, *header));
    database.copy = database.to + kCopySuffix;
    databases_.push_back(std::move(database));
  }
  return databases_.empty() ? Status(kPatchFileMissing) : Status::Ok();
}

Result<std::string> DirectoryRestore::TargetOf(const std::string& path,
                                               const DatabaseHeader& header) const {
  const std::string* logged = known_.PathOf(header.signature);
  if (logged == nullptr) return Mismatch(path, "The logs of the backup do not know this database.");
  if (request_.destination.empty()) return *logged;
  return request_.destination + NameOfPath(path);
}

Status DirectoryRestore::CheckTarget(const std::string& path) const {
  const std::string folder = FolderOf(path);
  if (SameFile(folder, set_)) {
    return ReportFailure(events_, event_id::kRestoreFailed, Error::kInvalidPath,
                         "The restored database would replace the backup's own copy.", path);
  }
  ASSIGN_OR_RETURN(const bool exists, files_.Exists(path));
  if (!exists) {
    if (request_.instance.create_missing_folders) return files_.CreateDirectories(folder);
    ASSIGN_OR_RETURN(const bool there, files_.Exists(folder));
    return there ? Status::Ok() : Status(Error::kInvalidPath);
  }
  const Status opened =
      files_.Open(path, {.mode = FileMode::kReadWrite, .exclusive = true}).status();
  if (!opened.Is(Error::kFileAccessDenied)) return opened;
  return ReportFailure(events_, event_id::kRestoreFailed, Error::kDatabaseSharingViolation,
                       "The database that would be replaced is in use.", path);
}

Status DirectoryRestore::CopyAll() {
  Status status;
  for (const Copied& database : databases_) {
    if (status.ok()) status = CopyDatabase(database);
  }
  if (status.ok()) return ReplaceAll();
  for (const Copied& database : databases_) {
    files_.Remove(database.copy).Ignore();  // Its name says what it is.
  }
  return status;
}

Status DirectoryRestore::CopyDatabase(const Copied& database) {
  ASSIGN_OR_RETURN(const std::unique_ptr<File> from,
                   files_.Open(database.from, {.mode = FileMode::kReadOnly, .direct = true}));
  ASSIGN_OR_RETURN(
      const std::unique_ptr<File> to,
      files_.Open(database.copy, {.mode = FileMode::kCreateOrTruncate, .direct = true}));
  Status status = Pump(*from, *to, database.from, logs_.page_size);
  if (status.ok()) status = to->Sync();
  RETURN_IF_ERROR(status);
  // Header and trailer, before anything is replaced.
  ASSIGN_OR_RETURN(const StreamedDatabase copy,
                   StreamedDatabase::Open(files_, events_, database.copy));
  return copy.CheckLogs(events_, logs_, std::nullopt);
}

Status DirectoryRestore::Pump(File& from, File& to, const std::string& path, uint32_t page_size) {
  ASSIGN_OR_RETURN(const uint64_t size, from.Size());
  if (size % page_size != 0) return Error::kBadPatchPage;
  const AlignedBuffer buffer(kBufferPages * page_size);
  for (uint64_t offset = 0; offset < size;) {
    const size_t count = std::min<uint64_t>(buffer.size(), size - offset);
    const MutableBytes part = buffer.span().first(count);
    RETURN_IF_ERROR(from.Read(offset, part));
    RETURN_IF_ERROR(VerifyPages(part, offset, page_size, size, path));
    RETURN_IF_ERROR(to.Write(offset, part));
    offset += count;
  }
  return Status::Ok();
}

// Mends single bits, too. The two headers in front and the trailer behind are verified by whoever
// reads them.
Status DirectoryRestore::VerifyPages(MutableBytes pages, uint64_t offset, uint32_t page_size,
                                     uint64_t size, const std::string& path) const {
  for (size_t at = 0; at < pages.size(); at += page_size) {
    const uint64_t index = (offset + at) / page_size;
    if (index < 2 || offset + at + page_size == size) continue;
    const PageNumber number = static_cast<PageNumber>(index - 1);
    const ChecksumState state = VerifyPage(pages.subspan(at, page_size), number);
    if (state != ChecksumState::kBad) continue;
    events_.Report({.id = event_id::kRestoreFailed,
                    .severity = Severity::kError,
                    .text = absl::StrCat("Page ", number, " of the backup is damaged."),
                    .file = path,
                    .offset = static_cast<int64_t>(offset + at),
                    .error = static_cast<int32_t>(Error::kReadVerifyFailure)});
    return Error::kReadVerifyFailure;
  }
  return Status::Ok();
}

Status DirectoryRestore::ReplaceAll() {
  for (const Copied& database : databases_) {
    RETURN_IF_ERROR(files_.Rename(database.copy, database.to));
    RETURN_IF_ERROR(files_.SyncDirectory(FolderOf(database.to)));
  }
  return Status::Ok();
}

}  // namespace

Result<RestoreResult> RestoreDirectory(FileSystem& files, EventSink& events,
                                       const DirectoryRestoreRequest& request) {
  Result<RestoreResult> result = DirectoryRestore(files, events, request).Run();
  if (result.ok()) return result;
  return ReportFailure(
      events, event_id::kRestoreFailed, AsDocumented(result.status()),
      absl::StrCat("The directory could not be restored (error ", result.status().number(), ")."),
      request.source);
}

}  // namespace contrail
