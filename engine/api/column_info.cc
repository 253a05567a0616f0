#include "engine/api/column_info.h"

#include <algorithm>
#include <cstring>

#include "engine/api/list_table.h"
#include "engine/api/schema_input.h"
#include "engine/api/session_lifetime.h"

namespace contrail::api {
namespace {

// The API still has fields for what was once a country and a language of a column.
constexpr uint16_t kCountry = 1;
constexpr uint16_t kLanguage = 1033;
constexpr uint32_t kListFlags = JET_ColInfoGrbitNonDerivedColumnsOnly |
                                JET_ColInfoGrbitMinimalInfo | JET_ColInfoGrbitSortByColumnid;

JET_COLUMNDEF ToColumnDef(const ColumnSchema& column) {
  JET_COLUMNDEF def = {};
  def.cbStruct = sizeof(def);
  def.columnid = column.api_id();
  def.coltyp = static_cast<JET_COLTYP>(column.type);
  def.wCountry = kCountry;
  def.langid = kLanguage;
  def.cp = column.code_page;
  def.cbMax = column.max_size;
  def.grbit = ColumnGrbit(column);
  return def;
}

template <typename Char>
Result<ListCursor::Value> EncodedText(std::string_view text) {
  ASSIGN_OR_RETURN(const std::basic_string<Char> encoded, Encode<Char>(text));
  return ListCursor::Binary(
      Bytes(reinterpret_cast<const std::byte*>(encoded.data()), encoded.size() * sizeof(Char)));
}

// The table that a column was made in: a template's columns are those of the tables derived from
// it.
const std::string& BaseTable(const ColumnSchema& column, const TableSchema& table) {
  return column.from_template && table.is_derived() ? table.template_name : table.name;
}

// The columns of the list, in the order of JET_COLUMNLIST's members.
constexpr JET_COLUMNID JET_COLUMNLIST::*const kListMembers[] = {
    &JET_COLUMNLIST::columnidPresentationOrder,
    &JET_COLUMNLIST::columnidcolumnname,
    &JET_COLUMNLIST::columnidcolumnid,
    &JET_COLUMNLIST::columnidcoltyp,
    &JET_COLUMNLIST::columnidCountry,
    &JET_COLUMNLIST::columnidLangid,
    &JET_COLUMNLIST::columnidCp,
    &JET_COLUMNLIST::columnidCollate,
    &JET_COLUMNLIST::columnidcbMax,
    &JET_COLUMNLIST::columnidgrbit,
    &JET_COLUMNLIST::columnidDefault,
    &JET_COLUMNLIST::columnidBaseTableName,
    &JET_COLUMNLIST::columnidBaseColumnName,
    &JET_COLUMNLIST::columnidDefinitionName,
};

std::vector<ColumnType> ListTypes() {
  using enum ColumnType;
  return {kLong,  kText, kLong, kLong,       kShort, kShort, kShort,
          kShort, kLong, kLong, kLongBinary, kText,  kText,  kText};
}

template <typename Char>
Status AddColumnRow(const ColumnSchema& column, const TableSchema& table, ListCursor* list) {
  ASSIGN_OR_RETURN(const ListCursor::Value name, EncodedText<Char>(column.name));
  ASSIGN_OR_RETURN(const ListCursor::Value table_name, EncodedText<Char>(BaseTable(column, table)));
  const auto order = static_cast<int32_t>(list->row_count() + 1);
  ListCursor::Value default_value;
  if (column.has_default_value()) default_value = ListCursor::Binary(column.default_value);
  list->AddRow({ListCursor::Number(order), name, ListCursor::Number(column.api_id()),
                ListCursor::Number(static_cast<uint32_t>(column.type)),
                ListCursor::Number(kCountry), ListCursor::Number(kLanguage),
                ListCursor::Number(column.code_page), ListCursor::Number(uint16_t{0}),
                ListCursor::Number(column.max_size), ListCursor::Number(ColumnGrbit(column)),
                default_value, table_name, name, name});
  return Status::Ok();
}

template <typename Char>
Status ReportList(ApiSession& session, const TableDefinition& table, bool by_id, void* to,
                  uint32_t size) {
  if (size < sizeof(JET_COLUMNLIST)) return Error::kInvalidParameter;
  std::vector<const ColumnSchema*> columns;
  for (const ColumnSchema& column : table.schema().columns()) {
    if (!column.deleted()) columns.push_back(&column);
  }
  if (!by_id) {
    std::sort(columns.begin(), columns.end(), [](const ColumnSchema* a, const ColumnSchema* b) {
      return NameLess()(a->name, b->name);
    });
  }
  auto list = std::make_unique<ListCursor>(ListTypes());
  for (const ColumnSchema* column : columns) {
    RETURN_IF_ERROR(AddColumnRow<Char>(*column, table.schema(), list.get()));
  }
  JET_COLUMNLIST result = {};
  result.cbStruct = sizeof(result);
  result.cRecord = static_cast<uint32_t>(list->row_count());
  JET_COLUMNID next = 1;
  for (const auto member : kListMembers) result.*member = next++;
  ASSIGN_OR_RETURN(result.tableid, AddList(session, std::move(list)));
  std::memcpy(to, &result, sizeof(result));
  return Status::Ok();
}

template <typename Char>
Result<const ColumnSchema*> FindColumn(const TableSchema& table, const Char* name, bool by_id) {
  if (name == nullptr) return Error::kInvalidParameter;
  if (by_id) {
    JET_COLUMNID id = 0;
    std::memcpy(&id, name, sizeof(id));
    const ColumnSchema* column = table.FindColumn(ColumnId{id});
    if (column == nullptr || column->deleted()) return Error::kColumnNotFound;
    return column;
  }
  ASSIGN_OR_RETURN(const std::string text, NameFrom(name));
  const ColumnSchema* column = table.FindColumn(std::string_view(text));
  if (column == nullptr) return Error::kColumnNotFound;
  return column;
}

template <typename Char>
Status ReportBase(const ColumnSchema& column, const TableSchema& table, void* to, uint32_t size) {
  using Base = std::conditional_t<sizeof(Char) == 1, JET_COLUMNBASE_A, JET_COLUMNBASE_W>;
  if (size < sizeof(Base)) return Error::kInvalidParameter;
  const JET_COLUMNDEF def = ToColumnDef(column);
  Base base = {};
  base.cbStruct = sizeof(base);
  base.columnid = def.columnid;
  base.coltyp = def.coltyp;
  base.wCountry = def.wCountry;
  base.langid = def.langid;
  base.cp = def.cp;
  base.cbMax = def.cbMax;
  base.grbit = def.grbit;
  ASSIGN_OR_RETURN(const auto table_name, Encode<Char>(BaseTable(column, table)));
  ASSIGN_OR_RETURN(const auto column_name, Encode<Char>(column.name));
  // Names have at most 64 characters.
  CopyText(std::basic_string_view<Char>(table_name), base.szBaseTableName,
           sizeof(base.szBaseTableName));
  CopyText(std::basic_string_view<Char>(column_name), base.szBaseColumnName,
           sizeof(base.szBaseColumnName));
  std::memcpy(to, &base, sizeof(base));
  return Status::Ok();
}

}  // namespace

JET_GRBIT ColumnGrbit(const ColumnSchema& column) {
  struct Pair {
    uint32_t flag;
    JET_GRBIT grbit;
  };
  constexpr Pair kPairs[] = {{column_flag::kNotNull, JET_bitColumnNotNULL},
                             {column_flag::kVersion, JET_bitColumnVersion},
                             {column_flag::kAutoIncrement, JET_bitColumnAutoincrement},
                             {column_flag::kMultiValued, JET_bitColumnMultiValued},
                             {column_flag::kEscrowUpdate, JET_bitColumnEscrowUpdate},
                             {column_flag::kFinalize, JET_bitColumnFinalize},
                             {column_flag::kUserDefinedDefault, JET_bitColumnUserDefinedDefault},
                             {column_flag::kDeleteOnZero, JET_bitColumnDeleteOnZero},
                             {column_flag::kCompressed, JET_bitColumnCompressed}};
  JET_GRBIT grbit = 0;
  for (const Pair& pair : kPairs) {
    if (column.Has(pair.flag)) grbit |= pair.grbit;
  }
  if (column.is_fixed()) grbit |= JET_bitColumnFixed;
  if (column.is_tagged()) grbit |= JET_bitColumnTagged;
  if (!column.Has(column_flag::kNotNull)) grbit |= JET_bitColumnMaybeNull;
  if (!column.Has(column_flag::kVersion | column_flag::kAutoIncrement)) {
    grbit |= JET_bitColumnUpdatable;
  }
  return grbit;
}

template <typename Char>
Status ReportColumn(ApiSession& session, const TableDefinition& table, const Char* name, void* to,
                    uint32_t size, uint32_t level) {
  if (to == nullptr) return Error::kInvalidParameter;
  const bool sorted_by_id = (level & JET_ColInfoGrbitSortByColumnid) != 0;
  const uint32_t plain = level & ~kListFlags;
  switch (plain) {
    case JET_ColInfoList:
    case JET_ColInfoListCompact:
    case JET_ColInfoListSortColumnid:
      return ReportList<Char>(session, table, sorted_by_id || plain == JET_ColInfoListSortColumnid,
                              to, size);
    case JET_ColInfo:
    case JET_ColInfoBase:
    case JET_ColInfoByColid:
    case JET_ColInfoBaseByColid:
      break;
    case JET_ColInfoSysTabCursor:
      return Error::kFeatureNotAvailable;
    default:
      return Error::kInvalidParameter;
  }
  const bool by_id = plain == JET_ColInfoByColid || plain == JET_ColInfoBaseByColid;
  ASSIGN_OR_RETURN(const ColumnSchema* const column, FindColumn(table.schema(), name, by_id));
  if (plain == JET_ColInfoBase || plain == JET_ColInfoBaseByColid) {
    return ReportBase<Char>(*column, table.schema(), to, size);
  }
  if (size < sizeof(JET_COLUMNDEF)) return Error::kInvalidParameter;
  const JET_COLUMNDEF def = ToColumnDef(*column);
  std::memcpy(to, &def, sizeof(def));
  return Status::Ok();
}

template Status ReportColumn(ApiSession&, const TableDefinition&, const char*, void*, uint32_t,
                             uint32_t);
template Status ReportColumn(ApiSession&, const TableDefinition&, const char16_t*, void*, uint32_t,
                             uint32_t);

}  // namespace contrail::api
