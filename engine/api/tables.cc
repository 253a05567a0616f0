// Tables as a whole, of the families "table-ddl" and "cursor": opening, closing, renaming,
// deleting. Creating them is in create_table.cc.

#include "engine/api/session_lifetime.h"
#include "engine/api/table_calls.h"
#include "engine/api/text.h"
#include "engine/table_registry.h"

namespace contrail::api {
namespace {

Status Duplicate(ApiTable& table, JET_TABLEID* tableid) {
  if (table.cursor == nullptr) return Error::kFeatureNotAvailable;
  ApiSession& session = *table.session.load(std::memory_order_relaxed);
  table.database->tables().AddCursor(table.table, &session.session->transaction());
  const Result<JET_TABLEID> handle =
      AddTable(session, *table.database, table.cursor->Duplicate(), /*exclusive=*/false);
  if (!handle.ok()) {
    table.database->tables().Close(table.table, &session.session->transaction());
    return handle.status();
  }
  *tableid = *handle;
  return Status::Ok();
}

}  // namespace
}  // namespace contrail::api

using contrail::Error;
using contrail::Status;
using contrail::TableDdl;
using contrail::api::Allowed;
using contrail::api::ApiTable;
using contrail::api::InSession;
using contrail::api::InTable;
using contrail::api::NarrowText;
using contrail::api::SessionScope;

// The parameters were those of sorted queries in engines before this one.
JET_API JetOpenTableA(JET_SESID sesid, JET_DBID dbid, JET_PCSTR szTableName, const void*, uint32_t,
                      JET_GRBIT grbit, JET_TABLEID* ptableid) {
  if (ptableid == nullptr) return JET_errInvalidParameter;
  *ptableid = JET_tableidNil;
  return InSession(sesid, [&](const SessionScope& scope) {
    return contrail::api::OpenTable(scope, dbid, szTableName, grbit, ptableid);
  });
}

JET_API JetOpenTableW(JET_SESID sesid, JET_DBID dbid, JET_PCWSTR szTableName,
                      const void* pvParameters, uint32_t cbParameters, JET_GRBIT grbit,
                      JET_TABLEID* ptableid) {
  const NarrowText name(szTableName);
  if (!name.ok()) return JET_errUnicodeTranslationFail;
  return JetOpenTableA(sesid, dbid, name.c_str(), pvParameters, cbParameters, grbit, ptableid);
}

JET_API JetCloseTable(JET_SESID sesid, JET_TABLEID tableid) {
  return InTable(
      sesid, tableid,
      [](ApiTable& table) {
        contrail::api::CloseTable(table);
        return Status::Ok();
      },
      Allowed::kAlways);
}

JET_API JetDupCursor(JET_SESID sesid, JET_TABLEID tableid, JET_TABLEID* ptableid, JET_GRBIT grbit) {
  if (ptableid == nullptr) return JET_errInvalidParameter;
  *ptableid = JET_tableidNil;
  if (grbit != 0) return JET_errInvalidGrbit;
  return InTable(sesid, tableid,
                 [&](ApiTable& table) { return contrail::api::Duplicate(table, ptableid); });
}

JET_API JetDeleteTableA(JET_SESID sesid, JET_DBID dbid, JET_PCSTR szTableName) {
  return InSession(sesid, [&](const SessionScope& scope) -> Status {
    ASSIGN_OR_RETURN(auto* const database, contrail::api::FindWritableDatabase(scope, dbid));
    if (szTableName == nullptr) return Error::kInvalidName;
    return contrail::api::AsOneChange(
        scope.api(), [&] { return TableDdl(scope.session(), *database).DeleteTable(szTableName); });
  });
}

JET_API JetDeleteTableW(JET_SESID sesid, JET_DBID dbid, JET_PCWSTR szTableName) {
  const NarrowText name(szTableName);
  if (!name.ok()) return JET_errUnicodeTranslationFail;
  return JetDeleteTableA(sesid, dbid, name.c_str());
}

JET_API JetRenameTableA(JET_SESID sesid, JET_DBID dbid, JET_PCSTR szName, JET_PCSTR szNameNew) {
  return InSession(sesid, [&](const SessionScope& scope) -> Status {
    if (szName == nullptr || szNameNew == nullptr) return Error::kInvalidParameter;
    ASSIGN_OR_RETURN(auto* const database, contrail::api::FindWritableDatabase(scope, dbid));
    return contrail::api::AsOneChange(scope.api(), [&] {
      return TableDdl(scope.session(), *database).RenameTable(szName, szNameNew);
    });
  });
}

JET_API JetRenameTableW(JET_SESID sesid, JET_DBID dbid, JET_PCWSTR szName, JET_PCWSTR szNameNew) {
  const NarrowText name(szName), new_name(szNameNew);
  if (!NarrowText::AllOk({&name, &new_name})) return JET_errUnicodeTranslationFail;
  return JetRenameTableA(sesid, dbid, name.c_str(), new_name.c_str());
}
