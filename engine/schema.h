// What the engine knows of a table while it is open: columns, indexes, places in the file. Built
// from catalog rows (engine/catalog_row.h). Thread rule: plain data; a schema that is shared is not
// changed, DDL makes a changed copy.

#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/column_type.h"
#include "storage/bytes.h"
#include "storage/page_format.h"
#include "storage/status.h"

namespace contrail {

// Flags of a column as the catalog stores them.
namespace column_flag {
inline constexpr uint32_t kNotNull = 0x1;
inline constexpr uint32_t kVersion = 0x2;
inline constexpr uint32_t kAutoIncrement = 0x4;
inline constexpr uint32_t kMultiValued = 0x8;
inline constexpr uint32_t kHasDefault = 0x10;
inline constexpr uint32_t kEscrowUpdate = 0x20;
inline constexpr uint32_t kFinalize = 0x40;
inline constexpr uint32_t kUserDefinedDefault = 0x80;
inline constexpr uint32_t kTemplateColumn = 0x100;
inline constexpr uint32_t kDeleteOnZero = 0x200;
inline constexpr uint32_t kPlaceholder = 0x800;
inline constexpr uint32_t kCompressed = 0x1000;
inline constexpr uint32_t kEncrypted = 0x2000;
}  // namespace column_flag

struct ColumnSchema {
  ColumnId id = 0;
  std::string name;
  ColumnType type = ColumnType::kNil;
  // Fixed-size types: their size. Text and Binary: 1..255. Long types: 0 means no limit of its own.
  uint32_t max_size = 0;
  uint16_t code_page = 0;                // 1252 or 1200 for text, 0 otherwise.
  uint32_t flags = 0;                    // column_flag
  uint16_t record_offset = 0;            // Fixed columns: where the value lies in a record.
  bool from_template = false;            // Of a template table, here or where it is inherited.
  std::vector<std::byte> default_value;  // Meaningful with kHasDefault; may be empty.

  bool Has(uint32_t flag) const { return (flags & flag) != 0; }
  // The id that programs use.
  ColumnId api_id() const { return from_template ? id | kTemplateColumnBit : id; }
  bool deleted() const { return type == ColumnType::kNil; }
  bool is_fixed() const { return IsFixedColumn(id); }
  bool is_variable() const { return IsVariableColumn(id); }
  bool is_tagged() const { return IsTaggedColumn(id); }
  // Whether a reader sees default_value where a record has nothing. A default that a callback would
  // compute counts as none.
  bool has_default_value() const {
    return Has(column_flag::kHasDefault) && !Has(column_flag::kUserDefinedDefault);
  }
  // No record may be without it: null is not allowed and there is no default, or others add to the
  // number in its place.
  bool in_every_record() const {
    return Has(column_flag::kEscrowUpdate) || (Has(column_flag::kNotNull) && !has_default_value());
  }
  bool is_unicode() const { return IsTextType(type) && code_page == kCodePageUnicode; }
  // Bytes that a fixed column takes in a record, also when it is deleted.
  uint32_t fixed_size() const { return FixedSizeOf(type) != 0 ? FixedSizeOf(type) : max_size; }
};

// Whether a column can have the value as its default. kInvalidBufferSize: not the size of a number,
// half a letter of Unicode. kDefaultValueTooBig: above 255 bytes or the column's own limit.
Status CheckDefaultFits(const ColumnSchema& column, Bytes value);

// Flags of an index: the low 16 bits of the catalog's Flags column.
namespace index_flag {
inline constexpr uint32_t kUnique = 0x1;
inline constexpr uint32_t kAllowAllNulls = 0x2;
inline constexpr uint32_t kAllowFirstNull = 0x4;
inline constexpr uint32_t kAllowSomeNulls = 0x8;
inline constexpr uint32_t kNoNullSegment = 0x10;
inline constexpr uint32_t kPrimary = 0x20;
inline constexpr uint32_t kLocaleSet = 0x40;
inline constexpr uint32_t kMultiValued = 0x80;
inline constexpr uint32_t kTemplate = 0x100;
inline constexpr uint32_t kDerived = 0x200;
inline constexpr uint32_t kLocalizedText = 0x400;
inline constexpr uint32_t kNullsHigh = 0x800;
inline constexpr uint32_t kUnicodeFixup = 0x1000;
inline constexpr uint32_t kCrossProduct = 0x2000;
inline constexpr uint32_t kDisallowTruncation = 0x4000;
inline constexpr uint32_t kNestedTable = 0x8000;
// The high 16 bits.
inline constexpr uint32_t kWideSegments = 0x10000;  // Segments take 4 bytes; always set by us.
inline constexpr uint32_t kDotNetGuid = 0x20000;
inline constexpr uint32_t kDeferredPopulate = 0x40000;
inline constexpr uint32_t kOptionallyUnique = 0x80000;
}  // namespace index_flag

struct IndexSegment {
  ColumnId column = 0;
  bool descending = false;
  bool from_template = false;
  bool must_be_null = false;  // Conditional columns only; false there: must not be null.
  friend bool operator==(const IndexSegment&, const IndexSegment&) = default;
};

inline constexpr uint32_t kMaxIndexSegments = 16;
inline constexpr uint16_t kDefaultKeyMost = 255;
// The highest key limit of any page size, and the longest key of an index tree.
inline constexpr uint32_t kMaxKeyMost = 2000;
// The highest key limit for a page size.
constexpr uint32_t MaxKeyMost(uint32_t page_size) { return page_size <= 4096 ? 1000 : 2000; }
inline constexpr uint32_t kDefaultLCMapFlags = 0x30401;

class TextOrder;

struct TupleLimits {
  uint32_t min_length = 3;
  uint32_t max_length = 10;
  uint32_t to_index_max = 32767;
  uint32_t increment = 1;
  uint32_t start = 0;
  friend bool operator==(const TupleLimits&, const TupleLimits&) = default;
};

struct IndexSchema {
  std::string name;
  ObjectId object_id = 0;    // The primary index has its table's.
  PageNumber root_page = 0;  // The primary index has its table's.
  uint32_t flags = 0;        // index_flag, both halves
  std::vector<IndexSegment> segments;
  std::vector<IndexSegment> conditional_columns;
  uint16_t key_most = kDefaultKeyMost;
  uint16_t var_segment_max = kDefaultKeyMost;  // VarSegMac; equal to key_most: no limit of its own.
  std::u16string locale_name;
  uint32_t lcid = 0;
  uint32_t lcmap_flags = kDefaultLCMapFlags;
  uint64_t sort_version = 0;
  std::array<std::byte, 16> sort_id{};
  std::optional<TupleLimits> tuple_limits;  // Present: an index over substrings.
  uint32_t density = 80;
  // What makes keys of its Unicode text (engine/text_order.h); not in the catalog. Null: nothing
  // here can, or it has no such text.
  std::shared_ptr<const TextOrder> text_order;

  bool Has(uint32_t flag) const { return (flags & flag) != 0; }
  bool is_primary() const { return Has(index_flag::kPrimary); }
  bool is_unique() const { return Has(index_flag::kUnique) || is_primary(); }
};

// Flags of a table as the catalog stores them.
namespace table_flag {
inline constexpr uint32_t kSystem = 0x80000000;
inline constexpr uint32_t kFixedDdl = 0x40000000;
inline constexpr uint32_t kTemplate = 0x20000000;
inline constexpr uint32_t kDerived = 0x10000000;
inline constexpr uint32_t kDynamicSystem = 0x08000000;
inline constexpr uint32_t kNoFixedVarColumnsInDerived = 0x04000000;
}  // namespace table_flag

// ASCII case-insensitive order of object names; other bytes compare as they are.
struct NameLess {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const;
};
bool NamesEqual(std::string_view a, std::string_view b);

class TableSchema {
 public:
  std::string name;
  ObjectId object_id = 0;
  PageNumber root_page = 0;
  uint32_t flags = 0;  // table_flag
  uint32_t density = 80;
  uint32_t initial_pages = 0;
  std::string template_name;          // Empty: not derived.
  ObjectId long_value_object_id = 0;  // 0: no long value tree yet.
  PageNumber long_value_root_page = 0;
  uint32_t long_value_chunk_size = 0;  // As stored; 0: the default of the page size.
  std::vector<IndexSchema> indexes;    // The primary index, if any, comes first.

  // Adds a column; ids are unique. Invalidates pointers to columns. A fixed column's record_offset
  // is taken as given (see NextFixedOffset). A deleted column has no name to be found by.
  void AddColumn(ColumnSchema column);
  // The same for many at once, in linear time: a table may have 65,000.
  void AddColumns(std::vector<ColumnSchema> columns);
  // Replaces the column of that id (rename, drop: set type to kNil).
  void ReplaceColumn(ColumnSchema column);

  // In the order of ids. Includes deleted columns.
  std::span<const ColumnSchema> columns() const { return columns_; }
  // O(1). Null when there is none; a deleted column is returned. The template bit may be there or
  // not where that leaves no doubt: in template tables, and for columns that are not tagged.
  const ColumnSchema* FindColumn(ColumnId id) const;
  // O(log n), ignoring ASCII case. Null when there is none or it is deleted.
  const ColumnSchema* FindColumn(std::string_view column_name) const;

  // Whether an index has the column in its key or in a condition. The id as in columns().
  bool IsIndexed(ColumnId id) const;
  // The index of that name, ignoring ASCII case; null when there is none.
  const IndexSchema* FindIndex(std::string_view index_name) const;
  // Null for a table whose rows are keyed by a counter.
  const IndexSchema* primary_index() const;

  bool is_template() const { return (flags & table_flag::kTemplate) != 0; }
  bool is_derived() const { return !template_name.empty(); }

  // Highest ids in use, deleted columns included; 0, 127 and 255 when there is none. Of tagged
  // columns: those without the template bit.
  ColumnId last_fixed_column() const { return last_fixed_; }
  ColumnId last_variable_column() const { return last_variable_; }
  ColumnId last_tagged_column() const { return last_tagged_; }
  // Where the next fixed column goes, which is also the end of all fixed columns' data.
  uint16_t NextFixedOffset() const;
  // End of the fixed data of columns 1..id; 4 for id 0.
  uint16_t FixedDataEnd(ColumnId id) const;

  // Positions in columns() of what an insert has to look at, so that it need not look at all.
  std::span<const uint16_t> columns_with_default() const { return with_default_; }
  std::span<const uint16_t> not_null_columns() const { return not_null_; }

 private:
  void Reindex();

  std::vector<ColumnSchema> columns_;
  std::array<uint16_t, 256> short_positions_{};  // By id 1..255; position in columns_ + 1.
  std::vector<uint16_t> tagged_positions_;       // By id - 256; the same.
  std::vector<uint16_t> template_positions_;     // The same for ids with the template bit.
  std::map<std::string, uint16_t, NameLess> names_;
  std::vector<uint16_t> with_default_;
  std::vector<uint16_t> not_null_;
  ColumnId last_fixed_ = 0;
  ColumnId last_variable_ = kFirstVariableColumn - 1;
  ColumnId last_tagged_ = kFirstTaggedColumn - 1;
};

}  // namespace contrail
