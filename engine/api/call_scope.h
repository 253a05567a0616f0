// What every call of the API begins with: find the object behind the handle, and make sure that it
// may be used now and from here.

#pragma once

#include <pthread.h>

#include "engine/api/api_registry.h"

namespace contrail::api {

inline JET_ERR ToJet(Status status) { return status.number(); }

inline uintptr_t ThisThread() { return static_cast<uintptr_t>(pthread_self()); }

// Calls that only wind down are allowed when the service has been stopped.
enum class Allowed { kWhileServing, kAlways, kByAnyThread };

// The session behind a handle, held for the time of one call. A second thread that comes in
// meanwhile gets kSessionSharingViolation: a session belongs to one thread at a time, and to the
// thread (or the session context) that began its transaction while there is one.
class SessionScope {
 public:
  explicit SessionScope(JET_SESID handle, Allowed allowed = Allowed::kWhileServing) {
    ApiSession* session = ApiRegistry::Get().sessions.Find(handle);
    if (session == nullptr) {
      status_ = Error::kInvalidSesid;
      return;
    }
    if (session->busy.exchange(true, std::memory_order_acquire)) {
      status_ = Error::kSessionSharingViolation;
      return;
    }
    session_ = session;
    if (session->handle.load(std::memory_order_relaxed) != handle) {
      status_ = Error::kInvalidSesid;
    } else if (session->bound_thread != 0 && session->bound_thread != ThisThread() &&
               allowed != Allowed::kByAnyThread) {
      status_ = Error::kSessionSharingViolation;
    } else if (allowed == Allowed::kWhileServing &&
               session->instance->service_stopped.load(std::memory_order_relaxed)) {
      status_ = Error::kClientRequestToStopJetService;
    }
  }
  ~SessionScope() {
    if (session_ != nullptr) session_->busy.store(false, std::memory_order_release);
  }
  SessionScope(const SessionScope&) = delete;
  SessionScope& operator=(const SessionScope&) = delete;

  // kInvalidSesid, kSessionSharingViolation, kClientRequestToStopJetService. The rest may be used
  // only when it is ok.
  Status status() const { return status_; }
  ApiSession& api() const { return *session_; }
  Session& session() const { return *session_->session; }
  Instance& instance() const { return *session_->instance->engine; }

 private:
  ApiSession* session_ = nullptr;
  Status status_;
};

// The table behind a handle in a session's call. kInvalidTableId; kSesidTableIdMismatch when it
// belongs to another session.
inline Result<ApiTable*> FindTable(const SessionScope& scope, JET_TABLEID handle) {
  ApiTable* table = ApiRegistry::Get().tables.Find(handle);
  if (table == nullptr) return Error::kInvalidTableId;
  if (table->session.load(std::memory_order_relaxed) != &scope.api()) {
    return Error::kSesidTableIdMismatch;
  }
  return table;
}

// The database behind a JET_DBID that this session has open. kInvalidDatabaseId.
Result<AttachedDatabase*> FindOpenDatabase(const SessionScope& scope, JET_DBID dbid);

// Runs `body(const SessionScope&) -> Status` with the session held.
template <typename Body>
JET_ERR InSession(JET_SESID sesid, Body&& body, Allowed allowed = Allowed::kWhileServing) {
  const SessionScope scope(sesid, allowed);
  if (!scope.status().ok()) return ToJet(scope.status());
  return ToJet(body(scope));
}

// Runs `body(ApiTable&) -> Status` with the table's session held.
template <typename Body>
JET_ERR InTable(JET_SESID sesid, JET_TABLEID tableid, Body&& body,
                Allowed allowed = Allowed::kWhileServing) {
  const SessionScope scope(sesid, allowed);
  if (!scope.status().ok()) return ToJet(scope.status());
  ApiTable* table = ApiRegistry::Get().tables.Find(tableid);
  if (table == nullptr) return JET_errInvalidTableId;
  if (table->session.load(std::memory_order_relaxed) != &scope.api()) {
    return JET_errSesidTableIdMismatch;
  }
  return ToJet(body(*table));
}

// The same for what works on a table in a database: `body(TableCursor&) -> Status`. A list that an
// information call has made refuses with kFeatureNotAvailable.
template <typename Body>
JET_ERR WithCursor(JET_SESID sesid, JET_TABLEID tableid, Body&& body) {
  return InTable(sesid, tableid, [&](ApiTable& table) -> Status {
    if (table.cursor == nullptr) return Error::kFeatureNotAvailable;
    return body(*table.cursor);
  });
}

// A call that works on an instance without a session. JetTerm waits for its end. In the order of
// the tests: kClientRequestToStopJetService, kTermInProgress, kRestoreInProgress, kNotInitialized,
// kInstanceUnavailable.
class InstanceCall {
 public:
  // With kAlways a service that has been stopped is no obstacle.
  explicit InstanceCall(ApiInstance& instance, Allowed allowed = Allowed::kWhileServing);
  ~InstanceCall();
  InstanceCall(const InstanceCall&) = delete;
  InstanceCall& operator=(const InstanceCall&) = delete;

  Status status() const { return status_; }

 private:
  ApiInstance& instance_;
  Status status_;
};

}  // namespace contrail::api
