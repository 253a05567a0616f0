#include "tests/support/bit_flips.h"

#include <algorithm>
#include <atomic>

#include "engine/check/database_check.h"
#include "storage/page_checksum.h"

namespace contrail::test {
namespace {

constexpr size_t kPageSize = 4096;
constexpr uint64_t kHeaderPages = 2;
constexpr char kPath[] = "/flipped.edb";
constexpr const char* kNames[kFlipOutcomes] = {"detected", "corrected", "harmless", "wrong"};

class CountingEvents final : public EventSink {
 public:
  void Report(const Event&) override { count_.fetch_add(1, std::memory_order_relaxed); }
  uint64_t count() const { return count_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> count_{0};
};

}  // namespace

const char* NameOf(FlipOutcome outcome) { return kNames[static_cast<size_t>(outcome)]; }

BitFlips::BitFlips(std::vector<std::byte> database) : file_(std::move(database)) {
  CountingEvents events;
  expected_ = ExportEverything(file_, events, kPath);
  NoProgress progress;
  CheckReport report;
  const Status checked = CheckDatabase(file_, events, kPath, {}, progress, &report);
  if (!expected_.whole() || !checked.ok() || !report.sound() || events.count() != 0) {
    unusable_ = "not sound";
    for (const CheckFinding& finding : report.findings()) unusable_ += "\n" + finding.ToText();
  }
}

size_t BitFlips::rows() const {
  size_t rows = 0;
  for (const auto& [name, table] : expected_.tables) rows += table.rows.size();
  return rows;
}

FlipOutcome BitFlips::Try(uint64_t bit) {
  std::byte& byte = file_.bytes()[bit / 8];
  const std::byte before = byte;
  byte ^= std::byte{1} << static_cast<int>(bit % 8);
  const FlipOutcome outcome = Judge();
  byte = before;
  return outcome;
}

uint64_t BitFlips::FateOf(uint64_t bit) {
  const uint64_t page = bit / 8 / kPageSize;
  if (page < kHeaderPages) return 0;
  const auto original = file_.bytes().begin() + static_cast<ptrdiff_t>(page * kPageSize);
  page_.assign(original, original + kPageSize);
  const bool blank =
      std::all_of(page_.begin(), page_.end(), [](std::byte byte) { return byte == std::byte{0}; });
  page_[bit / 8 % kPageSize] ^= std::byte{1} << static_cast<int>(bit % 8);
  const ChecksumState state = VerifyPage(page_, static_cast<PageNumber>(page - 1));
  if (blank) return state == ChecksumState::kBad ? page : 0;
  const bool mended =
      state == ChecksumState::kCorrected && std::equal(page_.begin(), page_.end(), original);
  return mended ? page : 0;
}

FlipOutcome BitFlips::TryQuickly(uint64_t bit, bool* went_whole_way) {
  const uint64_t fate = FateOf(bit);
  const auto known = fates_.find(fate);
  *went_whole_way = fate == 0 || known == fates_.end();
  if (!*went_whole_way) return known->second;
  const FlipOutcome outcome = Try(bit);
  if (fate != 0) fates_[fate] = outcome;
  return outcome;
}

FlipOutcome BitFlips::Judge() {
  CountingEvents events;
  const WholeExport found = ExportEverything(file_, events, kPath);
  wrong_ = FindWrongValue(expected_, found);
  if (!wrong_.empty()) return FlipOutcome::kWrong;
  NoProgress progress;
  CheckReport report;
  const Status checked = CheckDatabase(file_, DiscardEvents(), kPath, {}, progress, &report);
  if (!found.whole()) {
    // What nobody can read the check must not call sound.
    if (checked.ok() && report.sound()) {
      wrong_ = "the check finds nothing, the export fails";
      return FlipOutcome::kWrong;
    }
    return FlipOutcome::kDetected;
  }
  if (events.count() != 0) return FlipOutcome::kCorrected;
  return checked.ok() && report.sound() ? FlipOutcome::kHarmless : FlipOutcome::kDetected;
}

std::string FlipCounts::ToText() const {
  std::string text;
  for (size_t i = 0; i < kFlipOutcomes; ++i) {
    text += (i == 0 ? "" : ", ") + std::to_string(counts[i]) + " " + kNames[i];
  }
  return text;
}

}  // namespace contrail::test
