// Pace: how fast a backup may read, so that it stays out of the way of others.
//
// A token bucket: bytes pass at a rate, with a tenth of a second's worth in advance after a pause.
// The rate has a ceiling that the caller names, or moves by what those who commit are served: it
// begins at 32 MiB/s, for a disk that is flooded at once makes them wait before anybody can see it.
// While their waits for the log are longer on average than is wanted it is halved five times a
// second, down to 1 MiB/s, so that a backup always comes to its end; while they are not it grows by
// a quarter, and while there are no commits it doubles.
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

  bool unlimited() const { return bytes_per_second == 0 && commit_latency == absl::ZeroDuration(); }
  bool operator==(const PaceOptions&) const = default;
};

// What commits have waited for the log since some moment (engine/commit_order.h).
struct CommitWaits {
  uint64_t count = 0;
  absl::Duration total;
};

class Pace {
 public:
  static constexpr uint64_t kSlowest = 1 << 20;  // Bytes per second that commits cannot take away.
  static constexpr uint64_t kFirst = uint64_t{32} << 20;  // Where commits are watched.
  static constexpr absl::Duration kInterval = absl::Milliseconds(200);  // Between two looks.

  Pace(const PaceOptions& options, std::function<CommitWaits()> commit_waits);

  // When these bytes may pass: not before all that came before. Does not wait.
  absl::Time Reserve(uint64_t bytes);
  // Returns when these bytes may pass. Asks `keep_going` every tenth of a second while it waits;
  // false when that has said no.
  bool Pass(uint64_t bytes, const std::function<bool()>& keep_going);
  PaceClock& clock() const { return clock_; }
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

// Waits for the moment; asks `keep_going` every tenth of a second, false when that has said no.
bool WaitUntil(PaceClock& clock, absl::Time moment, const std::function<bool()>& keep_going);

}  // namespace contrail
