// Filling a new secondary index from the rows of its table.

#pragma once

#include "engine/schema.h"
#include "engine/versioned_tree.h"

namespace contrail {

// Inserts the entries of every row. The caller is the table's DDL owner, so no other session
// changes rows meanwhile; rows that another session changed before and has not committed, or
// committed after this transaction began, give kWriteConflict, because their entries could be wrong
// either way. kKeyDuplicate for a unique index with equal keys. Sorts in memory, in runs of bounded
// size.
Status BuildIndex(OperationContext& context, TransactionManager& manager, const TableSchema& table,
                  const IndexSchema& index, const Tree& tree);

}  // namespace contrail
