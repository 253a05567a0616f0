#include "engine/transaction_manager.h"

#include <algorithm>

#include "engine/undo.h"
#include "storage/check.h"

namespace contrail {
namespace {

// States whose first block of memory is kept for the next transaction.
constexpr size_t kStatesWithMemory = 1024;

}  // namespace

TransactionManager::TransactionManager(LogWriter& log, EventSink& events)
    : implementation_(std::make_unique<Implementation>(log, events)) {}
TransactionManager::~TransactionManager() = default;

Lgpos TransactionManager::OldestNeeded() const { return implementation_->OldestNeeded(); }
size_t TransactionManager::active_count() const { return implementation_->active_count(); }
TransactionId TransactionManager::next_id() const { return implementation_->next_id(); }
void TransactionManager::RaiseNextId(TransactionId at_least) {
  implementation_->RaiseNextId(at_least);
}
void TransactionManager::HoldChanges() { implementation_->hold_gate().Hold(); }

void TransactionManager::ReleaseChanges() { implementation_->hold_gate().Release(); }

void TransactionManager::set_version_limit(size_t bytes) {
  implementation_->set_version_limit(bytes);
}
size_t TransactionManager::version_count() const { return implementation_->store().count(); }
size_t TransactionManager::version_bytes() const { return implementation_->version_bytes(); }

using Implementation = TransactionManager::Implementation;

Implementation::Implementation(LogWriter& log, EventSink& events) : log_(log), events_(events) {}

Implementation::~Implementation() {
  for (SlotChunk* chunk = first_chunk_.next.load(); chunk != nullptr;) {
    SlotChunk* next = chunk->next.load();
    delete chunk;
    chunk = next;
  }
}

TransactionSlot* Implementation::TakeSlot() {
  const absl::MutexLock lock(&slot_mutex_);
  for (SlotChunk* chunk = &first_chunk_;; chunk = chunk->next.load(std::memory_order_acquire)) {
    for (TransactionSlot& slot : chunk->slots) {
      if (slot.used.load(std::memory_order_relaxed)) continue;
      slot.used.store(true, std::memory_order_relaxed);
      return &slot;
    }
    if (chunk->next.load(std::memory_order_acquire) == nullptr) {
      chunk->next.store(new SlotChunk, std::memory_order_seq_cst);
    }
  }
}

void Implementation::ReturnSlot(TransactionSlot* slot) {
  const absl::MutexLock lock(&slot_mutex_);
  DCHECK(slot->used.load(std::memory_order_relaxed));
  slot->used.store(false, std::memory_order_relaxed);
}

template <typename Visit>
void Implementation::ForEachSlot(Visit&& visit) const {
  for (const SlotChunk* chunk = &first_chunk_; chunk != nullptr;
       chunk = chunk->next.load(std::memory_order_seq_cst)) {
    for (const TransactionSlot& slot : chunk->slots) visit(slot);
  }
}

CommitTime Implementation::OldestSnapshot() const {
  CommitTime oldest = visible_time();
  ForEachSlot([&oldest](const TransactionSlot& slot) {
    oldest = std::min(oldest, slot.snapshot.load(std::memory_order_seq_cst));
  });
  return oldest;
}

Lgpos Implementation::OldestNeeded() const {
  uint64_t oldest = oldest_logged_.load(std::memory_order_acquire);
  ForEachSlot([&oldest](const TransactionSlot& slot) {
    oldest = std::min(oldest, slot.first_position.load(std::memory_order_seq_cst));
  });
  // After the slots: a committing transaction enters here before it leaves its slot.
  const absl::MutexLock lock(&commit_mutex_);
  for (const TransactionState* state : dropping_) {
    oldest = std::min(oldest, state->first_position.Packed());
  }
  return Lgpos::FromPacked(oldest);
}

size_t Implementation::active_count() const {
  size_t count = 0;
  ForEachSlot([&count](const TransactionSlot& slot) {
    if (slot.snapshot.load(std::memory_order_relaxed) != TransactionSlot::kIdle) ++count;
  });
  return count;
}

void Implementation::WaitForRowChanges(const Table* table, const TransactionSlot& own) const {
  ForEachSlot([table, &own](const TransactionSlot& slot) {
    if (&slot == &own) return;
    while (slot.changing.load(std::memory_order_seq_cst) == table) slot.changing.wait(table);
  });
}

void Implementation::RaiseNextId(TransactionId at_least) {
  TransactionId current = next_id_.load(std::memory_order_relaxed);
  while (current < at_least &&
         !next_id_.compare_exchange_weak(current, at_least, std::memory_order_relaxed)) {
  }
}

TransactionState* Implementation::TakeState() {
  TransactionState* state = nullptr;
  {
    const absl::MutexLock lock(&state_mutex_);
    if (free_states_.empty()) {
      states_.push_back(std::make_unique<TransactionState>());
      return states_.back().get();
    }
    state = free_states_.back();
    free_states_.pop_back();
  }
  TakeVersionBytes(state->arena.reserved());
  return state;
}

void Implementation::RecycleState(TransactionState* state) {
  // All of it: what an idle state keeps is nobody's versions, or a few thousand small transactions
  // under one long snapshot would leave the store full for good.
  GiveVersionBytes(state->arena.reserved());
  state->Reset();
  const absl::MutexLock lock(&state_mutex_);
  if (free_states_.size() >= kStatesWithMemory) state->arena.Release();
  free_states_.push_back(state);
}

VersionRecord* Implementation::AddVersion(TransactionState& state, ChangeKind kind,
                                          const Tree& tree, uint64_t hash, Bytes key, Bytes data,
                                          const Bytes* image) {
  const size_t before = state.arena.reserved();
  VersionRecord* version = NewVersion(state, kind, tree, hash, key, data, image);
  if (state.arena.reserved() != before) TakeVersionBytes(state.arena.reserved() - before);
  return version;
}

Result<Lgpos> Implementation::Commit(TransactionState* state,
                                     std::span<const std::function<void(CommitTime)>> actions) {
  const LogTime now = LogTime::Now();
  for (VersionRecord* version = state->newest; version != nullptr; version = version->previous) {
    if (version->kind != ChangeKind::kDropTree) continue;
    state->dropped_trees.insert(state->dropped_trees.begin(),
                                {version->database, version->root, version->object_id});
  }
  const absl::MutexLock lock(&commit_mutex_);
  const CommitTime time = last_time_ + 1;
  Lgpos position;
  if (state->id != 0) {
    std::byte payload[CommitRecord::kSize];
    StoreCommitRecord({state->id, time, now}, payload);
    Result<Lgpos> appended = log_.AppendRecord(RecordType::kCommit, payload);
    if (!appended.ok()) {
      state->dropped_trees.clear();
      return appended.status();
    }
    position = *appended;
  }
  last_time_ = time;
  for (const auto& action : actions) action(time);
  state->commit_time.store(time, std::memory_order_release);
  visible_time_.store(time, std::memory_order_seq_cst);
  queue_.push_back(state);
  if (!state->dropped_trees.empty()) dropping_.push_back(state);
  return position;
}

void Implementation::UnlinkAll(TransactionState* state) {
  // Newest first: a reader without a snapshot never sees a state between two changes.
  for (VersionRecord* version = state->newest; version != nullptr; version = version->previous) {
    if (version->linked) store_.Unlink(version);
  }
}

}  // namespace contrail
