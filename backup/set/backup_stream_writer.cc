#include "backup/set/backup_stream_writer.h"

#include "backup/set/backup_run.h"
#include "backup/set/stream_destination.h"

namespace contrail {

Result<SetBackupResult> BackUpToStream(Instance& instance, const SetBackupRequest& request,
                                       ByteSink& sink) {
  StreamDestination destination(sink);
  return BackupRun(instance, request, destination).Run();
}

}  // namespace contrail
