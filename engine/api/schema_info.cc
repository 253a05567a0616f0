// Columns and indexes, of the family "info": by an open table, or by a table's name.

#include "engine/api/column_info.h"
#include "engine/api/index_info.h"
#include "engine/api/text.h"
#include "engine/table_registry.h"

namespace contrail::api {
namespace {

// `body(ApiSession&, const TableDefinition&) -> Status`
template <typename Body>
JET_ERR OfTable(JET_SESID sesid, JET_TABLEID tableid, Body&& body) {
  return InTable(sesid, tableid, [&](ApiTable& table) -> Status {
    if (table.cursor == nullptr) return Error::kFeatureNotAvailable;
    return body(*table.session.load(std::memory_order_relaxed), table.cursor->CurrentDefinition());
  });
}

template <typename Body>
JET_ERR OfNamedTable(JET_SESID sesid, JET_DBID dbid, const char* name, Body&& body) {
  return InSession(sesid, [&](const SessionScope& scope) -> Status {
    ASSIGN_OR_RETURN(AttachedDatabase* const database, FindOpenDatabase(scope, dbid));
    if (name == nullptr) return Error::kInvalidParameter;
    ASSIGN_OR_RETURN(const std::shared_ptr<Table> table,
                     database->tables().Open(scope.session().context(), name, false));
    const auto definition = table->DefinitionsFor(scope.session().transaction()).seen;
    const Status status = body(scope.api(), *definition);
    database->tables().Close(definition->schema().object_id, &scope.session().transaction());
    return status;
  });
}

}  // namespace
}  // namespace contrail::api

using contrail::TableDefinition;
using contrail::api::ApiSession;
using contrail::api::NarrowText;
using contrail::api::OfNamedTable;
using contrail::api::OfTable;
using contrail::api::ReportColumn;
using contrail::api::ReportIndex;

JET_API JetGetTableColumnInfoA(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR szColumnName,
                               void* pvResult, uint32_t cbMax, uint32_t InfoLevel) {
  return OfTable(sesid, tableid, [&](ApiSession& session, const TableDefinition& table) {
    return ReportColumn(session, table, szColumnName, pvResult, cbMax, InfoLevel);
  });
}

JET_API JetGetTableColumnInfoW(JET_SESID sesid, JET_TABLEID tableid, JET_PCWSTR szColumnName,
                               void* pvResult, uint32_t cbMax, uint32_t InfoLevel) {
  return OfTable(sesid, tableid, [&](ApiSession& session, const TableDefinition& table) {
    return ReportColumn(session, table, szColumnName, pvResult, cbMax, InfoLevel);
  });
}

JET_API JetGetColumnInfoA(JET_SESID sesid, JET_DBID dbid, JET_PCSTR szTableName,
                          JET_PCSTR pColumnNameOrId, void* pvResult, uint32_t cbMax,
                          uint32_t InfoLevel) {
  return OfNamedTable(
      sesid, dbid, szTableName, [&](ApiSession& session, const TableDefinition& table) {
        return ReportColumn(session, table, pColumnNameOrId, pvResult, cbMax, InfoLevel);
      });
}

JET_API JetGetColumnInfoW(JET_SESID sesid, JET_DBID dbid, JET_PCWSTR szTableName,
                          JET_PCWSTR pwColumnNameOrId, void* pvResult, uint32_t cbMax,
                          uint32_t InfoLevel) {
  const NarrowText name(szTableName);
  if (!name.ok()) return JET_errUnicodeTranslationFail;
  return OfNamedTable(
      sesid, dbid, name.c_str(), [&](ApiSession& session, const TableDefinition& table) {
        return ReportColumn(session, table, pwColumnNameOrId, pvResult, cbMax, InfoLevel);
      });
}

JET_API JetGetTableIndexInfoA(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR szIndexName,
                              void* pvResult, uint32_t cbResult, uint32_t InfoLevel) {
  return OfTable(sesid, tableid, [&](ApiSession& session, const TableDefinition& table) {
    return ReportIndex(session, table, szIndexName, pvResult, cbResult, InfoLevel);
  });
}

JET_API JetGetTableIndexInfoW(JET_SESID sesid, JET_TABLEID tableid, JET_PCWSTR szIndexName,
                              void* pvResult, uint32_t cbResult, uint32_t InfoLevel) {
  return OfTable(sesid, tableid, [&](ApiSession& session, const TableDefinition& table) {
    return ReportIndex(session, table, szIndexName, pvResult, cbResult, InfoLevel);
  });
}

JET_API JetGetIndexInfoA(JET_SESID sesid, JET_DBID dbid, JET_PCSTR szTableName,
                         JET_PCSTR szIndexName, void* pvResult, uint32_t cbResult,
                         uint32_t InfoLevel) {
  return OfNamedTable(
      sesid, dbid, szTableName, [&](ApiSession& session, const TableDefinition& table) {
        return ReportIndex(session, table, szIndexName, pvResult, cbResult, InfoLevel);
      });
}

JET_API JetGetIndexInfoW(JET_SESID sesid, JET_DBID dbid, JET_PCWSTR szTableName,
                         JET_PCWSTR szIndexName, void* pvResult, uint32_t cbResult,
                         uint32_t InfoLevel) {
  const NarrowText name(szTableName);
  if (!name.ok()) return JET_errUnicodeTranslationFail;
  return OfNamedTable(
      sesid, dbid, name.c_str(), [&](ApiSession& session, const TableDefinition& table) {
        return ReportIndex(session, table, szIndexName, pvResult, cbResult, InfoLevel);
      });
}
