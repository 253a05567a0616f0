#include "engine/versioned_tree.h"

#include "engine/transaction_manager.h"
#include "storage/check.h"

namespace contrail {
namespace {

// Ends a lock's descent once the lock is taken; never leaves this file.
constexpr Error kLockTaken = Error::kTaskDropped;

// Decides under the leaf's latch whether a change may happen, and notes what was before.
class VersionGate final : public ChangeGate {
 public:
  VersionGate(TransactionManager& manager, Transaction& transaction, const Tree& tree,
              ChangeKind kind, Bytes key, Bytes data)
      : implementation_(manager.implementation()),
        transaction_(transaction),
        tree_(tree),
        kind_(kind),
        name_{&tree.database(), tree.root(), key, data},
        hash_(name_.Hash()) {}

  Status Check(const NodeState& before, std::vector<std::byte>* annotation) override {
    const VersionStore::Newest newest = implementation_.store().FindNewest(
        name_, hash_, transaction_.viewer(), kind_ == ChangeKind::kAdd);
    RETURN_IF_ERROR(Admit(before, newest));
    if (kind_ == ChangeKind::kAdd) return CheckAddition(before, annotation);
    if (kind_ == ChangeKind::kLock) {
      if (!newest.own) AddVersion(nullptr);
      return kLockTaken;
    }
    keep_image_ = NeedsImage(newest);
    Annotate(keep_image_ ? &before.data : nullptr, annotation);
    return Status::Ok();
  }

  void Applied(const NodeState& before, Lgpos) override {
    if (kind_ == ChangeKind::kAdd) {
      const Bytes stored = stored_addition_;
      AddVersion(&stored);
      return;
    }
    AddVersion(keep_image_ ? &before.data : nullptr);
  }

  // Of kAdd; null: none wanted.
  void SetAddition(const NumberAddition& addition, uint32_t* number_before) {
    addition_ = addition;
    stored_addition_ = StoreAddition(addition);
    number_before_ = number_before;
  }

 private:
  Status CheckAddition(const NodeState& before, std::vector<std::byte>* annotation) {
    if (!addition_.LiesIn(before.data)) return Error::kDatabaseCorrupted;
    if (number_before_ != nullptr) *number_before_ = addition_.Read(before.data);
    const Bytes stored = stored_addition_;
    Annotate(&stored, annotation);
    return Status::Ok();
  }

  void Annotate(const Bytes* image, std::vector<std::byte>* annotation) const {
    annotation->clear();
    UndoRecord record;
    record.type = static_cast<UndoRecord::Type>(kind_);
    record.transaction = transaction_.id();
    record.root = tree_.root();
    record.object_id = tree_.object_id();
    record.unique = tree_.unique();
    record.has_image = image != nullptr;
    record.key = name_.key;
    record.data = name_.data;
    if (image != nullptr) record.image = *image;
    AppendUndoRecord(record, annotation);
  }

  Status Admit(const NodeState& before, const VersionStore::Newest& newest) const {
    if (newest.conflict) return Error::kWriteConflict;
    if (newest.unseen_addition && kind_ != ChangeKind::kAdd) return Error::kWriteConflict;
    const bool present = before.exists && !before.deleted;
    if (kind_ == ChangeKind::kInsert) {
      return present ? Status(Error::kKeyDuplicate) : Status::Ok();
    }
    if (!before.exists) return Error::kRecordNotFound;
    return present ? Status::Ok() : Status(Error::kRecordDeleted);
  }

  // The page loses the data that older snapshots or an undo of older changes would look for.
  bool NeedsImage(const VersionStore::Newest& newest) const {
    if (!tree_.unique()) return false;
    return kind_ == ChangeKind::kReplace || (kind_ == ChangeKind::kInsert && newest.any);
  }

  void AddVersion(const Bytes* image) {
    implementation_.store().Link(implementation_.AddVersion(*transaction_.state(), kind_, tree_,
                                                            hash_, name_.key, name_.data, image));
  }

  TransactionManager::Implementation& implementation_;
  Transaction& transaction_;
  const Tree& tree_;
  ChangeKind kind_;
  NodeName name_;
  uint64_t hash_;
  bool keep_image_ = false;
  NumberAddition addition_;
  std::array<std::byte, kStoredAdditionSize> stored_addition_{};
  uint32_t* number_before_ = nullptr;
};

}  // namespace

Status VersionedTree::Insert(OperationContext& context, Bytes key, Bytes data,
                             Tree::AppendHint* hint) const {
  RETURN_IF_ERROR(context.transaction->PrepareChange(true));
  Tree tree = tree_;
  VersionGate gate(*manager_, *context.transaction, tree_, ChangeKind::kInsert, key,
                   tree_.unique() ? Bytes() : data);
  if (hint != nullptr) {
    return tree.Append(context.scratch, key, data, node_flag::kVersioned, &gate, hint);
  }
  return tree.Insert(context.scratch, key, data, node_flag::kVersioned, &gate);
}

Status VersionedTree::Replace(OperationContext& context, Bytes key, Bytes data) const {
  DCHECK(tree_.unique());
  RETURN_IF_ERROR(context.transaction->PrepareChange(true));
  Tree tree = tree_;
  VersionGate gate(*manager_, *context.transaction, tree_, ChangeKind::kReplace, key, {});
  return tree.Replace(context.scratch, key, data, node_flag::kVersioned, &gate);
}

Status VersionedTree::Delete(OperationContext& context, Bytes key, Bytes data) const {
  RETURN_IF_ERROR(context.transaction->PrepareChange(true));
  Tree tree = tree_;
  if (tree_.unique()) data = {};
  VersionGate gate(*manager_, *context.transaction, tree_, ChangeKind::kDelete, key, data);
  return tree.SetFlags(context.scratch, key, data, node_flag::kDeleted | node_flag::kVersioned,
                       &gate);
}

Status VersionedTree::Add(OperationContext& context, Bytes key, const NumberAddition& addition,
                          uint32_t* before) const {
  DCHECK(tree_.unique());
  RETURN_IF_ERROR(context.transaction->PrepareChange(true));
  Tree tree = tree_;
  VersionGate gate(*manager_, *context.transaction, tree_, ChangeKind::kAdd, key, {});
  gate.SetAddition(addition, before);
  return tree.Add(context.scratch, key, addition, node_flag::kVersioned, &gate);
}

Status VersionedTree::Lock(OperationContext& context, Bytes key) const {
  DCHECK(tree_.unique());
  RETURN_IF_ERROR(context.transaction->PrepareChange(false));
  Tree tree = tree_;
  VersionGate gate(*manager_, *context.transaction, tree_, ChangeKind::kLock, key, {});
  // Never gets as far as replacing: the gate stops it with the leaf latched.
  const Status status = tree.Replace(context.scratch, key, {}, node_flag::kVersioned, &gate);
  DCHECK(!status.ok());
  return status.Is(kLockTaken) ? Status::Ok() : status;
}

bool VersionedTree::ChangedSince(const OperationContext& context, Bytes key,
                                 const VersionRecord* savepoint) const {
  DCHECK(tree_.unique());
  const TransactionState* state = context.transaction->state();
  if (state == nullptr) return false;
  for (const VersionRecord* version = state->newest; version != savepoint;
       version = version->previous) {
    CHECK(version != nullptr);
    if (version->kind != ChangeKind::kLock && version->root == tree_.root() &&
        version->database == &tree_.database() && Compare(version->key(), key) == 0) {
      return true;
    }
  }
  return false;
}

Status VersionedTree::Get(OperationContext& context, Bytes key,
                          std::vector<std::byte>* data) const {
  VersionedCursor cursor(*this, *context.transaction);
  RETURN_IF_ERROR(cursor.SeekExact(key));
  const Status status = cursor.ReadData([data](Bytes bytes) {
    data->assign(bytes.begin(), bytes.end());
    return Status::Ok();
  });
  return status.Is(Error::kRecordDeleted) ? Status(Error::kRecordNotFound) : status;
}

}  // namespace contrail
