// Family "session".

#include "engine/api/session_lifetime.h"
#include "engine/api/text.h"

namespace contrail::api {
namespace {

JET_ERR BeginSession(const Result<ApiInstance*>& instance, JET_SESID* psesid) {
  if (psesid == nullptr) return JET_errInvalidParameter;
  *psesid = JET_sesidNil;
  if (!instance.ok()) return ToJet(instance.status());
  const Result<ApiSession*> session = OpenSession(**instance);
  if (!session.ok()) return ToJet(session.status());
  *psesid = (*session)->handle;
  return JET_errSuccess;
}

// A transaction that was begun under a context goes on only under it; one that a thread has begun
// without any goes on only in that thread.
Status SetContext(ApiSession& session, uintptr_t context) {
  if (context == 0 || context == ~uintptr_t{0}) return Error::kInvalidParameter;
  if (session.context != 0) return Error::kSessionContextAlreadySet;
  const bool foreign = session.transaction_owner != 0 && session.transaction_owner != context;
  if (foreign) return Error::kSessionSharingViolation;
  session.context = context;
  session.bound_thread = ThisThread();
  return Status::Ok();
}

Status ResetContext(ApiSession& session) {
  if (session.context == 0 || session.bound_thread != ThisThread()) {
    return Error::kSessionContextNotSetByThisThread;
  }
  session.context = 0;
  session.bound_thread = session.transaction_owner != 0 ? ApiSession::kNobody : 0;
  return Status::Ok();
}

}  // namespace
}  // namespace contrail::api

using contrail::api::Allowed;
using contrail::api::ApiRegistry;
using contrail::api::InSession;
using contrail::api::NarrowText;
using contrail::api::SessionScope;

// User name and password are accepted and not looked at, as ever.
JET_API JetBeginSessionA(JET_INSTANCE instance, JET_SESID* psesid, JET_PCSTR, JET_PCSTR) {
  return contrail::api::BeginSession(ApiRegistry::Get().Resolve(instance), psesid);
}

JET_API JetBeginSessionW(JET_INSTANCE instance, JET_SESID* psesid, JET_PCWSTR szUserName,
                         JET_PCWSTR szPassword) {
  const NarrowText name(szUserName), password(szPassword);
  if (!NarrowText::AllOk({&name, &password})) return JET_errUnicodeTranslationFail;
  return JetBeginSessionA(instance, psesid, name.c_str(), password.c_str());
}

JET_API JetDupSession(JET_SESID sesid, JET_SESID* psesid) {
  if (psesid == nullptr) return JET_errInvalidParameter;
  contrail::api::ApiInstance* instance = nullptr;
  const JET_ERR error = InSession(sesid, [&](const SessionScope& scope) {
    instance = scope.api().instance;
    return contrail::Status::Ok();
  });
  if (error < 0) return error;
  return contrail::api::BeginSession(instance, psesid);
}

JET_API JetEndSession(JET_SESID sesid, JET_GRBIT) {
  const JET_ERR error = InSession(
      sesid, [](const SessionScope& scope) { return contrail::api::EndSession(scope.api()); },
      Allowed::kAlways);
  return error == JET_errSessionSharingViolation ? JET_errSessionInUse : error;
}

JET_API JetSetSessionContext(JET_SESID sesid, JET_API_PTR ulContext) {
  return InSession(
      sesid,
      [&](const SessionScope& scope) -> contrail::Status {
        if (scope.api().instance->service_stopped) {
          return contrail::Error::kClientRequestToStopJetService;
        }
        return contrail::api::SetContext(scope.api(), ulContext);
      },
      Allowed::kByAnyThread);
}

JET_API JetResetSessionContext(JET_SESID sesid) {
  return InSession(
      sesid, [](const SessionScope& scope) { return contrail::api::ResetContext(scope.api()); },
      Allowed::kByAnyThread);
}
