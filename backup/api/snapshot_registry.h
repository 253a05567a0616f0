// The process's snapshot sessions behind their numbers. Global as the API's other handles are
// (engine/api/api_registry.h).

#pragma once

#include <absl/synchronization/mutex.h>

#include <map>
#include <memory>

#include "backup/snapshot_session.h"

namespace contrail::api {

class SnapshotRegistry {
 public:
  static SnapshotRegistry& Get();

  // The number is never 0, and never used twice.
  uintptr_t Add(std::shared_ptr<SnapshotSession> session);
  // kOSSnapshotInvalidSnapId.
  Result<std::shared_ptr<SnapshotSession>> Find(uintptr_t number) const;
  // Forgets it when it is over.
  void Settle(uintptr_t number);

  // Of sessions begun from now on. Tests have clocks of their own.
  SnapshotTimers timers() const;
  void set_timers(SnapshotTimers timers);

 private:
  mutable absl::Mutex mutex_;
  std::map<uintptr_t, std::shared_ptr<SnapshotSession>> sessions_ ABSL_GUARDED_BY(mutex_);
  uintptr_t next_ ABSL_GUARDED_BY(mutex_) = 1;
  SnapshotTimers timers_ ABSL_GUARDED_BY(mutex_) = WallClockTimers();
};

}  // namespace contrail::api
