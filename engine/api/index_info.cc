#include "engine/api/index_info.h"

#include <cstring>

#include "engine/api/buffers.h"
#include "engine/api/column_info.h"
#include "engine/api/index_id.h"
#include "engine/api/list_table.h"
#include "engine/api/schema_input.h"
#include "engine/api/session_lifetime.h"
#include "storage/space.h"

namespace contrail::api {
namespace {

constexpr uint16_t kCountry = 1;
constexpr uint16_t kLanguage = 1033;

JET_GRBIT IndexGrbit(const IndexSchema& index) {
  struct Pair {
    uint32_t flag;
    JET_GRBIT grbit;
  };
  constexpr Pair kPairs[] = {{index_flag::kUnique, JET_bitIndexUnique},
                             {index_flag::kPrimary, JET_bitIndexPrimary},
                             {index_flag::kNoNullSegment, JET_bitIndexDisallowNull},
                             {index_flag::kNullsHigh, JET_bitIndexSortNullsHigh},
                             {index_flag::kCrossProduct, JET_bitIndexCrossProduct},
                             {index_flag::kNestedTable, JET_bitIndexNestedTable},
                             {index_flag::kDisallowTruncation, JET_bitIndexDisallowTruncation},
                             {index_flag::kDotNetGuid, JET_bitIndexDotNetGuid}};
  JET_GRBIT grbit = 0;
  for (const Pair& pair : kPairs) {
    if (index.Has(pair.flag)) grbit |= pair.grbit;
  }
  if (index.tuple_limits.has_value()) grbit |= JET_bitIndexTuples;
  if (index.Has(index_flag::kNoNullSegment)) return grbit;
  if (!index.Has(index_flag::kAllowSomeNulls)) return grbit | JET_bitIndexIgnoreAnyNull;
  if (!index.Has(index_flag::kAllowFirstNull)) return grbit | JET_bitIndexIgnoreFirstNull;
  if (!index.Has(index_flag::kAllowAllNulls)) return grbit | JET_bitIndexIgnoreNull;
  return grbit;
}

constexpr JET_COLUMNID JET_INDEXLIST::*const kListMembers[] = {
    &JET_INDEXLIST::columnidindexname,  &JET_INDEXLIST::columnidgrbitIndex,
    &JET_INDEXLIST::columnidcKey,       &JET_INDEXLIST::columnidcEntry,
    &JET_INDEXLIST::columnidcPage,      &JET_INDEXLIST::columnidcColumn,
    &JET_INDEXLIST::columnidiColumn,    &JET_INDEXLIST::columnidcolumnid,
    &JET_INDEXLIST::columnidcoltyp,     &JET_INDEXLIST::columnidCountry,
    &JET_INDEXLIST::columnidLangid,     &JET_INDEXLIST::columnidCp,
    &JET_INDEXLIST::columnidCollate,    &JET_INDEXLIST::columnidgrbitColumn,
    &JET_INDEXLIST::columnidcolumnname, &JET_INDEXLIST::columnidLCMapFlags,
};

std::vector<ColumnType> ListTypes() {
  using enum ColumnType;
  return {kText, kLong,  kLong,  kLong,  kLong,  kLong, kLong, kLong,
          kLong, kShort, kShort, kShort, kShort, kLong, kText, kLong};
}

template <typename Char>
Result<ListCursor::Value> EncodedText(std::string_view text) {
  ASSIGN_OR_RETURN(const std::basic_string<Char> encoded, Encode<Char>(text));
  return ListCursor::Binary(
      Bytes(reinterpret_cast<const std::byte*>(encoded.data()), encoded.size() * sizeof(Char)));
}

// One row for each column of the key. Numbers of keys, entries and pages are not kept: zero.
template <typename Char>
Status AddIndexRows(const IndexSchema& index, const TableSchema& table, ListCursor* list) {
  ASSIGN_OR_RETURN(const ListCursor::Value name, EncodedText<Char>(index.name));
  const ListCursor::Value zero = ListCursor::Number(uint32_t{0});
  const auto count = static_cast<uint32_t>(index.segments.size());
  for (uint32_t i = 0; i < count; ++i) {
    const ColumnSchema* column = table.FindColumn(index.segments[i].column);
    if (column == nullptr) return Error::kCatalogCorrupted;
    ASSIGN_OR_RETURN(const ListCursor::Value column_name, EncodedText<Char>(column->name));
    const JET_GRBIT direction =
        index.segments[i].descending ? JET_bitKeyDescending : JET_bitKeyAscending;
    list->AddRow(
        {name, ListCursor::Number(IndexGrbit(index)), zero, zero, zero, ListCursor::Number(count),
         ListCursor::Number(i), ListCursor::Number(column->api_id()),
         ListCursor::Number(static_cast<uint32_t>(column->type)), ListCursor::Number(kCountry),
         ListCursor::Number(kLanguage), ListCursor::Number(column->code_page),
         ListCursor::Number(uint16_t{0}), ListCursor::Number(direction), column_name,
         ListCursor::Number(index.lcmap_flags)});
  }
  return Status::Ok();
}

template <typename Char>
Status ReportList(ApiSession& session, const TableDefinition& table, const IndexSchema* only,
                  void* to, uint32_t size) {
  if (size < sizeof(JET_INDEXLIST)) return Error::kInvalidParameter;
  auto list = std::make_unique<ListCursor>(ListTypes());
  for (const IndexSchema& index : table.schema().indexes) {
    if (only != nullptr && only != &index) continue;
    RETURN_IF_ERROR(AddIndexRows<Char>(index, table.schema(), list.get()));
  }
  JET_INDEXLIST result = {};
  result.cbStruct = sizeof(result);
  result.cRecord = static_cast<uint32_t>(list->row_count());
  JET_COLUMNID next = 1;
  for (const auto member : kListMembers) result.*member = next++;
  ASSIGN_OR_RETURN(result.tableid, AddList(session, std::move(list)));
  std::memcpy(to, &result, sizeof(result));
  return Status::Ok();
}

Status ReportLanguage(const IndexSchema& index, void* to, uint32_t size) {
  const uint32_t lcid = index.lcid != 0 ? index.lcid : kLanguage;
  if (size == sizeof(uint16_t)) return CopyExactly(static_cast<uint16_t>(lcid), to, size);
  return CopyExactly(lcid, to, size);
}

// Whatever the form: a locale's name is UTF-16.
Status ReportLocale(const IndexSchema& index, void* to, uint32_t size) {
  const std::u16string_view name = index.locale_name;
  return CopyText(name, static_cast<char16_t*>(to), size) ? Status::Ok()
                                                          : Status(Error::kBufferTooSmall);
}

Status ReportSpace(const TableDefinition& table, const IndexSchema& index, bool owned, void* to,
                   uint32_t size) {
  const PageNumber root = index.is_primary() ? table.schema().root_page : index.root_page;
  ASSIGN_OR_RETURN(const SpaceUsage usage, MeasureSpace(table.database(), root));
  return CopyExactly(static_cast<uint32_t>(owned ? usage.owned_pages : usage.available_pages), to,
                     size);
}

Status ReportOne(const TableDefinition& table, const IndexSchema& index, void* to, uint32_t size,
                 uint32_t level) {
  switch (level) {
    case JET_IdxInfoSpaceAlloc:
      return CopyExactly(index.density, to, size);
    case JET_IdxInfoLCID:
      return ReportLanguage(index, to, size);
    case JET_IdxInfoVarSegMac:
      return CopyExactly(index.var_segment_max, to, size);
    case JET_IdxInfoKeyMost:
      return CopyExactly(index.key_most, to, size);
    case JET_IdxInfoIndexId: {
      if (size < sizeof(JET_INDEXID)) return Error::kInvalidParameter;
      const JET_INDEXID id = ToJetIndexId({.database = table.database().id(),
                                           .table = table.schema().object_id,
                                           .index = index.object_id});
      return CopyExactly(id, to, sizeof(id));
    }
    case JET_IdxInfoLocaleName:
      return ReportLocale(index, to, size);
    case JET_IdxInfoSpaceOwned:
    case JET_IdxInfoSpaceAvailable:
      return ReportSpace(table, index, level == JET_IdxInfoSpaceOwned, to, size);
    case JET_IdxInfoCreateIndex:
    case JET_IdxInfoCreateIndex2:
    case JET_IdxInfoCreateIndex3:
    case JET_IdxInfoSysTabCursor:
      return Error::kFeatureNotAvailable;
    default:
      return Error::kInvalidParameter;
  }
}

}  // namespace

template <typename Char>
Status ReportIndex(ApiSession& session, const TableDefinition& table, const Char* name, void* to,
                   uint32_t size, uint32_t level) {
  if (to == nullptr) return Error::kInvalidParameter;
  const TableSchema& schema = table.schema();
  const IndexSchema* index = nullptr;
  const bool named = name != nullptr && *name != 0;
  if (named) {
    ASSIGN_OR_RETURN(const std::string text, NameFrom(name));
    index = schema.FindIndex(text);
    if (index == nullptr) return Error::kIndexNotFound;
  }
  if (level == JET_IdxInfo) return ReportList<Char>(session, table, index, to, size);
  if (level == JET_IdxInfoList) return ReportList<Char>(session, table, nullptr, to, size);
  if (level == JET_IdxInfoCount) {
    return CopyExactly(static_cast<uint32_t>(schema.indexes.size()), to, size);
  }
  if (!named) index = schema.primary_index();
  if (index == nullptr) return Error::kIndexNotFound;
  return ReportOne(table, *index, to, size, level);
}

template Status ReportIndex(ApiSession&, const TableDefinition&, const char*, void*, uint32_t,
                            uint32_t);
template Status ReportIndex(ApiSession&, const TableDefinition&, const char16_t*, void*, uint32_t,
                            uint32_t);

}  // namespace contrail::api
