// Catalog rows to schemas and back (the second half of engine/catalog_row.h).

#include <algorithm>

#include "engine/catalog_row.h"
#include "storage/check.h"

namespace contrail {
namespace {

constexpr Error kCorrupted = Error::kCatalogCorrupted;

constexpr uint8_t kSegmentFromTemplate = 0x80;
constexpr uint8_t kSegmentDescending = 0x40;
constexpr uint8_t kSegmentMustBeNull = 0x20;
constexpr size_t kWideSegmentSize = 4;    // u8 flags, u8 0, u16 column id
constexpr size_t kNarrowSegmentSize = 2;  // i16 column id, negative when descending: old files

// The rows of the catalog about its own columns give this offset for each of them.
constexpr int16_t kCatalogRecordOffset = record_format::kHeaderSize;

bool IsCatalogTable(ObjectId table) {
  return table == catalog_place::kObjectsObjectId || table == catalog_place::kShadowObjectId;
}

std::vector<std::byte> EncodeSegments(const std::vector<IndexSegment>& segments) {
  std::vector<std::byte> bytes(segments.size() * kWideSegmentSize);
  std::byte* to = bytes.data();
  for (const IndexSegment& segment : segments) {
    uint8_t flags = 0;
    if (segment.from_template) flags |= kSegmentFromTemplate;
    if (segment.descending) flags |= kSegmentDescending;
    if (segment.must_be_null) flags |= kSegmentMustBeNull;
    to[0] = std::byte{flags};
    to[1] = std::byte{0};
    StoreLittle(to + 2, static_cast<uint16_t>(segment.column));
    to += kWideSegmentSize;
  }
  return bytes;
}

Result<std::vector<IndexSegment>> DecodeSegments(Bytes bytes, bool wide) {
  const size_t size = wide ? kWideSegmentSize : kNarrowSegmentSize;
  if (bytes.size() % size != 0 || bytes.size() / size > kMaxIndexSegments) return kCorrupted;
  std::vector<IndexSegment> segments;
  for (size_t at = 0; at < bytes.size(); at += size) {
    IndexSegment segment;
    if (wide) {
      const auto flags = static_cast<uint8_t>(bytes[at]);
      segment.column = LoadLittle<uint16_t>(bytes.data() + at + 2);
      segment.from_template = (flags & kSegmentFromTemplate) != 0;
      segment.descending = (flags & kSegmentDescending) != 0;
      segment.must_be_null = (flags & kSegmentMustBeNull) != 0;
    } else {
      const int id = LoadLittle<int16_t>(bytes.data() + at);
      segment.descending = id < 0;
      segment.column = static_cast<ColumnId>(id < 0 ? -id : id);
    }
    segments.push_back(segment);
  }
  return segments;
}

bool IsSoundColumn(const ColumnSchema& column) {
  const uint32_t size = FixedSizeOf(column.type);
  if (column.deleted()) return true;
  if (!IsValidColumnType(column.type)) return false;
  if (IsLongType(column.type) && !column.is_tagged()) return false;
  if (size != 0 && column.is_variable()) return false;
  if (!IsLongType(column.type) && size == 0 && column.max_size > kMaxShortValueSize) return false;
  if (column.is_fixed() && column.fixed_size() == 0) return false;
  if (!column.has_default_value()) return true;
  const size_t default_size = column.default_value.size();
  if (size != 0) return default_size == size;
  return default_size <= kMaxShortValueSize &&
         (!column.is_fixed() || default_size <= column.fixed_size());
}

// The columns that the table has from its template. Templates older than column flag 0x100 number
// the tagged columns of derived tables after their own, and records have no mark for them: such
// columns, up to the last of the old kind, keep plain ids.
std::vector<ColumnSchema> InheritedColumns(const TableSchema& template_table) {
  std::vector<ColumnSchema> columns(template_table.columns().begin(),
                                    template_table.columns().end());
  ColumnId last_unmarked = 0;
  for (const ColumnSchema& column : columns) {
    if (!column.Has(column_flag::kTemplateColumn)) last_unmarked = column.id;
  }
  for (ColumnSchema& column : columns) {
    column.from_template = true;
    if (column.is_tagged() && column.id > last_unmarked) column.id |= kTemplateColumnBit;
  }
  return columns;
}

// Segments of a derived table's indexes say which of two columns of one number they mean.
void ResolveSegments(TableSchema& table) {
  for (IndexSchema& index : table.indexes) {
    for (auto* segments : {&index.segments, &index.conditional_columns}) {
      for (IndexSegment& segment : *segments) {
        const ColumnId wanted =
            segment.from_template ? segment.column | kTemplateColumnBit : segment.column;
        const ColumnSchema* column = table.FindColumn(wanted);
        if (column == nullptr) continue;  // Found by CheckIndexColumns.
        segment.column = column->id;
        segment.from_template = column->from_template;
      }
    }
  }
}

Status PlaceFixedColumns(TableSchema& table, std::vector<ColumnSchema>& columns) {
  std::sort(columns.begin(), columns.end(),
            [](const ColumnSchema& a, const ColumnSchema& b) { return a.id < b.id; });
  uint32_t end = record_format::kHeaderSize;
  ColumnId previous = 0;
  for (ColumnSchema& column : columns) {
    if (column.id == previous) return kCorrupted;
    previous = column.id;
    if (!column.is_fixed()) continue;
    if (IsCatalogTable(table.object_id)) column.record_offset = static_cast<uint16_t>(end);
    if (column.record_offset < end) return kCorrupted;
    end = column.record_offset + column.fixed_size();
    if (end > kMaxPageSize) return kCorrupted;
  }
  table.AddColumns(std::move(columns));
  return Status::Ok();
}

Status CheckIndexColumns(const TableSchema& table) {
  for (const IndexSchema& index : table.indexes) {
    for (const auto* segments : {&index.segments, &index.conditional_columns}) {
      for (const IndexSegment& segment : *segments) {
        const ColumnSchema* column = table.FindColumn(segment.column);
        if (column == nullptr || column->deleted()) return kCorrupted;
      }
    }
  }
  return Status::Ok();
}

void SetTable(const CatalogRow& row, TableSchema& table) {
  table.name = row.name;
  table.object_id = row.id;
  table.root_page = row.type_or_root;
  table.flags = row.flags;
  table.density = row.space_usage;
  table.initial_pages = row.pages_or_locale;
  table.template_name = row.template_table.value_or("");
  table.long_value_chunk_size = row.long_value_chunk_max.value_or(0);
}

CatalogRow StartRow(const TableSchema& table, CatalogType type, uint32_t id, std::string name) {
  CatalogRow row;
  row.table = table.object_id;
  row.type = type;
  row.id = id;
  row.name = std::move(name);
  return row;
}

}  // namespace

CatalogRow MakeTableRow(const TableSchema& table) {
  CatalogRow row = StartRow(table, CatalogType::kTable, table.object_id, table.name);
  row.type_or_root = table.root_page;
  row.space_usage = table.density;
  row.flags = table.flags;
  row.pages_or_locale = table.initial_pages;
  row.root_flag = true;
  if (table.long_value_chunk_size != 0) row.long_value_chunk_max = table.long_value_chunk_size;
  if (!table.template_name.empty()) row.template_table = table.template_name;
  return row;
}

CatalogRow MakeColumnRow(const TableSchema& table, const ColumnSchema& column) {
  CatalogRow row = StartRow(table, CatalogType::kColumn, StoredColumnId(column.id), column.name);
  row.type_or_root = static_cast<uint32_t>(column.type);
  row.space_usage = column.max_size;
  row.flags = column.flags;
  row.pages_or_locale = column.code_page;
  if (column.is_fixed()) {
    row.record_offset = IsCatalogTable(table.object_id)
                            ? kCatalogRecordOffset
                            : static_cast<int16_t>(column.record_offset);
  }
  if (column.has_default_value()) row.default_value = column.default_value;
  return row;
}

CatalogRow MakeIndexRow(const TableSchema& table, const IndexSchema& index) {
  CatalogRow row = StartRow(table, CatalogType::kIndex, index.object_id, index.name);
  row.type_or_root = index.root_page;
  row.space_usage = index.density;
  row.flags = index.flags | index_flag::kWideSegments;
  row.pages_or_locale = index.locale_name.empty() ? index.lcid : 0;
  row.lcmap_flags = index.lcmap_flags;
  if (index.key_most != kDefaultKeyMost) row.key_most = index.key_most;
  if (index.var_segment_max != index.key_most) row.var_segment_max = index.var_segment_max;
  row.key_segments = EncodeSegments(index.segments);
  if (!index.conditional_columns.empty()) {
    row.conditional_columns = EncodeSegments(index.conditional_columns);
  }
  row.tuple_limits = index.tuple_limits;
  if (index.Has(index_flag::kLocalizedText)) {
    row.sort_version = index.sort_version;
    row.sort_id = index.sort_id;
  }
  if (!index.locale_name.empty()) row.locale_name = index.locale_name;
  return row;
}

CatalogRow MakeLongValueRow(const TableSchema& table) {
  DCHECK(table.long_value_object_id != 0);
  CatalogRow row = StartRow(table, CatalogType::kLongValue, table.long_value_object_id, "LV");
  row.type_or_root = table.long_value_root_page;
  row.space_usage = 100;
  row.pages_or_locale = 1;
  return row;
}

std::vector<CatalogRow> MakeCatalogRows(const TableSchema& table) {
  std::vector<CatalogRow> rows = {MakeTableRow(table)};
  for (const ColumnSchema& column : table.columns()) {
    if (!table.is_derived() || !column.from_template) rows.push_back(MakeColumnRow(table, column));
  }
  for (const IndexSchema& index : table.indexes) rows.push_back(MakeIndexRow(table, index));
  if (table.long_value_object_id != 0) rows.push_back(MakeLongValueRow(table));
  std::sort(rows.begin(), rows.end(), [](const CatalogRow& a, const CatalogRow& b) {
    return a.type != b.type ? a.type < b.type : a.id < b.id;
  });
  return rows;
}

Result<ColumnSchema> ColumnFromRow(const CatalogRow& row) {
  const bool in_range = IsFixedColumn(row.id) || IsVariableColumn(row.id) || IsTaggedColumn(row.id);
  // Rows have no mark of a template in their ids: whose column it is follows from the table.
  if (row.type != CatalogType::kColumn || !in_range || row.id != StoredColumnId(row.id) ||
      row.type_or_root >= kColumnTypeCount || row.pages_or_locale > UINT16_MAX) {
    return kCorrupted;
  }
  ColumnSchema column;
  column.id = row.id;
  column.name = row.name;
  column.type = static_cast<ColumnType>(row.type_or_root);
  column.max_size = row.space_usage;
  column.code_page = static_cast<uint16_t>(row.pages_or_locale);
  column.flags = row.flags;
  column.record_offset = static_cast<uint16_t>(row.record_offset.value_or(0));
  column.default_value = row.default_value.value_or(std::vector<std::byte>());
  if (!IsSoundColumn(column)) return kCorrupted;
  return column;
}

Result<IndexSchema> IndexFromRow(const CatalogRow& row) {
  if (row.type != CatalogType::kIndex || !row.key_segments.has_value()) return kCorrupted;
  IndexSchema index;
  index.name = row.name;
  index.object_id = row.id;
  index.root_page = row.type_or_root;
  index.density = row.space_usage;
  index.flags = row.flags;
  index.lcmap_flags = row.lcmap_flags.value_or(0);
  index.key_most = row.key_most.value_or(kDefaultKeyMost);
  index.var_segment_max = row.var_segment_max.value_or(index.key_most);
  index.tuple_limits = row.tuple_limits;
  index.sort_version = row.sort_version.value_or(0);
  index.sort_id = row.sort_id.value_or(std::array<std::byte, 16>{});
  index.locale_name = row.locale_name.value_or(u"");
  index.lcid = row.pages_or_locale;
  const bool wide = index.Has(index_flag::kWideSegments);
  ASSIGN_OR_RETURN(index.segments, DecodeSegments(*row.key_segments, wide));
  if (row.conditional_columns.has_value()) {
    ASSIGN_OR_RETURN(index.conditional_columns, DecodeSegments(*row.conditional_columns, wide));
  }
  if (index.segments.empty() || index.key_most == 0 || index.key_most > kMaxKeyMost ||
      index.var_segment_max == 0) {
    return kCorrupted;
  }
  if (index.tuple_limits.has_value()) {
    const TupleLimits& limits = *index.tuple_limits;
    if (limits.min_length == 0 || limits.max_length < limits.min_length ||
        limits.max_length > kMaxShortValueSize || limits.to_index_max > INT16_MAX ||
        limits.increment == 0 || limits.increment > INT16_MAX || limits.start > INT16_MAX) {
      return kCorrupted;
    }
  }
  return index;
}

std::string_view TemplateNameOf(const std::vector<CatalogRow>& rows) {
  for (const CatalogRow& row : rows) {
    if (row.type == CatalogType::kTable && row.template_table.has_value()) {
      return *row.template_table;
    }
  }
  return {};
}

Result<TableSchema> TableFromRows(const std::vector<CatalogRow>& rows,
                                  const TableSchema* template_table) {
  TableSchema table;
  std::vector<ColumnSchema> columns;
  bool has_table_row = false;
  for (const CatalogRow& row : rows) {
    if (row.table != rows.front().table) return kCorrupted;
    switch (row.type) {
      case CatalogType::kTable:
        if (has_table_row || row.id != row.table) return kCorrupted;
        has_table_row = true;
        SetTable(row, table);
        break;
      case CatalogType::kColumn: {
        ASSIGN_OR_RETURN(ColumnSchema column, ColumnFromRow(row));
        columns.push_back(std::move(column));
        break;
      }
      case CatalogType::kIndex: {
        ASSIGN_OR_RETURN(IndexSchema index, IndexFromRow(row));
        const bool primary = index.is_primary();
        if (primary && table.primary_index() != nullptr) return kCorrupted;
        table.indexes.insert(primary ? table.indexes.begin() : table.indexes.end(),
                             std::move(index));
        break;
      }
      case CatalogType::kLongValue:
        if (table.long_value_object_id != 0) return kCorrupted;
        table.long_value_object_id = row.id;
        table.long_value_root_page = row.type_or_root;
        break;
      case CatalogType::kCallback:
        break;  // Callbacks cannot be run; the table can be read without them.
    }
  }
  if (!has_table_row) return kCorrupted;
  if (table.is_template()) {
    if (table.is_derived()) return kCorrupted;
    for (ColumnSchema& column : columns) column.from_template = true;
  }
  if (table.is_derived()) {
    if (template_table == nullptr || !template_table->is_template()) return kCorrupted;
    std::vector<ColumnSchema> inherited = InheritedColumns(*template_table);
    columns.insert(columns.end(), std::move_iterator(inherited.begin()),
                   std::move_iterator(inherited.end()));
  }
  RETURN_IF_ERROR(PlaceFixedColumns(table, columns));
  ResolveSegments(table);
  RETURN_IF_ERROR(CheckIndexColumns(table));
  return table;
}

}  // namespace contrail
