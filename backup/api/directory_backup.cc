// Family "backup": a whole backup in one call.

#include "backup/directory_backup.h"

#include "backup/api/backup_call.h"
#include "engine/api/parameter_set.h"
#include "storage/file_path.h"

namespace contrail::api {
namespace {

// A JET_PFNSTATUS. Only a full backup tells, of its beginning, when the program may still refuse
// it, and of its good end.
class BackupStatus {
 public:
  BackupStatus(JET_PFNSTATUS status, BackupKind kind)
      : status_(kind == BackupKind::kFull ? status : nullptr) {}

  // kBackupAbortByCaller: the program's answer is an error.
  Status Tell(JET_SNT what) const {
    if (status_ == nullptr) return Status::Ok();
    constexpr uint32_t kTotal = 100;
    JET_SNPROG progress = {};
    progress.cbStruct = sizeof(progress);
    progress.cunitDone = what == JET_sntComplete ? kTotal : 0;
    progress.cunitTotal = kTotal;
    const JET_ERR answer = status_(JET_sesidNil, JET_snpBackup, what, &progress);
    return answer < 0 ? Status(Error::kBackupAbortByCaller) : Status::Ok();
  }

 private:
  JET_PFNSTATUS status_;
};

Status CheckInterrupted(const ApiInstance& instance) {
  if (instance.terminating) return Error::kTermInProgress;
  if (instance.service_stopped) return Error::kClientRequestToStopJetService;
  return Status::Ok();
}

Status BackUp(ApiInstance& instance, const char* path, JET_GRBIT grbit, JET_PFNSTATUS pfn) {
  constexpr JET_GRBIT kKnown = JET_bitBackupIncremental | JET_bitBackupAtomic;
  RETURN_IF_ERROR(BackupSession::Of(*instance.engine)->CheckAllowed());
  if ((grbit & ~kKnown) != 0) return Error::kInvalidGrbit;
  if (path == nullptr || *path == 0) return TruncateLogsWithoutBackup(*instance.engine);
  DirectoryBackupRequest request;
  ASSIGN_OR_RETURN(std::string directory, AbsolutePath(path));
  request.directory = WithSlash(std::move(directory));
  request.kind =
      (grbit & JET_bitBackupIncremental) != 0 ? BackupKind::kIncremental : BackupKind::kFull;
  request.atomic = (grbit & JET_bitBackupAtomic) != 0;
  request.create_directory = instance.parameters.flag(JET_paramCreatePathIfNotExist);
  request.pace = PaceOf(instance.parameters);
  request.interrupted = [&instance] { return CheckInterrupted(instance); };
  const BackupStatus status(pfn, request.kind);
  request.begun = [&status] { return status.Tell(JET_sntBegin); };
  RETURN_IF_ERROR(BackUpToDirectory(*instance.engine, request));
  status.Tell(JET_sntComplete).Ignore();  // The backup is in force.
  return Status::Ok();
}

JET_ERR Backup(const Result<ApiInstance*>& instance, const char* path, JET_GRBIT grbit,
               JET_PFNSTATUS pfn) {
  return InNewBackup(instance,
                     [&](BackupSession&) { return BackUp(**instance, path, grbit, pfn); });
}

JET_ERR BackupWide(const Result<ApiInstance*>& instance, const char16_t* path, JET_GRBIT grbit,
                   JET_PFNSTATUS pfn) {
  const NarrowText narrow(path);
  if (!narrow.ok()) return JET_errUnicodeTranslationFail;
  return Backup(instance, narrow.c_str(), grbit, pfn);
}

}  // namespace
}  // namespace contrail::api

using contrail::api::OnlyInstance;
using contrail::api::TheInstance;

JET_API JetBackupA(JET_PCSTR szBackupPath, JET_GRBIT grbit, JET_PFNSTATUS pfnStatus) {
  return contrail::api::Backup(OnlyInstance(), szBackupPath, grbit, pfnStatus);
}

JET_API JetBackupW(JET_PCWSTR szBackupPath, JET_GRBIT grbit, JET_PFNSTATUS pfnStatus) {
  return contrail::api::BackupWide(OnlyInstance(), szBackupPath, grbit, pfnStatus);
}

JET_API JetBackupInstanceA(JET_INSTANCE instance, JET_PCSTR szBackupPath, JET_GRBIT grbit,
                           JET_PFNSTATUS pfnStatus) {
  return contrail::api::Backup(TheInstance(instance), szBackupPath, grbit, pfnStatus);
}

JET_API JetBackupInstanceW(JET_INSTANCE instance, JET_PCWSTR szBackupPath, JET_GRBIT grbit,
                           JET_PFNSTATUS pfnStatus) {
  return contrail::api::BackupWide(TheInstance(instance), szBackupPath, grbit, pfnStatus);
}
