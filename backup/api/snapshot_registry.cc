#include "backup/api/snapshot_registry.h"

#include <utility>

namespace contrail::api {

// Never destroyed: other threads may still be in a call when the process ends.
SnapshotRegistry& SnapshotRegistry::Get() {
  static SnapshotRegistry* const registry = new SnapshotRegistry;
  return *registry;
}

uintptr_t SnapshotRegistry::Add(std::shared_ptr<SnapshotSession> session) {
  absl::MutexLock lock(&mutex_);
  sessions_.emplace(next_, std::move(session));
  return next_++;
}

Result<std::shared_ptr<SnapshotSession>> SnapshotRegistry::Find(uintptr_t number) const {
  absl::MutexLock lock(&mutex_);
  const auto found = sessions_.find(number);
  if (found == sessions_.end()) return Error::kOSSnapshotInvalidSnapId;
  return found->second;
}

void SnapshotRegistry::Settle(uintptr_t number) {
  std::shared_ptr<SnapshotSession> over;  // Goes without the mutex.
  absl::MutexLock lock(&mutex_);
  const auto found = sessions_.find(number);
  if (found == sessions_.end() || !found->second->over()) return;
  over = std::move(found->second);
  sessions_.erase(found);
}

SnapshotTimers SnapshotRegistry::timers() const {
  absl::MutexLock lock(&mutex_);
  return timers_;
}

void SnapshotRegistry::set_timers(SnapshotTimers timers) {
  absl::MutexLock lock(&mutex_);
  timers_ = std::move(timers);
}

}  // namespace contrail::api
