// Filling a new secondary index from the rows of its table.

#pragma once

#include "engine/entry_sort.h"
#include "engine/schema.h"
#include "engine/versioned_tree.h"

namespace contrail {

// Inserts the entries of every row that the transaction sees. The caller is the table's DDL owner
// and has made sure that there are no other changes (TableRegistry::CheckNoForeignChanges). The
// tree is one that this transaction has created: the entries get no versions, whatever their
// number, and go with the tree when it is rolled back. kKeyDuplicate for a unique index with equal
// keys, of two rows or, of a multi-valued column, of one.
Status BuildIndex(OperationContext& context, TransactionManager& manager, const TableSchema& table,
                  const IndexSchema& index, const Tree& tree, EntrySort& sort);

}  // namespace contrail
