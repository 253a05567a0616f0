#include "backup/pace.h"

#include <absl/synchronization/notification.h>
#include <absl/time/clock.h>

#include <algorithm>

namespace contrail {
namespace {

constexpr absl::Duration kInAdvance = absl::Milliseconds(100);
constexpr absl::Duration kLongestSleep = absl::Milliseconds(100);

class SystemClock final : public PaceClock {
 public:
  absl::Time Now() override { return absl::Now(); }
  // Nobody notifies: time is all that is waited for.
  void Sleep(absl::Duration duration) override {
    absl::Notification never;
    never.WaitForNotificationWithTimeout(duration);
  }
};

}  // namespace

PaceClock& SystemPaceClock() {
  static SystemClock clock;
  return clock;
}

Pace::Pace(const PaceOptions& options, std::function<CommitWaits()> commit_waits)
    : options_(options),
      clock_(options.clock != nullptr ? *options.clock : SystemPaceClock()),
      commit_waits_(std::move(commit_waits)),
      yielding_(options.commit_latency != absl::ZeroDuration() && commit_waits_ ? kFirst : 0),
      free_at_(clock_.Now()),
      last_look_(free_at_),
      last_waits_(commit_waits_ ? commit_waits_() : CommitWaits()) {}

uint64_t Pace::rate() const {
  if (yielding_ == 0 || options_.bytes_per_second == 0) {
    return std::max(yielding_, options_.bytes_per_second);
  }
  return std::min(yielding_, options_.bytes_per_second);
}

absl::Time Pace::Reserve(uint64_t bytes) {
  const absl::Time now = clock_.Now();
  Look(now);
  passed_ += bytes;
  const uint64_t rate = this->rate();
  if (rate == 0) return now;
  free_at_ = std::max(free_at_, now - kInAdvance) +
             absl::Seconds(static_cast<double>(bytes) / static_cast<double>(rate));
  return free_at_;
}

bool Pace::Pass(uint64_t bytes, const std::function<bool()>& keep_going) {
  return WaitUntil(clock_, Reserve(bytes), keep_going);
}

bool WaitUntil(PaceClock& clock, absl::Time moment, const std::function<bool()>& keep_going) {
  for (absl::Time now = clock.Now(); now < moment; now = clock.Now()) {
    if (keep_going && !keep_going()) return false;
    clock.Sleep(std::min(moment - now, kLongestSleep));
  }
  return true;
}

void Pace::Look(absl::Time now) {
  const absl::Duration since = now - last_look_;
  if (options_.commit_latency == absl::ZeroDuration() || !commit_waits_ || since < kInterval) {
    return;
  }
  const CommitWaits waits = commit_waits_();
  const uint64_t count = waits.count - last_waits_.count;
  const absl::Duration total = waits.total - last_waits_.total;
  const auto passing =
      static_cast<uint64_t>(static_cast<double>(passed_) / absl::ToDoubleSeconds(since));
  if (count > 0 && total / static_cast<double>(count) > options_.commit_latency) {
    // From what really passes: a ceiling far above it would be halved in vain.
    const uint64_t from = yielding_ == 0 ? passing : std::min(yielding_, passing);
    yielding_ = std::max(from / 2, kSlowest);
  } else if (yielding_ != 0) {
    yielding_ += count > 0 ? yielding_ / 4 : yielding_;
    if (yielding_ / 4 > std::max(passing, kSlowest)) yielding_ = 0;  // It limits nothing any more.
  }
  last_look_ = now;
  last_waits_ = waits;
  passed_ = 0;
}

}  // namespace contrail
