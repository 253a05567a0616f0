// VersionedTree: a Tree as one transaction sees it. All data of tables, indexes, long values and
// the catalog goes through it.

#pragma once

#include "engine/transaction.h"

namespace contrail {

// What every operation of a session needs at hand. One per session.
struct OperationContext {
  Transaction* transaction = nullptr;
  MutationScratch* scratch = nullptr;
};

// Cheap to copy. Thread safe; the context belongs to one session.
class VersionedTree {
 public:
  VersionedTree(const Tree& tree, TransactionManager& manager) : tree_(tree), manager_(&manager) {}

  const Tree& tree() const { return tree_; }
  TransactionManager& manager() const { return *manager_; }

  // Changes need an active transaction (kNotInTransaction). A node whose newest change is another
  // transaction's and not visible here: kWriteConflict. kVersionStoreOutOfMemory.
  // kKeyDuplicate. Keys that mostly grow: give a hint, one per session and tree.
  Status Insert(OperationContext&, Bytes key, Bytes data, Tree::AppendHint* hint = nullptr) const;
  // Unique trees only. kRecordNotFound, kRecordDeleted.
  Status Replace(OperationContext&, Bytes key, Bytes data) const;
  Status Delete(OperationContext&, Bytes key, Bytes data = {}) const;
  // Adds to a number in the node's data. Only here do changes of several transactions go together:
  // kWriteConflict when the newest change that is no addition is another's and not visible here.
  // Unique trees only. `before` (may be null) gets the number as the page had it, with whatever
  // others have added. kRecordNotFound, kRecordDeleted; kDatabaseCorrupted: no such number.
  Status Add(OperationContext&, Bytes key, const NumberAddition&, uint32_t* before) const;
  // Takes the write lock of a node without changing it (JET_prepReplace, JetGetLock). Unique trees
  // only. Nothing is logged; the lock ends with the transaction or its level.
  Status Lock(OperationContext&, Bytes key) const;

  // Whether the context's transaction has changed the node (locks do not count) since that
  // savepoint. Unique trees only.
  bool ChangedSince(const OperationContext&, Bytes key, const VersionRecord* savepoint) const;

  // The data of the node with this key as the transaction sees it. kRecordNotFound.
  Status Get(OperationContext&, Bytes key, std::vector<std::byte>* data) const;

 private:
  Tree tree_;
  TransactionManager* manager_;
};

// A position among the nodes that a transaction sees. Not thread safe.
class VersionedCursor {
 public:
  VersionedCursor(const VersionedTree& tree, Transaction& transaction);

  const Tree& tree() const { return cursor_.tree(); }

  // Seeks that find nothing leave the cursor at the gap: moves go on from there.
  Status SeekAtLeast(Bytes key, Bytes data = {});  // First visible >=; kRecordNotFound.
  Status SeekAtMost(Bytes key, bool strict);       // Last visible <= (or <); kRecordNotFound.
  Status SeekExact(Bytes key, Bytes data = {});    // kRecordNotFound.
  Status MoveFirst();                              // kRecordNotFound in an empty tree.
  Status MoveLast();
  Status MoveNext();      // kNoCurrentRecord
  Status MovePrevious();  // kNoCurrentRecord

  bool positioned() const { return cursor_.positioned(); }
  // The bookmark of the node it stands on: copies kept by the cursor. The data part is only there
  // in non-unique trees.
  Bytes key() const { return cursor_.key(); }
  Bytes bookmark_data() const { return tree().unique() ? Bytes() : cursor_.data(); }

  // Calls read(Bytes data) -> Status with the node's data as the transaction sees it; perhaps more
  // than once, so it must only fill in the caller's variables. No copy is made unless an older
  // state is needed. kRecordDeleted when the node is not visible (any more).
  template <typename Read>
  Status ReadData(Read&& read);
  // A copy of the data, valid until the next call. kRecordDeleted.
  Result<Bytes> Data();
  // Ok, kRecordDeleted, or a failure to read.
  Status CheckVisible();

 private:
  NodeName Name() const {
    return {&tree().database(), tree().root(), cursor_.key(), bookmark_data()};
  }
  Status SettleForward(Status status, Error at_end);
  Status SettleBackward(Status status, Error at_end);

  TreeCursor cursor_;
  Transaction* transaction_;
  const VersionStore* store_;
  std::vector<std::byte> image_;
  std::vector<std::byte> copy_;
};

template <typename Read>
Status VersionedCursor::ReadData(Read&& read) {
  constexpr uint8_t kMayDiffer = node_flag::kVersioned | node_flag::kDeleted;
  for (;;) {
    const Viewer viewer = transaction_->viewer();
    Seen seen = Seen::kPage;
    const Status status = cursor_.ReadCurrent([&](const NodeView& node, const ReadGuard&) {
      seen = Seen::kPage;
      if ((node.flags & kMayDiffer) != 0) {
        seen = store_->See(Name(), viewer, node.deleted(), node.data, &image_);
      }
      if (seen == Seen::kAbsent) return Status::Ok();
      return Status(read(seen == Seen::kImage ? Bytes(image_) : node.data));
    });
    if (seen == Seen::kAbsent || status.Is(Error::kRecordNotFound)) return Error::kRecordDeleted;
    const bool unsettled =
        seen == Seen::kImage && !transaction_->active() && store_->unlinked_to() > viewer.snapshot;
    if (!unsettled) return status;
  }
}

// Makes and destroys trees under a transaction: creation is undone by rollback, destruction happens
// when the commit is visible to all (and is finished by recovery if a crash comes between).
struct TreeDescription {
  ObjectId object_id = 0;
  uint32_t page_flags = 0;
  uint32_t initial_pages = 1;
  bool unique = true;
  bool multiple_extents = false;
};
Result<PageNumber> CreateVersionedTree(OperationContext&, TransactionManager&, Database&,
                                       PageNumber parent_root, const TreeDescription&);
// Trees dropped by one transaction are freed in the order of the calls: children before parents.
Status DropVersionedTree(OperationContext&, TransactionManager&, Database&, PageNumber parent_root,
                         PageNumber root, ObjectId object_id);

}  // namespace contrail
