// Trees whose shape is wrong while every page is well-formed: `contrail check` finds it where it
// is.

#include <gtest/gtest.h>

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

constexpr const char* kCells = "cells.edb";  // Of its table at least three leaves.

PageNumber RootOf(VictimDatabase& victim) { return victim.table("cells").root_page; }

std::vector<std::byte> KeyAt(VictimDatabase& victim, PageNumber number, uint32_t line) {
  const std::vector<std::byte> page = victim.Read(number);
  const NodeView node = PageView(page.data(), victim.page_size()).node(line);
  std::vector<std::byte> key(node.key_size());
  node.CopyKey(key.data());
  return key;
}

std::vector<std::byte> FirstKey(VictimDatabase& victim, PageNumber leaf) {
  return KeyAt(victim, leaf, 0);
}

std::vector<std::byte> SeparatorOf(VictimDatabase& victim, uint32_t line) {
  return KeyAt(victim, RootOf(victim), line);
}

uint32_t LinesOf(VictimDatabase& victim, PageNumber number) {
  const std::vector<std::byte> page = victim.Read(number);
  return PageView(page.data(), victim.page_size()).line_count();
}

std::array<std::byte, 4> Number(PageNumber page) {
  std::array<std::byte, 4> bytes;
  StoreLittle(bytes.data(), page);
  return bytes;
}

// Makes `page` an internal page of the table with one child.
void MakeParent(VictimDatabase& victim, PageNumber page, PageNumber child, Bytes separator,
                bool of_leaf) {
  std::vector<std::byte> nodes;
  NodeListWriter(&nodes).Add(0, separator, Number(child));
  victim.Change(page, [&](MutableBytes bytes) {
    const PageOperation format = PageOperation::Format(
        of_leaf ? page_flag::kParentOfLeaf : 0, victim.table("cells").object_id, 0, 0, {}, nodes);
    ASSERT_TRUE(ApplyOperation(format, bytes.data(), victim.page_size()).ok());
    StoreLittle<uint64_t>(bytes.data() + page_offset::kDbTime, 1);
  });
}

Expected DeeperLeaf(VictimDatabase& victim, const char* what) {
  const PageNumber root = RootOf(victim);
  const PageNumber leaf = victim.Child(root, 1);
  const PageNumber between = victim.UnusedPages(1)[0];
  MakeParent(victim, between, leaf, SeparatorOf(victim, 1), true);
  victim.Apply(root, PageOperation::ReplaceNode(1, 0, Number(between)));
  return {std::string(what) == "depth of the leaf" ? leaf : between, what};
}

Expected TooDeep(VictimDatabase& victim) {
  constexpr size_t kLevels = 17;
  const PageNumber root = RootOf(victim);
  const uint32_t last = LinesOf(victim, root) - 1;
  const std::vector<PageNumber> pages = victim.UnusedPages(kLevels);
  for (size_t i = 0; i < kLevels; ++i) {
    const bool lowest = i + 1 == kLevels;
    const PageNumber child = lowest ? victim.Child(root, last) : pages[i + 1];
    MakeParent(victim, pages[i], child, {}, lowest);
  }
  victim.Apply(root, PageOperation::ReplaceNode(last, 0, Number(pages[0])));
  return {pages[16], "depth", "more"};
}

// The prefix of a page changes so that a node has more in common with it than it says.
Expected LongerPrefix(VictimDatabase& victim) {
  constexpr PageNumber kLeaf = 13;  // Of MSysObjects.
  uint32_t changed = UINT32_MAX;
  victim.Change(kLeaf, [&](MutableBytes page) {
    const PageView view(page.data(), victim.page_size());
    for (uint32_t line = 0; line < view.line_count() && changed == UINT32_MAX; ++line) {
      const NodeView node = view.node(line);
      const size_t shared = node.prefix.size();
      if (shared == 0 || shared == view.external_header().size() || node.suffix.empty()) continue;
      victim.ExternalHeader(page)[shared] = node.suffix[0];
      changed = line;
    }
  });
  EXPECT_NE(changed, UINT32_MAX);
  return {kLeaf, "shared prefix of node " + std::to_string(changed)};
}

// Another separator for one line of the root, and what comes of it on a page.
Damage Separator(uint32_t line, std::string what, Place page,
                 std::function<std::vector<std::byte>(VictimDatabase&)> key) {
  return [=](VictimDatabase& victim) -> Expected {
    victim.Apply(RootOf(victim), PageOperation::SetNodeKey(line, key(victim)));
    return {page(victim), what};
  };
}

Place Leaf(size_t position) {
  return [position](VictimDatabase& victim) { return victim.Leaves(RootOf(victim))[position]; };
}

std::vector<Plan> Plans() {
  // Keys of ids: 7f, then the number with its sign turned over.
  const auto key = [](const char* hex) { return [hex](VictimDatabase&) { return Hex(hex); }; };
  return {
      {"LeafDepth", kCells,
       [](VictimDatabase& victim) { return DeeperLeaf(victim, "depth of the leaf"); }},
      {"LeafFlag", kCells,
       [](VictimDatabase& victim) { return DeeperLeaf(victim, "leaf flag, as the parent says"); }},
      {"Depth", kCells, TooDeep},
      {"SharedPrefix", "basic.edb", LongerPrefix},
      {"FirstKeyBelow", kCells,
       [](VictimDatabase& victim) -> Expected {
         const PageNumber leaf = victim.Leaves(RootOf(victim))[1];
         std::vector<std::byte> separator = FirstKey(victim, leaf);
         separator.push_back(std::byte{0});
         victim.Apply(RootOf(victim), PageOperation::SetNodeKey(0, separator));
         return {leaf, "first key"};
       }},
      {"LastKeyAbove", kCells, Separator(0, "last key", Leaf(0), key("7f80000003"))},
      {"NoSeparator", kCells, Separator(1, "separator of node 1", RootOf, key(""))},
      {"LastSeparator", kCells,
       [](VictimDatabase& victim) -> Expected {
         const PageNumber root = RootOf(victim);
         const uint32_t last = LinesOf(victim, root) - 1;
         victim.Apply(root, PageOperation::SetNodeKey(last, Hex("7fffffffff")));
         return {root, "last separator"};
       }},
      {"SeparatorOrder", kCells,
       OnPage(RootOf, "separator of node 1",
              [](VictimDatabase& victim, MutableBytes page) { victim.SwapNodes(page, 0); })},
      {"NoChildren", kCells,
       [](VictimDatabase& victim) -> Expected {
         const PageNumber root = RootOf(victim);
         victim.Apply(root, PageOperation::DeleteNodes(0, LinesOf(victim, root)));
         return {root, "nodes of an internal page"};
       }},
      {"EmptiedLeaf", kCells,
       [](VictimDatabase& victim) -> Expected {
         const PageNumber leaf = victim.Leaves(RootOf(victim))[1];
         victim.Apply(leaf, PageOperation::Empty());
         return {leaf, "emptied flag"};
       }},
      {"NodeOfDatabaseRoot", kCells,
       [](VictimDatabase& victim) -> Expected {
         victim.Apply(1, PageOperation::InsertNode(0, 0, Hex("01"), Hex("02")));
         return {1, "database root: nodes"};
       }},
  };
}

INSTANTIATE_TEST_SUITE_P(Tree, DamageTest, ::testing::ValuesIn(Plans()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace contrail
