#include "engine/catalog_schema.h"

#include <iterator>

#include "storage/check.h"

namespace contrail {
namespace {

// The sort that every index is created with until it is told otherwise.
constexpr char16_t kDefaultLocale[] = u"en-US";

void AddColumn(TableSchema& table, ColumnId id, const char* name, ColumnType type, uint32_t flags,
               uint16_t code_page, uint32_t max_size = 0) {
  ColumnSchema column;
  column.id = id;
  column.name = name;
  column.type = type;
  column.flags = flags;
  column.code_page = code_page;
  column.max_size = max_size != 0 ? max_size : FixedSizeOf(type);
  if (column.is_fixed()) column.record_offset = table.NextFixedOffset();
  table.AddColumn(std::move(column));
}

IndexSchema MakeIndex(const char* name, ObjectId object_id, PageNumber root_page, uint32_t flags,
                      std::initializer_list<ColumnId> columns, uint32_t density) {
  IndexSchema index;
  index.name = name;
  index.object_id = object_id;
  index.root_page = root_page;
  index.flags = flags;
  index.density = density;
  index.locale_name = kDefaultLocale;
  for (const ColumnId column : columns) index.segments.push_back({column, false, false, false});
  return index;
}

struct CatalogColumn {
  ColumnId id;
  const char* name;
  ColumnType type;
  bool not_null;
};

constexpr CatalogColumn kCatalogColumns[] = {
    {catalog_column::kObjidTable, "ObjidTable", ColumnType::kLong, true},
    {catalog_column::kType, "Type", ColumnType::kShort, true},
    {catalog_column::kId, "Id", ColumnType::kLong, true},
    {catalog_column::kColtypOrPgnoFdp, "ColtypOrPgnoFDP", ColumnType::kLong, true},
    {catalog_column::kSpaceUsage, "SpaceUsage", ColumnType::kLong, true},
    {catalog_column::kFlags, "Flags", ColumnType::kLong, true},
    {catalog_column::kPagesOrLocale, "PagesOrLocale", ColumnType::kLong, true},
    {catalog_column::kRootFlag, "RootFlag", ColumnType::kBit, false},
    {catalog_column::kRecordOffset, "RecordOffset", ColumnType::kShort, false},
    {catalog_column::kLCMapFlags, "LCMapFlags", ColumnType::kLong, false},
    {catalog_column::kKeyMost, "KeyMost", ColumnType::kUnsignedShort, false},
    {catalog_column::kLVChunkMax, "LVChunkMax", ColumnType::kLong, false},
    {catalog_column::kName, "Name", ColumnType::kText, true},
    {catalog_column::kStats, "Stats", ColumnType::kBinary, false},
    {catalog_column::kTemplateTable, "TemplateTable", ColumnType::kText, false},
    {catalog_column::kDefaultValue, "DefaultValue", ColumnType::kBinary, false},
    {catalog_column::kKeyFldIds, "KeyFldIDs", ColumnType::kBinary, false},
    {catalog_column::kVarSegMac, "VarSegMac", ColumnType::kBinary, false},
    {catalog_column::kConditionalColumns, "ConditionalColumns", ColumnType::kBinary, false},
    {catalog_column::kTupleLimits, "TupleLimits", ColumnType::kBinary, false},
    {catalog_column::kVersion, "Version", ColumnType::kBinary, false},
    {catalog_column::kSortId, "SortID", ColumnType::kBinary, false},
    {catalog_column::kCallbackData, "CallbackData", ColumnType::kLongBinary, false},
    {catalog_column::kCallbackDependencies, "CallbackDependencies", ColumnType::kLongBinary, false},
    {catalog_column::kSeparateLV, "SeparateLV", ColumnType::kLongBinary, false},
    {catalog_column::kSpaceHints, "SpaceHints", ColumnType::kLongBinary, false},
    {catalog_column::kSpaceDeferredLVHints, "SpaceDeferredLVHints", ColumnType::kLongBinary, false},
    {catalog_column::kLocaleName, "LocaleName", ColumnType::kLongBinary, false},
};
static_assert(std::size(kCatalogColumns) == 28);

TableSchema MakeCatalogTable(const char* name, ObjectId object_id, PageNumber root_page,
                             uint32_t initial_pages) {
  TableSchema table;
  table.name = name;
  table.object_id = object_id;
  table.root_page = root_page;
  table.flags = table_flag::kSystem | table_flag::kFixedDdl;
  table.initial_pages = initial_pages;
  for (const CatalogColumn& column : kCatalogColumns) {
    const bool sized = column.type == ColumnType::kText || column.type == ColumnType::kBinary;
    // Windows gives every column of the catalog a code page, whatever its type.
    AddColumn(table, column.id, column.name, column.type,
              column.not_null ? column_flag::kNotNull : 0, kCodePageLatin,
              sized ? kMaxShortValueSize : 0);
  }
  table.indexes.push_back(
      MakeIndex("Id", object_id, root_page, 0x10031,
                {catalog_column::kObjidTable, catalog_column::kType, catalog_column::kId}, 80));
  CHECK(table.NextFixedOffset() == 43);
  return table;
}

TableSchema MakeObjectsSchema() {
  using namespace catalog_place;  // NOLINT(google-build-using-namespace): constants
  TableSchema table = MakeCatalogTable(kObjectsTableName, kObjectsObjectId, kObjectsPage, 20);
  table.indexes.push_back(
      MakeIndex("Name", kNameIndexObjectId, kNameIndexPage, 0x10011,
                {catalog_column::kObjidTable, catalog_column::kType, catalog_column::kName}, 80));
  table.indexes.push_back(MakeIndex("RootObjects", kRootObjectsIndexObjectId, kRootObjectsIndexPage,
                                    0x10009, {catalog_column::kRootFlag, catalog_column::kName},
                                    80));
  return table;
}

TableSchema MakeObjidsSchema() {
  using namespace catalog_place;  // NOLINT(google-build-using-namespace): constants
  TableSchema table;
  table.name = kObjidsTableName;
  table.object_id = kObjidsObjectId;
  table.root_page = kObjidsPage;
  table.flags = table_flag::kSystem | table_flag::kFixedDdl | table_flag::kDynamicSystem;
  table.density = 100;
  AddColumn(table, 256, "objid", ColumnType::kLong, 0, 0);
  AddColumn(table, 257, "objidTable", ColumnType::kLong, 0, 0);
  AddColumn(table, 258, "type", ColumnType::kShort, 0, 0);
  table.indexes.push_back(MakeIndex("primary", kObjidsObjectId, kObjidsPage, 0x1002f, {256}, 100));
  return table;
}

TableSchema MakeLocalesSchema() {
  using namespace catalog_place;  // NOLINT(google-build-using-namespace): constants
  TableSchema table;
  table.name = kLocalesTableName;
  table.object_id = kLocalesObjectId;
  table.root_page = kLocalesPage;
  table.flags = table_flag::kSystem | table_flag::kDynamicSystem;
  table.density = 92;
  AddColumn(table, 1, "Type", ColumnType::kUnsignedByte, column_flag::kNotNull, 0);
  AddColumn(table, 2, "iValue", ColumnType::kLong,
            column_flag::kHasDefault | column_flag::kEscrowUpdate, 0);
  AddColumn(table, 128, "Key", ColumnType::kBinary, 0, 0, kMaxShortValueSize);
  ColumnSchema value = *table.FindColumn(2);
  value.default_value.assign(4, std::byte{0});
  table.ReplaceColumn(std::move(value));
  table.indexes.push_back(
      MakeIndex("KeyPrimary", kLocalesObjectId, kLocalesPage, 0x1402f, {128}, 92));
  return table;
}

}  // namespace

const TableSchema& ObjectsSchema() {
  static const TableSchema schema = MakeObjectsSchema();
  return schema;
}

const TableSchema& ShadowSchema() {
  static const TableSchema schema = MakeCatalogTable(
      kShadowTableName, catalog_place::kShadowObjectId, catalog_place::kShadowPage, 5);
  return schema;
}

const TableSchema& ObjidsSchema() {
  static const TableSchema schema = MakeObjidsSchema();
  return schema;
}

const TableSchema& LocalesSchema() {
  static const TableSchema schema = MakeLocalesSchema();
  return schema;
}

}  // namespace contrail
