#include "backup/set/backup_set_writer.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>

#include <algorithm>
#include <set>

#include "backup/backup_events.h"
#include "backup/backup_session.h"
#include "backup/set/backup_set_reader.h"
#include "backup/set/set_folder.h"
#include "backup/set/stored_file.h"
#include "engine/instance_state.h"
#include "log/log_files.h"

namespace contrail {
namespace {

std::string MarkText(const Lgpos& position) {
  return absl::StrFormat("%08X:%04X:%04X", position.generation, position.block, position.offset);
}

class SetBackup {
 public:
  SetBackup(Instance& instance, const SetBackupRequest& request)
      : instance_(instance), request_(request), session_(BackupSession::Of(instance)) {}

  Result<SetBackupResult> Run();

 private:
  Status FindPlace();
  Status CheckGoesOn() const;
  Status CheckHoldsAll(const BackupSetReader& set);
  Result<bool> MayTruncate() const;
  Status CopyAll();
  Status CopyDatabases();
  Status CopyLogs();
  Status CopyFile(const std::string& path, SetFile file, const char* phase);
  Result<StoredFileFacts> StreamFile(const OpenedFile& opened, const std::string& stored_path,
                                     const char* phase, const std::string& name);
  Status Publish();
  std::string UniqueName(const std::string& path);
  void RemoveUnfinished();

  Instance& instance_;
  const SetBackupRequest& request_;
  std::shared_ptr<BackupSession> session_;
  std::unique_ptr<File> lock_;  // Of the set, while this backup is written.
  std::string set_folder_;
  std::string unfinished_;  // Folder of the temporary name; empty before it has been made.
  std::string folder_;
  std::optional<SetEntry> previous_;
  std::set<std::string> held_;  // Signatures of the databases that the chain holds.
  std::set<std::string> names_;
  uint64_t bytes_done_ = 0;
  uint64_t bytes_total_ = 0;
  SetBackupResult result_;
};

Result<SetBackupResult> SetBackup::Run() {
  // First: while this backup runs, nobody else's of the instance touches the set.
  RETURN_IF_ERROR(session_->Begin(request_.kind));
  Status status = FindPlace();
  if (status.ok()) status = CopyAll();
  if (status.ok()) status = Publish();
  if (!status.ok()) {
    session_->End(BackupEnd::kAbort, false).Ignore();  // What went wrong is told already.
    RemoveUnfinished();
    return status;
  }
  // The set is safe. What fails from here on leaves one backup more, and the logs.
  if (request_.truncate_logs) {
    const Result<bool> may = MayTruncate();
    status = may.status();
    if (may.ok() && *may) status = session_->TruncateLog();
  }
  if (!status.ok()) {
    session_->End(BackupEnd::kAbort, false).Ignore();
    return status;
  }
  RETURN_IF_ERROR(session_->End(BackupEnd::kNormal, false));
  return std::move(result_);
}

Status SetBackup::FindPlace() {
  FileSystem& files = instance_.files();
  set_folder_ = WithSlash(request_.set_folder);
  RETURN_IF_ERROR(files.CreateDirectories(set_folder_));
  ASSIGN_OR_RETURN(lock_, LockSet(files, instance_.events(), set_folder_));
  ASSIGN_OR_RETURN(const BackupSetReader set,
                   BackupSetReader::Open(files, instance_.events(), set_folder_));
  SetManifest& manifest = result_.manifest;
  manifest.number = set.NextNumber();
  manifest.kind = request_.kind;
  if (request_.kind == BackupKind::kIncremental) {
    if (set.entries().empty() || !set.entries().back().status.ok()) {
      return ReportFailure(instance_.events(), event_id::kNoFullBackup, Error::kMissingFullBackup,
                           "The set has no sound backup to go on from.", set_folder_);
    }
    RETURN_IF_ERROR(CheckHoldsAll(set));
    previous_ = set.entries().back();
    manifest.previous_number = previous_->manifest.number;
    manifest.previous_hash = previous_->manifest_hash;
  }
  const std::string name = BackupFolderName(manifest.number, request_.kind);
  folder_ = set_folder_ + name + "/";
  RETURN_IF_ERROR(RemoveFolder(files, set_folder_ + "." + name + ".unfinished/"));
  unfinished_ = set_folder_ + "." + name + ".unfinished/";
  return files.CreateDirectories(unfinished_);
}

// An incremental is of use only for databases that the full backup of its chain holds.
Status SetBackup::CheckHoldsAll(const BackupSetReader& set) {
  ASSIGN_OR_RETURN(const std::vector<const SetEntry*> chain, set.ChainTo(0));
  for (const SetFile& file : chain.front()->manifest.files) {
    if (file.kind == SetFileKind::kDatabase) held_.insert(file.signature);
  }
  ASSIGN_OR_RETURN(const BackupSummary summary, session_->Summary());
  for (const BackupSummary::Database& database : summary.databases) {
    if (held_.contains(database.signature.ToText())) continue;
    return ReportFailure(
        instance_.events(), event_id::kNoFullBackup, Error::kMissingFullBackup,
        "The full backup that the set goes on from does not hold this database: a full backup into "
        "this set is needed.",
        database.path);
  }
  return Status::Ok();
}

// A database that is not attached now may still need these logs: its own backups go on from them.
Result<bool> SetBackup::MayTruncate() const {
  if (request_.truncate_for_detached) return true;
  ASSIGN_OR_RETURN(const std::vector<std::string> paths, session_->TruncateLogInfo());
  for (const std::string& path : paths) {
    const Result<LogFileHeader> header =
        ReadLogFileHeader(instance_.files(), instance_.events(), path);
    if (!header.ok()) continue;  // It has gone already.
    ASSIGN_OR_RETURN(const InstanceState state, DecodeInstanceState(header->state));
    for (const Attachment& attachment : state.attachments) {
      if (held_.contains(attachment.signature.ToText())) continue;
      instance_.events().Report(
          {.id = event_id::kNoLogsToDelete,
           .severity = Severity::kWarning,
           .text = absl::StrCat("Logs stay: a database that is not in this backup may need them, ",
                                attachment.path, "."),
           .file = path});
      return false;
    }
  }
  return true;
}

// The logs of this backup begin where those of the one before end, and are of the same stream.
Status SetBackup::CheckGoesOn() const {
  if (!previous_.has_value()) return Status::Ok();
  const SetManifest& before = previous_->manifest;
  const SetManifest& manifest = result_.manifest;
  if (before.log_signature == manifest.log_signature &&
      manifest.generation_low <= before.generation_high + 1) {
    return Status::Ok();
  }
  return ReportFailure(
      instance_.events(), event_id::kNoFullBackup, Error::kMissingFullBackup,
      "The newest backup of the set does not reach up to this one: a full backup is needed.",
      previous_->folder,
      absl::StrCat("generation ", before.generation_high + 1, " of ", before.log_signature),
      absl::StrCat("generation ", manifest.generation_low, " of ", manifest.log_signature));
}

Status SetBackup::CopyAll() {
  SetManifest& manifest = result_.manifest;
  manifest.created = LogTime::Now().ToText();
  manifest.base_name = instance_.options().base_name;
  manifest.log_signature = instance_.log().signature().ToText();
  manifest.page_size = instance_.options().page_size;
  if (request_.kind == BackupKind::kFull) RETURN_IF_ERROR(CopyDatabases());
  RETURN_IF_ERROR(CopyLogs());
  ASSIGN_OR_RETURN(const BackupSummary summary, session_->Summary());
  const BackupMark& mark = request_.kind == BackupKind::kFull ? summary.begin : summary.prepare;
  manifest.mark = MarkText(mark.position);
  manifest.mark_time = mark.time.ToText();
  return Status::Ok();
}

std::string SetBackup::UniqueName(const std::string& path) {
  const std::string base = path.substr(path.rfind('/') + 1);
  std::string name = base;
  for (int i = 2; !names_.insert(name).second; ++i) name = absl::StrCat(i, "-", base);
  return name;
}

Status SetBackup::CopyDatabases() {
  ASSIGN_OR_RETURN(const BackupSummary summary, session_->Summary());
  if (summary.databases.empty()) return Error::kDatabaseNotFound;
  for (const BackupSummary::Database& database : summary.databases) {
    SetFile file;
    file.name = UniqueName(database.path);
    file.original_path = database.path;
    file.signature = database.signature.ToText();
    held_.insert(file.signature);
    RETURN_IF_ERROR(CopyFile(database.path, std::move(file), "databases"));
  }
  return Status::Ok();
}

Status SetBackup::CopyLogs() {
  ASSIGN_OR_RETURN(const LogFileList logs, session_->LogInfo());
  result_.manifest.generation_low = logs.generation_low;
  result_.manifest.generation_high = logs.generation_high;
  RETURN_IF_ERROR(CheckGoesOn());
  uint32_t generation = logs.generation_low;
  for (const std::string& path : logs.paths) {
    SetFile file;
    file.kind = SetFileKind::kLog;
    file.name = path.substr(path.rfind('/') + 1);
    file.generation = generation++;
    RETURN_IF_ERROR(CopyFile(path, std::move(file), "logs"));
  }
  return Status::Ok();
}

Status SetBackup::CopyFile(const std::string& path, SetFile file, const char* phase) {
  ASSIGN_OR_RETURN(const OpenedFile opened, session_->OpenFile(path));
  bytes_total_ += opened.size;
  file.stored_name = file.name + ".lz4";
  ASSIGN_OR_RETURN(const StoredFileFacts facts,
                   StreamFile(opened, unfinished_ + file.stored_name, phase, file.name));
  RETURN_IF_ERROR(session_->CloseFile(opened.handle));
  file.bytes = facts.bytes;
  file.stored_bytes = facts.stored_bytes;
  file.hash = facts.hash;
  file.stored_hash = facts.stored_hash;
  result_.bytes += facts.bytes;
  result_.stored_bytes += facts.stored_bytes;
  result_.manifest.files.push_back(std::move(file));
  return Status::Ok();
}

Result<StoredFileFacts> SetBackup::StreamFile(const OpenedFile& opened,
                                              const std::string& stored_path, const char* phase,
                                              const std::string& name) {
  ASSIGN_OR_RETURN(const std::unique_ptr<StoredFileWriter> writer,
                   StoredFileWriter::Create(instance_.files(), stored_path));
  while (true) {
    AlignedBuffer block = writer->TakeBlock();
    ASSIGN_OR_RETURN(const size_t count, session_->ReadFile(opened.handle, block.span()));
    if (count == 0) break;
    RETURN_IF_ERROR(writer->Add(std::move(block), count));
    bytes_done_ += count;
    if (request_.progress && !request_.progress({phase, name, bytes_done_, bytes_total_})) {
      return Error::kTermInProgress;
    }
  }
  return writer->Finish();
}

Status SetBackup::Publish() {
  FileSystem& files = instance_.files();
  const std::string manifest = result_.manifest.ToJson();
  RETURN_IF_ERROR(WriteTextFile(files, unfinished_ + kManifestName, manifest));
  RETURN_IF_ERROR(WriteTextFile(files, unfinished_ + kManifestHashName, HashText(manifest) + "\n"));
  RETURN_IF_ERROR(files.SyncDirectory(unfinished_));
  const auto bare = [](const std::string& folder) { return folder.substr(0, folder.size() - 1); };
  RETURN_IF_ERROR(files.Rename(bare(unfinished_), bare(folder_)));
  RETURN_IF_ERROR(files.SyncDirectory(set_folder_));
  result_.folder = folder_;
  return Status::Ok();
}

// Best effort: what stays behind has a name that no reader takes for a backup, and goes with the
// next one.
void SetBackup::RemoveUnfinished() {
  if (!unfinished_.empty()) RemoveFolder(instance_.files(), unfinished_).Ignore();
}

}  // namespace

Result<SetBackupResult> BackUpToSet(Instance& instance, const SetBackupRequest& request) {
  return SetBackup(instance, request).Run();
}

}  // namespace contrail
