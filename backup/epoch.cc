#include "backup/epoch.h"

#include "backup/backup_events.h"

namespace contrail {
namespace {

Result<Lgpos> Log(Instance& instance, const BackupRecord& record) {
  return instance.log().AppendRecord(RecordType::kBackup, EncodeBackupRecord(record));
}

BackupRecord PhaseRecord(BackupPhase phase, BackupScope scope) {
  BackupRecord record;
  record.phase = phase;
  record.scope = scope;
  record.time = LogTime::Now();
  return record;
}

BackupRecord UpdateRecord(const BackupStamp& stamp) {
  BackupRecord record;
  record.phase = BackupPhase::kUpdate;
  record.scope = stamp.scope;
  record.database_id = stamp.database->id();
  record.generation_low = stamp.generation_low;
  record.generation_high = stamp.generation_high;
  record.mark = stamp.mark.position;
  record.time = stamp.mark.time;
  return record;
}

Status LogEpoch(Instance& instance, BackupScope scope, const std::vector<BackupRecord>& updates) {
  for (const BackupRecord& update : updates) {
    RETURN_IF_ERROR(Log(instance, update).status());
  }
  ASSIGN_OR_RETURN(const Lgpos stop, Log(instance, PhaseRecord(BackupPhase::kStop, scope)));
  return instance.log().WaitDurable(stop);
}

}  // namespace

Status RecordEpoch(Instance& instance, BackupScope scope, const std::vector<BackupStamp>& stamps) {
  std::vector<BackupRecord> updates;
  for (const BackupStamp& stamp : stamps) updates.push_back(UpdateRecord(stamp));
  instance.backup_gate().HoldCheckpointAt(instance.log().Tip());
  RETURN_IF_ERROR(LogEpoch(instance, scope, updates));

  Status stamped = Status::Ok();
  for (size_t i = 0; i < stamps.size(); ++i) {
    const Status status = stamps[i].database->database().UpdateHeader(
        [&](DatabaseHeader* header) { StampHeader(updates[i], header); });
    if (status.ok()) continue;
    stamped = ReportFailure(instance.events(), event_id::kStampingFailed, status,
                            "The backup could not be noted in a database's header.",
                            stamps[i].database->path());
  }
  // With a header that could not be written the instance is lost, and recovery has to find the
  // records: the checkpoint stays.
  if (stamped.ok()) {
    instance.backup_gate().HoldCheckpointAt(kLgposMax);
    instance.WriteCheckpointNow().Ignore();  // The next one will say the same.
  }
  return Status::Ok();
}

void RecordAbort(Instance& instance, BackupScope scope) {
  if (!Log(instance, PhaseRecord(BackupPhase::kAbort, scope)).ok()) return;
  Log(instance, PhaseRecord(BackupPhase::kStop, scope)).status().Ignore();
}

}  // namespace contrail
