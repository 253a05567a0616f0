#include "engine/catalog_row.h"

#include <gtest/gtest.h>

#include "engine/initial_catalog.h"
#include "engine/text_order.h"
#include "tests/support/hex.h"

namespace contrail {
namespace {

using test::Hex;
using test::ToHex;

// Windows leaves '*' in null fixed columns of index rows; we write zeros. Null columns of a row are
// found by its bitmap, so neither is read.
std::string Encoded(const CatalogRow& row) {
  RecordBuilder builder;
  EXPECT_TRUE(EncodeCatalogRow(row, RecordLayout::kSmallPage, builder).ok());
  const Result<Bytes> encoded = builder.Encode(3789);
  EXPECT_TRUE(encoded.ok());
  return ToHex(*encoded);
}

CatalogRow Decoded(std::string_view hex) {
  const auto bytes = Hex(hex);
  const Result<RecordView> view =
      RecordView::Open(ObjectsSchema(), RecordLayout::kSmallPage, bytes);
  EXPECT_TRUE(view.ok());
  const Result<CatalogRow> row = DecodeCatalogRow(*view);
  EXPECT_TRUE(row.ok());
  return *row;
}

// Rows of basic.edb and index.edb.
constexpr char kTableRow[] =
    "08802000020000000100020000000400000050000000000000c014000000ff000b004d5379734f626a65637473";
constexpr char kFixedColumnRow[] =
    "0980230002000000020001000000040000000400000001000000e404000000040080fe0a004f626a69645461626c"
    "65";
constexpr char kTaggedColumnRow[] =
    "07801f0006000000020000010000040000000400000000000000000000008005006f626a6964";
constexpr char kDefaultColumnRow[] =
    "0983230007000000020002000000040000000400000030000000000000000005"
    "0080fe0600068006800a006956616c756500000000";
constexpr char kPrimaryIndexRow[] =
    "0b842900080000000300080000001f000000500000002f000100000000000000000104030005"
    "0080f9040004800480048008004978496400000100050104400165006e002d0055005300";
constexpr char kUnicodeIndexRow[] =
    "0a8927000800000003001800000038000000500000000e040100000000000000000104030080fd09000980098009"
    "800d000d800d800d80150025004978556e69636f6465000082000f0206000f02060001000000ee575c1e00b4d000"
    "0bb1e11e050104400165006e002d0055005300";
constexpr char kLongValueRow[] =
    "07801f000800000004001b0000003b0000006400000000000000010000008002004c56";

TEST(CatalogRow, RowsOfWindowsComeBackByteForByte) {
  for (const char* hex : {kTableRow, kFixedColumnRow, kTaggedColumnRow, kDefaultColumnRow,
                          kPrimaryIndexRow, kUnicodeIndexRow, kLongValueRow}) {
    EXPECT_EQ(Encoded(Decoded(hex)), hex);
  }
}

TEST(CatalogRow, Fields) {
  const CatalogRow table = Decoded(kTableRow);
  EXPECT_EQ(table.type, CatalogType::kTable);
  EXPECT_EQ(table.name, "MSysObjects");
  EXPECT_TRUE(table.root_flag);
  EXPECT_EQ(table.flags, 0xc0000000u);
  const IndexSchema primary = IndexFromRow(Decoded(kPrimaryIndexRow)).value();
  EXPECT_TRUE(primary.is_primary());
  EXPECT_EQ(primary.key_most, 5);
  EXPECT_EQ(primary.var_segment_max, 5);
  EXPECT_EQ(primary.segments, (std::vector<IndexSegment>{{1, false, false, false}}));
  const IndexSchema text = IndexFromRow(Decoded(kUnicodeIndexRow)).value();
  EXPECT_EQ(text.sort_version, 0x0006020F0006020Fu);
  EXPECT_EQ(text.locale_name, u"en-US");
  EXPECT_NE(TextOrders().Find(text), nullptr);
  const ColumnSchema column = ColumnFromRow(Decoded(kDefaultColumnRow)).value();
  EXPECT_EQ(column.record_offset, 5);
  EXPECT_EQ(column.default_value, std::vector<std::byte>(4));
}

TEST(CatalogRow, Keys) {
  KeyBuffer key;
  MakeCatalogIdKey(2, CatalogType::kTable, 2, key);
  EXPECT_EQ(ToHex(key.bytes()), "7f800000027f80017f80000002");
  MakeCatalogRootKey("basic", key);
  EXPECT_EQ(ToHex(key.bytes()), "7fff7f424153494300");
  MakeCatalogNameKey(8, CatalogType::kColumn, "Id", key);
  EXPECT_EQ(ToHex(key.bytes()), "7f800000087f80027f494400");
  MakeObjidKey(2, key);
  EXPECT_EQ(ToHex(key.bytes()), "7f80000002");
  MakeLocaleKey(u"MSysLocalesConsistent", key);
  EXPECT_EQ(
      ToHex(key.bytes()),
      "7f4d00530079007300094c006f0063006100096c00650073004300096f006e0073006900097300740065006e"
      "0009740000000000000004");
}

TEST(CatalogRow, LocaleRow) {
  RecordBuilder builder;
  ASSERT_TRUE(EncodeLocaleRow(InitialLocaleRows().front(), RecordLayout::kSmallPage, builder).ok());
  EXPECT_EQ(
      ToHex(*builder.Encode(3789)),
      "02800a000101000000fc2e002e0053006300680065006d0061005c00450078007400650072006e0061006c00"
      "5c004d0061006a006f0072000000");
}

TEST(CatalogRow, SchemaComesBackFromItsRows) {
  for (const TableSchema* table :
       {&ObjectsSchema(), &ShadowSchema(), &ObjidsSchema(), &LocalesSchema()}) {
    const std::vector<CatalogRow> rows = MakeCatalogRows(*table);
    const Result<TableSchema> back = TableFromRows(rows);
    ASSERT_TRUE(back.ok());
    EXPECT_EQ(back->name, table->name);
    EXPECT_EQ(back->columns().size(), table->columns().size());
    for (const ColumnSchema& column : table->columns()) {
      EXPECT_EQ(back->FindColumn(column.name)->record_offset, column.record_offset);
    }
    EXPECT_EQ(MakeCatalogRows(*back), rows);
    ASSERT_NE(back->primary_index(), nullptr);
    EXPECT_EQ(back->primary_index()->name, table->indexes.front().name);
  }
}

TableSchema SmallTable() {
  TableSchema table;
  table.name = "small";
  table.object_id = 8;
  table.root_page = 31;
  for (ColumnId id = 1; id <= 2; ++id) {
    ColumnSchema column;
    column.id = id;
    column.name = "c" + std::to_string(id);
    column.type = ColumnType::kLong;
    column.max_size = 4;
    column.record_offset = table.NextFixedOffset();
    table.AddColumn(column);
  }
  IndexSchema index;
  index.name = "byC1";
  index.object_id = 8;
  index.root_page = 31;
  index.flags = 0x1002f;
  index.segments = {{1, true, false, false}};
  index.conditional_columns = {{2, false, false, true}};
  index.tuple_limits = TupleLimits{};
  table.indexes.push_back(index);
  return table;
}

TEST(CatalogRow, OptionalPartsOfAnIndex) {
  const IndexSchema index =
      IndexFromRow(MakeIndexRow(SmallTable(), SmallTable().indexes[0])).value();
  EXPECT_TRUE(index.segments[0].descending);
  EXPECT_TRUE(index.conditional_columns[0].must_be_null);
  EXPECT_EQ(index.tuple_limits, TupleLimits{});
}

// A template of the older kind, without the mark on its columns, and a table derived from it.
TEST(CatalogRow, OldTemplatesNumberTaggedColumnsOn) {
  TableSchema form = SmallTable();
  form.flags = table_flag::kTemplate | table_flag::kFixedDdl;
  ColumnSchema tagged;
  tagged.id = 256;
  tagged.name = "old";
  tagged.type = ColumnType::kLongText;
  form.AddColumn(tagged);
  const auto derive = [&form](uint32_t column_flags) {
    std::vector<CatalogRow> rows = MakeCatalogRows(form);
    for (CatalogRow& row : rows) {
      if (row.type == CatalogType::kColumn) row.flags = column_flags;
    }
    const TableSchema template_table = TableFromRows(rows).value();
    TableSchema derived;
    derived.name = "derived";
    derived.object_id = 9;
    derived.root_page = 40;
    derived.flags = table_flag::kDerived;
    derived.template_name = "small";
    ColumnSchema own;
    own.id = 257;
    own.name = "own";
    own.type = ColumnType::kLongText;
    derived.AddColumn(own);
    EXPECT_TRUE(TableFromRows(MakeCatalogRows(derived)).status().Is(Error::kCatalogCorrupted));
    return TableFromRows(MakeCatalogRows(derived), &template_table).value();
  };
  const TableSchema old = derive(0);
  EXPECT_EQ(old.FindColumn("old")->id, 256u);
  EXPECT_EQ(old.FindColumn("old")->api_id(), kTemplateColumnBit | 256);
  EXPECT_EQ(old.FindColumn("own")->id, 257u);
  EXPECT_EQ(old.FindColumn(kTemplateColumnBit | 257), nullptr);
  const TableSchema marked = derive(column_flag::kTemplateColumn);
  EXPECT_EQ(marked.FindColumn("old")->id, kTemplateColumnBit | 256);
  EXPECT_EQ(marked.FindColumn(ColumnId{256}), nullptr);
  EXPECT_EQ(marked.FindColumn("c2")->id, 2u);
  EXPECT_EQ(marked.NextFixedOffset(), 12);
}

TEST(CatalogRow, NonsenseIsRefused) {
  const std::vector<CatalogRow> sound = MakeCatalogRows(SmallTable());
  ASSERT_TRUE(TableFromRows(sound).ok());
  const auto refused = [&](size_t row, auto change) {
    std::vector<CatalogRow> rows = sound;
    change(rows[row]);
    return TableFromRows(rows).status().Is(Error::kCatalogCorrupted);
  };
  EXPECT_TRUE(refused(0, [](CatalogRow& row) { row.id = 9; }));
  EXPECT_TRUE(refused(0, [](CatalogRow& row) { row.type = CatalogType::kLongValue; }));
  EXPECT_TRUE(refused(1, [](CatalogRow& row) { row.id = 0; }));
  EXPECT_TRUE(refused(1, [](CatalogRow& row) { row.id = 2; }));
  EXPECT_TRUE(refused(2, [](CatalogRow& row) { row.id = kTemplateColumnBit | 256u; }));
  EXPECT_TRUE(refused(1, [](CatalogRow& row) { row.type_or_root = 19; }));
  EXPECT_TRUE(refused(1, [](CatalogRow& row) { row.type_or_root = 0; }));  // Indexed and deleted.
  EXPECT_TRUE(refused(1, [](CatalogRow& row) { row.type_or_root = 12; }));
  EXPECT_TRUE(refused(1, [](CatalogRow& row) { row.record_offset = int16_t{6}; }));
  EXPECT_TRUE(refused(2, [](CatalogRow& row) { row.record_offset = int16_t{4}; }));
  EXPECT_TRUE(refused(2, [](CatalogRow& row) { row.flags = column_flag::kHasDefault; }));
  EXPECT_TRUE(refused(3, [](CatalogRow& row) { row.key_segments->pop_back(); }));
  EXPECT_TRUE(refused(3, [](CatalogRow& row) { row.key_segments->clear(); }));
  EXPECT_TRUE(refused(3, [](CatalogRow& row) { row.key_most = uint16_t{2001}; }));
  EXPECT_TRUE(refused(3, [](CatalogRow& row) { row.tuple_limits->increment = 0; }));
  EXPECT_TRUE(refused(3, [](CatalogRow& row) { row.table = 9; }));
}

TEST(CatalogRow, RecordsOfNonsenseAreRefused) {
  RecordBuilder builder;
  builder.StartEmpty(ObjectsSchema(), RecordLayout::kSmallPage);
  const auto bytes = builder.Encode(3789).value();
  const RecordView view =
      RecordView::Open(ObjectsSchema(), RecordLayout::kSmallPage, bytes).value();
  EXPECT_EQ(DecodeCatalogRow(view).status(), Error::kCatalogCorrupted);
}

TEST(CatalogRow, Names) {
  EXPECT_TRUE(CheckName("a").ok());
  EXPECT_TRUE(CheckName(std::string(64, 'a')).ok());
  EXPECT_TRUE(CheckName("\xe9t\xe9").ok());  // As on Windows, whatever its documentation says.
  for (const std::string& name : {std::string(), std::string(65, 'a'), std::string(" a"),
                                  std::string("a.b"), std::string("a\tb"), std::string("[a")}) {
    EXPECT_EQ(CheckName(name), Error::kInvalidName) << name;
  }
}

}  // namespace
}  // namespace contrail
