// Family "column".

#include "engine/api/schema_input.h"
#include "engine/api/table_calls.h"
#include "engine/table_registry.h"

namespace contrail::api {
namespace {

JET_ERR AddColumn(JET_SESID sesid, JET_TABLEID tableid, const char* name, const JET_COLUMNDEF* def,
                  const void* default_value, uint32_t default_size, JET_COLUMNID* columnid) {
  if (def == nullptr || def->cbStruct != sizeof(*def)) return JET_errInvalidParameter;
  Status warning;
  const JET_ERR error =
      ChangeTable(sesid, tableid, [&](TableDdl& ddl, const ApiTable& table) -> Status {
        ASSIGN_OR_RETURN(std::string given, NameFrom(name));
        ASSIGN_OR_RETURN(const NewColumn column,
                         ColumnFrom(std::move(given), def->coltyp, def->cbMax, def->cp, def->grbit,
                                    default_value, default_size));
        ASSIGN_OR_RETURN(const ColumnId id, ddl.AddColumn(table.table, column));
        if (columnid != nullptr) *columnid = id;
        warning = SizeWarning(column);
        return Status::Ok();
      });
  return error < 0 ? error : ToJet(warning);
}

// The table need not be open.
Status SetDefault(const SessionScope& scope, JET_DBID dbid, const char* table_name,
                  const char* column, Bytes value) {
  ASSIGN_OR_RETURN(AttachedDatabase* const database, FindWritableDatabase(scope, dbid));
  ASSIGN_OR_RETURN(const std::string name, NameFrom(table_name));
  ASSIGN_OR_RETURN(const std::string column_name, NameFrom(column));
  Session& session = scope.session();
  ASSIGN_OR_RETURN(const std::shared_ptr<Table> table,
                   database->tables().Open(session.context(), name, false));
  const ObjectId id = table->definition()->schema().object_id;
  const Status status = AsOneChange(
      scope.api(), [&] { return TableDdl(session, *database).SetDefault(id, column_name, value); });
  database->tables().Close(id, &session.transaction());
  return status;
}

}  // namespace
}  // namespace contrail::api

using contrail::Error;
using contrail::Status;
using contrail::TableDdl;
using contrail::api::ApiTable;
using contrail::api::ChangeTable;
using contrail::api::InSession;
using contrail::api::NarrowText;
using contrail::api::SessionScope;

JET_API JetAddColumnA(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR szColumnName,
                      const JET_COLUMNDEF* pcolumndef, const void* pvDefault, uint32_t cbDefault,
                      JET_COLUMNID* pcolumnid) {
  return contrail::api::AddColumn(sesid, tableid, szColumnName, pcolumndef, pvDefault, cbDefault,
                                  pcolumnid);
}

JET_API JetAddColumnW(JET_SESID sesid, JET_TABLEID tableid, JET_PCWSTR szColumnName,
                      const JET_COLUMNDEF* pcolumndef, const void* pvDefault, uint32_t cbDefault,
                      JET_COLUMNID* pcolumnid) {
  const NarrowText name(szColumnName);
  if (!name.ok()) return JET_errUnicodeTranslationFail;
  return JetAddColumnA(sesid, tableid, name.c_str(), pcolumndef, pvDefault, cbDefault, pcolumnid);
}

JET_API JetDeleteColumnA(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR szColumnName) {
  return JetDeleteColumn2A(sesid, tableid, szColumnName, 0);
}

JET_API JetDeleteColumnW(JET_SESID sesid, JET_TABLEID tableid, JET_PCWSTR szColumnName) {
  return JetDeleteColumn2W(sesid, tableid, szColumnName, 0);
}

JET_API JetDeleteColumn2A(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR szColumnName,
                          JET_GRBIT grbit) {
  if ((grbit & ~JET_bitDeleteColumnIgnoreTemplateColumns) != 0) return JET_errInvalidGrbit;
  const bool ignore_inherited = grbit != 0;
  return ChangeTable(sesid, tableid, [&](TableDdl& ddl, const ApiTable& table) -> Status {
    if (szColumnName == nullptr) return Error::kInvalidName;
    return ddl.DeleteColumn(table.table, szColumnName, ignore_inherited);
  });
}

JET_API JetDeleteColumn2W(JET_SESID sesid, JET_TABLEID tableid, JET_PCWSTR szColumnName,
                          JET_GRBIT grbit) {
  const NarrowText name(szColumnName);
  if (!name.ok()) return JET_errUnicodeTranslationFail;
  return JetDeleteColumn2A(sesid, tableid, name.c_str(), grbit);
}

JET_API JetRenameColumnA(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR szName,
                         JET_PCSTR szNameNew, JET_GRBIT grbit) {
  if (grbit != 0) return JET_errInvalidGrbit;
  if (szName == nullptr || szNameNew == nullptr) return JET_errInvalidParameter;
  const JET_ERR error = InSession(sesid, [](const SessionScope& scope) -> Status {
    return scope.session().transaction().active() ? Error::kInTransaction : Error::kSuccess;
  });
  if (error < 0) return error;
  return ChangeTable(sesid, tableid, [&](TableDdl& ddl, const ApiTable& table) {
    return ddl.RenameColumn(table.table, szName, szNameNew);
  });
}

JET_API JetRenameColumnW(JET_SESID sesid, JET_TABLEID tableid, JET_PCWSTR szName,
                         JET_PCWSTR szNameNew, JET_GRBIT grbit) {
  const NarrowText name(szName), new_name(szNameNew);
  if (!NarrowText::AllOk({&name, &new_name})) return JET_errUnicodeTranslationFail;
  return JetRenameColumnA(sesid, tableid, name.c_str(), new_name.c_str(), grbit);
}

JET_API JetSetColumnDefaultValueA(JET_SESID sesid, JET_DBID dbid, JET_PCSTR szTableName,
                                  JET_PCSTR szColumnName, const void* pvData, uint32_t cbData,
                                  JET_GRBIT grbit) {
  if (grbit != 0) return JET_errInvalidGrbit;
  if (pvData == nullptr || cbData == 0) return JET_errNullInvalid;
  return InSession(sesid, [&](const SessionScope& scope) {
    const contrail::Bytes value(static_cast<const std::byte*>(pvData), cbData);
    return contrail::api::SetDefault(scope, dbid, szTableName, szColumnName, value);
  });
}

JET_API JetSetColumnDefaultValueW(JET_SESID sesid, JET_DBID dbid, JET_PCWSTR szTableName,
                                  JET_PCWSTR szColumnName, const void* pvData, uint32_t cbData,
                                  JET_GRBIT grbit) {
  const NarrowText table(szTableName), column(szColumnName);
  if (!NarrowText::AllOk({&table, &column})) return JET_errUnicodeTranslationFail;
  return JetSetColumnDefaultValueA(sesid, dbid, table.c_str(), column.c_str(), pvData, cbData,
                                   grbit);
}
