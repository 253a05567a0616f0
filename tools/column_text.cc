#include "tools/column_text.h"

namespace contrail::tool {
namespace {

constexpr const char* kTypeNames[kColumnTypeCount] = {
    "deleted",  "Bit",        "UnsignedByte",  "Short",           "Long",
    "Currency", "Single",     "Double",        "DateTime",        "Binary",
    "Text",     "LongBinary", "LongText",      "obsolete",        "UnsignedLong",
    "LongLong", "GUID",       "UnsignedShort", "UnsignedLongLong"};

}  // namespace

std::string ColumnTypeText(const ColumnSchema& column) {
  const auto type = static_cast<uint32_t>(column.type);
  std::string text = type < kColumnTypeCount ? kTypeNames[type] : "unknown";
  if (column.type == ColumnType::kText || column.type == ColumnType::kBinary) {
    text += "(" + std::to_string(column.max_size) + ")";
  }
  if (column.is_unicode()) text += " unicode";
  if (column.Has(column_flag::kMultiValued)) text += " multi-valued";
  if (column.Has(column_flag::kCompressed)) text += " compressed";
  if (column.Has(column_flag::kAutoIncrement)) text += " auto-increment";
  if (column.Has(column_flag::kVersion)) text += " version";
  if (column.Has(column_flag::kEscrowUpdate)) text += " escrow";
  if (column.Has(column_flag::kNotNull)) text += " not null";
  return text;
}

}  // namespace contrail::tool
