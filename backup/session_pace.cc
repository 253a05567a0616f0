#include "backup/session_pace.h"

namespace contrail {

CommitWaits WaitsOfCommits(TransactionManager& transactions) {
  const CommitWaitTotals totals = CommitWaitsOf(transactions);
  return {totals.count, absl::Nanoseconds(static_cast<int64_t>(totals.nanoseconds))};
}

void SessionPace::Limit(const PaceOptions& limits) {
  const bool limited = !limits.unlimited();
  if (!limited && !limited_.load(std::memory_order_relaxed)) return;
  absl::MutexLock lock(&mutex_);
  if (limits == limits_) return;
  limits_ = limits;
  pace_.reset();
  if (limited) pace_.emplace(limits, commit_waits_);
  limited_.store(limited, std::memory_order_relaxed);
  changes_.fetch_add(1);
}

bool SessionPace::Pass(uint64_t bytes, const std::function<bool()>& keep_going) {
  if (!limited_.load(std::memory_order_relaxed)) return true;
  absl::Time moment;
  uint64_t change = 0;
  PaceClock* clock = nullptr;
  {
    absl::MutexLock lock(&mutex_);
    if (!pace_.has_value()) return true;
    moment = pace_->Reserve(bytes);
    clock = &pace_->clock();
    change = changes_.load();
  }
  bool kept = true;
  WaitUntil(*clock, moment, [&] {
    kept = keep_going();
    return kept && changes_.load() == change;
  });
  return kept;
}

}  // namespace contrail
