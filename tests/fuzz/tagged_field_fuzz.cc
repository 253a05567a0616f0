// Any bytes as the tagged part of a record that is right otherwise: nothing outside of them is
// read, and what a builder takes over it writes again so that it reads the same.

#include <vector>

#include "engine/record_builder.h"
#include "engine/value_compression.h"
#include "storage/check.h"

namespace {

using namespace contrail;

// Column 256 and on: each type in turn, single and multi-valued.
const TableSchema& Table() {
  static const TableSchema table = [] {
    TableSchema made;
    constexpr ColumnType kTypes[] = {
        ColumnType::kBit,        ColumnType::kLong,     ColumnType::kBinary, ColumnType::kText,
        ColumnType::kLongBinary, ColumnType::kLongText, ColumnType::kGuid,   ColumnType::kCurrency};
    ColumnId id = kFirstTaggedColumn;
    for (const uint32_t flags : {0u, column_flag::kMultiValued}) {
      for (const ColumnType type : kTypes) {
        ColumnSchema column;
        column.id = id++;
        column.name = "c" + std::to_string(column.id);
        column.type = type;
        column.flags = flags;
        column.max_size = FixedSizeOf(type) != 0 ? FixedSizeOf(type) : IsLongType(type) ? 0 : 255;
        made.AddColumn(column);
      }
    }
    return made;
  }();
  return table;
}

// Values as copies, so that a read past one is seen.
void ReadFields(const RecordView& view) {
  for (uint32_t place = 0; place < view.tagged_count(); ++place) {
    const Result<TaggedField> field = view.TaggedAt(place);
    if (!field.ok()) continue;
    const Result<uint32_t> count = field->value_count();
    if (!count.ok()) continue;
    for (uint32_t itag = 1; itag <= *count + 1; ++itag) {
      const Result<ColumnValue> value = field->Value(itag);
      if (!value.ok() || value->kind != ValueKind::kCompressed) continue;
      const std::vector<std::byte> copy(value->bytes.begin(), value->bytes.end());
      const Result<uint32_t> size = DecompressedSize(copy);
      std::vector<std::byte> to(size.ok() ? std::min<uint32_t>(*size, 1 << 16) : 16);
      Decompress(copy, to).status().Ignore();
    }
  }
  for (const ColumnSchema& column : view.schema().columns()) {
    for (uint32_t itag = 1; itag <= 3; ++itag) view.Value(column, itag).status().Ignore();
    view.ValueCount(column).status().Ignore();
    view.FindTagged(column.id);
  }
}

void Rebuild(const RecordView& view) {
  RecordBuilder builder;
  if (!builder.StartFrom(view).ok()) return;
  const Result<Bytes> encoded = builder.Encode(32676);
  if (!encoded.ok()) return;
  const std::vector<std::byte> first(encoded->begin(), encoded->end());
  const Result<RecordView> again = RecordView::Open(view.schema(), view.layout(), first);
  CHECK(again.ok());
  RecordBuilder second;
  CHECK(second.StartFrom(*again).ok());
  CHECK(Compare(second.Encode(32676).value(), first) == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // No fixed and no variable column.
  std::vector<std::byte> record = {std::byte{0}, std::byte{127}, std::byte{4}, std::byte{0}};
  const auto* bytes = reinterpret_cast<const std::byte*>(data);
  record.insert(record.end(), bytes, bytes + size);
  for (const RecordLayout layout : {RecordLayout::kSmallPage, RecordLayout::kLargePage}) {
    const Result<RecordView> view = RecordView::Open(Table(), layout, record);
    if (!view.ok()) continue;
    ReadFields(*view);
    Rebuild(*view);
  }
  return 0;
}
