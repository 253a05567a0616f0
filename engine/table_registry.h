// TableRegistry: the open tables of one attached database, shared by all cursors on them, and the
// rules by which DDL and other sessions get along.
//
// A table's definition is what its catalog rows say; it is loaded at the first open and kept. DDL
// makes a transaction the table's DDL owner until it ends: meanwhile other sessions neither open
// the table nor change rows in it (kTableLocked), because an index that may yet vanish would
// otherwise have to be maintained and forgotten at once.
//
// Thread rule: thread safe.

#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/synchronization/mutex.h>

#include <memory>
#include <string_view>

#include "engine/catalog_store.h"
#include "engine/table.h"

namespace contrail {

class AttachedDatabase;

class TableRegistry final : public LongValueTreeProvider {
 public:
  TableRegistry(AttachedDatabase& database, TransactionManager& transactions);
  ~TableRegistry() override;

  // The table of that name as the transaction sees it, with one more cursor on it. System tables
  // too. kObjectNotFound, kTableLocked (DDL or exclusive use by another session), kTableInUse
  // (`exclusive` and other cursors are open), kCatalogCorrupted.
  Result<std::shared_ptr<Table>> Open(OperationContext& context, std::string_view name,
                                      bool exclusive);
  void AddCursor(ObjectId table);  // For a duplicate of an open cursor.
  void Close(ObjectId table, const Transaction* owner);

  // For DDL (engine/table_ddl.cc). Makes the transaction the DDL owner until its outermost level
  // ends; a rollback brings the definition back. kTableLocked when another one is. The table is
  // registered.
  Status BeginDdl(OperationContext& context, ObjectId table);
  // Gives the table the definition that the transaction sees.
  Status Reload(OperationContext& context, ObjectId table);
  // kTableInUse when any cursor is open on it. Keeps others out until the transaction ends.
  Status BeginDelete(OperationContext& context, ObjectId table);

  Status CreateLongValueTree(OperationContext& context, Table& table) override;

  // The schema as the transaction sees it. kObjectNotFound, kCatalogCorrupted.
  Result<TableSchema> LoadSchema(Transaction& transaction, ObjectId table);

 private:
  struct RegisteredTable {
    std::shared_ptr<Table> table;
    int cursors = 0;
    const Transaction* ddl_owner = nullptr;
    const Transaction* exclusive = nullptr;
  };

  Result<std::shared_ptr<const TableDefinition>> LoadDefinition(Transaction& transaction,
                                                                ObjectId table);
  void EndDdl(const Transaction* transaction, ObjectId table, bool committed);
  Status AddLongValueTree(OperationContext& context, ObjectId table);

  AttachedDatabase& database_;
  TransactionManager& transactions_;
  absl::Mutex mutex_;
  absl::flat_hash_map<ObjectId, RegisteredTable> tables_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace contrail
