#include "backup/set/backup_set_writer.h"

#include "backup/set/backup_run.h"
#include "backup/set/set_destination.h"

namespace contrail {

Result<SetBackupResult> BackUpToSet(Instance& instance, const SetBackupRequest& request) {
  SetDestination destination(instance.files(), instance.events(), request.set_folder);
  ASSIGN_OR_RETURN(SetBackupResult result, BackupRun(instance, request, destination).Run());
  result.folder = destination.folder();
  return result;
}

}  // namespace contrail
