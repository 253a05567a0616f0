// StreamedDatabase: a database file as a backup streamed it, while it is made ready for recovery.
// Source: the backup contract, section 15.2, steps 6 and 7.
//
//   copied back --Patch--> patched --redo, undo--> clean, marked --Finish--> clean
//
// The mark is the header's current_full_backup. It stays until every database of the restore is
// clean, so that a restore that was interrupted anywhere can be repeated.

#pragma once

#include <memory>
#include <optional>
#include <string>

#include "backup/restore_logs.h"
#include "storage/database_header.h"
#include "storage/file.h"

namespace contrail {

class StreamedDatabase {
 public:
  enum class Stage { kCopied, kPatched, kFinished };

  // Locks the file and reads header and trailer. kFileNotFound, kFileAccessDenied (it is in use),
  // kDatabaseCorrupted, kBadPatchPage, JET_errDatabasePatchFileMismatch,
  // kRestoreOfNonBackupDatabase (dirty without a mark). A clean database without a mark is
  // kFinished: whether it may be here only FinishedDatabases tells.
  static Result<StreamedDatabase> Open(FileSystem& files, EventSink& events,
                                       const std::string& path);

  const std::string& path() const { return path_; }
  Stage stage() const { return stage_; }
  const DatabaseHeader& header() const { return header_; }
  // What belongs into current_full_backup until Finish.
  const BackupInfo& mark() const { return header_.current_full_backup; }
  // No page of the copy is of a later generation; unless it is in parts.
  uint32_t needed_high() const { return needed_high_; }
  // Its trailer does not know the generation of every page: CheckCopyEnds does.
  bool in_parts() const { return in_parts_; }

  // Do the logs have all that the copy needs? kGivenLogFileHasBadSignature,
  // kStartingRestoreLogTooHigh, kEndingRestoreLogTooLow.
  // `resumed`: the stream that a copy belongs to when an earlier try of this restore patched it.
  Status CheckLogs(EventSink& events, const RestoreLogs& logs,
                   const std::optional<Signature>& resumed) const;
  // The header takes the range's end in, and the trailer becomes an empty page. Repeatable. From
  // now on the copy belongs to `stream`: no restore that goes on in another one takes it.
  Status Patch(const RestoreLogs& logs, const Signature& stream);
  // Null after Unlock, which lets recovery open the file.
  File* file() const { return file_.get(); }
  void Unlock() { file_.reset(); }
  // Takes the mark off the clean file. kDatabaseDirtyShutdown (it is not clean): nothing changes.
  Status Finish(FileSystem& files, EventSink& events) const;

 private:
  StreamedDatabase() = default;
  Status ReadTrailer(EventSink& events, uint64_t size);

  std::string path_;
  std::unique_ptr<File> file_;
  Stage stage_ = Stage::kCopied;
  DatabaseHeader header_;
  uint32_t needed_high_ = 0;
  bool in_parts_ = false;
  // Offset of a trailer that is still there; 0 when there is none.
  uint64_t trailer_at_ = 0;
};

}  // namespace contrail
