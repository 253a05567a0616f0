// Reference counts of long values as the check compares them.

#include "engine/check/long_value_check.h"

#include <gtest/gtest.h>

#include <map>

namespace contrail {
namespace {

constexpr PageNumber kRoot = 7;
constexpr LongValueId kValues = 20000;

// Values with these reference counts, empty ones.
struct Values {
  std::map<LongValueId, uint32_t> claimed;
  std::map<LongValueId, uint32_t> counted;

  Values() {
    for (LongValueId id = 1; id <= kValues; ++id) {
      claimed[id] = counted[id] = 1 + static_cast<uint32_t>(id % 3);
    }
  }

  void ForEachReference(const std::function<void(LongValueId)>& visit) const {
    for (const auto& [id, count] : counted) {
      for (uint32_t i = 0; i < count; ++i) visit(id);
    }
  }
  void ForEachNode(const std::function<void(const LeafNode&)>& visit) const {
    for (const auto& [id, count] : claimed) {
      const LongValueKey key = LongValueKey::Root(id);
      const auto data = EncodeLongValueRoot({.reference_count = count, .size = 0});
      visit({kRoot, key.bytes(), data});
    }
  }

  CheckReport Check() const {
    CheckReport report;
    LongValueCheck check("values", 4000, &report);
    ForEachReference([&](LongValueId id) { check.CountReference(id); });
    ForEachNode([&](const LeafNode& node) { check.Visit(node); });
    check.Finish(kRoot, true);
    check.CompareReferences(
        kRoot, [&](const auto& visit) { ForEachReference(visit); },
        [&](const auto& visit) { ForEachNode(visit); });
    return report;
  }
};

TEST(LongValueCheckTest, EqualCountsAreSound) {
  const CheckReport report = Values().Check();
  EXPECT_TRUE(report.sound());
  EXPECT_EQ(report.checked().at("long values"), kValues);
}

TEST(LongValueCheckTest, NamesEveryValueThatDiffersAndNoOther) {
  Values values;
  values.claimed[70] += 1;
  values.counted[700] -= 1;
  values.counted.erase(7000);
  values.claimed.erase(9000);
  values.claimed[10000] = kLongValueDeleting;  // As if it were gone.
  values.counted.erase(10000);
  const CheckReport report = values.Check();
  ASSERT_EQ(report.findings().size(), 4u);
  EXPECT_EQ(report.findings()[0].ToText(),
            "page 7: values: value 70: references: expected 2 (met in records), found 3");
  EXPECT_EQ(report.findings()[1].ToText(),
            "page 7: values: value 700: references: expected 1 (met in records), found 2");
  EXPECT_EQ(report.findings()[2].ToText(),
            "page 7: values: value 7000: references: expected 0 (met in records), found 2");
  EXPECT_EQ(report.findings()[3].ToText(),
            "page 7: values: value 9000: value of a record: expected present, found missing");
}

TEST(LongValueCheckTest, ManyWrongCountsAreABoundedList) {
  Values values;
  for (auto& [id, count] : values.claimed) count += 1;
  const CheckReport report = values.Check();
  EXPECT_GE(report.findings().size(), 64u);
  EXPECT_LE(report.findings().size(), 64u * 20);
}

}  // namespace
}  // namespace contrail
