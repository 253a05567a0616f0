// Catalogs that contradict themselves, both copies alike: `contrail check` finds it.

#include <gtest/gtest.h>

#include "engine/initial_catalog.h"
#include "tests/support/hex.h"
#include "tests/support/victim_catalog.h"
#include "tests/tools/damage_plan.h"

namespace contrail {
namespace {

using test::DamageTest;
using test::Expected;
using test::Plan;
using test::VictimCatalog;
using test::VictimDatabase;
using namespace test::damage;  // NOLINT(google-build-using-namespace): the words of plans

constexpr const char* kCells = "cells.edb";

// One row of the table "cells" is changed; the finding is at the root of the table.
Damage OfCells(CatalogType type, std::string name, std::string what,
               VictimCatalog::RowChange change) {
  return [=](VictimDatabase& victim) -> Expected {
    VictimCatalog(victim).Change("cells", type, name, change);
    return {victim.table("cells").root_page, what};
  };
}

// The same of MSysObjects: what it says of itself.
Damage OfCatalog(CatalogType type, std::string name, Expected expected,
                 VictimCatalog::RowChange change) {
  return [=](VictimDatabase& victim) -> Expected {
    VictimCatalog(victim).Change("MSysObjects", type, name, change);
    return expected;
  };
}

Damage Contradiction(CatalogType type, std::string name, VictimCatalog::RowChange change) {
  return OfCells(type, std::move(name), "table cells: its rows in the catalog", std::move(change));
}

void SetDefault(const std::string& value, CatalogRow* row) {
  const Bytes bytes = AsBytes(value);
  row->default_value.emplace(bytes.begin(), bytes.end());
  row->flags |= column_flag::kHasDefault;
}

void Require(CatalogRow* row) { row->flags |= column_flag::kNotNull; }

std::vector<Plan> RowPlans() {
  return {
      {"BothCopies", kCells,
       [](VictimDatabase& victim) -> Expected {
         for (const PageNumber root : {kCatalogRoot, kShadowRoot}) {
           victim.Change(
               victim.FirstLeaf(root), [](MutableBytes page) { page[200] ^= std::byte{0x11}; },
               false);
         }
         return {kCatalogRoot, "catalog", "damaged, as is its shadow"};
       }},
      {"MalformedRow", kCells,
       [](VictimDatabase& victim) -> Expected {
         const PageNumber leaf = CatalogLeaf(victim);
         victim.Change(leaf, [&](MutableBytes page) {
           victim.NodeData(page, 2)[record_format::kLastFixed] = std::byte{0x7f};
         });
         return {leaf, "table MSysObjects: row", "malformed"};
       }},
      {"UnknownRowType", kCells,
       [](VictimDatabase& victim) -> Expected {
         VictimCatalog(victim).Change("cells", CatalogType::kColumn, "note", [](CatalogRow* row) {
           row->type = static_cast<CatalogType>(9);
         });
         return {kAnyPage, "table MSysObjects: row", "malformed"};
       }},
      {"RowKey", kCells,
       [](VictimDatabase& victim) -> Expected {
         VictimCatalog(victim).Change("cells", CatalogType::kColumn, "note",
                                      [](CatalogRow* row) { row->id = 300; });
         return {kAnyPage, "table MSysObjects: primary key"};
       }},
      {"TableRowId", kCells,
       [](VictimDatabase& victim) -> Expected {
         VictimCatalog(victim).Change("cells", CatalogType::kTable, "",
                                      [](CatalogRow* row) { row->id += 50; });
         return {kAnyPage, "object id of a table row"};
       }},
      {"NoTableRow", kCells,
       [](VictimDatabase& victim) -> Expected {
         VictimCatalog(victim).Remove("cells", CatalogType::kTable, "");
         return {kCatalogRoot, "catalog rows", "no table"};
       }},
      {"NoObjids", kCells,
       [](VictimDatabase& victim) -> Expected {
         VictimCatalog(victim).Change("MSysObjids", CatalogType::kTable, "",
                                      [](CatalogRow* row) { row->name = "MSysObjidx"; });
         return {kCatalogRoot, "MSysObjids", "missing"};
       }},
      {"NoLongValueTree", kCells,
       [](VictimDatabase& victim) -> Expected {
         VictimCatalog(victim).Remove("cells", CatalogType::kLongValue, "");
         return {victim.table("cells").root_page, "long value tree", "none"};
       }},
  };
}

std::vector<Plan> DefinitionPlans() {
  return {
      {"PrimaryRoot", kCells,
       OfCells(CatalogType::kIndex, "main", "root of the primary index",
               [](CatalogRow* row) { ++row->type_or_root; })},
      {"PrimaryObject", kCells,
       OfCells(CatalogType::kIndex, "main", "object id of the primary index",
               [](CatalogRow* row) { row->id += 40; })},
      {"ColumnType", kCells,
       Contradiction(CatalogType::kColumn, "second",
                     [](CatalogRow* row) { row->type_or_root = 40; })},
      {"VariableNumber", kCells,
       Contradiction(
           CatalogType::kColumn, "second",
           [](CatalogRow* row) { row->type_or_root = static_cast<uint32_t>(ColumnType::kLong); })},
      {"ColumnTwice", kCells,
       Contradiction(CatalogType::kColumn, "second", [](CatalogRow* row) { row->id = 128; })},
      {"KeyColumn", kCells,
       Contradiction(CatalogType::kIndex, "by second",
                     [](CatalogRow* row) { row->key_segments = test::Hex("0000 9000"); })},
      {"KeyColumnType", kCells,
       Contradiction(CatalogType::kColumn, "second",
                     [](CatalogRow* row) { row->type_or_root = 0; })},
      {"NoKeyColumns", kCells,
       Contradiction(CatalogType::kIndex, "by second",
                     [](CatalogRow* row) { row->key_segments.reset(); })},
      {"KeySegmentSize", kCells,
       Contradiction(CatalogType::kIndex, "by second",
                     [](CatalogRow* row) { row->key_segments = test::Hex("0000 80"); })},
      {"NoTemplate", kCells,
       Contradiction(CatalogType::kTable, "",
                     [](CatalogRow* row) { row->template_table = "nobody"; })},
      {"FixedColumnId", kCells,
       [](VictimDatabase& victim) -> Expected {
         VictimCatalog(victim).Change("plain", CatalogType::kColumn, "value",
                                      [](CatalogRow* row) { row->id = 2; });
         return {victim.table("plain").root_page, "id of a fixed column", "2"};
       }},
      {"FixedColumnOffset", kCells,
       OfCells(CatalogType::kColumn, "id", "offset in the record",
               [](CatalogRow* row) { row->record_offset = 6; })},
      {"DefaultTooLong", kCells,
       OfCells(CatalogType::kColumn, "second", "column second: size of the default",
               [](CatalogRow* row) { SetDefault("eleven byte", row); })},
      {"OddUnicodeDefault", kCells,
       OfCells(CatalogType::kColumn, "note", "column note: size of the default",
               [](CatalogRow* row) { SetDefault("odd", row); })},
      {"CatalogColumnUnknown", kCells,
       OfCatalog(CatalogType::kColumn, "SpaceHints", {kCatalogRoot, "column 280", "SpaceHints"},
                 [](CatalogRow* row) { row->id = 280; })},
      {"CatalogColumnMissing", kCells,
       OfCatalog(CatalogType::kColumn, "SpaceHints", {kCatalogRoot, "column 259", "missing"},
                 [](CatalogRow* row) { row->id = 280; })},
  };
}

std::vector<Plan> RequiredPlans() {
  return {{"NullWhereRequired", kCells, [](VictimDatabase& victim) -> Expected {
             VictimCatalog(victim).Change("plain", CatalogType::kColumn, "value", Require);
             const PageNumber leaf = victim.FirstLeaf(victim.table("plain").root_page);
             victim.Change(leaf, [&](MutableBytes page) {
               const MutableBytes record = victim.NodeData(page, 0);
               const auto end = LoadLittle<uint16_t>(record.data() + record_format::kFixedEnd);
               record[end - 1] |= std::byte{1};
             });
             return {leaf, "value of column value", "null"};
           }}};
}

// Windows lets a required column be added to a table with records: those are not damaged.
TEST(RequiredColumns, RecordsFromBeforeThemAreCounted) {
  const test::ScratchFolder folder;
  const std::string path = test::MakeCellsDatabase(folder.path());
  VictimDatabase victim(path);
  VictimCatalog(victim).Change("cells", CatalogType::kColumn, "blob", Require);
  const test::CommandResult result = test::RunCommand({test::ToolPath(), "check", path, "--json"});
  EXPECT_EQ(result.exit_status, 0) << result.output;
  const auto document = nlohmann::json::parse(result.output);
  EXPECT_EQ(document["checked"]["values missing in required columns"], 98) << result.output;
}

INSTANTIATE_TEST_SUITE_P(Required, DamageTest, ::testing::ValuesIn(RequiredPlans()),
                         [](const auto& info) { return info.param.name; });
INSTANTIATE_TEST_SUITE_P(CatalogRow, DamageTest, ::testing::ValuesIn(RowPlans()),
                         [](const auto& info) { return info.param.name; });
INSTANTIATE_TEST_SUITE_P(Definition, DamageTest, ::testing::ValuesIn(DefinitionPlans()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace contrail
