// The end of a backup: what it leaves behind in the log and in the database headers. Source: the
// backup contract, sections 9 and 11; docs/format/backup_record.md.
//
// A backup is in force from the moment its Stop record is durable: the Update records before it
// and that record together say which databases it stamps. Until the headers have the stamps the
// checkpoint does not move past those records, so recovery repeats all of them or none.

#pragma once

#include <vector>

#include "engine/backup_record.h"
#include "engine/instance.h"

namespace contrail {

// One database's share of a backup that ended well.
struct BackupStamp {
  AttachedDatabase* database = nullptr;
  BackupScope scope = BackupScope::kFull;
  uint32_t generation_low = 0;
  uint32_t generation_high = 0;
  BackupMark mark;
};

// Makes the stamps durable, all of them or none. An error means that the log is down; then the next
// recovery finds all of them or none. A header that cannot be written afterwards is an event (219)
// and recovery's to repeat.
Status RecordEpoch(Instance& instance, BackupScope scope, const std::vector<BackupStamp>& stamps);

// The trace of a backup that did not end well. Whether it can be logged changes nothing.
void RecordAbort(Instance& instance, BackupScope scope);

}  // namespace contrail
