// Table: changes of rows and changes of the definition, kept apart.
//
// A session that changes a row shows the table in its slot and then looks for a DDL owner. Whoever
// becomes the owner shows himself and then looks into every slot. Both orders are those of all
// sequentially consistent operations, so at least one of the two sees the other.

#include "engine/table.h"
#include "engine/transaction_manager.h"
#include "storage/check.h"

namespace contrail {

RowChange::RowChange(Table& table, Transaction& transaction) : transaction_(transaction) {
  std::atomic<const Table*>& changing = transaction.slot().changing;
  DCHECK(changing.load(std::memory_order_relaxed) == nullptr);
  changing.store(&table, std::memory_order_seq_cst);
  const Transaction* owner = table.ddl_owner();
  if (owner != nullptr && owner != &transaction) admitted_ = Error::kTableLocked;
}

RowChange::~RowChange() {
  std::atomic<const Table*>& changing = transaction_.slot().changing;
  const Table* table = changing.load(std::memory_order_relaxed);
  changing.store(nullptr, std::memory_order_seq_cst);
  // Waking somebody costs all sessions a common cache line: only when there is somebody.
  if (table->ddl_owner() != nullptr) changing.notify_all();
}

void Table::BeginDdl(const Transaction& owner) {
  DCHECK(ddl_owner() == nullptr);
  ddl_owner_.store(&owner, std::memory_order_seq_cst);
  manager_->implementation().WaitForRowChanges(this, owner.slot());
}

void Table::EndDdl() { ddl_owner_.store(nullptr, std::memory_order_seq_cst); }

bool Table::HasOtherWriters(const Transaction& transaction) const {
  const uint32_t own = transaction.IsWriter(writers_) ? 1 : 0;
  return writers_.count.load(std::memory_order_acquire) > own;
}

bool Table::HasUnseenChanges(const Transaction& transaction) const {
  // In this order: a writer raises the time before it leaves.
  return HasOtherWriters(transaction) ||
         writers_.last_commit.load(std::memory_order_acquire) > transaction.snapshot();
}

}  // namespace contrail
