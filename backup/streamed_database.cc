#include "backup/streamed_database.h"

#include <absl/strings/str_cat.h>

#include <algorithm>

#include "backup/backup_events.h"
#include "backup/trailer_page.h"
#include "storage/aligned_buffer.h"

namespace contrail {
namespace {

// Of JET's numbers this floor alone uses it.
constexpr Error kDatabasePatchFileMismatch = static_cast<Error>(-552);

Status ReportNoBackup(EventSink& events, const DatabaseHeader& header, const std::string& path) {
  return ReportFailure(events, event_id::kRestoreFailed, Error::kRestoreOfNonBackupDatabase,
                       "The database is not a copy that a backup made.", path,
                       "a header with the mark of a backup",
                       absl::StrCat("none, state ", static_cast<uint32_t>(header.state)));
}

}  // namespace

Result<StreamedDatabase> StreamedDatabase::Open(FileSystem& files, EventSink& events,
                                                const std::string& path) {
  StreamedDatabase database;
  database.path_ = path;
  Result<std::unique_ptr<File>> file =
      files.Open(path, {.mode = FileMode::kReadWrite, .direct = true, .exclusive = true});
  if (!file.ok()) {
    return ReportFailure(events, event_id::kRestoreFailed, file.status(),
                         "A database that is to be restored cannot be opened.", path);
  }
  database.file_ = std::move(*file);
  Result<DatabaseHeader> header = ReadHeader(*database.file_, events);
  if (!header.ok()) return Error::kDatabaseCorrupted;  // ReadHeader has said what is wrong.
  database.header_ = std::move(*header);
  const BackupInfo& mark = database.header_.current_full_backup;
  if (mark.generation_low == 0) {
    if (database.header_.state != DatabaseState::kClean) {
      return ReportNoBackup(events, database.header_, path);
    }
    database.stage_ = Stage::kFinished;
    return database;
  }
  ASSIGN_OR_RETURN(const uint64_t size, database.file_->Size());
  if (mark.generation_high != 0) {
    database.stage_ = Stage::kPatched;
    database.needed_high_ = mark.generation_high;
    // The step may have been interrupted before the trailer went.
    if (!database.ReadTrailer(DiscardEvents(), size).ok()) database.trailer_at_ = 0;
    return database;
  }
  RETURN_IF_ERROR(database.ReadTrailer(events, size));
  return database;
}

Status StreamedDatabase::ReadTrailer(EventSink& events, uint64_t size) {
  const uint32_t page_size = header_.page_size;
  if (size % page_size != 0 || size < 4 * uint64_t{page_size}) {
    return ReportFailure(events, event_id::kBadPatchPage, Error::kBadPatchPage,
                         "The copy has been cut off.", path_, "whole pages",
                         absl::StrCat(size, " bytes"));
  }
  trailer_at_ = size - page_size;
  AlignedBuffer page(page_size);
  RETURN_IF_ERROR(file_->Read(trailer_at_, page.span().first(page_size)));
  const Result<TrailerPage> trailer = TrailerPage::Decode(page.span().first(page_size));
  if (!trailer.ok()) {
    return ReportFailure(events, event_id::kBadPatchPage, trailer.status(),
                         "The page behind the copy's last one is damaged.", path_);
  }
  const BackupInfo& mark = header_.current_full_backup;
  if (trailer->database_signature != header_.signature ||
      trailer->log_signature != header_.log_signature || trailer->backup.mark != mark.mark ||
      trailer->backup.time != mark.time || trailer->backup.generation_low != mark.generation_low) {
    return ReportFailure(events, event_id::kPatchMismatch, kDatabasePatchFileMismatch,
                         "Header and trailer of the copy are of different backups.", path_,
                         header_.signature.ToText(), trailer->database_signature.ToText());
  }
  in_parts_ = trailer->in_parts;
  if (stage_ == Stage::kCopied) {
    needed_high_ = std::max({trailer->backup.generation_high, trailer->generation_max_required,
                             trailer->generation_max_committed});
    header_.generation_min_required = trailer->generation_min_required;
    header_.generation_max_required =
        std::max(header_.generation_max_required, trailer->generation_max_required);
    header_.generation_max_committed =
        std::max(header_.generation_max_committed, trailer->generation_max_committed);
  }
  return Status::Ok();
}

Status StreamedDatabase::CheckLogs(EventSink& events, const RestoreLogs& logs,
                                   const std::optional<Signature>& resumed) const {
  if (stage_ == Stage::kFinished) return Status::Ok();
  if (logs.signature != header_.log_signature && resumed != header_.log_signature) {
    return ReportFailure(events, event_id::kRestoreLogSignature,
                         Error::kGivenLogFileHasBadSignature,
                         "The database and the logs belong to different streams.", path_,
                         header_.log_signature.ToText(), logs.signature.ToText());
  }
  if (logs.generation_low > mark().generation_low) {
    return ReportFailure(events, event_id::kRestoreLogsStartTooHigh,
                         Error::kStartingRestoreLogTooHigh,
                         "The logs begin behind what the copy needs.", path_,
                         absl::StrCat("generation ", mark().generation_low),
                         absl::StrCat("generation ", logs.generation_low));
  }
  if (logs.generation_high < needed_high_) {
    return ReportFailure(events, event_id::kRestoreLogsEndTooLow, Error::kEndingRestoreLogTooLow,
                         "The logs end before what the copy needs.", path_,
                         absl::StrCat("generation ", needed_high_),
                         absl::StrCat("generation ", logs.generation_high));
  }
  return Status::Ok();
}

Status StreamedDatabase::Patch(const RestoreLogs& logs, const Signature& stream) {
  if (stage_ == Stage::kFinished) return Status::Ok();
  if (stage_ == Stage::kCopied) {
    const uint32_t high = logs.generation_high;
    header_.current_full_backup.generation_high = high;
    header_.log_signature = stream;
    header_.generation_max_required = std::max(header_.generation_max_required, high);
    header_.generation_max_committed = std::max(header_.generation_max_committed, high);
    RETURN_IF_ERROR(WriteHeader(*file_, header_));
    stage_ = Stage::kPatched;
  }
  if (trailer_at_ == 0) return Status::Ok();
  const AlignedBuffer empty(header_.page_size);
  RETURN_IF_ERROR(file_->Write(trailer_at_, empty.span().first(header_.page_size)));
  RETURN_IF_ERROR(file_->Sync());
  trailer_at_ = 0;
  return Status::Ok();
}

Status StreamedDatabase::Finish(FileSystem& files, EventSink& events) const {
  ASSIGN_OR_RETURN(
      const std::unique_ptr<File> file,
      files.Open(path_, {.mode = FileMode::kReadWrite, .direct = true, .exclusive = true}));
  ASSIGN_OR_RETURN(DatabaseHeader header, ReadHeader(*file, events));
  if (header.current_full_backup.IsNull()) return Status::Ok();
  if (header.state != DatabaseState::kClean) {
    return ReportFailure(events, event_id::kRestoreFailed, Error::kDatabaseDirtyShutdown,
                         "The logs have not brought the copy to its end.", path_, "clean",
                         absl::StrCat("state ", static_cast<uint32_t>(header.state)));
  }
  header.current_full_backup = {};
  return WriteHeader(*file, header);
}

}  // namespace contrail
