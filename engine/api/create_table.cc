// Creating tables with their columns and indexes, of the family "table-ddl".

#include "engine/api/schema_input.h"
#include "engine/api/session_lifetime.h"
#include "engine/api/table_calls.h"
#include "engine/table_registry.h"

namespace contrail::api {
namespace {

constexpr JET_GRBIT kTableFlags = JET_bitTableCreateFixedDDL | JET_bitTableCreateTemplateTable |
                                  JET_bitTableCreateNoFixedVarColumnsInDerivedTables |
                                  JET_bitTableCreateImmutableStructure;

template <typename TableCreate>
Status CheckTable(const TableCreate& input) {
  if (input.cbStruct != sizeof(input)) return Error::kInvalidParameter;
  if ((input.grbit & ~kTableFlags) != 0) return Error::kInvalidGrbit;
  if (input.cColumns != 0 && input.rgcolumncreate == nullptr) return Error::kInvalidParameter;
  if (input.cIndexes != 0 && input.rgindexcreate == nullptr) return Error::kInvalidCreateIndex;
  const bool is_template = (input.grbit & JET_bitTableCreateTemplateTable) != 0;
  if (is_template && input.szTemplateTableName != nullptr) return Error::kCannotNestDDL;
  // Announced by JET once, and never made.
  if ((input.grbit & JET_bitTableCreateNoFixedVarColumnsInDerivedTables) != 0) {
    return Error::kInvalidGrbit;
  }
  if constexpr (requires { input.szCallback; }) {
    if (input.szCallback != nullptr) return Error::kFeatureNotAvailable;
  }
  return Status::Ok();
}

// Adds the columns and indexes. The results in the caller's elements are those of the first that
// fails and of all before it.
template <typename TableCreate>
Status AddParts(TableDdl& ddl, ObjectId table, const ParameterSet& parameters, bool write_back,
                TableCreate* input) {
  for (uint32_t i = 0; i < input->cColumns; ++i) {
    auto& element = input->rgcolumncreate[i];
    const Result<NewColumn> column = ReadColumn(element);
    const Result<ColumnId> id =
        column.ok() ? ddl.AddColumn(table, *column) : Result<ColumnId>(column.status());
    if (write_back) {
      element.err = ToJet(id.ok() ? SizeWarning(*column) : id.status());
      element.columnid = id.ok() ? *id : 0;
    }
    RETURN_IF_ERROR(id.status());
    if (write_back) ++input->cCreated;
  }
  for (uint32_t i = 0; i < input->cIndexes; ++i) {
    auto& element = input->rgindexcreate[i];
    const Result<NewIndex> index = ReadIndex(element, parameters);
    const Status status = index.ok() ? ddl.CreateIndex(table, *index) : index.status();
    if (write_back) element.err = ToJet(status);
    RETURN_IF_ERROR(status);
    if (write_back) ++input->cCreated;
  }
  return Status::Ok();
}

// What the table gets once it has its columns and indexes.
uint32_t FinalFlags(JET_GRBIT grbit) {
  constexpr JET_GRBIT kFixed = JET_bitTableCreateFixedDDL | JET_bitTableCreateTemplateTable;
  return (grbit & kFixed) != 0 ? table_flag::kFixedDdl : 0;
}

template <typename TableCreate>
Status CreateTable(const SessionScope& scope, JET_DBID dbid, TableCreate* input) {
  RETURN_IF_ERROR(CheckTable(*input));
  const bool write_back = (input->grbit & JET_bitTableCreateImmutableStructure) == 0;
  if (write_back) {
    input->tableid = JET_tableidNil;
    input->cCreated = 0;
  }
  ASSIGN_OR_RETURN(AttachedDatabase* const database, FindWritableDatabase(scope, dbid));
  ASSIGN_OR_RETURN(const std::string name, NameFrom(input->szTableName));
  std::string template_name;
  if (input->szTemplateTableName != nullptr) {
    ASSIGN_OR_RETURN(template_name, NameFrom(input->szTemplateTableName));
    if (template_name.empty()) return Error::kInvalidName;
  }
  const bool is_template = (input->grbit & JET_bitTableCreateTemplateTable) != 0;
  const uint32_t flags = is_template ? table_flag::kTemplate : 0;
  Session& session = scope.session();
  std::shared_ptr<Table> table;
  ObjectId id = 0;
  const Status status = AsOneChange(scope.api(), [&]() -> Status {
    TableDdl ddl(session, *database);
    ASSIGN_OR_RETURN(id,
                     ddl.CreateTable(name, input->ulPages, input->ulDensity, flags, template_name));
    if (write_back) ++input->cCreated;
    ASSIGN_OR_RETURN(table, database->tables().Open(session.context(), name, /*exclusive=*/true));
    RETURN_IF_ERROR(AddParts(ddl, id, scope.api().instance->parameters, write_back, input));
    return ddl.AddTableFlags(id, FinalFlags(input->grbit));
  });
  if (!status.ok() || !write_back) {
    if (table != nullptr) {
      database->tables().Close(id, &session.transaction(), /*exclusive=*/true);
    }
    return status;
  }
  ASSIGN_OR_RETURN(input->tableid, AddCursorOn(scope, *database, std::move(table),
                                               {.updatable = true, .exclusive = true}));
  return Status::Ok();
}

template <typename TableCreate>
JET_ERR Create(JET_SESID sesid, JET_DBID dbid, TableCreate* input) {
  if (input == nullptr) return JET_errInvalidParameter;
  return InSession(sesid,
                   [&](const SessionScope& scope) { return CreateTable(scope, dbid, input); });
}

}  // namespace
}  // namespace contrail::api

JET_API JetCreateTableA(JET_SESID sesid, JET_DBID dbid, JET_PCSTR szTableName, uint32_t lPages,
                        uint32_t lDensity, JET_TABLEID* ptableid) {
  if (ptableid == nullptr) return JET_errInvalidParameter;
  JET_TABLECREATE_A table = {};
  table.cbStruct = sizeof(table);
  table.szTableName = szTableName;
  table.ulPages = lPages;
  table.ulDensity = lDensity;
  const JET_ERR error = contrail::api::Create(sesid, dbid, &table);
  *ptableid = error < 0 ? JET_tableidNil : table.tableid;
  return error;
}

JET_API JetCreateTableW(JET_SESID sesid, JET_DBID dbid, JET_PCWSTR szTableName, uint32_t lPages,
                        uint32_t lDensity, JET_TABLEID* ptableid) {
  const contrail::api::NarrowText name(szTableName);
  if (!name.ok()) return JET_errUnicodeTranslationFail;
  return JetCreateTableA(sesid, dbid, name.c_str(), lPages, lDensity, ptableid);
}

JET_API JetCreateTableColumnIndexA(JET_SESID sesid, JET_DBID dbid,
                                   JET_TABLECREATE_A* ptablecreate) {
  return contrail::api::Create(sesid, dbid, ptablecreate);
}

JET_API JetCreateTableColumnIndexW(JET_SESID sesid, JET_DBID dbid,
                                   JET_TABLECREATE_W* ptablecreate) {
  return contrail::api::Create(sesid, dbid, ptablecreate);
}

JET_API JetCreateTableColumnIndex2A(JET_SESID sesid, JET_DBID dbid,
                                    JET_TABLECREATE2_A* ptablecreate) {
  return contrail::api::Create(sesid, dbid, ptablecreate);
}

JET_API JetCreateTableColumnIndex2W(JET_SESID sesid, JET_DBID dbid,
                                    JET_TABLECREATE2_W* ptablecreate) {
  return contrail::api::Create(sesid, dbid, ptablecreate);
}

JET_API JetCreateTableColumnIndex3A(JET_SESID sesid, JET_DBID dbid,
                                    JET_TABLECREATE3_A* ptablecreate) {
  return contrail::api::Create(sesid, dbid, ptablecreate);
}

JET_API JetCreateTableColumnIndex3W(JET_SESID sesid, JET_DBID dbid,
                                    JET_TABLECREATE3_W* ptablecreate) {
  return contrail::api::Create(sesid, dbid, ptablecreate);
}

JET_API JetCreateTableColumnIndex4A(JET_SESID sesid, JET_DBID dbid,
                                    JET_TABLECREATE4_A* ptablecreate) {
  return contrail::api::Create(sesid, dbid, ptablecreate);
}

JET_API JetCreateTableColumnIndex4W(JET_SESID sesid, JET_DBID dbid,
                                    JET_TABLECREATE4_W* ptablecreate) {
  return contrail::api::Create(sesid, dbid, ptablecreate);
}
