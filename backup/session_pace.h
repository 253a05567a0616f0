// SessionPace: the pace of a backup session, whose files several threads may read, and whose limits
// may change meanwhile. Without limits it costs the look at a flag.
//
// Thread rule: thread safe. The limits are those of all readers together. Nobody waits under a
// lock.

#pragma once

#include <absl/synchronization/mutex.h>

#include <atomic>
#include <functional>
#include <optional>

#include "backup/pace.h"
#include "engine/commit_order.h"

namespace contrail {

CommitWaits WaitsOfCommits(TransactionManager& transactions);

class SessionPace {
 public:
  explicit SessionPace(std::function<CommitWaits()> commit_waits)
      : commit_waits_(std::move(commit_waits)) {}

  // From now on, and whoever waits by other limits waits no longer. The same limits again change
  // nothing.
  void Limit(const PaceOptions& limits);
  // Returns when these bytes may pass. Asks `keep_going` every tenth of a second while it waits;
  // false when that has said no.
  bool Pass(uint64_t bytes, const std::function<bool()>& keep_going);

 private:
  const std::function<CommitWaits()> commit_waits_;
  std::atomic<bool> limited_{false};
  std::atomic<uint64_t> changes_{0};  // Of the limits.
  absl::Mutex mutex_;
  PaceOptions limits_ ABSL_GUARDED_BY(mutex_);
  std::optional<Pace> pace_ ABSL_GUARDED_BY(mutex_);  // While there are limits.
};

}  // namespace contrail
