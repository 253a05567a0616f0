// Tables of a session: opening them, and changing what they are.

#pragma once

#include <string>

#include "engine/api/call_scope.h"
#include "engine/table_ddl.h"

namespace contrail::api {

// JetOpenTable. kInvalidDatabaseId, kInvalidName, kObjectNotFound, kTableLocked, kTableInUse,
// kPermissionDenied (updatable, in a database that is not).
Status OpenTable(const SessionScope& scope, JET_DBID dbid, const char* name, JET_GRBIT grbit,
                 JET_TABLEID* tableid);
struct CursorRights {
  bool updatable = false;
  bool exclusive = false;  // As the registry was told.
};
// A cursor on an open table of the session. The registry has counted it.
Result<JET_TABLEID> AddCursorOn(const SessionScope& scope, AttachedDatabase& database,
                                std::shared_ptr<Table> table, CursorRights rights);

// The database of a call that changes it. kInvalidDatabaseId, kDatabaseFileReadOnly.
Result<AttachedDatabase*> FindWritableDatabase(const SessionScope& scope, JET_DBID dbid);
// Whether the cursor may change its table's definition. kPermissionDenied.
Status CheckChangeable(const ApiTable& table);

// Runs `body() -> Status` in a level of the session's transaction; where it is the outermost one,
// the change is durable on return. An error undoes it.
template <typename Body>
Status AsOneChange(ApiSession& session, Body&& body) {
  Transaction& transaction = session.session->transaction();
  RETURN_IF_ERROR(transaction.Begin(/*read_only=*/false));
  transaction.SetOneOperation();
  const Status status = body();
  if (status.ok()) {
    RETURN_IF_ERROR(transaction.Commit(CommitMode::kDurable));
    return status;
  }
  RETURN_IF_ERROR(transaction.Rollback());
  return status;
}

// A change of an open table's definition: `body(TableDdl&) -> Status`.
template <typename Body>
JET_ERR ChangeTable(JET_SESID sesid, JET_TABLEID tableid, Body&& body) {
  return InTable(sesid, tableid, [&](ApiTable& table) -> Status {
    RETURN_IF_ERROR(CheckChangeable(table));
    ApiSession& session = *table.session.load(std::memory_order_relaxed);
    return AsOneChange(session, [&]() -> Status {
      TableDdl ddl(*session.session, *table.database);
      return body(ddl, table);
    });
  });
}

}  // namespace contrail::api
