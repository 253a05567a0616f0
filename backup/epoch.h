// The end of a backup: what it leaves behind in the log and in the database headers. Source: the
// backup contract, sections 9 and 11; docs/format/backup_record.md.
//
// A backup is in force from the moment its Stop record is durable: the records before it say which
// databases it stamps and which logs it deletes. Not before that moment is a header changed or a
// log deleted. Until all of it is done the checkpoint does not move past those records, so recovery
// carries all of it to its end, or finds no Stop and does nothing.

#pragma once

#include <vector>

#include "engine/backup_record.h"
#include "engine/instance.h"

namespace contrail {

// One database's share of a backup that ended well.
struct BackupStamp {
  AttachedDatabase* database = nullptr;
  BackupScope scope = BackupScope::kFull;
  BackupType type = BackupType::kStreaming;
  uint32_t generation_low = 0;
  uint32_t generation_high = 0;
  BackupMark mark;
};

// Archived generations low..end - 1, the lowest that there are; none when end is not above low.
struct LogTruncation {
  uint32_t low = 0;
  uint32_t end = 0;
  bool empty() const { return end <= low; }
};

// What the end of a backup does, whatever its kind.
struct BackupEpoch {
  BackupScope scope = BackupScope::kFull;
  BackupType type = BackupType::kStreaming;
  std::vector<BackupStamp> stamps;
  LogTruncation truncation;  // Needed neither by the checkpoint nor by a database left out.
};

// Makes the epoch durable, all of it or nothing, stamps the headers, then deletes the logs. An
// error means that the log is down; then the next recovery finds all of it or nothing. A header
// that cannot be written afterwards is an event (219) and recovery's to repeat, with the deletion;
// logs that cannot be deleted are an event (224, a warning) and the next truncation's.
Status RecordEpoch(Instance& instance, const BackupEpoch& epoch);

// A trace for whoever reads the log; its position is the mark of a surrogate incremental backup.
Result<Lgpos> RecordBegin(Instance& instance, BackupScope scope, BackupType type,
                          const BackupMark& mark);
// Position and time of the record are the mark of an incremental backup and of a snapshot, and
// what the instance keeps as its last backup: a checkpoint either lies before the record, so that
// recovery meets it, or holds the mark.
Result<BackupMark> RecordPrepareLogs(Instance& instance, BackupScope scope, BackupType type);
// The trace of a backup that did not end well. Whether it can be logged changes nothing.
void RecordAbort(Instance& instance, BackupScope scope, BackupType type = BackupType::kStreaming);

}  // namespace contrail
