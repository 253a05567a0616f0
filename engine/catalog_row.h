// CatalogRow: one row of MSysObjects, to and from a record, and the assembly of a table's rows into
// a TableSchema. Format: docs/format/catalog.md.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/catalog_schema.h"
#include "engine/key_normalizer.h"
#include "engine/record_builder.h"
#include "engine/record_view.h"

namespace contrail {

enum class CatalogType : int16_t {
  kTable = 1,
  kColumn = 2,
  kIndex = 3,
  kLongValue = 4,
  kCallback = 5,
};

struct CatalogRow {
  ObjectId table = 0;  // ObjidTable
  CatalogType type = CatalogType::kTable;
  uint32_t id = 0;  // Object id or column id.
  // Column: type code. Others: root page.
  uint32_t type_or_root = 0;
  uint32_t space_usage = 0;  // Column: max size. Others: density.
  uint32_t flags = 0;
  uint32_t pages_or_locale = 0;  // Table: initial pages. Column: code page. Index: LCID.
  bool root_flag = false;        // Set on table rows, null on all others.
  std::optional<int16_t> record_offset;
  std::optional<uint32_t> lcmap_flags;
  std::optional<uint16_t> key_most;
  std::optional<uint32_t> long_value_chunk_max;
  std::string name;
  std::optional<std::string> template_table;  // Or a column's callback.
  std::optional<std::vector<std::byte>> default_value;
  std::optional<std::vector<std::byte>> key_segments;
  std::optional<uint16_t> var_segment_max;
  std::optional<std::vector<std::byte>> conditional_columns;
  std::optional<TupleLimits> tuple_limits;
  std::optional<uint64_t> sort_version;
  std::optional<std::array<std::byte, 16>> sort_id;
  std::optional<std::u16string> locale_name;

  friend bool operator==(const CatalogRow&, const CatalogRow&) = default;
};

// `record` is a view with ObjectsSchema() or ShadowSchema(). kCatalogCorrupted when a value that
// must be there is missing or has an impossible size. Tagged values that are separated (none in
// practice) are refused with kCatalogCorrupted too; compressed ones are read.
Result<CatalogRow> DecodeCatalogRow(const RecordView& record);
// Fills `builder` with the row (StartEmpty with ObjectsSchema()), ready to be encoded.
Status EncodeCatalogRow(const CatalogRow& row, RecordLayout layout, RecordBuilder& builder);
// Sets the row's columns in a record that is being changed; optional values that are missing become
// null, columns that a CatalogRow does not have stay.
Status ApplyCatalogRow(const CatalogRow& row, RecordBuilder& builder);

// Keys of a row in the catalog's three indexes. RootObjects has table rows only: false for others.
void MakeCatalogIdKey(ObjectId table, CatalogType type, uint32_t id, KeyBuffer& key);
// The common prefix of all rows of a table (and type).
void MakeCatalogTablePrefix(ObjectId table, KeyBuffer& key);
void MakeCatalogTablePrefix(ObjectId table, CatalogType type, KeyBuffer& key);
void MakeCatalogNameKey(ObjectId table, CatalogType type, std::string_view name, KeyBuffer& key);
void MakeCatalogRootKey(std::string_view table_name, KeyBuffer& key);

// Rows of the parts of a schema.
CatalogRow MakeTableRow(const TableSchema& table);
CatalogRow MakeColumnRow(const TableSchema& table, const ColumnSchema& column);
CatalogRow MakeIndexRow(const TableSchema& table, const IndexSchema& index);
CatalogRow MakeLongValueRow(const TableSchema& table);
// All rows of a table in the order of their keys.
std::vector<CatalogRow> MakeCatalogRows(const TableSchema& table);

// The parts of a schema from rows. kCatalogCorrupted when a row makes no sense. An index's segments
// have the ids that the rows give; only the whole table tells which columns they mean.
Result<ColumnSchema> ColumnFromRow(const CatalogRow& row);
Result<IndexSchema> IndexFromRow(const CatalogRow& row);
// The name of the template that the table of these rows is derived from; empty when there is none.
std::string_view TemplateNameOf(const std::vector<CatalogRow>& rows);
// All rows of one table (any order, exactly one table row) to its schema. A derived table's rows
// speak of its own columns only: it needs the schema of its template, and gives kCatalogCorrupted
// without.
Result<TableSchema> TableFromRows(const std::vector<CatalogRow>& rows,
                                  const TableSchema* template_table = nullptr);

// Names of tables, columns and indexes: 1..64 bytes, no leading blank, no control characters and
// none of "!.[]"; bytes above ASCII are as good as others. kInvalidName otherwise.
Status CheckName(std::string_view name);

}  // namespace contrail
