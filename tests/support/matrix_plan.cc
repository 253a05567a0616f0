#include "tests/support/matrix_plan.h"

#include <algorithm>
#include <iterator>

#include "tests/support/planned_value.h"

namespace contrail::test {
namespace {

constexpr int kRows = 9;
constexpr uint32_t kShortSize = 255;

constexpr const char* kStorageNames[] = {"fixed",      "variable",
                                         "tagged",     "multi-valued",
                                         "separated",  "separated multi-valued",
                                         "compressed", "compressed separated"};
constexpr const char* kIndexNames[] = {"none",          "primary",      "unique",      "non-unique",
                                       "descending",    "multi-valued", "conditional", "tuple",
                                       "truncated key", "multi-column"};
constexpr const char* kTypeNames[] = {"Nil",
                                      "Bit",
                                      "UnsignedByte",
                                      "Short",
                                      "Long",
                                      "Currency",
                                      "IEEESingle",
                                      "IEEEDouble",
                                      "DateTime",
                                      "Binary",
                                      "Text",
                                      "LongBinary",
                                      "LongText",
                                      "SLV",
                                      "UnsignedLong",
                                      "LongLong",
                                      "GUID",
                                      "UnsignedShort",
                                      "UnsignedLongLong"};

bool IsMultiValued(const ColumnKind& column) {
  return column.storage == Storage::kMultiValued ||
         column.storage == Storage::kSeparatedMultiValued;
}

bool IsSeparated(const ColumnKind& column) {
  return column.storage == Storage::kSeparated || column.storage == Storage::kCompressedSeparated ||
         column.storage == Storage::kSeparatedMultiValued;
}

bool IsCompressed(const ColumnKind& column) {
  return column.storage == Storage::kCompressed || column.storage == Storage::kCompressedSeparated;
}

PlannedColumn ColumnOf(const ColumnKind& kind) {
  PlannedColumn column;
  column.name = "value";
  column.type = kind.type;
  column.code_page = kind.code_page;
  const uint32_t size = SizeOfType(kind.type);
  if (size == 0 && !IsLongType(kind.type)) column.max_size = kShortSize;
  if (kind.storage == Storage::kFixed && size == 0) column.grbit |= JET_bitColumnFixed;
  if (kind.storage == Storage::kTagged) column.grbit |= JET_bitColumnTagged;
  if (IsMultiValued(kind)) column.grbit |= JET_bitColumnTagged | JET_bitColumnMultiValued;
  if (IsCompressed(kind)) {
    column.grbit |= JET_bitColumnCompressed;
    column.set_grbit |= JET_bitSetCompressed;
  }
  if (IsSeparated(kind)) column.set_grbit |= JET_bitSetSeparateLV;
  return column;
}

// Differing in the beginning, or only behind what a key holds.
std::string ValueOf(const MatrixCell& cell, int number, uint32_t page_size,
                    std::mt19937_64* random) {
  const ColumnKind& kind = cell.column;
  if (SizeOfType(kind.type) != 0) return NumberedValue(kind.type, kind.code_page, number);
  const std::string start = NumberedValue(kind.type, kind.code_page, number);
  size_t size = start.size();
  if (cell.index == IndexKind::kTruncated) size = IsLongType(kind.type) ? 700 : kShortSize;
  if (kind.storage == Storage::kFixed) size = kShortSize;
  if (kind.storage == Storage::kCompressed) size = number % 2 == 0 ? 300 : 1500;
  // Compressed values that stay in the record and those of several chunks.
  // Without an index they are short: a tree of long values that is one page, which keeps its keys
  // whole, is the only one that esedbexport can search.
  if (IsSeparated(kind)) {
    size =
        cell.index == IndexKind::kNone ? 200 : page_size + 1000 + 40 * static_cast<size_t>(number);
  }
  if (kind.code_page == 1200 && IsTextType(kind.type)) size &= ~size_t{1};
  if (size <= start.size()) return start;
  std::string tail =
      LongValue(kind.type, kind.code_page, size - start.size(), true, IsCompressed(kind), random);
  if (cell.index != IndexKind::kTruncated || number % 3 == 0) return start + tail;
  // Two rows of three differ only behind what a key can hold.
  std::mt19937_64 same(1);
  return LongValue(kind.type, kind.code_page, size - start.size(), true, IsCompressed(kind),
                   &same) +
         start;
}

}  // namespace

std::vector<ColumnKind> AllColumnKinds() {
  std::vector<ColumnKind> kinds;
  const auto add = [&](JET_COLTYP type, uint32_t code_page, std::initializer_list<Storage> ways) {
    for (const Storage way : ways) kinds.push_back({type, code_page, way});
  };
  for (JET_COLTYP type = JET_coltypBit; type <= JET_coltypUnsignedLongLong; ++type) {
    if (SizeOfType(type) != 0) {
      add(type, 0, {Storage::kFixed, Storage::kTagged, Storage::kMultiValued});
      continue;
    }
    for (const uint32_t code_page : {1252u, 1200u}) {
      if (!IsTextType(type) && code_page == 1200) continue;
      if (type == JET_coltypText || type == JET_coltypBinary) {
        add(type, code_page,
            {Storage::kFixed, Storage::kVariable, Storage::kTagged, Storage::kMultiValued});
      } else if (IsLongType(type)) {
        add(type, code_page,
            {Storage::kTagged, Storage::kMultiValued, Storage::kSeparated,
             Storage::kSeparatedMultiValued, Storage::kCompressed, Storage::kCompressedSeparated});
      }
    }
  }
  return kinds;
}

std::vector<IndexKind> AllIndexKinds() {
  std::vector<IndexKind> kinds;
  for (size_t i = 0; i < std::size(kIndexNames); ++i) kinds.push_back(static_cast<IndexKind>(i));
  return kinds;
}

bool IsPossible(const ColumnKind& column, IndexKind index) {
  const bool string = SizeOfType(column.type) == 0;
  switch (index) {
    case IndexKind::kPrimary:
      return !IsMultiValued(column);
    case IndexKind::kMultiValued:
      return IsMultiValued(column);
    case IndexKind::kTuple:
    case IndexKind::kTruncated:
      return string;
    default:
      return true;
  }
}

std::string NameOf(const MatrixCell& cell) {
  std::string name = kTypeNames[cell.column.type];
  if (IsTextType(cell.column.type)) name += cell.column.code_page == 1200 ? " Unicode" : " 1252";
  return name + " " + kStorageNames[static_cast<size_t>(cell.column.storage)] + ", " +
         kIndexNames[static_cast<size_t>(cell.index)];
}

PlannedTable TableOf(const MatrixCell& cell, const std::string& name) {
  PlannedTable table;
  table.name = name;
  table.columns = {{.name = "id", .type = JET_coltypLong},
                   ColumnOf(cell.column),
                   {.name = "other", .type = JET_coltypShort}};
  if (cell.index == IndexKind::kNone) return table;
  PlannedIndex index;
  index.name = "subject";
  index.segments = {"+value"};
  if (cell.index == IndexKind::kPrimary) {
    index.grbit = JET_bitIndexPrimary;
    table.indexes = {index};
    return table;
  }
  table.indexes = {{.name = "main", .segments = {"+id"}, .grbit = JET_bitIndexPrimary}};
  if (cell.index == IndexKind::kUnique) index.grbit = JET_bitIndexUnique;
  if (cell.index == IndexKind::kDescending) index.segments = {"-value"};
  if (cell.index == IndexKind::kConditional) index.conditions = {"!other"};
  if (cell.index == IndexKind::kTuple) {
    index.tuples = JET_TUPLELIMITS{
        .chLengthMin = 3, .chLengthMax = 6, .chToIndexMax = 40, .cchIncrement = 1, .ichStart = 0};
  }
  if (cell.index == IndexKind::kMultiColumn) index.segments = {"+other", "-value", "+id"};
  table.indexes.push_back(index);
  return table;
}

std::vector<PlannedRow> RowsOf(const MatrixCell& cell, uint32_t page_size) {
  std::mt19937_64 random(static_cast<uint64_t>(cell.column.type) * 1000 +
                         static_cast<uint64_t>(cell.index));
  std::vector<PlannedRow> rows;
  for (int i = 0; i < kRows; ++i) {
    const int32_t id = 10 * i;
    PlannedRow row(3);
    row[0].emplace_back(reinterpret_cast<const char*>(&id), sizeof(id));
    if (i != 3) row[1].push_back(ValueOf(cell, i, page_size, &random));
    if (IsMultiValued(cell.column) && i % 2 == 0) {
      row[1].push_back(ValueOf(cell, i + 20, page_size, &random));
      if (i % 4 == 0) row[1].push_back(ValueOf(cell, i + 40, page_size, &random));
    }
    if (i % 4 != 1) row[2].push_back(NumberedValue(JET_coltypShort, 0, i % 3));
    rows.push_back(row);
  }
  return rows;
}

}  // namespace contrail::test
