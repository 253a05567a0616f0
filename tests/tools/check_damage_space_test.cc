// Space headers and extent trees that are wrong: `contrail check` finds it.

#include <gtest/gtest.h>

#include "storage/space_header.h"
#include "tests/support/hex.h"
#include "tests/tools/damage_plan.h"

namespace contrail {
namespace {

using test::DamageTest;
using test::Expected;
using test::Plan;
using test::VictimDatabase;
using namespace test::damage;  // NOLINT(google-build-using-namespace): the words of plans

// Of basic.edb: the table is of one extent, the shadow catalog of several.
constexpr PageNumber kShadowOwned = 25;
constexpr PageNumber kAvailable = 3;

// Of the tree of one extent.
Expected ShortHeader(VictimDatabase& victim, const char* what) {
  const PageNumber root = victim.table("basic").root_page;
  victim.Apply(root, PageOperation::SetExternalHeader(test::Hex("0400000001000000 0200")));
  return {root, what};
}

// Does something to the first entry of the shadow catalog's owned extents.
Damage OwnedEntry(Expected expected, std::function<void(VictimDatabase&, MutableBytes)> change) {
  return [=](VictimDatabase& victim) -> Expected {
    victim.Change(kShadowOwned, [&](MutableBytes page) { change(victim, page); });
    return expected;
  };
}

std::vector<Plan> Plans() {
  return {
      {"HeaderSize", "basic.edb",
       [](VictimDatabase& victim) { return ShortHeader(victim, "space header"); }},
      {"HeaderUnreadable", "basic.edb",
       [](VictimDatabase& victim) { return ShortHeader(victim, "space can be read"); }},
      {"ParentIsNoTree", "basic.edb",
       OnPage(TableOf("basic"), "table basic: parent", InSpaceHeader(4, 200))},
      {"RootNotOwned", "basic.edb",
       OwnedEntry({kShadowRoot, "in use", "not owned"},
                  [](VictimDatabase& victim, MutableBytes page) {
                    const MutableBytes count = victim.NodeData(page, 0);
                    StoreLittle<uint32_t>(count.data(), LoadLittle<uint32_t>(count.data()) - 1);
                  })},
      {"ExtentOfNothing", "basic.edb",
       OwnedEntry({kShadowRoot, "space can be read"},
                  [](VictimDatabase& victim, MutableBytes page) {
                    StoreLittle<uint32_t>(victim.NodeData(page, 0).data(), 0);
                  })},
      {"ExtentOfOtherSize", "basic.edb",
       [](VictimDatabase& victim) -> Expected {
         victim.Apply(kShadowOwned, PageOperation::ReplaceNode(0, 0, test::Hex("050000")));
         return {kShadowRoot, "space can be read"};
       }},
      {"ExtentTreeFlags", "basic.edb",
       OnPage(At(kShadowOwned), "flags of the tree",
              Flip(page_offset::kFlags, page_flag::kSpaceTree))},
      {"ExtentOrder", "basic.edb",
       [](VictimDatabase& victim) -> Expected {
         const std::vector<std::byte> page = victim.Read(kAvailable);
         const uint32_t lines = PageView(page.data(), victim.page_size()).line_count();
         // An extent of no consequence in front of one that has the same end.
         victim.Apply(kAvailable, PageOperation::InsertNode(lines, 0, test::Hex("00000010"),
                                                            test::Hex("01000000")));
         return {kAvailable, "order of node"};
       }},
      {"ExtentBeyondTheEnd", "basic.edb",
       [](VictimDatabase& victim) -> Expected {
         const std::vector<std::byte> page = victim.Read(kAvailable);
         const uint32_t lines = PageView(page.data(), victim.page_size()).line_count();
         victim.Apply(kAvailable, PageOperation::InsertNode(lines, 0, test::Hex("00000200"),
                                                            test::Hex("01000000")));
         return {512, "in use", "not owned"};
       }},
  };
}

INSTANTIATE_TEST_SUITE_P(Space, DamageTest, ::testing::ValuesIn(Plans()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace contrail
