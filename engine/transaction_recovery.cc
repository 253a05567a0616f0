// Recovery: collects, in log order, what transactions changed and have not undone, and undoes what
// belongs to no commit. docs/format/transaction_records.md.
//
// A run may stop anywhere and be repeated: every undo is logged as a compensation, and a
// compensation read from the log takes the newest change off its transaction's stack.

#include <algorithm>

#include "engine/transaction_manager.h"
#include "engine/undo.h"
#include "storage/check.h"

namespace contrail {

Status TransactionManager::RedoAnnotation(Lgpos position, uint8_t database_id, Bytes annotation) {
  return implementation_->RedoAnnotation(position, database_id, annotation);
}
Status TransactionManager::RedoCommit(Lgpos, Bytes payload) {
  return implementation_->RedoCommit(payload);
}
Status TransactionManager::RedoRollbackEnd(Lgpos, Bytes payload) {
  return implementation_->RedoRollbackEnd(payload);
}
Status TransactionManager::UndoUnfinished(const std::function<Database*(uint8_t)>& find_database) {
  return implementation_->UndoUnfinished(find_database);
}

using Implementation = TransactionManager::Implementation;

Status Implementation::RedoAnnotation(Lgpos position, uint8_t database_id, Bytes annotation) {
  ASSIGN_OR_RETURN(const UndoRecord record, ParseUndoRecord(annotation));
  RaiseNextId(record.transaction + 1);
  if (record.type == UndoRecord::Type::kTreeFreed) {
    std::erase_if(logged_drops_, [&](const LoggedDrop& drop) {
      return drop.database_id == database_id && drop.transaction == record.transaction &&
             drop.root == record.root;
    });
    return Status::Ok();
  }
  LoggedTransaction& transaction = logged_[record.transaction];
  if (transaction.first_position.IsNull()) {
    transaction.first_position = position;
    if (position.Packed() < oldest_logged_.load(std::memory_order_relaxed)) {
      oldest_logged_.store(position.Packed(), std::memory_order_release);
    }
  }
  if (record.type == UndoRecord::Type::kCompensation) {
    // Within one database the order is strict. Between databases it need not be: one that was
    // absent from a recovery keeps its changes on the stack.
    auto& changes = transaction.changes;
    const auto newest = std::find_if(
        changes.rbegin(), changes.rend(),
        [database_id](const LoggedChange& change) { return change.database_id == database_id; });
    if (newest != changes.rend()) changes.erase(std::next(newest).base());
    return Status::Ok();
  }
  transaction.changes.push_back({database_id, {annotation.begin(), annotation.end()}});
  return Status::Ok();
}

Status Implementation::RedoCommit(Bytes payload) {
  ASSIGN_OR_RETURN(const CommitRecord commit, ParseCommitRecord(payload));
  RaiseNextId(commit.transaction + 1);
  const auto found = logged_.find(commit.transaction);
  if (found == logged_.end()) return Status::Ok();
  for (const LoggedChange& change : found->second.changes) {
    ASSIGN_OR_RETURN(const UndoRecord record, ParseUndoRecord(change.annotation));
    if (record.type != UndoRecord::Type::kDropTree) continue;
    logged_drops_.push_back({change.database_id, commit.transaction, record.root, record.object_id,
                             found->second.first_position});
  }
  logged_.erase(found);
  return Status::Ok();
}

Status Implementation::RedoRollbackEnd(Bytes payload) {
  ASSIGN_OR_RETURN(const uint64_t id, ParseRollbackEnd(payload));
  RaiseNextId(id + 1);
  logged_.erase(id);
  return Status::Ok();
}

Status Implementation::UndoUnfinished(const std::function<Database*(uint8_t)>& find_database) {
  // Unfinished transactions touched different nodes (the first updater wins) or added to the same
  // numbers, so any order will do; newest first keeps runs alike.
  std::vector<TransactionId> ids;
  for (const auto& [id, transaction] : logged_) ids.push_back(id);
  std::sort(ids.rbegin(), ids.rend());
  for (const TransactionId id : ids) {
    RETURN_IF_ERROR(UndoLogged(id, &logged_[id], find_database));
    logged_.erase(id);
  }
  while (!logged_drops_.empty()) {
    const LoggedDrop& drop = logged_drops_.front();
    if (Database* database = find_database(drop.database_id); database != nullptr) {
      UndoRecord freed;
      freed.type = UndoRecord::Type::kTreeFreed;
      freed.transaction = drop.transaction;
      freed.root = drop.root;
      freed.object_id = drop.object_id;
      const absl::MutexLock lock(&cleanup_mutex_);
      RETURN_IF_ERROR(FreeTree(&cleanup_scratch_, *database, drop.root, freed));
    }
    logged_drops_.erase(logged_drops_.begin());
  }
  oldest_logged_.store(kLgposMax.Packed(), std::memory_order_release);
  return Status::Ok();
}

Status Implementation::UndoLogged(TransactionId id, LoggedTransaction* transaction,
                                  const std::function<Database*(uint8_t)>& find_database) {
  bool complete = true;
  for (; !transaction->changes.empty(); transaction->changes.pop_back()) {
    const LoggedChange& change = transaction->changes.back();
    Database* database = find_database(change.database_id);
    if (database == nullptr) {
      complete = false;
      continue;
    }
    RETURN_IF_ERROR(UndoLoggedChange(change, *database));
  }
  // A database that is absent now may be recovered later, from the same log: no end is logged then.
  if (!complete) return Status::Ok();
  std::byte payload[kRollbackEndSize];
  StoreLittle(payload, id);
  return log_.AppendRecord(RecordType::kRollbackEnd, payload).status();
}

Status Implementation::UndoLoggedChange(const LoggedChange& change, Database& database) {
  ASSIGN_OR_RETURN(const UndoRecord record, ParseUndoRecord(change.annotation));
  UndoRecord compensation;
  compensation.type = UndoRecord::Type::kCompensation;
  compensation.transaction = record.transaction;
  const absl::MutexLock lock(&cleanup_mutex_);
  if (record.type == UndoRecord::Type::kCreateTree) {
    return FreeTree(&cleanup_scratch_, database, record.root, compensation);
  }
  if (record.type == UndoRecord::Type::kDropTree) {
    return LogAnnotation(&cleanup_scratch_, database, compensation);
  }
  const UndoTarget target{Tree(database, record.root, record.object_id, record.unique),
                          static_cast<ChangeKind>(record.type),
                          record.key,
                          record.data,
                          record.image,
                          record.has_image};
  return UndoChange(&cleanup_scratch_, target, record.transaction, store_, nullptr);
}

}  // namespace contrail
