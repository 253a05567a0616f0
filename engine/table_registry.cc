#include "engine/table_registry.h"

#include "engine/attached_database.h"
#include "engine/text_order.h"
#include "storage/check.h"

namespace contrail {
TableRegistry::TableRegistry(AttachedDatabase& database, TransactionManager& transactions)
    : database_(database), transactions_(transactions) {}

TableRegistry::~TableRegistry() = default;

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
    if (entry.ddl_owner != nullptr && entry.ddl_owner != context.transaction) {
      return Error::kTableLocked;
    }
    if (entry.exclusive != nullptr && entry.exclusive != context.transaction) {
      return Error::kTableLocked;
    }
    if (exclusive && entry.cursors > 0) return Error::kTableInUse;
    ++entry.cursors;
    if (exclusive) entry.exclusive = context.transaction;
    return entry.table;
  }
  // Under the lock, so that two sessions that open a table at once share one Table.
  ASSIGN_OR_RETURN(std::shared_ptr<const TableDefinition> definition,
                   LoadDefinition(*context.transaction, row.table));
  RegisteredTable entry;
  entry.table = std::make_shared<Table>(std::move(definition), transactions_, this);
  entry.cursors = 1;
  if (exclusive) entry.exclusive = context.transaction;
  const auto [place, inserted] = tables_.emplace(row.table, std::move(entry));
  CHECK(inserted);
  return place->second.table;
}

void TableRegistry::AddCursor(ObjectId table) {
  absl::MutexLock lock(&mutex_);
  const auto entry = tables_.find(table);
  CHECK(entry != tables_.end());
  ++entry->second.cursors;
}

void TableRegistry::Close(ObjectId table, const Transaction* owner) {
  absl::MutexLock lock(&mutex_);
  const auto entry = tables_.find(table);
  if (entry == tables_.end()) return;
  CHECK(entry->second.cursors > 0);
  --entry->second.cursors;
  if (entry->second.exclusive == owner && entry->second.cursors == 0) {
    entry->second.exclusive = nullptr;
  }
  // The entry stays: it keeps the table's counters and saves the next open the catalog.
}

Status TableRegistry::BeginDdl(OperationContext& context, ObjectId table) {
  Transaction* transaction = context.transaction;
  {
    absl::MutexLock lock(&mutex_);
    const auto known = tables_.find(table);
    if (known == tables_.end()) return Error::kObjectNotFound;
    RegisteredTable& entry = known->second;
    if (entry.ddl_owner == transaction) return Status::Ok();
    if (entry.ddl_owner != nullptr) return Error::kTableLocked;
    if (entry.exclusive != nullptr && entry.exclusive != transaction) return Error::kTableLocked;
    entry.ddl_owner = transaction;
    entry.table->SetDdlOwner(transaction);
  }
  transaction->OnEnd(
      [this, transaction, table](bool committed) { EndDdl(transaction, table, committed); });
  return Status::Ok();
}

void TableRegistry::EndDdl(const Transaction* transaction, ObjectId table, bool committed) {
  if (!committed) {
    // What the catalog says now. A table that is gone with the rollback is forgotten.
    Transaction reader(transactions_);
    Result<std::shared_ptr<const TableDefinition>> definition = LoadDefinition(reader, table);
    absl::MutexLock lock(&mutex_);
    const auto entry = tables_.find(table);
    if (entry == tables_.end()) return;
    if (definition.ok()) {
      entry->second.table->SetDefinition(std::move(*definition));
    } else {
      tables_.erase(entry);
      return;
    }
  }
  absl::MutexLock lock(&mutex_);
  const auto entry = tables_.find(table);
  if (entry == tables_.end() || entry->second.ddl_owner != transaction) return;
  entry->second.ddl_owner = nullptr;
  entry->second.table->SetDdlOwner(nullptr);
}

Status TableRegistry::Reload(OperationContext& context, ObjectId table) {
  ASSIGN_OR_RETURN(std::shared_ptr<const TableDefinition> definition,
                   LoadDefinition(*context.transaction, table));
  absl::MutexLock lock(&mutex_);
  const auto entry = tables_.find(table);
  if (entry == tables_.end()) return Error::kObjectNotFound;
  entry->second.table->SetDefinition(std::move(definition));
  return Status::Ok();
}

Status TableRegistry::BeginDelete(OperationContext& context, ObjectId table) {
  Transaction* transaction = context.transaction;
  {
    absl::MutexLock lock(&mutex_);
    const auto entry = tables_.find(table);
    if (entry == tables_.end()) return Status::Ok();
    if (entry->second.cursors > 0) return Error::kTableInUse;
    if (entry->second.ddl_owner != nullptr && entry->second.ddl_owner != transaction) {
      return Error::kTableLocked;
    }
    entry->second.exclusive = transaction;
  }
  transaction->OnEnd([this, table](bool committed) {
    absl::MutexLock lock(&mutex_);
    const auto entry = tables_.find(table);
    if (entry == tables_.end()) return;
    entry->second.exclusive = nullptr;
    if (committed) tables_.erase(entry);
  });
  return Status::Ok();
}

Status TableRegistry::CreateLongValueTree(OperationContext& context, Table& table) {
  const ObjectId id = table.definition()->schema().object_id;
  bool own = false;
  {
    absl::MutexLock lock(&mutex_);
    const auto entry = tables_.find(id);
    own = entry != tables_.end() && entry->second.ddl_owner == context.transaction;
  }
  if (own) {
    // The level may be one inside that of the definition's own change.
    context.transaction->OnRollback([this, &context, id] { Reload(context, id).Ignore(); });
    return AddLongValueTree(context, id);
  }
  // Apart from the caller's transaction, so that its rollback does not take the tree away from
  // others who have put values there meanwhile.
  Transaction transaction(transactions_);
  MutationScratch scratch;
  OperationContext apart{.transaction = &transaction, .scratch = &scratch};
  RETURN_IF_ERROR(transaction.Begin(/*read_only=*/false));
  Status status = AddLongValueTree(apart, id);
  if (status.ok()) status = transaction.Commit(CommitMode::kLazy);
  if (!status.ok() && transaction.active()) RETURN_IF_ERROR(transaction.Rollback());
  return status;
}

Status TableRegistry::AddLongValueTree(OperationContext& context, ObjectId table) {
  ASSIGN_OR_RETURN(TableSchema schema, LoadSchema(*context.transaction, table));
  if (schema.long_value_root_page == 0) {
    Database& database = database_.database();
    schema.long_value_object_id = database.NextObjectId();
    ASSIGN_OR_RETURN(schema.long_value_root_page,
                     CreateVersionedTree(context, transactions_, database, schema.root_page,
                                         {.object_id = schema.long_value_object_id,
                                          .page_flags = page_flag::kLongValue}));
    RETURN_IF_ERROR(database_.catalog().Insert(context, MakeLongValueRow(schema)));
  }
  return Reload(context, table);
}

}  // namespace contrail
