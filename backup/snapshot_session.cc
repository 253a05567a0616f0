#include "backup/snapshot_session.h"

#include <algorithm>
#include <utility>

#include "backup/backup_events.h"
#include "storage/check.h"

namespace contrail {

SnapshotSession::SnapshotSession(SnapshotKind kind, bool continue_after_thaw, SnapshotTimers timers)
    : kind_(kind), continue_after_thaw_(continue_after_thaw), timers_(std::move(timers)) {}

SnapshotSession::~SnapshotSession() { Abort().Ignore(); }  // Nothing to do when it is over.

Event SnapshotBegins(SnapshotKind kind) {
  Event event;
  if (kind.incremental) {
    event.id =
        kind.copy ? event_id::kDifferentialSnapshotBegins : event_id::kIncrementalSnapshotBegins;
    event.text = kind.copy ? "A session for a differential snapshot begins."
                           : "A session for an incremental snapshot begins.";
  } else {
    event.id = kind.copy ? event_id::kCopySnapshotBegins : event_id::kFullSnapshotBegins;
    event.text = kind.copy ? "A session for a copy snapshot begins."
                           : "A session for a full snapshot begins.";
  }
  return event;
}

SnapshotState SnapshotSession::state() const {
  absl::MutexLock lock(&mutex_);
  return state_;
}

bool SnapshotSession::over() const {
  absl::MutexLock lock(&mutex_);
  return IsOver();
}

void SnapshotSession::Tell(Severity severity, uint32_t id, const char* text, Status status) {
  for (SnapshotMember& member : members_) member.Report(severity, id, text, status);
}

BackupGate::EndByServer SnapshotSession::InstanceEnds(Instance& instance) {
  return [session = weak_from_this(), &instance] {
    if (const std::shared_ptr<SnapshotSession> alive = session.lock()) alive->Leave(instance);
  };
}

Status SnapshotSession::Add(Instance& instance, uintptr_t handle, std::string name,
                            bool only_idle) {
  absl::MutexLock lock(&mutex_);
  if (state_ != SnapshotState::kPrepared) return Error::kOSSnapshotInvalidSequence;
  BackupGate& gate = instance.backup_gate();
  if (!instance.running() || (only_idle && gate.active()) ||
      !gate.Bind(this, InstanceEnds(instance))) {
    return Error::kOSSnapshotNotAllowed;
  }
  members_.emplace_back(instance, kind_, handle, std::move(name));
  return Status::Ok();
}

void SnapshotSession::Leave(Instance& instance) {
  absl::MutexLock lock(&mutex_);
  const auto thawed = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return !IsFrozen(); };
  mutex_.Await(absl::Condition(&thawed));
  const auto place = std::find_if(members_.begin(), members_.end(), [&](const auto& member) {
    return &member.instance() == &instance;
  });
  if (place == members_.end()) return;
  if (entered_ > 0) {  // All of them are, outside of Freeze.
    place->Abort();
    place->Report(Severity::kWarning, event_id::kBackupEndedByServer,
                  "The instance ends and leaves a snapshot that has not been ended.",
                  Error::kBackupAbortByServer);
    place->Leave();
    --entered_;
  }
  instance.backup_gate().Unbind(this);
  members_.erase(place);
}

Status SnapshotSession::Freeze(absl::Duration timeout) {
  absl::MutexLock lock(&mutex_);
  if (state_ != SnapshotState::kPrepared || members_.empty()) {
    return Error::kOSSnapshotInvalidSequence;
  }
  Tell(Severity::kInformation, event_id::kSnapshotFreezeBegins, "The freeze of a snapshot begins.");
  const Status status = FreezeLocked(timeout);
  if (status.ok()) {
    state_ = SnapshotState::kFrozen;
    return status;
  }
  Tell(Severity::kError, event_id::kSnapshotFreezeFails,
       "The freeze of a snapshot has failed; everything goes on.", status);
  for (size_t i = 0; i < entered_; ++i) members_[i].Abort();
  ReleaseMembers();
  return status;
}

Status SnapshotSession::FreezeLocked(absl::Duration timeout) {
  for (SnapshotMember& member : members_) {
    RETURN_IF_ERROR(member.Enter());
    ++entered_;
  }
  Status status = FreezeMembers();
  if (status.ok()) {
    auto expired = [session = weak_from_this(), freeze = ++freezes_] {
      if (const std::shared_ptr<SnapshotSession> alive = session.lock()) alive->Expire(freeze);
    };
    timer_ = timers_(timeout, std::move(expired));
    if (timer_ == nullptr) status = Error::kOutOfThreads;
  }
  if (!status.ok()) ThawMembers();
  return status;
}

Status SnapshotSession::FreezeMembers() {
  for (SnapshotMember& member : members_) {
    RETURN_IF_ERROR(member.Freeze());
    member.Report(Severity::kInformation, event_id::kSnapshotFreezeBegins,
                  "The instance is frozen: nothing is written until the snapshot thaws.");
  }
  return Status::Ok();
}

void SnapshotSession::ThawMembers() {
  for (SnapshotMember& member : members_) member.Thaw();
}

void SnapshotSession::ReleaseMembers() {
  for (size_t i = 0; i < members_.size(); ++i) {
    if (i < entered_) members_[i].Leave();
    members_[i].instance().backup_gate().Unbind(this);
  }
  entered_ = 0;
  members_.clear();
}

void SnapshotSession::Expire(uint64_t freeze) {
  absl::MutexLock lock(&mutex_);
  if (!IsFrozen() || freeze != freezes_) return;
  ThawMembers();
  Tell(Severity::kError, event_id::kSnapshotTimesOut,
       "The snapshot was not thawed in time; writing goes on and the snapshot is worth nothing.",
       Error::kOSSnapshotTimeOut);
  for (SnapshotMember& member : members_) member.Abort();
  ReleaseMembers();
  state_ = SnapshotState::kTimedOut;
}

Status SnapshotSession::Thaw() {
  std::unique_ptr<SnapshotTimer> timer;  // Goes after the mutex.
  absl::MutexLock lock(&mutex_);
  if (state_ == SnapshotState::kTimedOut) {
    timer = std::move(timer_);
    if (!continue_after_thaw_) AbortLocked();
    return Error::kOSSnapshotTimeOut;
  }
  if (!IsFrozen()) return Error::kOSSnapshotInvalidSequence;
  timer = std::move(timer_);
  ThawMembers();
  Tell(Severity::kInformation, event_id::kSnapshotFreezeEnds, "The freeze of a snapshot ends.");
  state_ = SnapshotState::kThawed;
  if (!continue_after_thaw_) return EndLocked();
  for (SnapshotMember& member : members_) member.instance().backup_gate().LetStop(HoldsTooMuch());
  return Status::Ok();
}

BackupGate::Stop SnapshotSession::HoldsTooMuch() {
  return [session = weak_from_this()] {
    const std::shared_ptr<SnapshotSession> alive = session.lock();
    return alive != nullptr && alive->GiveUp();
  };
}

// Whoever has the mutex may be waiting for the thread that calls this.
bool SnapshotSession::GiveUp() {
  if (!mutex_.TryLock()) return false;
  const bool thawed = state_ == SnapshotState::kThawed || state_ == SnapshotState::kTruncated;
  if (thawed) AbortLocked();
  mutex_.Unlock();
  return thawed;
}

Status SnapshotSession::Truncate(std::optional<uintptr_t> handle, bool all_databases) {
  absl::MutexLock lock(&mutex_);
  if (state_ != SnapshotState::kThawed && state_ != SnapshotState::kTruncated) {
    return Error::kOSSnapshotInvalidSequence;
  }
  if (kind_.copy) return Error::kOSSnapshotInvalidSequence;
  bool found = false;
  Status status;
  for (SnapshotMember& member : members_) {
    if (handle.has_value() && member.handle() != *handle) continue;
    found = true;
    const Status truncated = member.Truncate(all_databases);
    if (status.ok()) status = truncated;
  }
  if (handle.has_value() && !found) return Error::kInvalidParameter;
  RETURN_IF_ERROR(status);
  state_ = SnapshotState::kTruncated;
  return status;
}

Status SnapshotSession::End() {
  absl::MutexLock lock(&mutex_);
  if (state_ != SnapshotState::kPrepared && state_ != SnapshotState::kThawed &&
      state_ != SnapshotState::kTruncated) {
    return Error::kOSSnapshotInvalidSequence;
  }
  return EndLocked();
}

Status SnapshotSession::EndLocked() {
  const bool stamp = state_ != SnapshotState::kPrepared;
  Status status;
  for (SnapshotMember& member : members_) {
    const Status stamped = stamp ? member.Stamp() : Status::Ok();
    if (stamped.ok()) {
      member.Report(Severity::kInformation, event_id::kSnapshotEnds,
                    "The session of a snapshot has ended.");
      continue;
    }
    member.Report(Severity::kWarning, event_id::kStampingFailed,
                  "The snapshot could not be noted in the headers.", stamped);
    if (status.ok()) status = stamped;
  }
  ReleaseMembers();
  state_ = SnapshotState::kEnded;
  return status;
}

Status SnapshotSession::Abort() {
  std::unique_ptr<SnapshotTimer> timer;
  absl::MutexLock lock(&mutex_);
  if (IsOver()) return Error::kOSSnapshotInvalidSequence;
  timer = std::move(timer_);
  AbortLocked();
  return Status::Ok();
}

void SnapshotSession::AbortLocked() {
  if (IsFrozen()) {
    ThawMembers();
    Tell(Severity::kInformation, event_id::kSnapshotFreezeEnds, "The freeze of a snapshot ends.");
  }
  for (SnapshotMember& member : members_) member.Abort();
  Tell(Severity::kWarning, event_id::kSnapshotAborted, "The session of a snapshot was aborted.");
  ReleaseMembers();
  state_ = SnapshotState::kAborted;
}

Result<std::vector<SnapshotInstance>> SnapshotSession::Instances() const {
  absl::MutexLock lock(&mutex_);
  if (IsOver()) return Error::kOSSnapshotInvalidSequence;
  std::vector<SnapshotInstance> instances;
  for (const SnapshotMember& member : members_) instances.push_back(member.Facts());
  return instances;
}

}  // namespace contrail
