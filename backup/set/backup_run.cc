#include "backup/set/backup_run.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>

#include <utility>

#include "backup/backup_events.h"
#include "backup/session_pace.h"
#include "backup/set/content_recording.h"
#include "engine/instance_state.h"
#include "log/log_files.h"
#include "storage/file_path.h"

namespace contrail {
namespace {

std::string MarkText(const Lgpos& position) {
  return absl::StrFormat("%08X:%04X:%04X", position.generation, position.block, position.offset);
}

}  // namespace

BackupRun::BackupRun(Instance& instance, const SetBackupRequest& request,
                     BackupDestination& destination)
    : instance_(instance),
      request_(request),
      destination_(destination),
      session_(BackupSession::Of(instance)),
      owner_(session_->NewOwner()) {}

// Of an instance that is ended meanwhile there is nothing to ask any more.
CommitWaits BackupRun::LookAtCommits() {
  const auto look = [this] {
    commit_waits_ = WaitsOfCommits(instance_.transactions());
    return Status::Ok();
  };
  session_->RunWithin(look, owner_).Ignore();
  return commit_waits_;
}

Result<SetBackupResult> BackupRun::Run() {
  // First: while this backup runs, nobody else's of the instance touches the destination.
  RETURN_IF_ERROR(session_->Begin(SessionKindOf(request_.kind), owner_));
  pace_.emplace(request_.pace, [this] { return LookAtCommits(); });
  Status status = CopyAll();
  if (status.ok()) status = destination_.Publish(result_.manifest);
  if (!status.ok()) {
    session_->End(BackupEnd::kAbort, false, owner_).Ignore();  // What went wrong is told already.
    destination_.GiveUp();
    return status;
  }
  const bool chain = CarriesChain(request_.kind);
  if (chain) status = TruncateLogs();
  if (!status.ok()) {
    session_->End(BackupEnd::kAbort, false, owner_).Ignore();
    return status;
  }
  // Logs that stay for somebody else's sake do not make the backup another one.
  RETURN_IF_ERROR(session_->End(BackupEnd::kNormal, /*truncated=*/chain, owner_));
  return std::move(result_);
}

Status BackupRun::CopyAll() {
  SetManifest& manifest = result_.manifest;
  manifest.kind = request_.kind;
  manifest.created = LogTime::Now().ToText();
  manifest.base_name = instance_.options().base_name;
  manifest.page_size = instance_.options().page_size;
  RETURN_IF_ERROR(session_->RunWithin(
      [&] {
        manifest.log_signature = instance_.log().signature().ToText();
        return Status::Ok();
      },
      owner_));
  ASSIGN_OR_RETURN(const BackupSummary begun, session_->Summary(owner_));
  RETURN_IF_ERROR(destination_.Open(begun, &manifest));
  if (HoldsDatabases(request_.kind)) RETURN_IF_ERROR(CopyDatabases());
  RETURN_IF_ERROR(CopyLogs());
  ASSIGN_OR_RETURN(const BackupSummary summary, session_->Summary(owner_));
  const BackupMark& mark = HoldsDatabases(request_.kind) ? summary.begin : summary.prepare;
  manifest.mark = MarkText(mark.position);
  manifest.mark_time = mark.time.ToText();
  return Status::Ok();
}

std::string BackupRun::UniqueName(const std::string& path) {
  const std::string base = NameOfPath(path);
  std::string name = base;
  for (int i = 2; !names_.insert(name).second; ++i) name = absl::StrCat(i, "-", base);
  return name;
}

Status BackupRun::CopyDatabases() {
  ASSIGN_OR_RETURN(const BackupSummary summary, session_->Summary(owner_));
  if (summary.databases.empty()) return Error::kDatabaseNotFound;
  for (const BackupSummary::Database& database : summary.databases) {
    SetFile file;
    file.name = UniqueName(database.path);
    file.original_path = database.path;
    file.signature = database.signature.ToText();
    RETURN_IF_ERROR(CopyFile(database.path, "databases", &file));
  }
  return Status::Ok();
}

Status BackupRun::FindLogs(LogFileList* logs) {
  Result<LogFileList> found = session_->LogInfo(nullptr, owner_);
  RETURN_IF_ERROR(found.status());
  *logs = std::move(*found);
  return Status::Ok();
}

// The snapshot is of the moment at which the backup's logs end, so a replay of all of them leads to
// it. It is read before they are copied, which may take long and does not need it.
Status BackupRun::FindLogsAndRecord(LogFileList* logs) {
  ASSIGN_OR_RETURN(const BackupSummary summary, session_->Summary(owner_));
  ContentRecording recording(instance_, summary.databases);
  RETURN_IF_ERROR(recording.Measure());
  Result<LogFileList> found = session_->LogInfo([&] { recording.TakeSnapshot(); }, owner_);
  RETURN_IF_ERROR(found.status());
  *logs = std::move(*found);
  const auto progress = [&](const std::string& table) {
    return !session_->stopping() && Tell("contents", table);
  };
  const Status status = recording.Read(progress, &result_.manifest);
  return session_->stopping() ? Status(Error::kBackupAbortByServer) : status;
}

Status BackupRun::CopyLogs() {
  LogFileList logs;
  RETURN_IF_ERROR(request_.record_contents
                      ? session_->RunWithin([&] { return FindLogsAndRecord(&logs); }, owner_)
                      : FindLogs(&logs));
  result_.manifest.generation_low = logs.generation_low;
  result_.manifest.generation_high = logs.generation_high;
  RETURN_IF_ERROR(destination_.CheckLogs(result_.manifest));
  uint32_t generation = logs.generation_low;
  for (const std::string& path : logs.paths) {
    SetFile file;
    file.kind = SetFileKind::kLog;
    file.name = NameOfPath(path);
    file.generation = generation++;
    const Result<LogFileHeader> header =
        ReadLogFileHeader(instance_.files(), DiscardEvents(), path);
    // When it has none, opening it through the session says so.
    if (header.ok()) file.created = header->created.ToText();
    RETURN_IF_ERROR(CopyFile(path, "logs", &file));
  }
  return Status::Ok();
}

bool BackupRun::Tell(const char* phase, const std::string& name) const {
  return !request_.progress || request_.progress({phase, name, bytes_done_, bytes_total_});
}

Status BackupRun::CopyFile(const std::string& path, const char* phase, SetFile* file) {
  ASSIGN_OR_RETURN(const OpenedFile opened, session_->OpenFile(path, {}, owner_));
  bytes_total_ += opened.size;
  file->bytes = opened.size;
  const auto read = [&](MutableBytes buffer) -> Result<size_t> {
    ASSIGN_OR_RETURN(const size_t count, session_->ReadFile(opened.handle, buffer, owner_));
    if (count == 0) return count;
    bytes_done_ += count;
    const auto keep_going = [&] { return Tell(phase, file->name); };
    if (!keep_going() || !pace_->Pass(count, keep_going)) return Error::kTermInProgress;
    return count;
  };
  RETURN_IF_ERROR(destination_.Store(read, file));
  RETURN_IF_ERROR(session_->CloseFile(opened.handle, owner_));
  result_.bytes += file->bytes;
  result_.stored_bytes += file->stored_bytes;
  result_.manifest.files.push_back(std::move(*file));
  return Status::Ok();
}

Status BackupRun::TruncateLogs() {
  ASSIGN_OR_RETURN(const bool may, MayTruncate());
  return may ? session_->TruncateLog(owner_) : Status::Ok();
}

// A database that is not attached now may still need these logs: its own backups go on from them.
Result<bool> BackupRun::MayTruncate() {
  if (request_.truncate_for_detached) return true;
  ASSIGN_OR_RETURN(const std::vector<std::string> paths, session_->TruncateLogInfo(owner_));
  for (const std::string& path : paths) {
    const Result<LogFileHeader> header =
        ReadLogFileHeader(instance_.files(), instance_.events(), path);
    if (!header.ok()) continue;  // It has gone already.
    ASSIGN_OR_RETURN(const InstanceState state, DecodeInstanceState(header->state));
    for (const Attachment& attachment : state.attachments) {
      if (destination_.Holds(attachment.signature.ToText())) continue;
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

}  // namespace contrail
