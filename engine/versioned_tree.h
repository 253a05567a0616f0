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

class VersionedTree {
 public:
  VersionedTree(const Tree& tree, TransactionManager& manager) : tree_(tree), manager_(&manager) {}

  const Tree& tree() const { return tree_; }

  // Changes need an active transaction (kNotInTransaction). kWriteConflict, kKeyDuplicate,
  // kRecordNotFound, kRecordDeleted, kVersionStoreOutOfMemory.
  Status Insert(OperationContext&, Bytes key, Bytes data, Tree::AppendHint* hint = nullptr);
  Status Replace(OperationContext&, Bytes key, Bytes data);
  Status Delete(OperationContext&, Bytes key, Bytes data = {});
  // Takes the write lock of a node without changing it (JET_prepReplace, JetGetLock).
  Status Lock(OperationContext&, Bytes key);

  // The data of the node with this key as the transaction sees it. kRecordNotFound.
  Status Get(OperationContext&, Bytes key, std::vector<std::byte>* data);

 private:
  Tree tree_;
  TransactionManager* manager_;
};

// A position among the nodes that a transaction sees.
class VersionedCursor {
 public:
  VersionedCursor(const VersionedTree& tree, Transaction& transaction);

  Status SeekAtLeast(Bytes key, Bytes data = {});  // First visible >=; kRecordNotFound.
  Status SeekAtMost(Bytes key, bool strict);       // Last visible <= (or <); kRecordNotFound.
  Status SeekExact(Bytes key, Bytes data = {});
  Status MoveFirst();
  Status MoveLast();
  Status MoveNext();      // kNoCurrentRecord
  Status MovePrevious();  // kNoCurrentRecord

  // Copies of the visible node the cursor stands on; refreshed when the node has changed.
  Bytes key() const;
  // kRecordDeleted when the node is not visible any more.
  Result<Bytes> Data();
  bool positioned() const;

 private:
  TreeCursor cursor_;
};

// Makes and destroys trees under a transaction: creation is undone by rollback, destruction happens
// when the commit is visible to all (and is finished by recovery if a crash comes between).
struct TreeDescription {
  ObjectId object_id = 0;
  uint32_t page_flags = 0;
  uint32_t initial_pages = 1;
  bool unique = true;
};
Result<PageNumber> CreateVersionedTree(OperationContext&, TransactionManager&, Database&,
                                       PageNumber parent_root, const TreeDescription&);
Status DropVersionedTree(OperationContext&, TransactionManager&, Database&, PageNumber parent_root,
                         PageNumber root, ObjectId object_id);

}  // namespace contrail
