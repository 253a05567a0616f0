// The end of a copy as the log tells it: the record behind which no page of a backup's databases
// was read any more. Once all records before it have been replayed the copies are whole.
//
// Most copies need less: their trailer says up to where (backup/trailer_page.h). Those that were
// read in parts have a trailer that was made before, or beside, the reading of some of their pages.

#pragma once

#include <string>
#include <vector>

#include "backup/restore_logs.h"
#include "engine/backup_record.h"
#include "storage/event.h"

namespace contrail {

// Records of the backup that began at `mark`, looked at in the log's order.
class CopyEndInLog {
 public:
  explicit CopyEndInLog(Lgpos mark) : mark_(mark) {}

  void Take(Lgpos position, const BackupRecord& record);
  // Null while it has not been seen.
  const Lgpos& position() const { return position_; }
  const LogTime& time() const { return time_; }

 private:
  Lgpos mark_;
  bool begun_ = false;
  Lgpos position_;
  LogTime time_;
};

// A copy whose trailer does not tell what it needs.
struct CopyInParts {
  std::string path;
  Lgpos mark;
};

// kEndingRestoreLogTooLow, with an event that names the copy: the set's logs (those behind them do
// not count) end before its backup had read the last page. Errors of reading.
Status CheckCopyEnds(FileSystem& files, EventSink& events, const RestoreLogs& logs,
                     const std::vector<CopyInParts>& copies);

}  // namespace contrail
