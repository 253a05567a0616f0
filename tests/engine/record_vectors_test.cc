// Records written by Windows, decoded and encoded again (docs/format/record.md has them worked
// out).

#include <gtest/gtest.h>

#include "engine/record_builder.h"
#include "engine/record_view.h"
#include "tests/support/hex.h"

namespace contrail {
namespace {

using test::Hex;
using test::ToHex;

// Columns get ids in order of kind, and record offsets by size.
ColumnSchema Column(ColumnId id, ColumnType type, uint32_t flags = 0, uint32_t max_size = 0) {
  ColumnSchema column;
  column.id = id;
  column.name = "column" + std::to_string(id);
  column.type = type;
  column.flags = flags;
  column.max_size = max_size != 0 ? max_size : FixedSizeOf(type);
  if (IsTextType(type)) column.code_page = kCodePageLatin;
  return column;
}

void Add(TableSchema& table, ColumnSchema column) {
  if (column.is_fixed()) column.record_offset = table.NextFixedOffset();
  table.AddColumn(std::move(column));
}

TableSchema BasicTable() {
  TableSchema table;
  const ColumnType types[] = {
      ColumnType::kLong,         ColumnType::kBit,      ColumnType::kUnsignedByte,
      ColumnType::kShort,        ColumnType::kLong,     ColumnType::kCurrency,
      ColumnType::kSingle,       ColumnType::kDouble,   ColumnType::kDateTime,
      ColumnType::kUnsignedLong, ColumnType::kLongLong, ColumnType::kGuid,
      ColumnType::kUnsignedShort};
  ColumnId id = 0;
  for (const ColumnType type : types) Add(table, Column(++id, type));
  return table;
}

template <typename T>
T Number(const RecordView& view, const TableSchema& table, ColumnId id) {
  const ColumnValue value = view.Value(*table.FindColumn(id)).value();
  EXPECT_EQ(value.kind, ValueKind::kInline);
  EXPECT_EQ(value.bytes.size(), sizeof(T));
  T number;
  std::memcpy(&number, value.bytes.data(), sizeof number);
  return number;
}

std::string ReEncoded(const RecordView& view) {
  RecordBuilder builder;
  EXPECT_TRUE(builder.StartFrom(view).ok());
  const Result<Bytes> encoded = builder.Encode(RecordSizeLimit(4096, 255));
  EXPECT_TRUE(encoded.ok());
  return ToHex(*encoded);
}

TEST(RecordVectors, RowOfFixedColumns) {
  const TableSchema table = BasicTable();
  const auto bytes =
      Hex("0d7f4c00 01000000 00 d5 c7fa 37f833ff c9b000b41dc00400 0000803f 43614724f9806941"
          "0000000080afe140 c907cc00 37f833ffffffffff f10a363f6667dc469af20dacf295c2a1 3905 00e0");
  const RecordView view = RecordView::Open(table, RecordLayout::kSmallPage, bytes).value();
  EXPECT_EQ(view.last_fixed(), 13u);
  EXPECT_EQ(view.last_variable(), 127u);
  EXPECT_EQ(Number<int32_t>(view, table, 1), 1);
  EXPECT_EQ(Number<uint8_t>(view, table, 2), 0);
  EXPECT_EQ(Number<uint8_t>(view, table, 3), 0xd5);
  EXPECT_EQ(Number<int16_t>(view, table, 4), -1337);
  EXPECT_EQ(Number<int32_t>(view, table, 5), -13371337);
  EXPECT_EQ(Number<int64_t>(view, table, 6), 1337133713371337);
  EXPECT_EQ(Number<float>(view, table, 7), 1.0f);
  EXPECT_EQ(Number<double>(view, table, 8), 13371337.13371337);
  EXPECT_EQ(Number<uint32_t>(view, table, 10), 13371337u);
  EXPECT_EQ(Number<uint16_t>(view, table, 13), 1337u);
  EXPECT_EQ(ReEncoded(view), ToHex(bytes));
}

TEST(RecordVectors, CatalogTableRow) {
  TableSchema table;
  for (const ColumnId id : {1u, 2u, 3u, 4u, 5u, 6u, 7u}) {
    Add(table, Column(id, id == 2 ? ColumnType::kShort : ColumnType::kLong));
  }
  Add(table, Column(8, ColumnType::kBit));
  Add(table, Column(128, ColumnType::kText, 0, 255));
  const auto bytes =
      Hex("0880 2000 02000000 0100 02000000 04000000 50000000 000000c0 14000000 ff 00 0b00"
          "4d5379734f626a65637473");
  const RecordView view = RecordView::Open(table, RecordLayout::kSmallPage, bytes).value();
  EXPECT_EQ(Number<int32_t>(view, table, 1), 2);
  EXPECT_EQ(Number<int16_t>(view, table, 2), 1);
  EXPECT_EQ(Number<uint32_t>(view, table, 6), 0xc0000000u);
  EXPECT_EQ(Number<int32_t>(view, table, 7), 20);
  EXPECT_EQ(Number<uint8_t>(view, table, 8), 0xff);
  EXPECT_EQ(AsText(view.Value(*table.FindColumn(128)).value().bytes), "MSysObjects");
  EXPECT_EQ(ReEncoded(view), ToHex(bytes));
}

TableSchema ObjidsTable() {
  TableSchema table;
  Add(table, Column(256, ColumnType::kLong));
  Add(table, Column(257, ColumnType::kLong));
  Add(table, Column(258, ColumnType::kShort));
  return table;
}

TEST(RecordVectors, RowOfTaggedColumnsOnly) {
  const TableSchema table = ObjidsTable();
  const auto bytes = Hex("007f 0400  0001 0c00 0101 1000 0201 1400  02000000 02000000 0100");
  const RecordView view = RecordView::Open(table, RecordLayout::kSmallPage, bytes).value();
  EXPECT_EQ(view.tagged_count(), 3u);
  EXPECT_EQ(Number<int32_t>(view, table, 256), 2);
  EXPECT_EQ(Number<int32_t>(view, table, 257), 2);
  EXPECT_EQ(Number<int16_t>(view, table, 258), 1);
  EXPECT_EQ(ReEncoded(view), ToHex(bytes));
}

TEST(RecordVectors, LargePageAlwaysHasHeaderByte) {
  const TableSchema table = ObjidsTable();
  RecordBuilder builder;
  builder.StartEmpty(table, RecordLayout::kLargePage);
  ASSERT_TRUE(builder.Set(*table.FindColumn(256), 1, Hex("02000000")).ok());
  ASSERT_TRUE(builder.Set(*table.FindColumn(258), 1, Hex("0100")).ok());
  EXPECT_EQ(ToHex(*builder.Encode(4000)),
            ToHex(Hex("007f 0400  0001 0800 0201 0d00  00 02000000 00 0100")));
}

// A record with one tagged field of this id, small page, header byte present.
std::vector<std::byte> WithField(ColumnId id, std::string_view field) {
  std::vector<std::byte> bytes = Hex("007f0400 0000 0440");
  StoreLittle<uint16_t>(bytes.data() + 4, static_cast<uint16_t>(id));
  const auto tail = Hex(field);
  bytes.insert(bytes.end(), tail.begin(), tail.end());
  return bytes;
}

std::vector<std::string> Values(const RecordView& view, const ColumnSchema& column) {
  std::vector<std::string> values;
  const uint32_t count = view.ValueCount(column).value();
  for (uint32_t itag = 1; itag <= count; ++itag) {
    const ColumnValue value = view.Value(column, itag).value();
    values.push_back(value.kind == ValueKind::kSeparated ? "lid " + std::to_string(value.long_value)
                                                         : ToHex(value.bytes));
  }
  EXPECT_EQ(view.Value(column, count + 1).value().kind, ValueKind::kAbsent);
  return values;
}

using Strings = std::vector<std::string>;

TEST(RecordVectors, TwoValuesForm) {
  TableSchema table;
  Add(table, Column(256, ColumnType::kBit, column_flag::kMultiValued));
  const auto bytes = WithField(256, "18 0100ff");
  const RecordView view = RecordView::Open(table, RecordLayout::kSmallPage, bytes).value();
  EXPECT_EQ(Values(view, *table.FindColumn(256)), (Strings{"00", "ff"}));
  EXPECT_EQ(ReEncoded(view), ToHex(bytes));
}

TEST(RecordVectors, GeneralForm) {
  TableSchema table;
  Add(table, Column(257, ColumnType::kUnsignedByte, column_flag::kMultiValued));
  const auto bytes = WithField(257, "08 060007000800 007fff");
  const RecordView view = RecordView::Open(table, RecordLayout::kSmallPage, bytes).value();
  EXPECT_EQ(Values(view, *table.FindColumn(257)), (Strings{"00", "7f", "ff"}));
  EXPECT_EQ(ReEncoded(view), ToHex(bytes));
}

TEST(RecordVectors, SeparatedInstances) {
  TableSchema table;
  Add(table, Column(265, ColumnType::kLongBinary, column_flag::kMultiValued));
  const auto bytes = WithField(265, "09 06800a800e80 010000000200000003000000");
  const RecordView view = RecordView::Open(table, RecordLayout::kSmallPage, bytes).value();
  EXPECT_EQ(Values(view, *table.FindColumn(265)), (Strings{"lid 1", "lid 2", "lid 3"}));
  EXPECT_EQ(ReEncoded(view), ToHex(bytes));
}

}  // namespace
}  // namespace contrail
