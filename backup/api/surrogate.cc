// Family "backup", private extension: a backup that is taken from a copy elsewhere.

#include "backup/api/backup_call.h"

namespace contrail::api {
namespace {

constexpr JET_GRBIT kHowToEnd = JET_bitBackupEndNormal | JET_bitBackupEndAbort;

JET_ERR Begin(JET_INSTANCE instance, uint32_t first, uint32_t last, JET_GRBIT grbit) {
  return InNewBackup(TheInstance(instance), [&](BackupSession& session) -> Status {
    RETURN_IF_ERROR(session.CheckAllowed());
    if (grbit != 0 && grbit != JET_bitBackupIncremental) return Error::kInvalidGrbit;
    return session.BeginSurrogate(grbit == 0 ? BackupKind::kFull : BackupKind::kIncremental, first,
                                  last);
  });
}

JET_ERR End(JET_INSTANCE instance, JET_GRBIT grbit) {
  return InBackup(TheInstance(instance), [&](BackupSession& session) -> Status {
    const JET_GRBIT how = grbit & kHowToEnd;
    if (how == 0 || how == kHowToEnd) return Error::kInvalidParameter;
    return session.EndSurrogate(
        how == JET_bitBackupEndNormal ? BackupEnd::kNormal : BackupEnd::kAbort,
        (grbit & JET_bitBackupTruncateDone) != 0);
  });
}

}  // namespace
}  // namespace contrail::api

JET_API JetBeginSurrogateBackup(JET_INSTANCE instance, uint32_t lgenFirst, uint32_t lgenLast,
                                JET_GRBIT grbit) {
  return contrail::api::Begin(instance, lgenFirst, lgenLast, grbit);
}

JET_API JetEndSurrogateBackup(JET_INSTANCE instance, JET_GRBIT grbit) {
  return contrail::api::End(instance, grbit);
}
