#include "engine/transaction.h"

#include <algorithm>
#include <utility>

#include "engine/transaction_manager.h"
#include "engine/undo.h"
#include "storage/check.h"

namespace contrail {
namespace {

// A committing session cleans what it left itself and a little more, so that cleanup keeps up.
constexpr size_t kCleanupPerCommit = 256;

}  // namespace

Transaction::Transaction(TransactionManager& manager)
    : manager_(manager), slot_(manager.implementation().TakeSlot()) {}

Transaction::~Transaction() {
  CHECK(level_ == 0 && watchers_ == nullptr);
  manager_.implementation().ReturnSlot(slot_);
}

TransactionId Transaction::id() const { return state_ != nullptr ? state_->id : 0; }

CommitTime Transaction::snapshot() const {
  return level_ > 0 ? snapshot_ : manager_.implementation().visible_time();
}

Status Transaction::Begin(bool read_only) {
  if (level_ == kMaxTransactionLevel) return Error::kTransTooDeep;
  if (level_ == 0) {
    TakeSnapshot();
    read_only_ = read_only;
    ++epoch_;
    DCHECK(state_ == nullptr && actions_.empty());
  }
  marks_[static_cast<size_t>(level_)] = state_ != nullptr ? state_->newest : nullptr;
  ++level_;
  return Status::Ok();
}

void Transaction::TakeSnapshot() {
  // Shown as 0 first: whoever computes the oldest snapshot from here on either sees the 0, or has
  // looked before, and then no snapshot taken now is older than what it found.
  slot_->snapshot.store(0, std::memory_order_seq_cst);
  snapshot_ = manager_.implementation().visible_time();
  slot_->snapshot.store(snapshot_, std::memory_order_release);
}

void Transaction::MakeRevocable() {
  DCHECK(level_ == 1 && read_only_ && !one_operation_ && !revocable_);
  manager_.implementation().revocable().Add(slot_->snapshot);
  revocable_ = true;
}

bool Transaction::revoked() const {
  // After the reads, for whoever saw the work of a cleaner sees the revocation before it.
  return revocable_ && slot_->snapshot.load(std::memory_order_seq_cst) == TransactionSlot::kIdle;
}

void Transaction::RenewSnapshot() {
  if (one_operation_ && state_ == nullptr) TakeSnapshot();
}

bool Transaction::IsWriter(const TableWriters& writers) const {
  return std::find(written_.begin(), written_.end(), &writers) != written_.end();
}

void Transaction::NoteWriter(TableWriters& writers) {
  DCHECK(level_ > 0);
  if (IsWriter(writers)) return;
  written_.push_back(&writers);
  writers.count.fetch_add(1, std::memory_order_acq_rel);
}

Status Transaction::PrepareChange(bool logged) {
  if (level_ == 0) return Error::kNotInTransaction;
  if (read_only_) return Error::kTransReadOnly;
  TransactionManager::Implementation& implementation = manager_.implementation();
  implementation.hold_gate().Pass();
  if (implementation.VersionMemoryExhausted()) RETURN_IF_ERROR(implementation.MakeRoom());
  if (state_ == nullptr) state_ = implementation.TakeState();
  if (logged && state_->id == 0) {
    const Lgpos tip = implementation.log().Tip();
    slot_->first_position.store(tip.Packed(), std::memory_order_seq_cst);
    state_->first_position = tip;
    state_->id = implementation.NextId();
  }
  return Status::Ok();
}

Status Transaction::Commit(CommitMode mode) {
  if (level_ == 0) return Error::kNotInTransaction;
  if (level_ == 1) return CommitOutermost(mode);
  --level_;
  for (LevelAction& action : actions_) {
    if (action.level > level_) action.level = level_;
  }
  for (LevelWatcher* watcher = watchers_; watcher != nullptr; watcher = watcher->next_) {
    watcher->level_ = std::min(watcher->level_, level_);
  }
  return Status::Ok();
}

Status Transaction::CommitOutermost(CommitMode mode) {
  TransactionManager::Implementation& implementation = manager_.implementation();
  for (LevelAction& action : actions_) {
    if (action.on_visible_to_all == nullptr) continue;
    if (state_ == nullptr) state_ = implementation.TakeState();
    state_->actions.push_back(std::move(action.on_visible_to_all));
  }
  if (state_ == nullptr || (state_->id == 0 && state_->actions.empty())) {
    if (state_ != nullptr) {
      implementation.UnlinkAll(state_);  // Locks only.
      implementation.RecycleState(state_);
    }
    End(true);
    return Status::Ok();
  }
  const bool logged = state_->id != 0;
  Result<Lgpos> position = implementation.Commit(state_, commit_actions_);
  if (!position.ok()) {
    // Give the actions back: the session will roll back.
    for (auto& action : state_->actions) actions_.push_back({level_, nullptr, std::move(action)});
    state_->actions.clear();
    return position.status();
  }
  End(true, state_->commit_time.load(std::memory_order_relaxed));
  // Failures of cleanup are kept with what is left to clean and come up there again.
  implementation.CleanUp(kCleanupPerCommit, false).Ignore();
  if (!logged) return Status::Ok();
  last_commit_ = *position;
  if (mode == CommitMode::kDurable) return implementation.WaitForCommit(*position);
  implementation.log().FlushSoon(*position);
  return Status::Ok();
}

void Transaction::End(bool committed, CommitTime time) {
  level_ = 0;
  state_ = nullptr;
  one_operation_ = false;
  actions_.clear();
  commit_actions_.clear();
  // After the commit has become visible: whoever finds no writer and takes a snapshot sees it.
  for (TableWriters* writers : written_) {
    CommitTime last = writers->last_commit.load(std::memory_order_relaxed);
    while (last < time && !writers->last_commit.compare_exchange_weak(last, time)) {
    }
    writers->count.fetch_sub(1, std::memory_order_acq_rel);
  }
  written_.clear();
  while (watchers_ != nullptr) Unwatch(*watchers_);
  if (std::exchange(revocable_, false)) {
    manager_.implementation().revocable().Remove(slot_->snapshot);
  }
  slot_->snapshot.store(TransactionSlot::kIdle, std::memory_order_release);
  slot_->first_position.store(kLgposMax.Packed(), std::memory_order_release);
  // They may begin something of their own.
  const auto end_actions = std::exchange(end_actions_, {});
  for (const auto& action : end_actions) action(committed);
}

Status Transaction::Rollback() {
  if (level_ == 0) return Error::kNotInTransaction;
  TransactionManager::Implementation& implementation = manager_.implementation();
  if (state_ != nullptr) implementation.hold_gate().Pass();
  const VersionRecord* mark = marks_[static_cast<size_t>(level_ - 1)];
  Status status = state_ != nullptr ? UndoTo(mark) : Status::Ok();
  RunRollbackActions();
  DropWatchers();
  --level_;
  if (level_ > 0) return status;
  if (state_ != nullptr && status.ok()) {
    if (state_->id != 0) {
      std::byte payload[kRollbackEndSize];
      StoreLittle(payload, state_->id);
      status = implementation.log().AppendRecord(RecordType::kRollbackEnd, payload).status();
      // Without it recovery finds the transaction fully compensated and ends it itself.
    }
    implementation.RecycleState(state_);
  }
  // A state that could not be undone stays: its versions keep others off its nodes, and its log
  // position is forgotten only with the instance, which is down.
  if (state_ == nullptr || status.ok() || state_->newest == nullptr) {
    End(false);
    return status.ok() ? Status::Ok() : Status(Error::kRollbackError);
  }
  state_ = nullptr;
  actions_.clear();
  commit_actions_.clear();
  end_actions_.clear();
  written_.clear();  // Counted for good, like the versions.
  return Error::kRollbackError;
}

Status Transaction::UndoTo(const VersionRecord* mark) {
  TransactionManager::Implementation& implementation = manager_.implementation();
  while (state_->newest != mark) {
    VersionRecord* version = state_->newest;
    CHECK(version != nullptr);
    UndoRecord compensation;
    compensation.type = UndoRecord::Type::kCompensation;
    compensation.transaction = state_->id;
    switch (version->kind) {
      case ChangeKind::kLock:
        implementation.store().Unlink(version);
        break;
      case ChangeKind::kCreateTree:
        RETURN_IF_ERROR(FreeTree(&scratch_, *version->database, version->root, compensation));
        break;
      case ChangeKind::kDropTree:
        RETURN_IF_ERROR(LogAnnotation(&scratch_, *version->database, compensation));
        break;
      case ChangeKind::kInsert:
      case ChangeKind::kReplace:
      case ChangeKind::kDelete:
      case ChangeKind::kAdd: {
        const UndoTarget target{version->tree(), version->kind,    version->key(),
                                version->data(), version->image(), version->has_image};
        RETURN_IF_ERROR(UndoChange(&scratch_, target, state_->id, implementation.store(), version));
        break;
      }
    }
    state_->newest = version->previous;
    --state_->version_count;
  }
  return Status::Ok();
}

VersionRecord* Transaction::savepoint() const {
  DCHECK(level_ > 0);
  return state_ != nullptr ? state_->newest : nullptr;
}

Status Transaction::RollbackTo(const VersionRecord* savepoint) {
  DCHECK(level_ > 0);
  if (state_ == nullptr) return Status::Ok();
  return UndoTo(savepoint).ok() ? Status::Ok() : Status(Error::kRollbackError);
}

void Transaction::RunRollbackActions() {
  while (!actions_.empty() && actions_.back().level >= level_) {
    const LevelAction action = std::move(actions_.back());
    actions_.pop_back();
    if (action.on_rollback != nullptr) action.on_rollback();
  }
}

void Transaction::DropWatchers() {
  for (LevelWatcher* watcher = watchers_; watcher != nullptr;) {
    LevelWatcher* next = watcher->next_;
    if (watcher->level_ >= level_) {
      Unwatch(*watcher);
      watcher->OnRolledBack();
    }
    watcher = next;
  }
}

void Transaction::Watch(LevelWatcher& watcher) {
  CHECK(level_ > 0);
  const bool known = watcher.level_ > 0;
  watcher.level_ = level_;
  if (known) return;
  watcher.previous_ = nullptr;
  watcher.next_ = watchers_;
  if (watchers_ != nullptr) watchers_->previous_ = &watcher;
  watchers_ = &watcher;
}

void Transaction::Unwatch(LevelWatcher& watcher) {
  if (watcher.level_ == 0) return;
  watcher.level_ = 0;
  if (watcher.next_ != nullptr) watcher.next_->previous_ = watcher.previous_;
  if (watcher.previous_ != nullptr) {
    watcher.previous_->next_ = watcher.next_;
  } else {
    DCHECK(watchers_ == &watcher);
    watchers_ = watcher.next_;
  }
}

Status Transaction::WaitLastCommit() {
  if (last_commit_.IsNull()) return Status::Ok();
  return manager_.implementation().log().WaitDurable(last_commit_);
}

void Transaction::OnCommitVisibleToAll(std::function<Status()> action) {
  CHECK(level_ > 0);
  actions_.push_back({level_, nullptr, std::move(action)});
}

void Transaction::OnRollback(std::function<void()> action) {
  CHECK(level_ > 0);
  actions_.push_back({level_, std::move(action), nullptr});
}

void Transaction::OnCommit(std::function<void(CommitTime)> action) {
  CHECK(level_ > 0);
  commit_actions_.push_back(std::move(action));
}

void Transaction::OnEnd(std::function<void(bool committed)> action) {
  CHECK(level_ > 0);
  end_actions_.push_back(std::move(action));
}

}  // namespace contrail
