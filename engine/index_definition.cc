// New indexes: what they may be, and building them over the rows that are there.

#include "engine/index_builder.h"
#include "engine/instance.h"
#include "engine/table_ddl.h"
#include "engine/text_order.h"

namespace contrail {
namespace {

Status CheckTuple(const IndexSchema& index, const TableSchema& table) {
  if (!index.tuple_limits.has_value()) return Status::Ok();
  if (index.is_primary()) return Error::kIndexTuplesSecondaryIndexOnly;
  if (index.is_unique()) return Error::kIndexTuplesNonUniqueOnly;
  if (index.segments.size() != 1) return Error::kIndexTuplesOneColumnOnly;
  if (index.var_segment_max != index.key_most) return Error::kIndexTuplesVarSegMacNotAllowed;
  const ColumnSchema* column = table.FindColumn(index.segments.front().column);
  if (!IsTextType(column->type) && !IsBinaryType(column->type)) {
    return Error::kIndexTuplesTextBinaryColumnsOnly;
  }
  const TupleLimits& limits = *index.tuple_limits;
  const bool sane = limits.min_length >= 2 && limits.min_length <= 255 &&
                    limits.max_length >= limits.min_length && limits.max_length <= 255 &&
                    limits.to_index_max >= 1 && limits.increment >= 1;
  return sane ? Status::Ok() : Status(Error::kIndexTuplesInvalidLimits);
}

}  // namespace

Result<IndexSchema> TableDdl::MakeIndex(const TableSchema& table, const NewIndex& request) {
  if (request.segments.empty() || request.segments.size() > kMaxIndexSegments) {
    return Error::kIndexInvalidDef;
  }
  if (request.density != 0 && (request.density < 20 || request.density > 100)) {
    return Error::kDensityInvalid;
  }
  if (request.key_most < kDefaultKeyMost ||
      request.key_most > MaxKeyMost(database_.database().page_size())) {
    return Error::kIndexInvalidDef;
  }
  IndexSchema index;
  index.name = request.name;
  index.flags = request.flags | index_flag::kWideSegments;
  if (table.is_template()) index.flags |= index_flag::kTemplate;
  index.key_most = static_cast<uint16_t>(request.key_most);
  if (request.var_segment_max > request.key_most) return Error::kIndexInvalidDef;
  index.var_segment_max = request.var_segment_max == 0
                              ? index.key_most
                              : static_cast<uint16_t>(request.var_segment_max);
  index.density = request.density == 0 ? 80 : request.density;
  index.locale_name = request.locale_name.empty() ? u"en-US" : request.locale_name;
  index.lcmap_flags = request.lcmap_flags;
  if (index.lcmap_flags != map_flag::kUpperCase) index.lcmap_flags |= map_flag::kSortKey;
  index.tuple_limits = request.tuple_limits;
  if (index.is_primary()) index.flags |= index_flag::kUnique;

  for (const NewIndex::Segment& segment : request.segments) {
    const ColumnSchema* column = table.FindColumn(segment.column);
    if (column == nullptr) return Error::kColumnNotFound;
    if (column->Has(column_flag::kEscrowUpdate)) return Error::kCannotIndex;
    index.segments.push_back({.column = column->id,
                              .descending = segment.descending,
                              .from_template = column->from_template});
    if (column->Has(column_flag::kMultiValued)) {
      if (index.is_primary()) return Error::kIndexInvalidDef;
      index.flags |= index_flag::kMultiValued;
    }
    if (column->is_unicode()) index.flags |= index_flag::kLocalizedText;
  }
  for (const NewIndex::Condition& condition : request.conditions) {
    const ColumnSchema* column = table.FindColumn(condition.column);
    if (column == nullptr) return Error::kColumnNotFound;
    if (index.is_primary()) return Error::kIndexInvalidDef;
    index.conditional_columns.push_back({.column = column->id,
                                         .from_template = column->from_template,
                                         .must_be_null = condition.must_be_null});
  }
  if (index.Has(index_flag::kLocalizedText)) {
    RETURN_IF_ERROR(database_.text_orders().Choose(index));
  } else {
    index.flags &= ~index_flag::kLocaleSet;
  }
  RETURN_IF_ERROR(CheckTuple(index, table));
  return index;
}

// The primary index is the order of the table's own tree: it can only be defined while that is
// empty.
Status TableDdl::AddPrimaryIndex(const TableSchema& table, IndexSchema index) {
  if (table.primary_index() != nullptr) return Error::kIndexHasPrimary;
  RETURN_IF_ERROR(CheckEmpty(table));
  index.object_id = table.object_id;
  index.root_page = table.root_page;
  RETURN_IF_ERROR(database_.catalog().Insert(context_, MakeIndexRow(table, index)));
  return database_.catalog().CountLocale(context_, index, +1);
}

Status TableDdl::CreateIndexTree(const TableSchema& table, IndexSchema* index) {
  Database& database = database_.database();
  index->object_id = database.NextObjectId();
  const bool unique = index->is_unique();
  ASSIGN_OR_RETURN(
      index->root_page,
      CreateVersionedTree(context_, session_.instance().transactions(), database, table.root_page,
                          {.object_id = index->object_id,
                           .page_flags = page_flag::kIndex | (unique ? 0u : page_flag::kNonUnique),
                           .unique = unique}));
  RETURN_IF_ERROR(database_.catalog().Insert(context_, MakeIndexRow(table, *index)));
  return database_.catalog().CountLocale(context_, *index, +1);
}

// A derived table has its own copies of its template's indexes.
Status TableDdl::InheritIndexes(const TableSchema& table, const TableSchema& template_table) {
  for (const IndexSchema& original : template_table.indexes) {
    IndexSchema index = original;
    index.flags = (index.flags & ~index_flag::kTemplate) | index_flag::kDerived;
    if (!index.is_primary()) {
      RETURN_IF_ERROR(CreateIndexTree(table, &index));
      continue;
    }
    index.object_id = table.object_id;
    index.root_page = table.root_page;
    RETURN_IF_ERROR(database_.catalog().Insert(context_, MakeIndexRow(table, index)));
    RETURN_IF_ERROR(database_.catalog().CountLocale(context_, index, +1));
  }
  return Status::Ok();
}

Status TableDdl::AddSecondaryIndex(const TableSchema& table, IndexSchema index) {
  Database& database = database_.database();
  TransactionManager& manager = session_.instance().transactions();
  RETURN_IF_ERROR(CreateIndexTree(table, &index));
  const Tree tree(database, index.root_page, index.object_id, index.is_unique());
  Instance& instance = session_.instance();
  const size_t name = database_.path().rfind('/') + 1;
  EntrySort sort(instance.files(), instance.options().temporary_path +
                                       database_.path().substr(name) + "." +
                                       std::to_string(index.object_id) + ".sort");
  return BuildIndex(context_, manager, table, index, tree, sort);
}

}  // namespace contrail
