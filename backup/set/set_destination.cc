#include "backup/set/set_destination.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <utility>

#include "backup/backup_events.h"
#include "backup/set/set_folder.h"
#include "backup/set/stored_logs.h"
#include "storage/aligned_buffer.h"

namespace contrail {

SetDestination::SetDestination(FileSystem& files, EventSink& events, const std::string& set_folder)
    : files_(files), events_(events), set_folder_(WithSlash(set_folder)) {}

Status SetDestination::Open(const BackupSummary& summary, SetManifest* head) {
  RETURN_IF_ERROR(files_.CreateDirectories(set_folder_));
  ASSIGN_OR_RETURN(lock_, LockSet(files_, events_, set_folder_));
  ASSIGN_OR_RETURN(const BackupSetReader set, BackupSetReader::Open(files_, events_, set_folder_));
  head->number = set.NextNumber();
  if (head->number == 0) {
    return ReportFailure(events_, event_id::kBackupFails, Error::kInvalidBackupSequence,
                         "No number is left for another backup in the set: begin a new one, or "
                         "move a folder of a wrong name out of it.",
                         set.entries().back().folder);
  }
  log_signature_ = head->log_signature;
  if (HoldsDatabases(head->kind)) {
    for (const BackupSummary::Database& database : summary.databases) {
      held_.insert(database.signature.ToText());
    }
    WarnOfOtherDatabases(set);
  } else {
    RETURN_IF_ERROR(FindBase(set, summary));
    head->previous_number = base_->manifest.number;
    head->previous_hash = base_->manifest_hash;
  }
  folder_ = set_folder_ + BackupFolderName(head->number, head->kind) + "/";
  const std::string unfinished = set_folder_ + UnfinishedFolderName(head->number, head->kind) + "/";
  RETURN_IF_ERROR(GatherLeftovers(files_, set_folder_, unfinished));
  unfinished_ = unfinished;
  return Status::Ok();
}

// Nothing is lost by it, but whoever restores "the set" gets the newest of several.
void SetDestination::WarnOfOtherDatabases(const BackupSetReader& set) const {
  const SetEntry* newest = set.NewestOfChain();
  const auto chain =
      newest == nullptr ? Error::kFileNotFound : set.ChainTo(newest->manifest.number);
  if (!chain.ok()) return;
  const std::vector<SetFile>& files = chain->front()->manifest.files;
  if (std::any_of(files.begin(), files.end(),
                  [&](const SetFile& file) { return held_.contains(file.signature); })) {
    return;
  }
  events_.Report({.id = event_id::kBackupFails,
                  .severity = Severity::kWarning,
                  .text =
                      "The backups that the set has are of other databases: a restore takes the "
                      "newest unless it is told a number. Give each folder a set of its own.",
                  .file = set_folder_});
}

Status SetDestination::RefuseBase(const SetEntry* entry, const char* why) const {
  return ReportFailure(events_, event_id::kNoFullBackup, Error::kMissingFullBackup, why,
                       entry == nullptr ? set_folder_ : entry->folder);
}

Status SetDestination::FindBase(const BackupSetReader& set, const BackupSummary& summary) {
  const SetEntry* base = set.NewestOfChain();
  if (base == nullptr) return RefuseBase(base, "The set has no backup to go on from.");
  const Result<std::vector<const SetEntry*>> chain = set.ChainTo(base->manifest.number);
  if (!chain.ok()) {
    return RefuseBase(base, "The set has no sound backup to go on from: a full one is needed.");
  }
  for (const SetEntry* entry : *chain) {
    if (!entry->damaged) continue;
    return RefuseBase(entry,
                      "A backup that this one would go on from is damaged: a full one is needed.");
  }
  for (const SetFile& file : chain->front()->manifest.files) {
    if (file.kind == SetFileKind::kDatabase) held_.insert(file.signature);
  }
  // It is of use only for databases that the full backup of its chain holds.
  for (const BackupSummary::Database& database : summary.databases) {
    if (held_.contains(database.signature.ToText())) continue;
    return ReportFailure(
        events_, event_id::kNoFullBackup, Error::kMissingFullBackup,
        "The full backup that the set goes on from does not hold this database: a full backup into "
        "this set is needed.",
        database.path);
  }
  base_ = *base;
  return Status::Ok();
}

// The logs of this backup begin where those of its base end, and are of the same stream.
Status SetDestination::CheckLogs(const SetManifest& manifest) {
  if (!base_.has_value()) return Status::Ok();
  const SetManifest& before = base_->manifest;
  if (manifest.GoesOnFrom(before)) return Status::Ok();
  return ReportFailure(
      events_, event_id::kNoFullBackup, Error::kMissingFullBackup,
      "The backup of the set that this one would go on from does not reach up to it: a full backup "
      "is needed.",
      base_->folder,
      absl::StrCat("generation ", before.generation_high + 1, " of ", before.log_signature),
      absl::StrCat("generation ", manifest.generation_low, " of ", manifest.log_signature));
}

Status SetDestination::Store(const ContentReader& read, SetFile* file) {
  file->stored_name = file->name + ".lz4";
  const bool log = file->kind == SetFileKind::kLog;
  if (log) {
    ASSIGN_OR_RETURN(const bool taken, TakeOverLog(read, file));
    if (taken) return Status::Ok();
  }
  ASSIGN_OR_RETURN(StoredFileFacts facts, WriteFile(read, unfinished_ + file->stored_name));
  file->bytes = facts.bytes;
  file->stored_bytes = facts.stored_bytes;
  file->hash = std::move(facts.hash);
  file->stored_hash = std::move(facts.stored_hash);
  file->chunks = std::move(facts.chunks);
  return log ? NoteStoredLog(files_, unfinished_, *file, log_signature_) : Status::Ok();
}

// The log is read all the same: the session has to have verified it before it may go.
Result<bool> SetDestination::TakeOverLog(const ContentReader& read, SetFile* log) {
  ASSIGN_OR_RETURN(std::optional<SetFile> stored,
                   FindStoredLog(files_, unfinished_, *log, log_signature_));
  if (!stored.has_value()) return false;
  AlignedBuffer buffer(kChunkBytes);
  ContentHash hash;
  while (true) {
    ASSIGN_OR_RETURN(const size_t count, read(buffer.span()));
    if (count == 0) break;
    hash.Add(buffer.span().first(count));
  }
  if (hash.Text() != stored->hash) {
    return ReportFailure(events_, event_id::kLogReadFailed, Error::kLogReadVerifyFailure,
                         "A log is not what it was when it was stored.", unfinished_ + log->name,
                         stored->hash, hash.Text());
  }
  *log = std::move(*stored);
  return true;
}

Result<StoredFileFacts> SetDestination::WriteFile(const ContentReader& read,
                                                  const std::string& path) {
  static_assert(StoredFileWriter::kBlockBytes == kChunkBytes);
  const auto failed = [&](Status status) {
    return ReportFailure(events_, event_id::kBackupFails, status,
                         "A file of the set cannot be written.", path);
  };
  const auto writer = StoredFileWriter::Create(files_, path);
  if (!writer.ok()) return failed(writer.status());
  while (true) {
    AlignedBuffer block = (*writer)->TakeBlock();
    ASSIGN_OR_RETURN(const size_t count, read(block.span()));
    if (count == 0) break;
    const Status added = (*writer)->Add(std::move(block), count);
    if (!added.ok()) return failed(added);
  }
  Result<StoredFileFacts> facts = (*writer)->Finish();
  return facts.ok() ? std::move(facts) : failed(facts.status());
}

// Somebody may have verified the set meanwhile.
Status SetDestination::CheckBaseIsSound() const {
  if (!base_.has_value()) return Status::Ok();
  ASSIGN_OR_RETURN(const bool damaged, IsMarkedDamaged(files_, base_->folder));
  return damaged ? RefuseBase(&*base_,
                              "The backup that this one goes on from has been found "
                              "damaged meanwhile: a full one is needed.")
                 : Status::Ok();
}

Status SetDestination::Publish(const SetManifest& manifest) {
  RETURN_IF_ERROR(RemoveUnlisted(files_, unfinished_, manifest));
  RETURN_IF_ERROR(CheckBaseIsSound());
  const std::string text = manifest.ToJson();
  RETURN_IF_ERROR(WriteTextFile(files_, unfinished_ + kManifestName, text));
  RETURN_IF_ERROR(WriteTextFile(files_, unfinished_ + kManifestHashName, HashText(text) + "\n"));
  RETURN_IF_ERROR(files_.SyncDirectory(unfinished_));
  const auto bare = [](const std::string& folder) { return folder.substr(0, folder.size() - 1); };
  RETURN_IF_ERROR(files_.Rename(bare(unfinished_), bare(folder_)));
  return files_.SyncDirectory(set_folder_);
}

// What stays behind has a name that no reader takes for a backup.
void SetDestination::GiveUp() {
  if (!unfinished_.empty()) KeepStoredLogs(files_, unfinished_).Ignore();
}

}  // namespace contrail
