// Tables, of the family "info".

#include <cstring>

#include "engine/api/buffers.h"
#include "engine/api/list_table.h"
#include "engine/api/schema_input.h"
#include "engine/api/session_lifetime.h"
#include "engine/table_registry.h"
#include "storage/space.h"

namespace contrail::api {
namespace {

constexpr JET_GRBIT kAbilities =
    JET_bitTableInfoUpdatable | JET_bitTableInfoBookmark | JET_bitTableInfoRollback;

// The engine keeps neither times nor counts of tables.
JET_OBJECTINFO ObjectInfo(uint32_t flags) {
  JET_OBJECTINFO info = {};
  info.cbStruct = sizeof(info);
  info.objtyp = JET_objtypTable;
  info.grbit = kAbilities;
  info.flags = flags;
  return info;
}

template <typename Char>
Status ReportText(std::string_view text, void* to, uint32_t size) {
  ASSIGN_OR_RETURN(const std::basic_string<Char> encoded, Encode<Char>(text));
  if ((encoded.size() + 1) * sizeof(Char) > size) return Error::kBufferTooSmall;
  CopyText(std::basic_string_view<Char>(encoded), static_cast<Char*>(to), size);
  return Status::Ok();
}

// Pages owned include those of the table's indexes and long values, which take theirs from it;
// pages available are counted tree by tree.
Result<SpaceUsage> MeasureTable(const TableDefinition& table) {
  Database& database = table.database();
  ASSIGN_OR_RETURN(SpaceUsage usage, MeasureSpace(database, table.schema().root_page));
  const auto add = [&](PageNumber root) -> Status {
    ASSIGN_OR_RETURN(const SpaceUsage part, MeasureSpace(database, root));
    usage.available_pages += part.available_pages;
    return Status::Ok();
  };
  for (const IndexSchema& index : table.schema().indexes) {
    if (!index.is_primary()) RETURN_IF_ERROR(add(index.root_page));
  }
  const PageNumber long_values = table.schema().long_value_root_page;
  if (long_values != 0) RETURN_IF_ERROR(add(long_values));
  return usage;
}

Result<SpaceUsage> MeasureLongValues(const TableDefinition& table) {
  const PageNumber root = table.schema().long_value_root_page;
  if (root == 0) return SpaceUsage();
  return MeasureSpace(table.database(), root);
}

Status ReportSpace(const Result<SpaceUsage>& usage, bool owned, void* to, uint32_t size) {
  RETURN_IF_ERROR(usage.status());
  return CopyExactly(static_cast<uint32_t>(owned ? usage->owned_pages : usage->available_pages), to,
                     size);
}

struct TwoNumbers {
  uint32_t first;
  uint32_t second;
};

Status ReportPlain(const ApiTable& table, const TableDefinition& definition, void* to,
                   uint32_t size, uint32_t level) {
  const TableSchema& schema = definition.schema();
  switch (level) {
    case JET_TblInfo: {
      if (size < sizeof(JET_OBJECTINFO)) return Error::kInvalidParameter;
      return CopyExactly(ObjectInfo(schema.flags), to, sizeof(JET_OBJECTINFO));
    }
    case JET_TblInfoDbid:
      return CopyExactly(JET_DBID{table.database->id()}, to, size);
    case JET_TblInfoSpaceUsage: {
      ASSIGN_OR_RETURN(const SpaceUsage usage, MeasureTable(definition));
      const TwoNumbers numbers{static_cast<uint32_t>(usage.owned_pages),
                               static_cast<uint32_t>(usage.available_pages)};
      return CopyExactly(numbers, to, size);
    }
    case JET_TblInfoSpaceAlloc:
      return CopyExactly(TwoNumbers{schema.initial_pages, schema.density}, to, size);
    case JET_TblInfoSpaceOwned:
    case JET_TblInfoSpaceAvailable:
      return ReportSpace(MeasureTable(definition), level == JET_TblInfoSpaceOwned, to, size);
    case JET_TblInfoSpaceOwnedLV:
    case JET_TblInfoSpaceAvailableLV:
      return ReportSpace(MeasureLongValues(definition), level == JET_TblInfoSpaceOwnedLV, to, size);
    case JET_TblInfoMostMany:
    case JET_TblInfoRvt:
    case JET_TblInfoOLC:
    case JET_TblInfoResetOLC:
    case JET_TblInfoDumpTable:
      return Error::kFeatureNotAvailable;
    default:
      return Error::kInvalidParameter;
  }
}

template <typename Char>
JET_ERR GetTableInfo(JET_SESID sesid, JET_TABLEID tableid, void* to, uint32_t size,
                     uint32_t level) {
  return InTable(sesid, tableid, [&](const ApiTable& table) -> Status {
    if (table.cursor == nullptr) return Error::kFeatureNotAvailable;
    if (to == nullptr) return Error::kInvalidParameter;
    const TableDefinition& definition = table.cursor->CurrentDefinition();
    const TableSchema& schema = definition.schema();
    if (level == JET_TblInfoName) return ReportText<Char>(schema.name, to, size);
    if (level == JET_TblInfoTemplateTableName) {
      return ReportText<Char>(schema.template_name, to, size);
    }
    return ReportPlain(table, definition, to, size, level);
  });
}

constexpr JET_COLUMNID JET_OBJECTLIST::*const kListMembers[] = {
    &JET_OBJECTLIST::columnidcontainername, &JET_OBJECTLIST::columnidobjectname,
    &JET_OBJECTLIST::columnidobjtyp,        &JET_OBJECTLIST::columniddtCreate,
    &JET_OBJECTLIST::columniddtUpdate,      &JET_OBJECTLIST::columnidgrbit,
    &JET_OBJECTLIST::columnidflags,         &JET_OBJECTLIST::columnidcRecord,
    &JET_OBJECTLIST::columnidcPage,
};

std::vector<ColumnType> ListTypes() {
  using enum ColumnType;
  return {kText, kText, kLong, kDateTime, kDateTime, kLong, kLong, kLong, kLong};
}

template <typename Char>
Result<ListCursor::Value> EncodedText(std::string_view text) {
  ASSIGN_OR_RETURN(const std::basic_string<Char> encoded, Encode<Char>(text));
  return ListCursor::Binary(
      Bytes(reinterpret_cast<const std::byte*>(encoded.data()), encoded.size() * sizeof(Char)));
}

template <typename Char>
Status ReportObjects(const SessionScope& scope, AttachedDatabase& database, void* to,
                     uint32_t size) {
  if (size < sizeof(JET_OBJECTLIST)) return Error::kInvalidParameter;
  ASSIGN_OR_RETURN(const std::vector<CatalogRow> tables,
                   database.catalog().Tables(scope.session().transaction()));
  auto list = std::make_unique<ListCursor>(ListTypes());
  ASSIGN_OR_RETURN(const ListCursor::Value container, EncodedText<Char>("Tables"));
  for (const CatalogRow& table : tables) {
    ASSIGN_OR_RETURN(const ListCursor::Value name, EncodedText<Char>(table.name));
    list->AddRow({container, name, ListCursor::Number(JET_OBJTYP{JET_objtypTable}),
                  ListCursor::Number(0.0), ListCursor::Number(0.0), ListCursor::Number(kAbilities),
                  ListCursor::Number(table.flags), ListCursor::Number(uint32_t{0}),
                  ListCursor::Number(uint32_t{0})});
  }
  JET_OBJECTLIST result = {};
  result.cbStruct = sizeof(result);
  result.cRecord = static_cast<uint32_t>(list->row_count());
  JET_COLUMNID next = 1;
  for (const auto member : kListMembers) result.*member = next++;
  ASSIGN_OR_RETURN(result.tableid, AddList(scope.api(), std::move(list)));
  std::memcpy(to, &result, sizeof(result));
  return Status::Ok();
}

template <typename Char>
JET_ERR GetObjectInfo(JET_SESID sesid, JET_DBID dbid, JET_OBJTYP type, const Char* name, void* to,
                      uint32_t size, uint32_t level) {
  return InSession(sesid, [&](const SessionScope& scope) -> Status {
    ASSIGN_OR_RETURN(AttachedDatabase* const database, FindOpenDatabase(scope, dbid));
    if (to == nullptr || (type != JET_objtypNil && type != JET_objtypTable)) {
      return Error::kInvalidParameter;
    }
    if (level == JET_ObjInfoList || level == JET_ObjInfoListNoStats) {
      return ReportObjects<Char>(scope, *database, to, size);
    }
    if (level == JET_ObjInfoSysTabCursor || level == JET_ObjInfoSysTabReadOnly) {
      return Error::kFeatureNotAvailable;
    }
    const bool one = level == JET_ObjInfo || level == JET_ObjInfoNoStats;
    if (!one || name == nullptr || size < sizeof(JET_OBJECTINFO)) return Error::kInvalidParameter;
    ASSIGN_OR_RETURN(const std::string text, NameFrom(name));
    ASSIGN_OR_RETURN(const CatalogRow table,
                     database->catalog().FindTable(scope.session().transaction(), text));
    return CopyExactly(ObjectInfo(table.flags), to, sizeof(JET_OBJECTINFO));
  });
}

}  // namespace
}  // namespace contrail::api

JET_API JetGetTableInfoA(JET_SESID sesid, JET_TABLEID tableid, void* pvResult, uint32_t cbMax,
                         uint32_t InfoLevel) {
  return contrail::api::GetTableInfo<char>(sesid, tableid, pvResult, cbMax, InfoLevel);
}

JET_API JetGetTableInfoW(JET_SESID sesid, JET_TABLEID tableid, void* pvResult, uint32_t cbMax,
                         uint32_t InfoLevel) {
  return contrail::api::GetTableInfo<char16_t>(sesid, tableid, pvResult, cbMax, InfoLevel);
}

// Objects are in no container but "Tables".
JET_API JetGetObjectInfoA(JET_SESID sesid, JET_DBID dbid, JET_OBJTYP objtyp, JET_PCSTR,
                          JET_PCSTR szObjectName, void* pvResult, uint32_t cbMax,
                          uint32_t InfoLevel) {
  return contrail::api::GetObjectInfo(sesid, dbid, objtyp, szObjectName, pvResult, cbMax,
                                      InfoLevel);
}

JET_API JetGetObjectInfoW(JET_SESID sesid, JET_DBID dbid, JET_OBJTYP objtyp, JET_PCWSTR,
                          JET_PCWSTR szObjectName, void* pvResult, uint32_t cbMax,
                          uint32_t InfoLevel) {
  return contrail::api::GetObjectInfo(sesid, dbid, objtyp, szObjectName, pvResult, cbMax,
                                      InfoLevel);
}
