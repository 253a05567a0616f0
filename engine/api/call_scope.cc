#include "engine/api/call_scope.h"

namespace contrail::api {

SessionScope::SessionScope(JET_SESID handle, Allowed allowed) {
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
  if (allowed == Allowed::kWhileServing &&
      session->instance.service_stopped.load(std::memory_order_relaxed)) {
    status_ = Error::kClientRequestToStopJetService;
  }
}

Result<ApiTable*> FindTable(const SessionScope& scope, JET_TABLEID handle) {
  ApiTable* table = ApiRegistry::Get().tables.Find(handle);
  if (table == nullptr) return Error::kInvalidTableId;
  if (&table->session != &scope.api()) return Error::kInvalidSesid;
  return table;
}

Result<AttachedDatabase*> FindOpenDatabase(const SessionScope& scope, JET_DBID dbid) {
  if (dbid == 0 || dbid > kMaxDatabases) return Error::kInvalidDatabaseId;
  const auto open = scope.api().open_databases.find(static_cast<uint8_t>(dbid));
  if (open == scope.api().open_databases.end()) return Error::kInvalidDatabaseId;
  AttachedDatabase* database = scope.instance().FindDatabase(open->first);
  if (database == nullptr) return Error::kInvalidDatabaseId;
  return database;
}

}  // namespace contrail::api
