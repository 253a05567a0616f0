// What every call of the API begins with: find the object behind the handle, and make sure that it may
// be used now and from here.

#pragma once

#include "engine/api/api_registry.h"

namespace contrail::api {

inline JET_ERR ToJet(Status status) { return status.number(); }

// The session behind a handle, held for the time of one call. A second thread that comes in meanwhile
// gets kSessionSharingViolation: a session belongs to one thread at a time.
class SessionScope {
 public:
  enum class Allowed { kAlways, kWhileServing };
  explicit SessionScope(JET_SESID handle, Allowed allowed = Allowed::kWhileServing);
  ~SessionScope() {
    if (session_ != nullptr) session_->busy.store(false, std::memory_order_release);
  }
  SessionScope(const SessionScope&) = delete;
  SessionScope& operator=(const SessionScope&) = delete;

  // kInvalidSesid, kSessionSharingViolation, kInstanceUnavailable, kClientRequestToStopJetService.
  Status status() const { return status_; }
  ApiSession& api() const { return *session_; }
  Session& session() const { return session_->session; }
  Instance& instance() const { return session_->session.instance(); }

 private:
  ApiSession* session_ = nullptr;
  Status status_;
};

// The table behind a handle in a session's call. kInvalidTableId; kInvalidSesid when the table belongs
// to another session.
Result<ApiTable*> FindTable(const SessionScope& scope, JET_TABLEID handle);
// The database behind a JET_DBID that this session has open. kInvalidDatabaseId.
Result<AttachedDatabase*> FindOpenDatabase(const SessionScope& scope, JET_DBID dbid);

}  // namespace contrail::api
