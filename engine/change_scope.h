// ChangeScope: one operation made of several changes happens whole or not at all, within the
// session's transaction or, outside of one, in a transaction of its own. ReadScope: several reads
// that must see the same state.

#pragma once

#include "engine/transaction.h"
#include "storage/check.h"

namespace contrail {

class ChangeScope {
 public:
  explicit ChangeScope(Transaction& transaction) : transaction_(transaction) {}
  ~ChangeScope() { DCHECK(!open_); }
  ChangeScope(const ChangeScope&) = delete;
  ChangeScope& operator=(const ChangeScope&) = delete;

  Status Begin() {
    own_ = !transaction_.active();
    if (own_) RETURN_IF_ERROR(transaction_.Begin(false));
    savepoint_ = transaction_.savepoint();
    open_ = true;
    return Status::Ok();
  }

  // Keeps the changes when `outcome` is ok, undoes them otherwise. Returns the outcome, or what
  // went wrong on the way.
  Status Finish(Status outcome) {
    open_ = false;
    if (outcome.ok()) {
      if (!own_) return outcome;
      const Status committed = transaction_.Commit(CommitMode::kDurable);
      if (committed.ok()) return outcome;
      if (!transaction_.active()) return committed;  // In the log, perhaps not on the disk.
      outcome = committed;
    }
    const Status undone = own_ ? transaction_.Rollback() : transaction_.RollbackTo(savepoint_);
    return undone.ok() ? outcome : undone;
  }

 private:
  Transaction& transaction_;
  const VersionRecord* savepoint_ = nullptr;
  bool own_ = false;
  bool open_ = false;
};

class ReadScope {
 public:
  explicit ReadScope(Transaction& transaction) : transaction_(transaction) {
    own_ = !transaction.active() && transaction.Begin(true).ok();
  }
  ~ReadScope() {
    // A read-only transaction has nothing to undo.
    if (own_) transaction_.Rollback().Ignore();
  }
  ReadScope(const ReadScope&) = delete;
  ReadScope& operator=(const ReadScope&) = delete;

 private:
  Transaction& transaction_;
  bool own_ = false;
};

}  // namespace contrail
