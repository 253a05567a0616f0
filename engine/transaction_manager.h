// The inside of TransactionManager: slots of sessions, commit order, cleanup queue, recovery's
// stacks. Only this floor's transaction files include it; the contract is engine/transaction.h.

#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/synchronization/mutex.h>

#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "engine/commit_order.h"
#include "engine/hold_gate.h"
#include "engine/revocable_snapshots.h"
#include "engine/transaction.h"
#include "engine/transaction_state.h"
#include "engine/undo_record.h"

namespace contrail {

class Table;

// What a session shows to those who compute the oldest snapshot and the oldest log position needed.
struct alignas(64) TransactionSlot {
  static constexpr CommitTime kIdle = RevocableSnapshots::kNone;
  // kIdle, also of a transaction whose snapshot was revoked; 0 while a snapshot is being taken
  // (holds everything back); else the snapshot.
  std::atomic<CommitTime> snapshot{kIdle};
  // Packed Lgpos no record of the transaction lies before; of kLgposMax when it has none.
  std::atomic<uint64_t> first_position{kLgposMax.Packed()};
  // The table whose rows the session is changing at this moment; null: none. What a change of the
  // table's definition waits for (engine/table_interlock.cc).
  std::atomic<const Table*> changing{nullptr};
  std::atomic<bool> used{false};
};

class TransactionManager::Implementation {
 public:
  Implementation(LogWriter& log, EventSink& events);
  ~Implementation();

  LogWriter& log() { return log_; }
  HoldGate& hold_gate() { return hold_gate_; }
  EventSink& events() { return events_; }
  VersionStore& store() { return store_; }
  size_t version_bytes() const { return version_bytes_.load(std::memory_order_relaxed); }

  TransactionSlot* TakeSlot();
  void ReturnSlot(TransactionSlot* slot);
  CommitTime visible_time() const { return visible_time_.load(std::memory_order_seq_cst); }
  // No snapshot is older; later ones are not either.
  CommitTime OldestSnapshot() const;
  Lgpos OldestNeeded() const;
  size_t active_count() const;
  // Returns when no other session is within a change of the table's rows. Those that begin one are
  // turned away meanwhile.
  void WaitForRowChanges(const Table* table, const TransactionSlot& own) const;

  TransactionState* TakeState();
  void RecycleState(TransactionState* state);
  TransactionId NextId() { return next_id_.fetch_add(1, std::memory_order_relaxed); }
  TransactionId next_id() const { return next_id_.load(std::memory_order_relaxed); }
  void RaiseNextId(TransactionId at_least);

  void set_version_limit(size_t bytes) { version_limit_.store(bytes, std::memory_order_relaxed); }
  bool VersionMemoryExhausted() const {
    return version_bytes_.load(std::memory_order_relaxed) >
           version_limit_.load(std::memory_order_relaxed);
  }
  // Ok when there is room again, after everything that could be cleaned; else
  // kVersionStoreOutOfMemory. No latch is held.
  Status MakeRoom();
  RevocableSnapshots& revocable() { return revocable_; }
  // NewVersion with the accounting.
  VersionRecord* AddVersion(TransactionState& state, ChangeKind kind, const Tree& tree,
                            uint64_t hash, Bytes key, Bytes data, const Bytes* image);

  // Appends the commit record (when the state has an id), makes the changes visible and queues the
  // state for cleanup. On an error nothing has happened.
  Result<Lgpos> Commit(TransactionState* state,
                       std::span<const std::function<void(CommitTime)>> actions);
  void BetweenCommits(const std::function<void()>& action) {
    const absl::MutexLock lock(&commit_mutex_);
    action();
  }
  // Waits until a commit record is durable, and counts it (engine/commit_order.h).
  Status WaitForCommit(Lgpos position) {
    const auto start = std::chrono::steady_clock::now();
    const Status status = log_.WaitDurable(position);
    const std::chrono::nanoseconds took = std::chrono::steady_clock::now() - start;
    waits_.count.fetch_add(1, std::memory_order_relaxed);
    waits_.nanoseconds.fetch_add(static_cast<uint64_t>(took.count()), std::memory_order_relaxed);
    return status;
  }
  CommitWaitTotals commit_waits() const {
    return {waits_.count.load(std::memory_order_relaxed),
            waits_.nanoseconds.load(std::memory_order_relaxed)};
  }
  void UnlinkAll(TransactionState* state);

  // Cleans what every snapshot sees. `wait`: also when somebody else is at it. Trees that a reader
  // with a revoked snapshot may be in are freed when he has ended.
  Status CleanUp(size_t max_versions, bool wait);
  void DropQueue(const Database& database);

  Status RedoAnnotation(Lgpos position, uint8_t database_id, Bytes annotation);
  Status RedoCommit(Bytes payload);
  Status RedoRollbackEnd(Bytes payload);
  Status UndoUnfinished(const std::function<Database*(uint8_t)>& find_database);

 private:
  struct SlotChunk {
    static constexpr size_t kSlots = 32;
    std::array<TransactionSlot, kSlots> slots;
    std::atomic<SlotChunk*> next{nullptr};
  };
  // A change of a transaction whose end has not been seen in the log.
  struct LoggedChange {
    uint8_t database_id = 0;
    std::vector<std::byte> annotation;
  };
  struct LoggedTransaction {
    Lgpos first_position;
    std::vector<LoggedChange> changes;
  };
  struct LoggedDrop {
    uint8_t database_id = 0;
    TransactionId transaction = 0;
    PageNumber root = 0;
    ObjectId object_id = 0;
    Lgpos first_position;
  };

  template <typename Visit>
  void ForEachSlot(Visit&& visit) const;
  struct FreedTree {
    Database* database = nullptr;
    PageNumber root = 0;
    CommitTime last_change = 0;  // No later commit has changes in it.
  };

  // Arena blocks that versions have taken. What is beyond three quarters of the limit revokes
  // snapshots, so that there is room while what they have kept is cleaned.
  void TakeVersionBytes(size_t bytes) {
    const size_t before = version_bytes_.fetch_add(bytes, std::memory_order_relaxed);
    const size_t limit = version_limit_.load(std::memory_order_relaxed);
    if (before + bytes > limit - limit / 4 && revocable_.any()) revocable_.RevokeAll();
  }
  void GiveVersionBytes(size_t bytes) {
    version_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
  }

  void ReportGivenUp(const Status& status);
  bool IsFreed(const VersionRecord& version) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(cleanup_mutex_);
  // Ok and not *finished: the rest is for when a revoked reader has ended.
  Status CleanState(TransactionState* state, bool* finished)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(cleanup_mutex_);
  Status CleanVersions(TransactionState* state) ABSL_EXCLUSIVE_LOCKS_REQUIRED(cleanup_mutex_);
  bool MustWait(const TransactionState& state) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(cleanup_mutex_);
  TransactionState* NextToClean() ABSL_EXCLUSIVE_LOCKS_REQUIRED(cleanup_mutex_);
  void LeaveQueue(TransactionState* state, bool finished)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(cleanup_mutex_);
  Status EraseDeletedNodes(TransactionState* state) ABSL_EXCLUSIVE_LOCKS_REQUIRED(cleanup_mutex_);
  TransactionState* FrontToClean();
  Status UndoLogged(TransactionId id, LoggedTransaction* transaction,
                    const std::function<Database*(uint8_t)>& find_database);
  Status UndoLoggedChange(const LoggedChange& change, Database& database);

  LogWriter& log_;
  EventSink& events_;
  VersionStore store_;

  SlotChunk first_chunk_;
  absl::Mutex slot_mutex_;  // Taking and returning slots; looking at them needs none.

  std::atomic<TransactionId> next_id_{1};
  std::atomic<CommitTime> visible_time_{1};
  std::atomic<size_t> version_bytes_{0};
  std::atomic<size_t> version_limit_{size_t{128} << 20};

  struct alignas(64) Waits {
    std::atomic<uint64_t> count{0};
    std::atomic<uint64_t> nanoseconds{0};
  };
  Waits waits_;

  mutable absl::Mutex commit_mutex_;  // Order of commit records and commit times.
  CommitTime last_time_ ABSL_GUARDED_BY(commit_mutex_) = 1;
  std::deque<TransactionState*> queue_ ABSL_GUARDED_BY(commit_mutex_);      // By commit time.
  std::vector<TransactionState*> dropping_ ABSL_GUARDED_BY(commit_mutex_);  // Have trees to free.

  absl::Mutex state_mutex_;
  std::vector<std::unique_ptr<TransactionState>> states_ ABSL_GUARDED_BY(state_mutex_);  // All.
  std::vector<TransactionState*> free_states_ ABSL_GUARDED_BY(state_mutex_);

  HoldGate hold_gate_;
  RevocableSnapshots revocable_;

  absl::Mutex cleanup_mutex_;  // One cleaner at a time, so that trees are freed after their nodes.
  MutationScratch cleanup_scratch_ ABSL_GUARDED_BY(cleanup_mutex_);
  // Trees that have been freed and may occur in transactions that are still to be cleaned.
  std::vector<FreedTree> freed_ ABSL_GUARDED_BY(cleanup_mutex_);
  // Cleaned but for their trees, by commit time: those that a revoked reader may be in.
  std::deque<TransactionState*> waiting_ ABSL_GUARDED_BY(cleanup_mutex_);

  // Recovery: one thread.
  std::atomic<uint64_t> oldest_logged_{kLgposMax.Packed()};  // Until undo is complete.
  absl::flat_hash_map<TransactionId, LoggedTransaction> logged_;
  std::vector<LoggedDrop> logged_drops_;
};

}  // namespace contrail
