// Transactions: snapshot isolation over the version store, nested levels, undo, commit.
//
// Model
//   A transaction sees the database as committed when it began, and its own changes. The first to
//   update a node wins; a second updater gets kWriteConflict. Levels nest to 7; rolling back a
//   level undoes what was done in it and below. Undo is logical: each change is reversed by a new,
//   logged change that names itself a compensation, so that recovery never undoes twice.
//
// Invariants
// 1. Page and version store change together under the leaf's exclusive latch (storage/tree.h,
//    ChangeGate), so a reader that validates the page after looking at the versions saw both as
//    one.
// 2. Commit order in the log equals the order of commit times. A commit time is visible to
// snapshots
//    only after the commit record has been appended.
// 3. A version is dropped only when no snapshot is older than it. A node flagged deleted is erased
// only
//    when its version has been dropped.
// 4. The log from the first record of the oldest active transaction (and of committed ones with
// work
//    left to do: freeing a dropped tree) is kept: OldestNeeded().

#pragma once

#include <absl/container/inlined_vector.h>

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "engine/version_store.h"
#include "log/log_writer.h"

namespace contrail {

using TransactionId = uint64_t;  // Unique within a log stream; 0 before the first change.

class TransactionManager;
struct TransactionSlot;  // engine/transaction_manager.h

inline constexpr int kMaxTransactionLevel = 7;

enum class CommitMode {
  kDurable,  // Returns when the commit record is on disk.
  kLazy,     // Returns at once; durable within the lazy interval (JET_bitCommitLazyFlush).
};

// Transactions with changes in one table that have not ended, and when the last one committed. Kept
// by the table; a table with a count stays.
struct TableWriters {
  std::atomic<uint32_t> count{0};
  std::atomic<CommitTime> last_commit{0};
};

// What goes with the level it belongs to when that one is rolled back: a session's prepared update.
// Belongs to one transaction at most; ended by Transaction::Unwatch before it is destroyed.
class LevelWatcher {
 public:
  LevelWatcher() = default;
  LevelWatcher(const LevelWatcher&) = delete;
  LevelWatcher& operator=(const LevelWatcher&) = delete;

 protected:
  ~LevelWatcher() = default;
  // Its level has been rolled back; the transaction has forgotten it before.
  virtual void OnRolledBack() = 0;

 private:
  friend class Transaction;
  int level_ = 0;  // 0: belongs to none.
  LevelWatcher* next_ = nullptr;
  LevelWatcher* previous_ = nullptr;
};

// One session's transaction state. Lives as long as the session; used by one thread at a time.
class Transaction {
 public:
  explicit Transaction(TransactionManager& manager);
  ~Transaction();  // The session has rolled back before.
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  int level() const { return level_; }
  bool active() const { return level_ > 0; }
  bool read_only() const { return read_only_; }
  // 0 before the first logged change.
  TransactionId id() const;

  Status Begin(bool read_only);    // kTransTooDeep beyond level 7.
  Status Commit(CommitMode mode);  // kNotInTransaction. Ends one level; the last one commits.
  Status Rollback();               // Ends one level, undoing it. kNotInTransaction,
                                   // kRollbackError when undo itself failed: fatal.
  // Waits until everything this session has committed is durable (JET_bitWaitLastLevel0Commit).
  Status WaitLastCommit();

  // Says, right after Begin of the outermost level, that the transaction is made of one operation
  // whose caller has not begun any himself. Until it has read or changed anything, that operation
  // may take a later snapshot with RenewSnapshot, which does nothing in other transactions.
  void SetOneOperation() { one_operation_ = one_operation_ || level_ == 1; }
  void RenewSnapshot();

  // For a read-only transaction, right after Begin: when version memory gets scarce its snapshot is
  // given up for the sake of those who write. From then on reads see what happens to be there, and
  // may fail in any way: before the caller trusts anything that he has read, revoked() tells him
  // whether he may. Until the transaction ends no tree is freed that the snapshot showed; tables
  // are to be read by definitions loaded under it and not through the registry.
  void MakeRevocable();
  // False: everything read so far is of the snapshot.
  bool revoked() const;

  // The snapshot to read with: of the transaction, or the newest committed state outside of one.
  CommitTime snapshot() const;
  Viewer viewer() const { return {state_, snapshot()}; }

  // Work to do when the outermost level has committed and no older snapshot is left (dropping a
  // tree), or, at once, when it rolls back. The actions themselves log what they do.
  void OnCommitVisibleToAll(std::function<Status()> action);
  void OnRollback(std::function<void()> action);
  // Called when the outermost level commits with changes, before any snapshot sees them. The order
  // of commits is locked meanwhile: only for setting something in memory.
  void OnCommit(std::function<void(CommitTime)> action);
  // From now on the watcher belongs to the current level (of an active transaction), whether or not
  // it belonged to an outer one; committing a level hands it to the next outer one, committing the
  // outermost forgets it. Allocates nothing.
  void Watch(LevelWatcher& watcher);
  void Unwatch(LevelWatcher& watcher);  // Nothing to do when it belongs to no level.
  // Called once when the outermost level has ended, after everything else of it (a commit's
  // versions are visible, a rollback's changes undone). May read with other transactions.
  void OnEnd(std::function<void(bool committed)> action);

  TransactionManager& manager() const { return manager_; }
  // For this floor's own use: makes sure that a change may be made and has a state to be noted in.
  // `logged`: it also gets an id. kNotInTransaction, kTransReadOnly, kVersionStoreOutOfMemory.
  Status PrepareChange(bool logged);
  TransactionState* state() const { return state_; }
  // What others see of this session.
  TransactionSlot& slot() const { return *slot_; }
  // Counts the active transaction among the table's writers, once, until it ends.
  void NoteWriter(TableWriters& writers);
  bool IsWriter(const TableWriters& writers) const;
  // Counts outermost levels: the same number means the same transaction.
  uint64_t epoch() const { return epoch_; }
  // A point within the current level to go back to. For one operation that is made of several
  // changes; no level may begin or end in between.
  VersionRecord* savepoint() const;
  // kRollbackError: fatal, as with Rollback.
  Status RollbackTo(const VersionRecord* savepoint);

 private:
  struct LevelAction {
    int level = 0;
    std::function<void()> on_rollback;  // One of the two.
    std::function<Status()> on_visible_to_all;
  };

  void TakeSnapshot();
  Status CommitOutermost(CommitMode mode);
  Status UndoTo(const VersionRecord* mark);
  void RunRollbackActions();
  void DropWatchers();
  void End(bool committed, CommitTime time = 0);

  TransactionManager& manager_;
  TransactionSlot* slot_;
  int level_ = 0;
  bool read_only_ = false;
  bool one_operation_ = false;
  bool revocable_ = false;
  CommitTime snapshot_ = 0;
  uint64_t epoch_ = 0;
  TransactionState* state_ = nullptr;  // Null before the first change.
  // The state's newest change when each level began; [0] belongs to level 1.
  std::array<VersionRecord*, kMaxTransactionLevel> marks_{};
  std::vector<LevelAction> actions_;
  std::vector<std::function<void(CommitTime)>> commit_actions_;
  std::vector<std::function<void(bool committed)>> end_actions_;
  absl::InlinedVector<TableWriters*, 4> written_;
  LevelWatcher* watchers_ = nullptr;
  MutationScratch scratch_;  // For undo.
  Lgpos last_commit_;        // Null: nothing to wait for.
};

// The transactions of an instance, the version store, and cleanup.
class TransactionManager {
 public:
  TransactionManager(LogWriter& log, EventSink& events);
  ~TransactionManager();

  // Log position below which no undo or pending work of a transaction lies (kLgposMax when none).
  // Read the log's Tip() before, as with BufferPool::OldestDirty. A checkpoint computed from it may
  // be written only after everything appended up to the return has become durable (EnsureDurable):
  // otherwise the commit record of a transaction that is no longer counted could still be lost.
  Lgpos OldestNeeded() const;
  size_t active_count() const;
  TransactionId next_id() const;
  void RaiseNextId(TransactionId at_least);
  // Most memory for versions; changes fail with kVersionStoreOutOfMemory beyond it. Snapshots that
  // may be revoked are, from three quarters of it on.
  void set_version_limit(size_t bytes);
  // Until ReleaseChanges no change of data begins (it waits, holding nothing that a reader needs),
  // and nothing is cleaned up. Those under way go on.
  void HoldChanges();
  void ReleaseChanges();
  size_t version_count() const;
  size_t version_bytes() const;  // Memory that versions take.

  // Drops versions that no snapshot needs and erases deleted nodes; returns how many versions
  // remain. Called by the background thread of the instance and, in small portions, by committing
  // sessions.
  Result<size_t> CleanUp(size_t max_versions);
  // At detach and termination, with no session active: everything is cleaned.
  Status CleanUpAll();
  // Forgets (after CleanUpAll) or drops without cleaning (abrupt end) what belongs to a database.
  void Forget(Database& database);

  // Recovery. Analysis calls these in log order; trees are found through `database_of`.
  Status RedoAnnotation(Lgpos position, uint8_t database_id, Bytes annotation);
  Status RedoCommit(Lgpos position, Bytes payload);
  Status RedoRollbackEnd(Lgpos position, Bytes payload);
  // After redo: rolls back every transaction without a commit and finishes pending tree drops.
  // `find_database` gives the open database of an id, or null when its changes must stay as they
  // are.
  Status UndoUnfinished(const std::function<Database*(uint8_t)>& find_database);

  class Implementation;
  Implementation& implementation() { return *implementation_; }

 private:
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace contrail
