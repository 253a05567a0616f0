// What ends a freeze that its caller has forgotten.

#pragma once

#include <absl/time/time.h>

#include <functional>
#include <memory>

namespace contrail {

// Runs until it is destroyed: then nothing is called any more, and what was being called has
// returned.
class SnapshotTimer {
 public:
  virtual ~SnapshotTimer() = default;
};

// Calls `expired` once, on a thread of its own, when the time has passed. Null when the timer
// cannot be made.
using SnapshotTimers = std::function<std::unique_ptr<SnapshotTimer>(absl::Duration timeout,
                                                                    std::function<void()> expired)>;

// The clock on the wall. Tests bring timers that they make expire.
SnapshotTimers WallClockTimers();

}  // namespace contrail
