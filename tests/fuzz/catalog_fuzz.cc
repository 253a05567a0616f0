// Any bytes as rows of the catalog, each behind its length: decoded one by one, and put together as
// the rows of one table.

#include <algorithm>
#include <vector>

#include "engine/catalog_row.h"
#include "engine/record_builder.h"
#include "storage/check.h"

namespace {

using namespace contrail;

constexpr size_t kMostRows = 64;

void Use(const TableSchema& table) {
  for (const ColumnSchema& column : table.columns()) {
    CHECK(table.FindColumn(column.id) != nullptr);
    table.FindColumn(column.name);
  }
  for (const IndexSchema& index : table.indexes) {
    CHECK(index.segments.size() <= kMaxIndexSegments);
    table.FindIndex(index.name);
  }
  table.NextFixedOffset();
  table.FixedDataEnd(table.last_fixed_column());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const RecordLayout layout =
      data[0] % 2 == 0 ? RecordLayout::kSmallPage : RecordLayout::kLargePage;
  Bytes rest(reinterpret_cast<const std::byte*>(data) + 1, size - 1);
  std::vector<CatalogRow> rows;
  RecordBuilder builder;
  while (rest.size() >= 2 && rows.size() < kMostRows) {
    const size_t length = std::min<size_t>(LoadLittle<uint16_t>(rest.data()), rest.size() - 2);
    // A copy of its own size, so that a read past it is seen.
    const Bytes part = rest.subspan(2, length);
    const std::vector<std::byte> record(part.begin(), part.end());
    rest = rest.subspan(2 + length);
    const Result<RecordView> view = RecordView::Open(ObjectsSchema(), layout, record);
    if (!view.ok()) continue;
    Result<CatalogRow> row = DecodeCatalogRow(*view);
    if (!row.ok()) continue;
    ColumnFromRow(*row).status().Ignore();
    IndexFromRow(*row).status().Ignore();
    if (EncodeCatalogRow(*row, layout, builder).ok()) builder.Encode(32676).status().Ignore();
    rows.push_back(std::move(row).value());
  }
  const Result<TableSchema> table = TableFromRows(rows);
  if (table.ok()) Use(*table);
  return 0;
}
