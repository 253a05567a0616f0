// Cleanup: what is left to do for a committed transaction once every snapshot sees it.

#include <algorithm>
#include <thread>

#include "engine/event_ids.h"
#include "engine/transaction_manager.h"
#include "engine/undo.h"
#include "storage/check.h"

namespace contrail {
namespace {

// Rounds of cleanup that may fail at the same transaction.
constexpr int kCleanupAttempts = 3;

}  // namespace

Result<size_t> TransactionManager::CleanUp(size_t max_versions) {
  RETURN_IF_ERROR(implementation_->CleanUp(max_versions, true));
  return implementation_->store().count();
}

Status TransactionManager::CleanUpAll() { return implementation_->CleanUp(SIZE_MAX, true); }

void TransactionManager::Forget(Database& database) {
  implementation_->store().DropAll(database);
  implementation_->DropQueue(database);
}

using Implementation = TransactionManager::Implementation;

TransactionState* Implementation::FrontToClean() {
  const CommitTime oldest = OldestSnapshot();
  const absl::MutexLock lock(&commit_mutex_);
  if (queue_.empty()) return nullptr;
  TransactionState* front = queue_.front();
  return front->commit_time.load(std::memory_order_relaxed) <= oldest ? front : nullptr;
}

Status Implementation::CleanUp(size_t max_versions, bool wait) {
  // What is cleaned is changed; it can wait until the instance thaws.
  if (hold_gate_.held()) return Status::Ok();
  if (wait) {
    cleanup_mutex_.Lock();
  } else if (!cleanup_mutex_.TryLock()) {
    return Status::Ok();
  }
  Status status;
  for (size_t cleaned = 0; cleaned < max_versions;) {
    TransactionState* state = NextToClean();
    if (state == nullptr) break;
    cleaned += state->version_count + 1;
    bool finished = false;
    status = CleanState(state, &finished);
    if (!status.ok()) {
      // The rest of the queue does not wait for ever for what cannot be done.
      const bool retry = max_versions != SIZE_MAX && ++state->failed_cleanups < kCleanupAttempts;
      if (retry || !log_.health().ok()) break;
      ReportGivenUp(status);
      status = Status::Ok();
      finished = true;
    }
    LeaveQueue(state, finished);
  }
  cleanup_mutex_.Unlock();
  return status;
}

// Those that have waited come first: their trees may lie within trees that later ones drop.
TransactionState* Implementation::NextToClean() {
  if (!waiting_.empty() && !MustWait(*waiting_.front())) return waiting_.front();
  return FrontToClean();
}

bool Implementation::MustWait(const TransactionState& state) const {
  if (state.dropped_trees.empty() && state.actions.empty()) return false;
  if (!waiting_.empty() && waiting_.front() != &state) return true;
  // A reader who still had the right to read would hold the whole transaction back.
  return revocable_.OldestRevoked() < state.commit_time.load(std::memory_order_relaxed);
}

void Implementation::LeaveQueue(TransactionState* state, bool finished) {
  const bool waited = !waiting_.empty() && waiting_.front() == state;
  if (waited) {
    DCHECK(finished);
    waiting_.pop_front();
  }
  {
    const absl::MutexLock lock(&commit_mutex_);
    if (!waited) {
      CHECK(queue_.front() == state);
      queue_.pop_front();
    }
    if (finished) std::erase(dropping_, state);
  }
  if (finished) return RecycleState(state);
  waiting_.push_back(state);
  // Its versions are gone; so is their memory.
  state->newest = nullptr;
  state->version_count = 0;
  GiveVersionBytes(state->arena.reserved());
  state->arena.Release();
}

Status Implementation::MakeRoom() {
  revocable_.RevokeAll();
  while (true) {
    if (!CleanUp(SIZE_MAX, true).ok()) break;
    if (!VersionMemoryExhausted()) return Status::Ok();
    // Cleaning has stopped short for a moment only: the instance was frozen, somebody was just
    // taking a snapshot, or others have committed meanwhile.
    const bool again = hold_gate_.held() || OldestSnapshot() == 0 || FrontToClean() != nullptr;
    if (!again) break;
    hold_gate_.Pass();
    std::this_thread::yield();
  }
  return Error::kVersionStoreOutOfMemory;
}

void Implementation::ReportGivenUp(const Status& status) {
  Event event;
  event.id = event_id::kCleanupGivenUp;
  event.severity = Severity::kWarning;
  event.text = "What a committed transaction deleted could not be removed; its space stays taken.";
  event.error = status.number();
  events_.Report(event);
}

bool Implementation::IsFreed(const VersionRecord& version) const {
  return std::any_of(freed_.begin(), freed_.end(), [&version](const FreedTree& tree) {
    return tree.root == version.root && tree.database == version.database;
  });
}

Status Implementation::CleanVersions(TransactionState* state) {
  if (state->versions_unlinked) return Status::Ok();
  store_.BeginUnlinking(state->commit_time.load(std::memory_order_relaxed));
  UnlinkAll(state);
  RETURN_IF_ERROR(EraseDeletedNodes(state));
  state->versions_unlinked = true;
  return Status::Ok();
}

Status Implementation::CleanState(TransactionState* state, bool* finished) {
  const CommitTime time = state->commit_time.load(std::memory_order_relaxed);
  std::erase_if(freed_, [time](const FreedTree& tree) { return tree.last_change < time; });
  RETURN_IF_ERROR(CleanVersions(state));
  *finished = !MustWait(*state);
  if (!*finished) return Status::Ok();
  while (!state->dropped_trees.empty()) {
    const TransactionState::DroppedTree& tree = state->dropped_trees.front();
    UndoRecord freed;
    freed.type = UndoRecord::Type::kTreeFreed;
    freed.transaction = state->id;
    freed.root = tree.root;
    freed.object_id = tree.object_id;
    {
      // Those that could change the tree have ended: no snapshot is from before this commit.
      const absl::MutexLock lock(&commit_mutex_);
      freed_.push_back({tree.database, tree.root, last_time_});
    }
    RETURN_IF_ERROR(FreeTree(&cleanup_scratch_, *tree.database, tree.root, freed));
    state->dropped_trees.erase(state->dropped_trees.begin());
  }
  while (!state->actions.empty()) {
    RETURN_IF_ERROR(state->actions.front()());
    state->actions.erase(state->actions.begin());
  }
  return Status::Ok();
}

Status Implementation::EraseDeletedNodes(TransactionState* state) {
  Status status;
  for (VersionRecord* version = state->newest; version != nullptr; version = version->previous) {
    if (version->kind != ChangeKind::kDelete || version->database == nullptr) continue;
    if (IsFreed(*version)) continue;
    // A node that cannot be reached keeps none of the others.
    const Status erased = EraseIfUnversioned(&cleanup_scratch_, version->tree(), version->key(),
                                             version->data(), store_);
    if (status.ok()) status = erased;
  }
  return status;
}

void Implementation::DropQueue(const Database& database) {
  const absl::MutexLock cleanup_lock(&cleanup_mutex_);
  std::erase_if(freed_, [&database](const FreedTree& tree) { return tree.database == &database; });
  const absl::MutexLock lock(&commit_mutex_);
  const auto forget_trees = [&database](TransactionState* state) {
    std::erase_if(state->dropped_trees, [&database](const TransactionState::DroppedTree& tree) {
      return tree.database == &database;
    });
  };
  for (TransactionState* state : waiting_) forget_trees(state);
  for (TransactionState* state : queue_) {
    for (VersionRecord* version = state->newest; version != nullptr; version = version->previous) {
      if (version->database == &database) version->database = nullptr;
    }
    forget_trees(state);
  }
}

}  // namespace contrail
