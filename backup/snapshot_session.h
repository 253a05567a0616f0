// SnapshotSession: a snapshot of the disks under one or several instances, as a state machine.
// Source: the backup contract, sections 16 and 20; docs/backup_states.md.
//
//   prepared --Freeze--> frozen --Thaw--> thawed (--Truncate--> truncated) --End--> ended
//
// While frozen nothing of the instances reaches a file; that ends by itself after the time given
// (timed out). Without continue_after_thaw, Thaw is the end, too. From the freeze to the end
// nothing is attached or detached. An instance that ends waits for the thaw and leaves the session.
// A session that has thawed and keeps more log than one of its instances allows is aborted.
//
// Thread rule: thread safe; calls come one after the other.

#pragma once

#include <absl/synchronization/mutex.h>

#include <memory>
#include <optional>
#include <vector>

#include "backup/snapshot_member.h"
#include "backup/snapshot_timer.h"

namespace contrail {

enum class SnapshotState {
  kPrepared,
  kFrozen,
  kTimedOut,
  kThawed,
  kTruncated,
  kEnded,
  kAborted,
};

class SnapshotSession : public std::enable_shared_from_this<SnapshotSession> {
 public:
  SnapshotSession(SnapshotKind kind, bool continue_after_thaw, SnapshotTimers timers);
  ~SnapshotSession();
  SnapshotSession(const SnapshotSession&) = delete;
  SnapshotSession& operator=(const SnapshotSession&) = delete;

  // Everything below: kOSSnapshotInvalidSequence when it is not the time for it.

  // kOSSnapshotNotAllowed: the instance is in another session or not ready, or, with `only_idle`,
  // runs a backup (which may have ended when the freeze comes).
  Status Add(Instance& instance, uintptr_t handle, std::string name, bool only_idle);
  // kOSSnapshotInvalidSequence also when there is no instance (any more) to freeze;
  // kOSSnapshotNotAllowed, kInvalidBackup, kMissingFullBackup, kMissingFileToBackup, kOutOfThreads,
  // errors of the log. After a failure everything runs again, and the session has no instances.
  Status Freeze(absl::Duration timeout);
  // kOSSnapshotTimeOut when the freeze had ended by itself.
  Status Thaw();
  // Of one instance or of all. kInvalidParameter when that one is not in the session;
  // kRequiredLogFilesMissing.
  Status Truncate(std::optional<uintptr_t> handle, bool all_databases);
  // Not ok when a stamp could not be made durable. Good or bad, the session is over.
  Status End();
  // Works in every state; thaws.
  Status Abort();
  Result<std::vector<SnapshotInstance>> Instances() const;

  SnapshotState state() const;
  bool over() const;

 private:
  bool IsFrozen() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return state_ == SnapshotState::kFrozen;
  }
  bool IsOver() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return state_ == SnapshotState::kEnded || state_ == SnapshotState::kAborted;
  }
  BackupGate::EndByServer InstanceEnds(Instance& instance);
  // Aborts a session that has thawed and whose end does not come. False: it has not, or is busy.
  BackupGate::Stop HoldsTooMuch();
  bool GiveUp();
  Status FreezeLocked(absl::Duration timeout) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Status FreezeMembers() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ThawMembers() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Status EndLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void AbortLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Gives the instances back.
  void ReleaseMembers() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Tell(Severity severity, uint32_t id, const char* text, Status status = Status::Ok())
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Expire(uint64_t freeze);
  void Leave(Instance& instance);

  const SnapshotKind kind_;
  const bool continue_after_thaw_;
  const SnapshotTimers timers_;

  mutable absl::Mutex mutex_;
  SnapshotState state_ ABSL_GUARDED_BY(mutex_) = SnapshotState::kPrepared;
  std::vector<SnapshotMember> members_ ABSL_GUARDED_BY(mutex_);
  size_t entered_ ABSL_GUARDED_BY(mutex_) = 0;  // Of the members, how many hold their gate.
  uint64_t freezes_ ABSL_GUARDED_BY(mutex_) = 0;
  // Destroyed without the mutex: its thread may be waiting for it.
  std::unique_ptr<SnapshotTimer> timer_ ABSL_GUARDED_BY(mutex_);
};

// What a session that begins says of itself.
Event SnapshotBegins(SnapshotKind kind);

}  // namespace contrail
