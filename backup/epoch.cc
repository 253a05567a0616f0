#include "backup/epoch.h"

#include <absl/strings/str_cat.h>

#include "backup/backup_events.h"

namespace contrail {
namespace {

Result<Lgpos> Log(Instance& instance, const BackupRecord& record) {
  return instance.log().AppendRecord(RecordType::kBackup, EncodeBackupRecord(record));
}

BackupRecord PhaseRecord(BackupPhase phase, BackupScope scope, BackupType type) {
  BackupRecord record;
  record.phase = phase;
  record.scope = scope;
  record.type = type;
  record.time = LogTime::Now();
  return record;
}

BackupRecord UpdateRecord(const BackupStamp& stamp) {
  BackupRecord record;
  record.phase = BackupPhase::kUpdate;
  record.scope = stamp.scope;
  record.type = stamp.type;
  record.database_id = stamp.database->id();
  record.generation_low = stamp.generation_low;
  record.generation_high = stamp.generation_high;
  record.mark = stamp.mark.position;
  record.time = stamp.mark.time;
  return record;
}

Status LogEpoch(Instance& instance, const BackupEpoch& epoch) {
  if (!epoch.truncation.empty()) {
    BackupRecord truncate = PhaseRecord(BackupPhase::kTruncate, epoch.scope, epoch.type);
    truncate.generation_low = epoch.truncation.low;
    truncate.generation_high = epoch.truncation.end;
    RETURN_IF_ERROR(Log(instance, truncate).status());
  }
  for (const BackupStamp& stamp : epoch.stamps) {
    RETURN_IF_ERROR(Log(instance, UpdateRecord(stamp)).status());
  }
  ASSIGN_OR_RETURN(const Lgpos stop,
                   Log(instance, PhaseRecord(BackupPhase::kStop, epoch.scope, epoch.type)));
  return instance.log().WaitDurable(stop);
}

Status StampHeaders(Instance& instance, const std::vector<BackupStamp>& stamps) {
  Status stamped = Status::Ok();
  for (const BackupStamp& stamp : stamps) {
    const BackupRecord record = UpdateRecord(stamp);
    const Status status = stamp.database->database().UpdateHeader(
        [&](DatabaseHeader* header) { StampHeader(record, header); });
    if (status.ok()) continue;
    stamped = ReportFailure(instance.events(), event_id::kStampingFailed, status,
                            "The backup could not be noted in a database's header.",
                            stamp.database->path());
  }
  return stamped;
}

// In rising order, so that what is left after a crash has no gap.
void DeleteLogs(Instance& instance, const LogTruncation& truncation) {
  if (truncation.empty()) return;
  Status status;
  uint32_t missing = 0;
  uint32_t generation = truncation.low;
  for (; status.ok() && generation < truncation.end; ++generation) {
    status = instance.files().Remove(instance.LogPathOf(generation));
    if (!status.Is(Error::kFileNotFound)) continue;
    ++missing;
    status = Status::Ok();
  }
  if (status.ok()) status = instance.files().SyncDirectory(instance.options().log_path);
  EventSink& events = instance.events();
  if (missing > 0) {
    ReportProgress(events, event_id::kLogsMissingAlready,
                   absl::StrCat(missing, " logs had been deleted before."));
  }
  if (status.ok()) {
    ReportProgress(events, event_id::kLogsDeleted,
                   absl::StrCat("Log generations ", truncation.low, " to ", truncation.end - 1,
                                " have been deleted."));
    return;
  }
  events.Report({.id = event_id::kLogsDeleted,
                 .severity = Severity::kWarning,
                 .text = "Logs that nothing needs any more could not all be deleted; the next "
                         "backup tries again.",
                 .file = instance.LogPathOf(generation - 1),
                 .expected = absl::StrCat("generations ", truncation.low, " to ",
                                          truncation.end - 1, " deleted"),
                 .error = status.number()});
}

}  // namespace

Status RecordEpoch(Instance& instance, const BackupEpoch& epoch) {
  instance.backup_gate().HoldCheckpointAt(instance.log().Tip());
  RETURN_IF_ERROR(LogEpoch(instance, epoch));
  // With a header that could not be written the instance is lost, and recovery has to find the
  // records: the checkpoint stays, and so do the logs.
  if (!StampHeaders(instance, epoch.stamps).ok()) return Status::Ok();
  DeleteLogs(instance, epoch.truncation);
  instance.backup_gate().HoldCheckpointAt(kLgposMax);
  instance.WriteCheckpointNow().Ignore();  // The next one will say the same.
  return Status::Ok();
}

Result<Lgpos> RecordBegin(Instance& instance, BackupScope scope, BackupType type,
                          const BackupMark& mark) {
  BackupRecord record = PhaseRecord(BackupPhase::kBegin, scope, type);
  record.mark = mark.position;
  record.time = mark.time;
  return Log(instance, record);
}

Result<BackupMark> RecordPrepareLogs(Instance& instance, BackupScope scope, BackupType type) {
  const BackupRecord record = PhaseRecord(BackupPhase::kPrepareLogs, scope, type);
  BackupGate& gate = instance.backup_gate();
  gate.HoldCheckpointAt(instance.log().Tip());
  const Result<Lgpos> position = Log(instance, record);
  const BackupMark mark{position.ok() ? *position : Lgpos(), record.time};
  if (position.ok()) instance.SetLastBackup(scope == BackupScope::kIncremental, mark);
  gate.HoldCheckpointAt(kLgposMax);
  RETURN_IF_ERROR(position.status());
  return mark;
}

void RecordAbort(Instance& instance, BackupScope scope, BackupType type) {
  if (!Log(instance, PhaseRecord(BackupPhase::kAbort, scope, type)).ok()) return;
  Log(instance, PhaseRecord(BackupPhase::kStop, scope, type)).status().Ignore();
}

}  // namespace contrail
