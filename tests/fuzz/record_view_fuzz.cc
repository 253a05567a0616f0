// Any bytes as a record: nothing outside of them is read, and what a builder accepts it gives back.

#include <array>

#include "engine/catalog_row.h"
#include "engine/record_builder.h"
#include "storage/check.h"

namespace {

using namespace contrail;

ColumnSchema Column(ColumnId id, ColumnType type, uint32_t flags, uint32_t max_size) {
  ColumnSchema column;
  column.id = id;
  column.name = "c" + std::to_string(id);
  column.type = type;
  column.flags = flags;
  column.max_size = max_size;
  return column;
}

const TableSchema& Table() {
  static const TableSchema table = [] {
    TableSchema made;
    for (ColumnId id = 1; id <= 10; ++id) {
      ColumnSchema column =
          Column(id, id % 2 == 0 ? ColumnType::kLong : ColumnType::kBit, 0, id % 2 == 0 ? 4 : 1);
      column.record_offset = made.NextFixedOffset();
      made.AddColumn(column);
    }
    for (ColumnId id = 128; id < 132; ++id) {
      made.AddColumn(Column(id, ColumnType::kBinary, 0, 255));
    }
    for (ColumnId id = 256; id < 262; ++id) {
      made.AddColumn(Column(id, id % 2 == 0 ? ColumnType::kLongBinary : ColumnType::kLong,
                            column_flag::kMultiValued, id % 2 == 0 ? 0 : 4));
    }
    return made;
  }();
  return table;
}

void Touch(const ColumnValue& value) {
  for (const std::byte byte : value.bytes) {
    volatile std::byte sink = byte;
    static_cast<void>(sink);
  }
}

void ReadAll(const RecordView& view) {
  for (const ColumnSchema& column : view.schema().columns()) {
    for (uint32_t itag = 1; itag <= 4; ++itag) {
      const Result<ColumnValue> value = view.Value(column, itag);
      if (value.ok()) Touch(*value);
    }
    view.ValueCount(column).status().Ignore();
  }
  RecordBuilder builder;
  if (!builder.StartFrom(view).ok()) return;
  const Result<Bytes> encoded = builder.Encode(32676);
  if (!encoded.ok()) return;
  const Result<RecordView> again = RecordView::Open(view.schema(), view.layout(), *encoded);
  CHECK(again.ok());
  RecordBuilder second;
  CHECK(second.StartFrom(*again).ok());
  CHECK(Compare(second.Encode(32676).value(), *encoded) == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Bytes bytes(reinterpret_cast<const std::byte*>(data), size);
  for (const RecordLayout layout : {RecordLayout::kSmallPage, RecordLayout::kLargePage}) {
    const Result<RecordView> view = RecordView::Open(Table(), layout, bytes);
    if (view.ok()) ReadAll(*view);
    const Result<RecordView> catalog = RecordView::Open(ObjectsSchema(), layout, bytes);
    if (!catalog.ok()) continue;
    const Result<CatalogRow> row = DecodeCatalogRow(*catalog);
    if (row.ok()) {
      ColumnFromRow(*row).status().Ignore();
      IndexFromRow(*row).status().Ignore();
      TableFromRows({*row}).status().Ignore();
    }
  }
  return 0;
}
