// Records, long values and index entries that do not fit their table: `contrail check` finds them.

#include <gtest/gtest.h>

#include "engine/long_value_format.h"
#include "engine/record_builder.h"
#include "tests/support/hex.h"
#include "tests/tools/damage_plan.h"

namespace contrail {
namespace {

using test::DamageTest;
using test::Expected;
using test::Hex;
using test::Plan;
using test::VictimDatabase;
using namespace test::damage;  // NOLINT(google-build-using-namespace): the words of plans

constexpr const char* kCells = "cells.edb";

Place FirstRows() {
  return [](VictimDatabase& victim) { return victim.FirstLeaf(victim.table("cells").root_page); };
}

// Changes bytes of row 0.
Damage InRecord(std::string what, std::function<void(MutableBytes)> change) {
  return OnPage(FirstRows(), std::move(what), [change](VictimDatabase& victim, MutableBytes page) {
    change(victim.NodeData(page, 0));
  });
}

// The words of the variable columns' ends, and the entries of the tagged columns behind their data.
MutableBytes VariableEnds(MutableBytes record) {
  const size_t count =
      static_cast<uint8_t>(record[record_format::kLastVariable]) - size_t{kFirstVariableColumn} + 1;
  return record.subspan(LoadLittle<uint16_t>(record.data() + record_format::kFixedEnd), 2 * count);
}
MutableBytes Tagged(MutableBytes record) {
  const MutableBytes ends = VariableEnds(record);
  const auto size = LoadLittle<uint16_t>(ends.data() + ends.size() - 2);
  const auto start = static_cast<size_t>(ends.data() + ends.size() - record.data());
  return record.subspan(start + size);
}
// The bytes of a tagged column, header byte first; their number is up to the test.
std::byte* TaggedBytes(MutableBytes record, size_t position) {
  const MutableBytes tagged = Tagged(record);
  const auto word =
      LoadLittle<uint16_t>(tagged.data() + position * record_format::kTaggedEntrySize + 2);
  return tagged.data() + (word & record_format::kSmallOffsetMask);
}

// Row 0 is written again by somebody who takes the table for another one.
using Lie = std::function<void(TableSchema*)>;
Damage Forged(std::string what, Lie lie, std::string column, std::string value) {
  return [=](VictimDatabase& victim) -> Expected {
    TableSchema schema = victim.table("cells");
    lie(&schema);
    const PageNumber leaf = FirstRows()(victim);
    const std::vector<std::byte> page = victim.Read(leaf);
    const Bytes data = PageView(page.data(), victim.page_size()).node(0).data;
    const Result<RecordView> record = RecordView::Open(schema, RecordLayout::kSmallPage, data);
    RecordBuilder builder;
    EXPECT_TRUE(record.ok() && builder.StartFrom(*record).ok());
    for (const ColumnSchema& candidate : schema.columns()) {
      if (candidate.name != column) continue;
      EXPECT_EQ(builder.Set(candidate, 1, AsBytes(value)), Status::Ok());
    }
    const Result<Bytes> encoded = builder.Encode(victim.page_size());
    EXPECT_TRUE(encoded.ok());
    if (encoded.ok()) victim.Apply(leaf, PageOperation::ReplaceNode(0, 0, *encoded));
    return {leaf, what};
  };
}

Lie Retyped(std::string name, ColumnType type, uint32_t max_size, uint16_t code_page) {
  return [=](TableSchema* schema) {
    for (const ColumnSchema& column : schema->columns()) {
      if (column.name != name) continue;
      ColumnSchema changed = column;
      changed.type = type;
      changed.max_size = max_size;
      changed.code_page = code_page;
      schema->ReplaceColumn(std::move(changed));
      return;
    }
  };
}

void AddVariable(TableSchema* schema) {
  ColumnSchema column;
  column.id = 130;
  column.name = "third";
  column.type = ColumnType::kBinary;
  column.max_size = 10;
  schema->AddColumns({column});
}

std::vector<Plan> RecordPlans() {
  const auto entry = [](MutableBytes record, size_t position) {
    return Tagged(record).data() + position * record_format::kTaggedEntrySize;
  };
  return {
      {"VariableOfAnother", kCells,
       Forged("last variable column of the record", AddVariable, "third", "abc")},
      {"TooLong", kCells,
       Forged("size of column second", Retyped("second", ColumnType::kBinary, 100, 0), "second",
              "more than ten bytes")},
      {"TaggedNumber", kCells,
       Forged("size of column number", Retyped("number", ColumnType::kBinary, 40, 0), "number",
              "abc")},
      {"VariableBeyond", kCells,
       InRecord("extent of variable column first",
                [](MutableBytes record) {
                  const MutableBytes ends = VariableEnds(record);
                  StoreLittle<uint16_t>(ends.data(), LoadLittle<uint16_t>(ends.data() + 2) + 1);
                })},
      {"NullWithBytes", kCells,
       InRecord("end of variable column 129",
                [](MutableBytes record) { VariableEnds(record)[3] |= std::byte{0x80}; })},
      {"TaggedExtent", kCells,
       InRecord("extent of tagged column number",
                [=](MutableBytes record) { StoreLittle<uint16_t>(entry(record, 1) + 2, 0x5ff0); })},
      {"TaggedOrder", kCells,
       InRecord("order of the tagged columns",
                [=](MutableBytes record) {
                  std::swap_ranges(entry(record, 1), entry(record, 1) + 2, entry(record, 2));
                })},
      {"TaggedOfAnother", kCells,
       InRecord("tagged column of the record",
                [=](MutableBytes record) { StoreLittle<uint16_t>(entry(record, 2), 300); })},
      {"HeaderByte", kCells,
       InRecord("header byte of tagged column note",
                [](MutableBytes record) {
                  *TaggedBytes(record, 1) ^= std::byte{record_format::kLongType};
                })},
      {"NumberOfValues", kCells,
       InRecord(
           "number of values of column number",
           [](MutableBytes record) { StoreLittle<uint16_t>(TaggedBytes(record, 0) + 1, 0x7001); })},
      {"ValueExtent", kCells,
       InRecord(
           "value 1 of column number",
           [](MutableBytes record) { StoreLittle<uint16_t>(TaggedBytes(record, 0) + 3, 0x7ff0); })},
      {"ValueWithoutNumber", kCells,
       InRecord("value 1 of column blob",
                [](MutableBytes record) { StoreLittle<uint32_t>(TaggedBytes(record, 2) + 1, 0); })},
      {"PrimaryKeySize", kCells,
       [](VictimDatabase& victim) -> Expected {
         const PageNumber root = victim.table("plain").root_page;
         victim.Apply(root, PageOperation::SetNodeKey(0, Hex("000001")));
         return {root, "primary key, its size", "3"};
       }},
  };
}

std::vector<Plan> LongValuePlans() {
  // What happens to a node of the long value tree, found by its key.
  const auto node = [](const LongValueKey& key, const char* what,
                       const std::function<PageOperation(uint32_t line)>& change) -> Damage {
    return [=](VictimDatabase& victim) -> Expected {
      const auto place = victim.Find(victim.table("cells").long_value_root_page, key.bytes());
      victim.Apply(place.page, change(place.line));
      return {place.page, what};
    };
  };
  static const std::vector<std::byte> ten(10);
  static const std::vector<std::byte> junk(299, std::byte{0xff});
  return {
      {"RootSize", kCells,
       node(LongValueKey::Root(1), "size of its root",
            [](uint32_t line) { return PageOperation::ReplaceNode(line, 0, ten); })},
      {"ChunkOffset", kCells,
       node(LongValueKey::Chunk(2, 4014), "offset of a chunk",
            [](uint32_t line) {
              static const LongValueKey key = LongValueKey::Chunk(2, 4000);
              return PageOperation::SetNodeKey(line, key.bytes());
            })},
      {"ChunkBytes", kCells,
       node(LongValueKey::Chunk(1, 0), "chunk at 0",
            [](uint32_t line) { return PageOperation::ReplaceNode(line, 0, junk); })},
      {"ChunkOfNothing", kCells,
       node(LongValueKey::Chunk(2, 8028), "root of a chunk",
            [](uint32_t line) {
              static const LongValueKey key = LongValueKey::Chunk(3, 0);
              return PageOperation::SetNodeKey(line, key.bytes());
            })},
  };
}

// A text in a file of Windows gets a character whose weight nobody here knows, and its index entry
// goes.
Expected LoseUnknownEntry(VictimDatabase& victim) {
  const TableSchema& table = victim.table("index");
  const IndexSchema& index = *table.FindIndex("IxUnicode");
  const PageNumber rows = victim.FirstLeaf(table.root_page);
  std::vector<std::byte> primary_key;
  victim.Change(rows, [&](MutableBytes page) {
    const NodeView node = PageView(page.data(), victim.page_size()).node(0);
    primary_key.resize(node.key_size());
    node.CopyKey(primary_key.data());
    const MutableBytes record = victim.NodeData(page, 0);
    const Result<RecordView> view = RecordView::Open(table, RecordLayout::kSmallPage, record);
    ASSERT_TRUE(view.ok());
    const Result<ColumnValue> text = view->Value(*table.FindColumn(index.segments[0].column));
    ASSERT_TRUE(text.ok() && text->kind == ValueKind::kInline && text->bytes.size() >= 2);
    const auto at = static_cast<size_t>(text->bytes.data() - record.data());
    StoreLittle<uint16_t>(record.data() + at, 0x1100);  // A part of a syllable.
  });
  for (const PageNumber leaf : victim.Leaves(index.root_page)) {
    const std::vector<std::byte> page = victim.Read(leaf);
    const PageView view(page.data(), victim.page_size());
    for (uint32_t line = 0; line < view.line_count(); ++line) {
      if (Compare(view.node(line).data, primary_key) != 0) continue;
      victim.Apply(leaf, PageOperation::DeleteNodes(line, 1));
      return {index.root_page, "entries of rows whose keys cannot be computed"};
    }
  }
  ADD_FAILURE() << "no entry";
  return {};
}

std::vector<Plan> IndexPlans() {
  return {
      {"KeySize", kCells,
       [](VictimDatabase& victim) -> Expected {
         const PageNumber root = victim.index_root("cells", "by second");
         const PageNumber leaf = victim.Leaves(root).back();
         const std::vector<std::byte> page = victim.Read(leaf);
         const uint32_t last = PageView(page.data(), victim.page_size()).line_count() - 1;
         const std::vector<std::byte> key(300, std::byte{0xff});
         victim.Apply(leaf, PageOperation::SetNodeKey(last, key));
         return {leaf, "size of a key", "300"};
       }},
      {"UnknownKey", "index.edb", LoseUnknownEntry},
  };
}

INSTANTIATE_TEST_SUITE_P(Record, DamageTest, ::testing::ValuesIn(RecordPlans()),
                         [](const auto& info) { return info.param.name; });
INSTANTIATE_TEST_SUITE_P(LongValue, DamageTest, ::testing::ValuesIn(LongValuePlans()),
                         [](const auto& info) { return info.param.name; });
INSTANTIATE_TEST_SUITE_P(Index, DamageTest, ::testing::ValuesIn(IndexPlans()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace contrail
