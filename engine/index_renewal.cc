// TableDdl: giving an index whose sort order is out of date another one.

#include "engine/table_ddl.h"
#include "engine/text_order.h"

namespace contrail {
namespace {

// Flags that MakeIndex works out by itself.
constexpr uint32_t kDerivedFlags =
    index_flag::kLocalizedText | index_flag::kMultiValued | index_flag::kWideSegments;

Result<NewIndex> RequestFor(const TableSchema& table, const IndexSchema& index) {
  NewIndex request;
  request.name = index.name;
  request.flags = index.flags & ~kDerivedFlags;
  for (const IndexSegment& segment : index.segments) {
    const ColumnSchema* column = table.FindColumn(segment.column);
    if (column == nullptr) return Error::kCatalogCorrupted;
    request.segments.push_back({.column = column->name, .descending = segment.descending});
  }
  for (const IndexSegment& condition : index.conditional_columns) {
    const ColumnSchema* column = table.FindColumn(condition.column);
    if (column == nullptr) return Error::kCatalogCorrupted;
    request.conditions.push_back({.column = column->name, .must_be_null = condition.must_be_null});
  }
  request.key_most = index.key_most;
  request.var_segment_max = index.var_segment_max;
  request.locale_name = index.locale_name;
  request.lcmap_flags = index.lcmap_flags;
  request.tuple_limits = index.tuple_limits;
  request.density = index.density;
  return request;
}

}  // namespace

Status TableDdl::RebuildIndex(ObjectId table, std::string_view name) {
  return Atomically([&]() -> Status {
    ASSIGN_OR_RETURN(const TableSchema schema, BeginChange(table));
    const IndexSchema* index = schema.FindIndex(name);
    if (index == nullptr) return Error::kIndexNotFound;
    ASSIGN_OR_RETURN(const NewIndex request, RequestFor(schema, *index));
    RETURN_IF_ERROR(DeleteIndex(table, name));
    return CreateIndex(table, request);
  });
}

Status TableDdl::RenewSortOrder(ObjectId table, std::string_view name) {
  return Atomically([&]() -> Status {
    ASSIGN_OR_RETURN(const TableSchema schema, BeginChange(table));
    const IndexSchema* index = schema.FindIndex(name);
    if (index == nullptr) return Error::kIndexNotFound;
    IndexSchema renewed = *index;
    RETURN_IF_ERROR(database_.text_orders().Choose(renewed));
    CatalogStore& catalog = database_.catalog();
    RETURN_IF_ERROR(
        catalog.Replace(context_, MakeIndexRow(schema, *index), MakeIndexRow(schema, renewed)));
    RETURN_IF_ERROR(catalog.CountLocale(context_, *index, -1));
    RETURN_IF_ERROR(catalog.CountLocale(context_, renewed, +1));
    return database_.tables().Reload(context_, table);
  });
}

}  // namespace contrail
