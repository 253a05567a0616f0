// Cleanup: what is left to do for a committed transaction once every snapshot sees it.

#include <algorithm>

#include "engine/transaction_manager.h"
#include "engine/undo.h"
#include "storage/check.h"

namespace contrail {

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
    if (!status.ok()) break;
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

Status Implementation::CleanState(TransactionState* state) {
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
  for (VersionRecord* version = state->newest; version != nullptr; version = version->previous) {
    if (version->kind != ChangeKind::kDelete || version->database == nullptr) continue;
    RETURN_IF_ERROR(EraseIfUnversioned(&cleanup_scratch_, version->tree(), version->key(),
                                       version->data(), store_));
  }
  return Status::Ok();
}

void Implementation::DropQueue(const Database& database) {
  const absl::MutexLock cleanup_lock(&cleanup_mutex_);
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
