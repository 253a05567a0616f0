// Family "backup": beginning, ending and stopping a backup whose files the caller copies.

#include "backup/api/backup_call.h"

namespace contrail::api {
namespace {

constexpr JET_GRBIT kHowToEnd = JET_bitBackupEndNormal | JET_bitBackupEndAbort;

JET_ERR Begin(const Result<ApiInstance*>& instance, JET_GRBIT grbit) {
  return InNewBackup(instance, [&](BackupSession& session) -> Status {
    RETURN_IF_ERROR(session.CheckAllowed());
    if (grbit != 0 && grbit != JET_bitBackupIncremental) return Error::kInvalidGrbit;
    return session.Begin(grbit == 0 ? BackupKind::kFull : BackupKind::kIncremental);
  });
}

JET_ERR End(const Result<ApiInstance*>& instance, JET_GRBIT grbit) {
  return InBackup(instance, [&](BackupSession& session) -> Status {
    if (!session.running()) return Error::kNoBackup;
    const JET_GRBIT how = grbit & kHowToEnd;
    if (how == 0 || how == kHowToEnd) return Error::kInvalidParameter;
    return session.End(how == JET_bitBackupEndNormal ? BackupEnd::kNormal : BackupEnd::kAbort,
                       (grbit & JET_bitBackupTruncateDone) != 0);
  });
}

JET_ERR Stop(const Result<ApiInstance*>& instance) {
  if (!instance.ok()) return ToJet(instance.status());
  const InstanceCall call(**instance);
  if (!call.status().ok()) return ToJet(call.status());
  BackupSession::Of(*(*instance)->engine)->Stop();
  return JET_errSuccess;
}

JET_ERR Truncate(const Result<ApiInstance*>& instance) {
  return InBackup(instance, [](BackupSession& session) { return session.TruncateLog(); });
}

}  // namespace
}  // namespace contrail::api

using contrail::api::OnlyInstance;
using contrail::api::TheInstance;

JET_API JetBeginExternalBackup(JET_GRBIT grbit) {
  return contrail::api::Begin(OnlyInstance(), grbit);
}

JET_API JetBeginExternalBackupInstance(JET_INSTANCE instance, JET_GRBIT grbit) {
  return contrail::api::Begin(TheInstance(instance), grbit);
}

JET_API JetEndExternalBackup(void) {
  return contrail::api::End(OnlyInstance(), JET_bitBackupEndNormal);
}

JET_API JetEndExternalBackupInstance(JET_INSTANCE instance) {
  return contrail::api::End(TheInstance(instance), JET_bitBackupEndNormal);
}

JET_API JetEndExternalBackupInstance2(JET_INSTANCE instance, JET_GRBIT grbit) {
  return contrail::api::End(TheInstance(instance), grbit);
}

JET_API JetStopBackup(void) { return contrail::api::Stop(OnlyInstance()); }

JET_API JetStopBackupInstance(JET_INSTANCE instance) {
  return contrail::api::Stop(TheInstance(instance));
}

JET_API JetTruncateLog(void) { return contrail::api::Truncate(OnlyInstance()); }

JET_API JetTruncateLogInstance(JET_INSTANCE instance) {
  return contrail::api::Truncate(TheInstance(instance));
}
