// BackupGate: all that the engine knows of a running backup. The instance owns one; backup/ takes
// it.
//
// While a backup runs, databases are neither attached nor detached, no log generation from the
// lowest that the backup needs on is deleted by anybody but the backup, and termination asks the
// backup to end. A snapshot session binds the instance long before it takes the gate: then it hears
// of the termination, and no other session gets the instance, but nothing else changes.
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

  // Called when the backup holds more log than it may: from now on it cannot become good any more,
  // and its client is told with the next call. It may leave the gate. False: not now, ask again.
  // The engine's background work waits for it, so it waits for nobody. No lock is held.
  using Stop = std::function<bool()>;

  // When it is taken, what CheckIdle says; kTermInProgress when it is shut. `busy` is what others
  // are told while this one has it: kBackupInProgress, or kSurrogateBackupInProgress.
  Status Enter(EndByServer end_by_server, Error busy = Error::kBackupInProgress) {
    absl::MutexLock lock(&mutex_);
    if (shut_) return Error::kTermInProgress;
    if (active_) return busy_;
    active_ = true;
    ++entries_;
    busy_ = busy;
    keep_generation_ = 0;
    end_by_server_ = std::move(end_by_server);
    return Status::Ok();
  }
  // For whoever has entered: may be stopped for the log it holds, until it leaves.
  void LetStop(Stop stop) {
    absl::MutexLock lock(&mutex_);
    stop_ = std::move(stop);
  }
  void Leave() {
    absl::MutexLock lock(&mutex_);
    active_ = false;
    keep_generation_ = kKeepNothing;
    end_by_server_ = nullptr;
    stop_ = nullptr;
  }
  // From now on no backup enters. One that runs goes on, unless `unless_active` is given: then this
  // says so, as CheckIdle does, and changes nothing.
  Status Shut(bool unless_active) {
    absl::MutexLock lock(&mutex_);
    if (unless_active && active_) return busy_;
    shut_ = true;
    return Status::Ok();
  }
  // False when another session has the instance, or the gate is shut. `released` is called as an
  // EndByServer is, and has to unbind.
  bool Bind(const void* session, EndByServer released) {
    absl::MutexLock lock(&mutex_);
    if (shut_ || session_ != nullptr) return false;
    session_ = session;
    session_released_ = std::move(released);
    return true;
  }
  void Unbind(const void* session) {
    absl::MutexLock lock(&mutex_);
    if (session_ != session) return;
    session_ = nullptr;
    session_released_ = nullptr;
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
  // Ok, or kBackupInProgress or kSurrogateBackupInProgress.
  Status CheckIdle() const {
    absl::MutexLock lock(&mutex_);
    return active_ ? Status(busy_) : Status::Ok();
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
  // Who has not let itself be stopped does not hold log that somebody would delete otherwise.
  bool may_be_stopped() const {
    absl::MutexLock lock(&mutex_);
    return stop_ != nullptr;
  }
  // The backup is stopped and loses its logs; false: it goes on.
  bool GiveUpLogs() {
    Stop stop;
    uint64_t entry = 0;
    {
      absl::MutexLock lock(&mutex_);
      stop = stop_;
      entry = entries_;
    }
    if (!stop || !stop()) return false;
    absl::MutexLock lock(&mutex_);
    // It may have left, and another one entered.
    if (active_ && entry == entries_) keep_generation_ = kKeepNothing;
    return true;
  }
  void RequestEnd() {
    EndByServer released;
    {
      absl::MutexLock lock(&mutex_);
      released = session_released_;
    }
    if (released) released();
    EndByServer end;  // Of a backup that is none of a session's.
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
  uint64_t entries_ ABSL_GUARDED_BY(mutex_) = 0;
  bool shut_ ABSL_GUARDED_BY(mutex_) = false;
  uint32_t keep_generation_ ABSL_GUARDED_BY(mutex_) = kKeepNothing;
  Lgpos hold_checkpoint_ ABSL_GUARDED_BY(mutex_) = kLgposMax;
  EndByServer end_by_server_ ABSL_GUARDED_BY(mutex_);
  Error busy_ ABSL_GUARDED_BY(mutex_) = Error::kBackupInProgress;
  const void* session_ ABSL_GUARDED_BY(mutex_) = nullptr;
  EndByServer session_released_ ABSL_GUARDED_BY(mutex_);
  Stop stop_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace contrail
