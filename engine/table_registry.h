// TableRegistry: the open tables of one attached database, shared by all cursors on them, and the
// rules by which DDL and other sessions get along.
//
// A table's definition is what its catalog rows say; it is loaded at the first open and kept. DDL
// makes a transaction the table's DDL owner until it ends: meanwhile other sessions open and read
// the table by the definition from before, but do not change rows in it (kTableLocked), because an
// index that may yet vanish would otherwise have to be maintained and forgotten at once.
//
// Thread rule: thread safe.

#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/synchronization/mutex.h>

#include <deque>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/catalog_store.h"
#include "engine/table.h"

namespace contrail {

class AttachedDatabase;

class TableRegistry final : public LongValueTreeProvider {
 public:
  TableRegistry(AttachedDatabase& database, TransactionManager& transactions);
  ~TableRegistry() override;

  // The table of that name as the transaction sees it, with one more cursor on it. System tables
  // too. kObjectNotFound, kTableLocked (exclusive use by another session, or its deletion),
  // kTableInUse (`exclusive`, and another session has a cursor on it), kCatalogCorrupted. A session
  // that has a table for itself opens it as often as it likes.
  Result<std::shared_ptr<Table>> Open(OperationContext& context, std::string_view name,
                                      bool exclusive);
  void AddCursor(ObjectId table, const Transaction* owner);  // For a duplicate of an open cursor.
  // Others get in again when the last exclusive cursor closes.
  void Close(ObjectId table, const Transaction* owner, bool exclusive = false);

  // For DDL (engine/table_ddl.cc). Makes the transaction the DDL owner until its outermost level
  // ends; waits for changes of rows that are under way. A rollback, of this level or of one around
  // it, brings the definition back. kTableLocked when another one is; kWriteConflict when another
  // has changed the definition since this transaction began. The table is registered.
  Status BeginDdl(OperationContext& context, ObjectId table);
  // For the DDL owner: gives the table the definition that the transaction sees. kIndexInUse when
  // that lacks an index in which a cursor stands.
  Status Reload(OperationContext& context, ObjectId table);
  // kWriteConflict: others have changed rows and have not ended, or have committed what the
  // transaction does not see. For the DDL owner, so that it stays as it is.
  Status CheckNoForeignChanges(OperationContext& context, ObjectId table);
  // kTableInUse when any cursor is open on it, or another transaction has changed rows and has not
  // ended. Keeps others out until the transaction ends.
  Status BeginDelete(OperationContext& context, ObjectId table);

  Status CreateLongValueTree(OperationContext& context, Table& table) override;

  // The schema as the transaction sees it. kObjectNotFound, kCatalogCorrupted.
  Result<TableSchema> LoadSchema(Transaction& transaction, ObjectId table);

 private:
  struct RegisteredTable {
    bool HasCursorOfOthers(const Transaction* owner) const;
    void AddCursor(const Transaction* owner, bool is_exclusive);
    void RemoveCursor(const Transaction* owner, bool is_exclusive);

    std::shared_ptr<Table> table;
    std::vector<std::pair<const Transaction*, int>> cursors;  // By session; none with 0.
    int exclusive_cursors = 0;
    const Transaction* ddl_owner = nullptr;
    const Transaction* exclusive = nullptr;
    // Deleted by the `exclusive` transaction, or, when there is none, for good: then the entry only
    // keeps transactions out that began before and still find the name.
    bool deleted = false;
  };

  Result<std::shared_ptr<const TableDefinition>> LoadDefinition(Transaction& transaction,
                                                                ObjectId table);
  std::shared_ptr<Table> Find(ObjectId table);  // Null: not registered.
  Status ReloadChecked(OperationContext& context, ObjectId table, bool check_use);
  void EndDdl(ObjectId table, bool committed);
  void EndDelete(ObjectId table, bool committed);
  Status AddLongValueTree(OperationContext& context, ObjectId table);

  AttachedDatabase& database_;
  TransactionManager& transactions_;
  absl::Mutex mutex_;
  absl::flat_hash_map<ObjectId, RegisteredTable> tables_ ABSL_GUARDED_BY(mutex_);
  // Tables deleted for good that are still registered, with a time not before their deletion.
  std::deque<std::pair<CommitTime, ObjectId>> deleted_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace contrail
