// The files of a backup: opening, reading, closing.

#include <absl/strings/str_cat.h>

#include "backup/backup_events.h"
#include "backup/backup_session.h"
#include "storage/check.h"
#include "storage/file_path.h"

namespace contrail {

BackupMember* BackupSession::FindMember(uint8_t database_id) {
  for (BackupMember& member : members_) {
    if (member.database->id() == database_id) return &member;
  }
  return nullptr;
}

// Sections of one division may be open side by side.
bool BackupSession::IsOpen(const std::string& path, const StreamPart& part) const {
  for (const auto& [number, handle] : handles_) {
    if (handle->path != path) continue;
    const bool apart = part.sections > 1 && handle->part.sections == part.sections &&
                       handle->part.section != part.section;
    if (!apart) return true;
  }
  return false;
}

Result<OpenedFile> BackupSession::OpenFile(const std::string& path, const StreamPart& part,
                                           BackupOwner owner) {
  absl::MutexLock lock(&mutex_);
  RETURN_IF_ERROR(CheckStreaming(owner));
  if (IsOpen(path, part)) return Error::kOutOfMemory;
  if (handles_.size() >= kMaxHandles) return Error::kOutOfMemory;
  for (BackupMember& member : members_) {
    if (member.database->path() != path) continue;
    if (state_ == BackupState::kDatabases) return OpenDatabase(&member, part);
    Finish(Outcome::kFailed, Error::kInvalidBackupSequence, false).Ignore();  // Told below.
    return Error::kInvalidBackupSequence;
  }
  if (state_ == BackupState::kDatabases) {
    return ReportFailure(instance_.events(), event_id::kDatabaseLeavesBackup,
                         Error::kDatabaseNotFound,
                         "A file that was asked for is no attached database.", path);
  }
  Result<OpenedFile> opened = OpenLog(path, part);
  // A part that the file does not have is its caller's mistake and no failure of the file.
  const bool mistaken =
      opened.status().Is(Error::kInvalidParameter) && (part.sections > 1 || part.offset > 0);
  if (!opened.ok() && !mistaken)
    Finish(Outcome::kFailed, opened.status(), false).Ignore();  // Told below.
  return opened;
}

Result<OpenedFile> BackupSession::OpenDatabase(BackupMember* member, const StreamPart& part) {
  BackupInfo backup;
  backup.mark = begin_mark_.position;
  backup.time = begin_mark_.time;
  backup.generation_low = logs_->copy_low();
  // All sections of a file are of one plan.
  const DatabasePlan plan = part.sections > 1 && member->plan.has_value()
                                ? *member->plan
                                : DatabaseStream::PlanOf(member->database->database(), backup);
  ASSIGN_OR_RETURN(const StreamRange range, DatabaseStream::RangeOf(plan, part));
  const bool all = part.sections == 1 && part.offset == 0;
  if (part.sections > 1) member->plan = plan;
  // What a part has is newer than the trailer of somebody who has had the whole file.
  if (all || member->whole) {
    member->given.Clear();
    member->file_size = 0;
  }
  member->whole = false;
  member->joined = true;
  member->copied = false;
  const bool anew = part.sections <= 1 && part.offset == 0;
  if (instance_.options().scrub_during_backup && (anew || member->scrub == nullptr)) {
    member->scrub = std::make_shared<BackupScrub>(instance_, *member->database, plan.last_page);
  }
  auto handle = std::make_shared<Handle>();
  handle->database_id = member->database->id();
  handle->part = part;
  handle->stream = std::make_unique<DatabaseStream>(instance_.files(), instance_.events(),
                                                    instance_.log(), member->database->database(),
                                                    plan, range, read_ahead_, member->scrub);
  const OpenedFile opened = AddHandle(std::move(handle));
  ReportProgress(instance_.events(), event_id::kDatabaseCopyBegins,
                 absl::StrCat("A database is being copied: ", opened.size, " bytes."),
                 member->database->path());
  return opened;
}

// Only logs are files of a backup here; an empty .pat file of an older client is none.
Result<OpenedFile> BackupSession::OpenLog(const std::string& path, const StreamPart& part) {
  const InstanceOptions& options = instance_.options();
  const uint32_t generation = GenerationOfFileName(options.base_name, NameOfPath(path));
  if (generation == 0 || FolderOf(path) != options.log_path) {
    ASSIGN_OR_RETURN(const bool exists, instance_.files().Exists(path));
    if (exists) return Error::kInvalidParameter;
    return ReportFailure(instance_.events(), event_id::kFileToBackUpMissing,
                         Error::kMissingFileToBackup, "A file that the backup needs is missing.",
                         path);
  }
  auto handle = std::make_shared<Handle>();
  handle->generation = generation;
  handle->part = part;
  ASSIGN_OR_RETURN(std::unique_ptr<LogStream> stream,
                   LogStream::Open(instance_.files(), instance_.events(), path, generation,
                                   instance_.log().signature(), options.page_size, part));
  RETURN_IF_ERROR(logs_->CheckFollows(stream->header(), path));
  handle->stream = std::move(stream);
  return AddHandle(std::move(handle));
}

OpenedFile BackupSession::AddHandle(HandlePointer handle) {
  const OpenedFile opened{next_handle_++, handle->stream->size()};
  handle->path = handle->stream->path();
  handles_.emplace(opened.handle, std::move(handle));
  return opened;
}

Result<size_t> BackupSession::ReadFile(BackupHandle number, MutableBytes buffer,
                                       BackupOwner owner) {
  HandlePointer handle;
  {
    absl::MutexLock lock(&mutex_);
    RETURN_IF_ERROR(CheckStreaming(owner));
    const auto found = handles_.find(number);
    if (found == handles_.end()) return Error::kInvalidParameter;
    handle = found->second;
  }
  Result<size_t> read = size_t{0};
  {
    absl::MutexLock reading(&handle->reading);
    FileStream* stream = handle->stream.get();
    if (stream == nullptr) {
      // Closed or ended since.
      return stop_.load() ? Error::kBackupAbortByServer : Error::kInvalidParameter;
    }
    if (buffer.empty() || buffer.size() % stream->read_unit() != 0 ||
        buffer.size() < stream->smallest_read()) {
      return Error::kInvalidParameter;
    }
    read = stream->Read(buffer);
  }
  if (read.ok()) {
    const bool passed = pace_.Pass(*read, [this] { return !stop_.load(); });
    return passed ? read : Result<size_t>(Error::kBackupAbortByServer);
  }
  if (stop_.load()) return read;
  return ReadFailed(number, *handle, read.status());
}

Status BackupSession::ReadFailed(BackupHandle number, const Handle& handle, Status status) {
  absl::MutexLock lock(&mutex_);
  const auto found = handles_.find(number);
  if (found == handles_.end()) {
    // Closed, or the backup has ended, meanwhile.
    return stop_.load() ? Error::kBackupAbortByServer : Error::kInvalidParameter;
  }
  const std::string path = handle.path;
  if (handle.generation != 0) {
    ReportFailure(instance_.events(), event_id::kLogReadFailed, status,
                  "A log file could not be read, so the backup ends.", path)
        .Ignore();  // The reader gets it.
    Finish(Outcome::kFailed, status, false).Ignore();
    return status;
  }
  BackupMember* member = FindMember(handle.database_id);
  CHECK(member != nullptr);
  member->joined = member->copied = false;
  member->given.Clear();
  member->plan.reset();
  handles_.erase(found);
  return ReportFailure(instance_.events(), event_id::kDatabaseLeavesBackup, status,
                       "A database could not be read and is not in the backup.", path);
}

Status BackupSession::CloseFile(BackupHandle number, BackupOwner owner) {
  absl::MutexLock lock(&mutex_);
  if (!IsStreaming(owner)) return Error::kNoBackup;
  const auto found = handles_.find(number);
  if (found == handles_.end()) return Error::kInvalidParameter;
  const HandlePointer handle = found->second;
  handles_.erase(found);
  // A read that is under way, and may be waiting to be tried again, gives up: everybody else waits
  // for this call.
  handle->stream->Abort();
  std::unique_ptr<FileStream> stream;
  {
    absl::MutexLock reading(&handle->reading);
    stream = std::move(handle->stream);
  }
  const FileStream::Given given = stream->given();
  if (handle->generation != 0) {
    ByteCoverage& all = given_logs_[handle->generation];
    all.Add(given.from, given.to);
    if (all.Covers(stream->file_size())) logs_->MarkCopied(handle->generation);
  } else {
    CountDatabase(*handle, *stream);
  }
  if (!stream->finished()) {
    instance_.events().Report({.id = event_id::kFileClosedEarly,
                               .severity = Severity::kWarning,
                               .text = "A file of the backup was closed before its end.",
                               .file = stream->path()});
  }
  return Status::Ok();
}

void BackupSession::CountDatabase(const Handle& handle, const FileStream& stream) {
  BackupMember* member = FindMember(handle.database_id);
  CHECK(member != nullptr);
  const FileStream::Given given = stream.given();
  member->given.Add(given.from, given.to);
  if (given.to == stream.file_size()) member->file_size = given.to;
  member->whole = given.from == 0 && given.to == stream.file_size();
  member->copied = member->file_size != 0 && member->given.Covers(member->file_size);
  if (!member->copied) return;
  ReportProgress(instance_.events(), event_id::kDatabaseCopyEnds, "A database has been copied.",
                 stream.path());
}

}  // namespace contrail
