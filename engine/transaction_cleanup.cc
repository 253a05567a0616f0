// Cleanup: what is left to do for a committed transaction once every snapshot sees it.

#include <algorithm>

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
    TransactionState* state = FrontToClean();
    if (state == nullptr) break;
    cleaned += state->version_count + 1;
    status = CleanState(state);
    if (!status.ok()) {
      // The rest of the queue does not wait for ever for what cannot be done.
      const bool retry = max_versions != SIZE_MAX && ++state->failed_cleanups < kCleanupAttempts;
      if (retry || !log_.health().ok()) break;
      ReportGivenUp(status);
      status = Status::Ok();
    }
    {
      const absl::MutexLock lock(&commit_mutex_);
      CHECK(queue_.front() == state);
      queue_.pop_front();
      std::erase(dropping_, state);
    }
    RecycleState(state);
  }
  cleanup_mutex_.Unlock();
  return status;
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

Status Implementation::CleanState(TransactionState* state) {
  const CommitTime time = state->commit_time.load(std::memory_order_relaxed);
  std::erase_if(freed_, [time](const FreedTree& tree) { return tree.last_change < time; });
  if (!state->versions_unlinked) {
    UnlinkAll(state);
    RETURN_IF_ERROR(EraseDeletedNodes(state));
    state->versions_unlinked = true;
  }
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
  for (TransactionState* state : queue_) {
    for (VersionRecord* version = state->newest; version != nullptr; version = version->previous) {
      if (version->database == &database) version->database = nullptr;
    }
    std::erase_if(state->dropped_trees, [&database](const TransactionState::DroppedTree& tree) {
      return tree.database == &database;
    });
  }
}

}  // namespace contrail
