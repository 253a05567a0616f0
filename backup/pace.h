// Pace: how fast a backup may read, so that it stays out of the way of others.
//
// A token bucket: bytes pass at a rate, with a tenth of a second's worth in advance after a pause.
// The rate has a ceiling that the caller names, or moves by what those who commit are served: while
// their waits for the log are longer on average than is wanted it is halved five times a second,
// down to 1 MiB/s, so that a backup always comes to its end; while they are not it grows by a
// quarter.
//
// Thread rule: one thread.

#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <functional>

namespace contrail {

class PaceClock {
 public:
  virtual ~PaceClock() = default;
  virtual absl::Time Now() = 0;
  virtual void Sleep(absl::Duration duration) = 0;
};

// The machine's clock.
PaceClock& SystemPaceClock();

struct PaceOptions {
  uint64_t bytes_per_second = 0;  // 0: no ceiling.
  absl::Duration commit_latency =
      absl::ZeroDuration();    // Commits should wait no longer on average; zero: not watched.
  PaceClock* clock = nullptr;  // Null: the machine's. Outlives the pace.
};

// What commits have waited for the log since some moment (engine/commit_order.h).
struct CommitWaits {
  uint64_t count = 0;
  absl::Duration total;
};

class Pace {
 public:
  static constexpr uint64_t kSlowest = 1 << 20;  // Bytes per second that commits cannot take away.
  static constexpr absl::Duration kInterval = absl::Milliseconds(200);  // Between two looks.

  Pace(const PaceOptions& options, std::function<CommitWaits()> commit_waits);

  // Returns when these bytes may pass. Asks `keep_going` every tenth of a second while it waits;
  // false when that has said no.
  bool Pass(uint64_t bytes, const std::function<bool()>& keep_going);
  // Bytes per second that pass now; 0: any number.
  uint64_t rate() const;

 private:
  void Look(absl::Time now);

  const PaceOptions options_;
  PaceClock& clock_;
  const std::function<CommitWaits()> commit_waits_;
  uint64_t yielding_ = 0;  // The rate that commits leave us; 0: any.
  absl::Time free_at_;     // When all that has passed is paid for.
  absl::Time last_look_;
  CommitWaits last_waits_;
  uint64_t passed_ = 0;  // Bytes since the last look.
};

}  // namespace contrail
