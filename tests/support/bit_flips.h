// A database with one bit flipped: opened, checked and exported as a user would, and judged.
//
// Thread rule: one thread each.

#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "storage/bytes.h"
#include "tests/support/memory_file.h"
#include "tests/support/whole_export.h"

namespace contrail::test {

enum class FlipOutcome {
  kDetected,   // An error or a finding says that something is wrong.
  kCorrected,  // Every value is right, and an event says that something was mended.
  kHarmless,   // Every value is right, and nothing is said: no structure uses the bit.
  kWrong,      // A value is wrong or missing and nothing says so. There must be none.
};
inline constexpr size_t kFlipOutcomes = 4;
const char* NameOf(FlipOutcome outcome);

class BitFlips {
 public:
  // A database that is sound. Keeps what is in it.
  explicit BitFlips(std::vector<std::byte> database);

  // Empty when the database can be used; else why not.
  const std::string& unusable() const { return unusable_; }
  uint64_t bits() const { return 8 * file_.bytes().size(); }
  size_t rows() const;

  FlipOutcome Try(uint64_t bit);
  // The same, without going the whole way where the flip cannot matter: the page is mended to what
  // it was, or was never written and so is not used. Then the outcome is that of the page's first
  // such bit. `went_whole_way` tells.
  FlipOutcome TryQuickly(uint64_t bit, bool* went_whole_way);
  // Of the last wrong outcome.
  const std::string& wrong() const { return wrong_; }

 private:
  FlipOutcome Judge();
  // 0: this bit has to be tried; else a number that bits of the same fate share.
  uint64_t FateOf(uint64_t bit);

  MemoryFile file_;
  WholeExport expected_;
  std::string unusable_;
  std::string wrong_;
  std::vector<std::byte> page_;
  std::map<uint64_t, FlipOutcome> fates_;
};

struct FlipCounts {
  std::array<uint64_t, kFlipOutcomes> counts{};
  void Add(FlipOutcome outcome) { ++counts[static_cast<size_t>(outcome)]; }
  uint64_t of(FlipOutcome outcome) const { return counts[static_cast<size_t>(outcome)]; }
  // "1 detected, 2 corrected, 3 harmless, 0 wrong".
  std::string ToText() const;
};

}  // namespace contrail::test
