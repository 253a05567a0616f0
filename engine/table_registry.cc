#include "engine/table_registry.h"

#include <algorithm>

#include "engine/attached_database.h"
#include "engine/text_order.h"
#include "engine/transaction_manager.h"
#include "storage/check.h"

namespace contrail {
TableRegistry::TableRegistry(AttachedDatabase& database, TransactionManager& transactions)
    : database_(database), transactions_(transactions) {}

TableRegistry::~TableRegistry() = default;

bool TableRegistry::RegisteredTable::HasCursorOfOthers(const Transaction* owner) const {
  return std::any_of(cursors.begin(), cursors.end(),
                     [owner](const auto& session) { return session.first != owner; });
}

void TableRegistry::RegisteredTable::AddCursor(const Transaction* owner, bool is_exclusive) {
  const auto session = std::find_if(cursors.begin(), cursors.end(),
                                    [owner](const auto& known) { return known.first == owner; });
  if (session == cursors.end()) {
    cursors.emplace_back(owner, 1);
  } else {
    ++session->second;
  }
  if (!is_exclusive) return;
  exclusive = owner;
  ++exclusive_cursors;
}

void TableRegistry::RegisteredTable::RemoveCursor(const Transaction* owner, bool is_exclusive) {
  const auto session = std::find_if(cursors.begin(), cursors.end(),
                                    [owner](const auto& known) { return known.first == owner; });
  CHECK(session != cursors.end());
  const bool last = --session->second == 0;
  if (last) cursors.erase(session);
  if (exclusive != owner || exclusive_cursors == 0) return;
  exclusive_cursors = last ? 0 : exclusive_cursors - (is_exclusive ? 1 : 0);
  if (exclusive_cursors == 0) exclusive = nullptr;
}

Result<TableSchema> TableRegistry::LoadSchema(Transaction& transaction, ObjectId table) {
  ASSIGN_OR_RETURN(TableSchema schema, database_.catalog().SchemaOf(transaction, table));
  database_.text_orders().Attach(schema);
  if (schema.long_value_root_page != 0) return schema;
  // The tree of long values is made apart from the transaction that needs it, so that transaction's
  // snapshot does not have it. Whoever went by the snapshot would lose it, or make a second one.
  Transaction reader(transactions_);
  const Result<TableSchema> now = database_.catalog().SchemaOf(reader, table);
  if (now.ok()) {
    schema.long_value_root_page = now->long_value_root_page;
    schema.long_value_object_id = now->long_value_object_id;
  }
  return schema;
}

Result<std::shared_ptr<const TableDefinition>> TableRegistry::LoadDefinition(
    Transaction& transaction, ObjectId table) {
  ASSIGN_OR_RETURN(TableSchema schema, LoadSchema(transaction, table));
  return std::make_shared<const TableDefinition>(database_.database(), std::move(schema));
}

Result<std::shared_ptr<Table>> TableRegistry::Open(OperationContext& context, std::string_view name,
                                                   bool exclusive) {
  ASSIGN_OR_RETURN(const CatalogRow row, database_.catalog().FindTable(*context.transaction, name));
  absl::MutexLock lock(&mutex_);
  const auto known = tables_.find(row.table);
  if (known != tables_.end()) {
    RegisteredTable& entry = known->second;
    if (entry.exclusive != nullptr && entry.exclusive != context.transaction) {
      return Error::kTableLocked;
    }
    if (entry.deleted) return Error::kObjectNotFound;
    if (exclusive && entry.HasCursorOfOthers(context.transaction)) return Error::kTableInUse;
    entry.AddCursor(context.transaction, exclusive);
    return entry.table;
  }
  // Under the lock, so that two sessions that open a table at once share one Table.
  ASSIGN_OR_RETURN(std::shared_ptr<const TableDefinition> definition,
                   LoadDefinition(*context.transaction, row.table));
  RegisteredTable entry;
  entry.table = std::make_shared<Table>(std::move(definition), transactions_, this);
  entry.AddCursor(context.transaction, exclusive);
  const auto [place, inserted] = tables_.emplace(row.table, std::move(entry));
  CHECK(inserted);
  return place->second.table;
}

void TableRegistry::AddCursor(ObjectId table, const Transaction* owner) {
  absl::MutexLock lock(&mutex_);
  const auto entry = tables_.find(table);
  CHECK(entry != tables_.end());
  entry->second.AddCursor(owner, /*is_exclusive=*/false);
}

void TableRegistry::Close(ObjectId table, const Transaction* owner, bool exclusive) {
  absl::MutexLock lock(&mutex_);
  const auto entry = tables_.find(table);
  if (entry == tables_.end()) return;
  entry->second.RemoveCursor(owner, exclusive);
  // The entry stays: it keeps the table's counters and saves the next open the catalog.
}

std::shared_ptr<Table> TableRegistry::Find(ObjectId table) {
  absl::MutexLock lock(&mutex_);
  const auto entry = tables_.find(table);
  return entry != tables_.end() ? entry->second.table : nullptr;
}

Status TableRegistry::BeginDdl(OperationContext& context, ObjectId table) {
  Transaction* transaction = context.transaction;
  std::shared_ptr<Table> opened;
  bool owner = false;
  {
    absl::MutexLock lock(&mutex_);
    const auto known = tables_.find(table);
    if (known == tables_.end()) return Error::kObjectNotFound;
    RegisteredTable& entry = known->second;
    if (entry.ddl_owner != nullptr && entry.ddl_owner != transaction) return Error::kTableLocked;
    if (entry.exclusive != nullptr && entry.exclusive != transaction) return Error::kTableLocked;
    owner = entry.ddl_owner == transaction;
    entry.ddl_owner = transaction;
    opened = entry.table;
  }
  if (!owner) {
    // Without the lock: a change of rows that is under way may need it.
    opened->BeginDdl(*transaction);
    transaction->OnEnd([this, table](bool committed) { EndDdl(table, committed); });
    transaction->OnCommit([opened](CommitTime time) { opened->PublishPending(time); });
    transaction->RenewSnapshot();
  }
  if (!opened->SeesNewest(*transaction)) return Error::kWriteConflict;
  // If this level, or one around it, is rolled back, the definition goes back with it.
  transaction->OnRollback([this, &context, table] {
    ReloadChecked(context, table, false).Ignore();  // Gone with the rollback: EndDdl forgets it.
  });
  return Status::Ok();
}

Status TableRegistry::CheckNoForeignChanges(OperationContext& context, ObjectId table) {
  const std::shared_ptr<Table> opened = Find(table);
  DCHECK(opened != nullptr && opened->ddl_owner() == context.transaction);
  return opened->HasUnseenChanges(*context.transaction) ? Status(Error::kWriteConflict)
                                                        : Status::Ok();
}

void TableRegistry::EndDdl(ObjectId table, bool committed) {
  bool exists = true;
  if (!committed) {
    // A table that is gone with the rollback is forgotten.
    Transaction reader(transactions_);
    exists = LoadSchema(reader, table).ok();
  }
  absl::MutexLock lock(&mutex_);
  const auto entry = tables_.find(table);
  if (entry == tables_.end()) return;  // Deleted, and nobody is left who could still find it.
  entry->second.table->DropPending();
  entry->second.ddl_owner = nullptr;
  entry->second.table->EndDdl();
  if (!exists) tables_.erase(entry);
}

Status TableRegistry::Reload(OperationContext& context, ObjectId table) {
  return ReloadChecked(context, table, true);
}

Status TableRegistry::ReloadChecked(OperationContext& context, ObjectId table, bool check_use) {
  ASSIGN_OR_RETURN(std::shared_ptr<const TableDefinition> definition,
                   LoadDefinition(*context.transaction, table));
  const std::shared_ptr<Table> opened = Find(table);
  if (opened == nullptr) return Error::kObjectNotFound;
  return opened->SetPending(std::move(definition), check_use);
}

Status TableRegistry::BeginDelete(OperationContext& context, ObjectId table) {
  Transaction* transaction = context.transaction;
  {
    absl::MutexLock lock(&mutex_);
    auto entry = tables_.find(table);
    if (entry == tables_.end()) {
      // Registered all the same, so that nobody opens it meanwhile.
      ASSIGN_OR_RETURN(std::shared_ptr<const TableDefinition> definition,
                       LoadDefinition(*transaction, table));
      RegisteredTable unopened;
      unopened.table = std::make_shared<Table>(std::move(definition), transactions_, this);
      entry = tables_.emplace(table, std::move(unopened)).first;
    }
    RegisteredTable& registered = entry->second;
    if (registered.exclusive != nullptr && registered.exclusive != transaction) {
      return Error::kTableLocked;
    }
    if (registered.deleted) return Error::kObjectNotFound;
    if (!registered.cursors.empty()) return Error::kTableInUse;
    if (registered.ddl_owner != nullptr && registered.ddl_owner != transaction) {
      return Error::kTableLocked;
    }
    // Without cursors there will be no new ones.
    if (registered.table->HasOtherWriters(*transaction)) return Error::kTableInUse;
    registered.exclusive = transaction;
    registered.deleted = true;
  }
  transaction->OnRollback([this, table] { EndDelete(table, false); });
  transaction->OnEnd([this, table](bool committed) { EndDelete(table, committed); });
  return Status::Ok();
}

void TableRegistry::EndDelete(ObjectId table, bool committed) {
  absl::MutexLock lock(&mutex_);
  const auto entry = tables_.find(table);
  if (entry == tables_.end()) return;
  entry->second.exclusive = nullptr;
  if (!committed) entry->second.deleted = false;
  if (!entry->second.deleted) return;
  const TransactionManager::Implementation& transactions = transactions_.implementation();
  deleted_.emplace_back(transactions.visible_time(), table);
  // Those that nobody finds by name any more.
  const CommitTime oldest = transactions.OldestSnapshot();
  while (!deleted_.empty() && deleted_.front().first <= oldest) {
    tables_.erase(deleted_.front().second);
    deleted_.pop_front();
  }
}

Status TableRegistry::CreateLongValueTree(OperationContext& context, Table& table) {
  const ObjectId id = table.definition()->schema().object_id;
  Transaction reader(transactions_);
  const bool foreign = table.ddl_owner() != context.transaction && LoadSchema(reader, id).ok();
  if (!foreign) {
    // Nobody else knows of the table, or changes rows in it, before this transaction ends.
    RETURN_IF_ERROR(BeginDdl(context, id));
    RETURN_IF_ERROR(AddLongValueTree(context, id));
    return Reload(context, id);
  }
  // Apart from the caller's transaction, so that its rollback does not take the tree away from
  // others who have put values there meanwhile.
  Transaction transaction(transactions_);
  MutationScratch scratch;
  OperationContext apart{.transaction = &transaction, .scratch = &scratch};
  RETURN_IF_ERROR(transaction.Begin(/*read_only=*/false));
  std::shared_ptr<const TableDefinition> definition;
  Status status = AddLongValueTree(apart, id);
  if (status.ok()) {
    Result<std::shared_ptr<const TableDefinition>> loaded = LoadDefinition(transaction, id);
    status = loaded.status();
    if (status.ok()) definition = std::move(*loaded);
  }
  if (status.ok()) status = transaction.Commit(CommitMode::kLazy);
  if (!status.ok() && transaction.active()) RETURN_IF_ERROR(transaction.Rollback());
  if (status.ok()) table.AmendDefinition(std::move(definition));
  return status;
}

Status TableRegistry::AddLongValueTree(OperationContext& context, ObjectId table) {
  ASSIGN_OR_RETURN(TableSchema schema, LoadSchema(*context.transaction, table));
  if (schema.long_value_root_page != 0) return Status::Ok();
  Database& database = database_.database();
  schema.long_value_object_id = database.NextObjectId();
  ASSIGN_OR_RETURN(schema.long_value_root_page,
                   CreateVersionedTree(context, transactions_, database, schema.root_page,
                                       {.object_id = schema.long_value_object_id,
                                        .page_flags = page_flag::kLongValue}));
  return database_.catalog().Insert(context, MakeLongValueRow(schema));
}

}  // namespace contrail
