#include "engine/api/table_calls.h"

#include "engine/api/session_lifetime.h"
#include "engine/table_registry.h"

namespace contrail::api {
namespace {

constexpr JET_GRBIT kOpenFlags =
    JET_bitTableDenyWrite | JET_bitTableDenyRead | JET_bitTableReadOnly | JET_bitTableUpdatable |
    JET_bitTablePermitDDL | JET_bitTableNoCache | JET_bitTablePreread | JET_bitTableOpportuneRead |
    JET_bitTableSequential | JET_bitTableClassMask;

bool IsSystem(const Table& table) {
  return (table.definition()->schema().flags & table_flag::kSystem) != 0;
}

}  // namespace

Result<AttachedDatabase*> FindWritableDatabase(const SessionScope& scope, JET_DBID dbid) {
  ASSIGN_OR_RETURN(AttachedDatabase* const database, FindOpenDatabase(scope, dbid));
  if (scope.api().databases[dbid].read_only) return Error::kDatabaseFileReadOnly;
  return database;
}

Status CheckChangeable(const ApiTable& table) {
  if (table.cursor == nullptr) return Error::kFeatureNotAvailable;
  return table.cursor->updatable() ? Status::Ok() : Status(Error::kPermissionDenied);
}

Result<JET_TABLEID> AddCursorOn(const SessionScope& scope, AttachedDatabase& database,
                                std::shared_ptr<Table> table, CursorRights rights) {
  const ObjectId id = table->definition()->schema().object_id;
  auto cursor =
      std::make_unique<TableCursor>(std::move(table), scope.session().context(), rights.updatable);
  const Result<JET_TABLEID> handle =
      AddTable(scope.api(), database, std::move(cursor), rights.exclusive);
  if (!handle.ok()) database.tables().Close(id, &scope.session().transaction(), rights.exclusive);
  return handle;
}

Status OpenTable(const SessionScope& scope, JET_DBID dbid, const char* name, JET_GRBIT grbit,
                 JET_TABLEID* tableid) {
  if ((grbit & ~kOpenFlags) != 0) return Error::kInvalidGrbit;
  constexpr JET_GRBIT kContrary = JET_bitTableReadOnly | JET_bitTableUpdatable;
  if ((grbit & kContrary) == kContrary) return Error::kInvalidGrbit;
  ASSIGN_OR_RETURN(AttachedDatabase* const database, FindOpenDatabase(scope, dbid));
  if (name == nullptr || *name == 0) return Error::kInvalidName;
  const bool read_only = scope.api().databases[dbid].read_only;
  if (read_only && (grbit & JET_bitTableUpdatable) != 0) return Error::kPermissionDenied;
  const bool exclusive = (grbit & JET_bitTableDenyRead) != 0;
  ASSIGN_OR_RETURN(std::shared_ptr<Table> table,
                   database->tables().Open(scope.session().context(), name, exclusive));
  const bool updatable = !read_only && (grbit & JET_bitTableReadOnly) == 0 && !IsSystem(*table);
  ASSIGN_OR_RETURN(*tableid,
                   AddCursorOn(scope, *database, std::move(table), {updatable, exclusive}));
  return Status::Ok();
}

}  // namespace contrail::api
