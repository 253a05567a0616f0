// Column types and column ids: what a column may hold and where a record keeps it. The numbers are
// those of JET_COLTYP and of the catalog (docs/format/record.md).

#pragma once

#include <cstddef>
#include <cstdint>

namespace contrail {

enum class ColumnType : uint8_t {
  kNil = 0,  // A deleted column: its row, id and place in the record stay.
  kBit = 1,
  kUnsignedByte = 2,
  kShort = 3,
  kLong = 4,
  kCurrency = 5,
  kSingle = 6,
  kDouble = 7,
  kDateTime = 8,
  kBinary = 9,
  kText = 10,
  kLongBinary = 11,
  kLongText = 12,
  kObsolete = 13,
  kUnsignedLong = 14,
  kLongLong = 15,
  kGuid = 16,
  kUnsignedShort = 17,
  kUnsignedLongLong = 18,
};
inline constexpr uint32_t kColumnTypeCount = 19;

// Bytes of one value of a fixed-size type; 0 for text, binary, long and unknown types.
constexpr uint32_t FixedSizeOf(ColumnType type) {
  switch (type) {
    case ColumnType::kBit:
    case ColumnType::kUnsignedByte:
      return 1;
    case ColumnType::kShort:
    case ColumnType::kUnsignedShort:
      return 2;
    case ColumnType::kLong:
    case ColumnType::kUnsignedLong:
    case ColumnType::kSingle:
      return 4;
    case ColumnType::kCurrency:
    case ColumnType::kDouble:
    case ColumnType::kDateTime:
    case ColumnType::kLongLong:
    case ColumnType::kUnsignedLongLong:
      return 8;
    case ColumnType::kGuid:
      return 16;
    default:
      return 0;
  }
}

constexpr bool IsTextType(ColumnType type) {
  return type == ColumnType::kText || type == ColumnType::kLongText;
}
constexpr bool IsBinaryType(ColumnType type) {
  return type == ColumnType::kBinary || type == ColumnType::kLongBinary;
}
// Values may be larger than 255 bytes and may live in the long value tree.
constexpr bool IsLongType(ColumnType type) {
  return type == ColumnType::kLongBinary || type == ColumnType::kLongText;
}
// A type that a column can be created with.
constexpr bool IsValidColumnType(ColumnType type) {
  return FixedSizeOf(type) != 0 || IsTextType(type) || IsBinaryType(type);
}

// The id's range tells where a record keeps the column. In a table derived from a template, the
// template's fixed and variable columns come first and the table's own ids go on after them; tagged
// columns of both count from 256, and those of the template have kTemplateColumnBit.
using ColumnId = uint32_t;
inline constexpr ColumnId kTemplateColumnBit = 0x80000000;  // JET_COLUMNID's template bit.
inline constexpr ColumnId kFirstFixedColumn = 1;
inline constexpr ColumnId kLastFixedColumn = 127;
inline constexpr ColumnId kFirstVariableColumn = 128;
inline constexpr ColumnId kLastVariableColumn = 255;
inline constexpr ColumnId kFirstTaggedColumn = 256;
inline constexpr ColumnId kLastTaggedColumn = 65248;

constexpr bool IsFixedColumn(ColumnId id) { return id - 1u < kLastFixedColumn; }
constexpr bool IsVariableColumn(ColumnId id) {
  return id >= kFirstVariableColumn && id <= kLastVariableColumn;
}
// An id as the catalog and records store it.
constexpr ColumnId StoredColumnId(ColumnId id) { return id & ~kTemplateColumnBit; }
constexpr bool IsTaggedColumn(ColumnId id) {
  return StoredColumnId(id) >= kFirstTaggedColumn && StoredColumnId(id) <= kLastTaggedColumn;
}
// The order in which a record stores tagged columns: the template's first.
constexpr uint32_t TaggedOrder(ColumnId id) {
  return (id & kTemplateColumnBit) != 0 ? StoredColumnId(id) : id | 0x10000u;
}

// The longest value of a Text or Binary column.
inline constexpr uint32_t kMaxShortValueSize = 255;
inline constexpr uint32_t kMaxLongValueSize = 0x7fffffff;

inline constexpr uint16_t kCodePageLatin = 1252;
inline constexpr uint16_t kCodePageUnicode = 1200;

}  // namespace contrail
