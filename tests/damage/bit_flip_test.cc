// Single bits of a 256 KiB database flipped: each flip is detected, corrected or harmless, and
// never makes a wrong value.
//
// The ordinary run takes one bit of some thousand, spread over the file. CONTRAIL_BIT_FLIPS=all
// takes every single bit, quickly where the checksum leaves no doubt (docs/testing.md); =every goes
// the whole way for every bit, and =A-B for those from A to below B.

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "tests/support/bit_flips.h"
#include "tests/support/small_database.h"

namespace contrail::test {
namespace {

constexpr uint64_t kStride = 16'381;  // Prime, so that all places of pages and bytes have turns.
constexpr uint64_t kConfirmed = 97;

struct Plan {
  uint64_t first = 0;
  uint64_t end = 0;
  uint64_t stride = 1;
  bool quick = false;
};

Plan PlanFor(uint64_t bits) {
  const char* text = std::getenv("CONTRAIL_BIT_FLIPS");
  if (text == nullptr) return {0, bits, kStride, false};
  if (std::string(text) == "all") return {0, bits, 1, true};
  if (std::string(text) == "every") return {0, bits, 1, false};
  char* rest = nullptr;
  const uint64_t first = std::strtoull(text, &rest, 10);
  const uint64_t end = *rest == '-' ? std::strtoull(rest + 1, nullptr, 10) : bits;
  return {first, std::min(end, bits), 1, false};
}

// A bit whose fate is known by others' is tried all the same now and then.
FlipOutcome TryBit(BitFlips* flips, uint64_t bit, bool quick, uint64_t* whole_ways) {
  bool whole_way = true;
  if (!quick) {
    ++*whole_ways;
    return flips->Try(bit);
  }
  const FlipOutcome outcome = flips->TryQuickly(bit, &whole_way);
  if (!whole_way && bit % kConfirmed == 0) {
    EXPECT_EQ(NameOf(flips->Try(bit)), NameOf(outcome)) << "bit " << bit;
    whole_way = true;
  }
  if (whole_way) ++*whole_ways;
  return outcome;
}

TEST(BitFlipTest, NoFlippedBitMakesAWrongValue) {
  BitFlips flips(MakeSmallDatabase());
  ASSERT_EQ(flips.unusable(), "");
  ASSERT_EQ(flips.bits(), 8 * kSmallDatabaseBytes);
  ASSERT_GT(flips.rows(), 100u);
  const Plan plan = PlanFor(flips.bits());
  FlipCounts counts;
  uint64_t flipped = 0;
  uint64_t whole_ways = 0;
  for (uint64_t bit = plan.first; bit < plan.end; bit += plan.stride) {
    const FlipOutcome outcome = TryBit(&flips, bit, plan.quick, &whole_ways);
    counts.Add(outcome);
    ++flipped;
    ASSERT_LT(counts.of(FlipOutcome::kWrong), 20u);
    if (outcome != FlipOutcome::kWrong) continue;
    ADD_FAILURE() << "bit " << bit << " (byte " << bit / 8 % 4096 << " of page "
                  << static_cast<int64_t>(bit / 8 / 4096) - 1 << "): " << flips.wrong();
  }
  std::cout << flipped << " of " << flips.bits() << " bits flipped: " << counts.ToText() << "; "
            << whole_ways << " opened, checked and exported\n";
  EXPECT_EQ(counts.of(FlipOutcome::kWrong), 0u);
}

}  // namespace
}  // namespace contrail::test
