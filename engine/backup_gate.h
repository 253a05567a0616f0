// BackupGate: all that the engine knows of a running backup. The instance owns one; backup/ takes
// it.
//
// While a backup runs, databases are neither attached nor detached, no log generation from the
// lowest that the backup needs on is deleted by anybody but the backup, and termination asks the
// backup to end.
//
// Thread rule: thread safe.

#pragma once

#include <absl/synchronization/mutex.h>

#include <functional>

#include "storage/lgpos.h"
#include "storage/status.h"

namespace contrail {

class BackupGate {
 public:
  // Termination and service stop call this, with no lock held; the backup ends itself ("by server")
  // and leaves the gate before it returns.
  using EndByServer = std::function<void()>;

  // kBackupInProgress when it is taken, kTermInProgress when it is shut.
  Status Enter(EndByServer end_by_server) {
    absl::MutexLock lock(&mutex_);
    if (shut_) return Error::kTermInProgress;
    if (active_) return Error::kBackupInProgress;
    active_ = true;
    keep_generation_ = 0;
    end_by_server_ = std::move(end_by_server);
    return Status::Ok();
  }
  void Leave() {
    absl::MutexLock lock(&mutex_);
    active_ = false;
    keep_generation_ = kKeepNothing;
    end_by_server_ = nullptr;
  }
  // From now on no backup enters. One that runs goes on, unless `unless_active` is given: then this
  // returns false and changes nothing.
  bool Shut(bool unless_active) {
    absl::MutexLock lock(&mutex_);
    if (unless_active && active_) return false;
    shut_ = true;
    return true;
  }
  // The termination that shut it has been refused.
  void Reopen() {
    absl::MutexLock lock(&mutex_);
    shut_ = false;
  }
  bool active() const {
    absl::MutexLock lock(&mutex_);
    return active_;
  }
  // Log generations from here on stay. 0 (all of them) from Enter until it is set.
  void KeepGenerationsFrom(uint32_t generation) {
    absl::MutexLock lock(&mutex_);
    keep_generation_ = generation;
  }
  // The lowest generation a backup needs; the largest number when none runs.
  uint32_t keep_generation() const {
    absl::MutexLock lock(&mutex_);
    return keep_generation_;
  }
  // The checkpoint does not move past this position: what is logged from there on may not be in the
  // database headers yet. kLgposMax: no limit. Outlasts the backup: when headers could not be
  // written the records have to be found by recovery.
  void HoldCheckpointAt(Lgpos position) {
    absl::MutexLock lock(&mutex_);
    hold_checkpoint_ = position;
  }
  Lgpos hold_checkpoint() const {
    absl::MutexLock lock(&mutex_);
    return hold_checkpoint_;
  }
  void RequestEnd() {
    EndByServer end;
    {
      absl::MutexLock lock(&mutex_);
      end = end_by_server_;
    }
    if (end) end();
  }

 private:
  static constexpr uint32_t kKeepNothing = 0xffffffff;
  mutable absl::Mutex mutex_;
  bool active_ ABSL_GUARDED_BY(mutex_) = false;
  bool shut_ ABSL_GUARDED_BY(mutex_) = false;
  uint32_t keep_generation_ ABSL_GUARDED_BY(mutex_) = kKeepNothing;
  Lgpos hold_checkpoint_ ABSL_GUARDED_BY(mutex_) = kLgposMax;
  EndByServer end_by_server_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace contrail
