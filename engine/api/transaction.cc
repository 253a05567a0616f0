// Family "transaction".

#include "engine/api/database_report.h"
#include "engine/api/session_lifetime.h"

namespace contrail::api {
namespace {

constexpr JET_GRBIT kWaitFlags =
    JET_bitWaitLastLevel0Commit | JET_bitWaitAllLevel0Commit | JET_bitForceNewLog;

Status Begin(ApiSession& session, JET_GRBIT grbit) {
  if ((grbit & ~JET_bitTransactionReadOnly) != 0) return Error::kInvalidGrbit;
  Transaction& transaction = session.session->transaction();
  const int level = transaction.level();
  RETURN_IF_ERROR(transaction.Begin((grbit & JET_bitTransactionReadOnly) != 0));
  NoteTransactionLevel(session, level);
  return Status::Ok();
}

// The flags that wait for commits of before; they commit nothing.
Status Wait(const SessionScope& scope, JET_GRBIT grbit) {
  if (scope.session().transaction().active()) return Error::kInTransaction;
  LogWriter& log = scope.instance().log();
  switch (grbit) {
    case JET_bitWaitLastLevel0Commit:
      return scope.session().transaction().WaitLastCommit();
    case JET_bitWaitAllLevel0Commit:
      return log.EnsureDurable();
    case JET_bitForceNewLog:
      return log.ForceNewGeneration().status();
    default:
      return Error::kInvalidGrbit;  // Only one at a time.
  }
}

Status Commit(const SessionScope& scope, JET_GRBIT grbit) {
  ApiSession& session = scope.api();
  if ((grbit & ~(kWaitFlags | JET_bitCommitLazyFlush)) != 0) return Error::kInvalidGrbit;
  if ((grbit & kWaitFlags) != 0) return Wait(scope, grbit);
  if (grbit == 0) grbit = session.commit_default;
  const bool lazy = (grbit & JET_bitCommitLazyFlush) != 0;
  Transaction& transaction = scope.session().transaction();
  const int level = transaction.level();
  const Status status = transaction.Commit(lazy ? CommitMode::kLazy : CommitMode::kDurable);
  if (transaction.level() != level) NoteTransactionLevel(session, level);
  return status;
}

// The number of a commit is the end of the log right after it.
void Identify(const SessionScope& scope, JET_COMMIT_ID* commit) {
  LogWriter& log = scope.instance().log();
  *commit = {};
  commit->signLog = ToJetSignature(log.signature());
  commit->commitId = static_cast<int64_t>(log.Tip().Packed());
}

}  // namespace
}  // namespace contrail::api

using contrail::api::Allowed;
using contrail::api::InSession;
using contrail::api::SessionScope;

JET_API JetBeginTransaction(JET_SESID sesid) { return JetBeginTransaction3(sesid, 0, 0); }

JET_API JetBeginTransaction2(JET_SESID sesid, JET_GRBIT grbit) {
  return JetBeginTransaction3(sesid, 0, grbit);
}

JET_API JetBeginTransaction3(JET_SESID sesid, int64_t, JET_GRBIT grbit) {
  return InSession(
      sesid, [&](const SessionScope& scope) { return contrail::api::Begin(scope.api(), grbit); });
}

JET_API JetCommitTransaction(JET_SESID sesid, JET_GRBIT grbit) {
  return InSession(sesid,
                   [&](const SessionScope& scope) { return contrail::api::Commit(scope, grbit); });
}

JET_API JetCommitTransaction2(JET_SESID sesid, JET_GRBIT grbit, uint32_t,
                              JET_COMMIT_ID* pCommitId) {
  return InSession(sesid, [&](const SessionScope& scope) {
    const contrail::Status status = contrail::api::Commit(scope, grbit);
    if (status.ok() && pCommitId != nullptr) contrail::api::Identify(scope, pCommitId);
    return status;
  });
}

JET_API JetRollback(JET_SESID sesid, JET_GRBIT grbit) {
  if ((grbit & ~JET_bitRollbackAll) != 0) return JET_errInvalidGrbit;
  return InSession(
      sesid,
      [&](const SessionScope& scope) {
        return contrail::api::RollbackSession(scope.api(), (grbit & JET_bitRollbackAll) != 0);
      },
      Allowed::kAlways);
}
