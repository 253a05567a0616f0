// Table: an open table as all its cursors share it, and TableDefinition: its columns, indexes and
// trees at one moment. DDL makes a new definition; cursors notice at their next operation.

#pragma once

#include <absl/synchronization/mutex.h>

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include "engine/record_format.h"
#include "engine/schema.h"
#include "engine/versioned_tree.h"

namespace contrail {

class Table;

// Immutable. Built from a schema whose root pages and object ids are filled in.
class TableDefinition {
 public:
  TableDefinition(Database& database, TableSchema schema);
  TableDefinition(const TableDefinition&) = delete;
  TableDefinition& operator=(const TableDefinition&) = delete;

  struct SecondaryIndex {
    const IndexSchema* schema;
    Tree tree;
  };

  Database& database() const { return *database_; }
  const TableSchema& schema() const { return schema_; }
  const IndexSchema* primary_index() const { return primary_index_; }
  const Tree& primary_tree() const { return primary_tree_; }
  std::span<const SecondaryIndex> secondary_indexes() const { return secondary_; }
  // Null when there is none of that name (or it is the primary index).
  const SecondaryIndex* FindSecondary(std::string_view name) const;
  const SecondaryIndex* FindSecondary(ObjectId object_id) const;
  const std::optional<Tree>& long_value_tree() const { return long_value_tree_; }
  uint32_t long_value_chunk_size() const { return chunk_size_; }
  RecordLayout layout() const { return layout_; }
  // The largest encoded record.
  uint32_t record_limit() const { return record_limit_; }

  // Columns that the engine fills in. Null when there is none.
  const ColumnSchema* auto_increment_column() const { return auto_increment_; }
  const ColumnSchema* version_column() const { return version_; }

 private:
  Database* database_;
  TableSchema schema_;
  const IndexSchema* primary_index_ = nullptr;
  Tree primary_tree_;
  std::vector<SecondaryIndex> secondary_;
  std::optional<Tree> long_value_tree_;
  uint32_t chunk_size_ = 0;
  RecordLayout layout_ = RecordLayout::kSmallPage;
  uint32_t record_limit_ = 0;
  const ColumnSchema* auto_increment_ = nullptr;
  const ColumnSchema* version_ = nullptr;
};

// What a table's catalog does for it. Implemented by the catalog; outlives its tables.
class LongValueTreeProvider {
 public:
  virtual ~LongValueTreeProvider() = default;
  // Makes the long value tree of a table that has none and gives the table its new definition. In a
  // transaction of its own that is committed on return; in the session's when that one has created
  // (or is changing) the table itself. Called by one session at a time per table (the table sees to
  // that), with that session's transaction active and no latch held.
  virtual Status CreateLongValueTree(OperationContext& context, Table& table) = 0;
};

// Thread safe.
class Table {
 public:
  // `provider` may be null for tables that have their long value tree or never need one
  // (kFeatureNotAvailable when they do).
  Table(std::shared_ptr<const TableDefinition> definition, TransactionManager& manager,
        LongValueTreeProvider* provider);
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  TransactionManager& manager() const { return *manager_; }
  std::shared_ptr<const TableDefinition> definition() const;
  void SetDefinition(std::shared_ptr<const TableDefinition> definition);
  // The transaction that has uncommitted DDL on the table, or null. While there is one, changes of
  // rows by any other transaction fail with kTableLocked: TableCursor checks it before each change.
  const Transaction* ddl_owner() const { return ddl_owner_.load(std::memory_order_acquire); }
  void SetDdlOwner(const Transaction* owner) { ddl_owner_.store(owner, std::memory_order_release); }
  // Changes with every SetDefinition: cursors compare it with what they have.
  uint64_t generation() const { return generation_.load(std::memory_order_acquire); }

  // The long value tree, made at need.
  Result<Tree> LongValueTree(OperationContext& context);

  // Numbers that grow. They start after the largest found in the table, at first use, and stay in
  // memory: a number is not given twice while the table is open, whatever is rolled back.
  // kOutOfAutoincrementValues, kOutOfLongValueIDs, kOutOfSequentialIndexValues.
  Result<uint64_t> NextAutoIncrement();
  Result<uint32_t> NextSequentialKey();
  Result<LongValueId> NextLongValueId(const Tree& tree);

 private:
  Result<uint64_t> FindLargestAutoIncrement() const;

  TransactionManager* manager_;
  LongValueTreeProvider* provider_;
  std::atomic<uint64_t> generation_{1};
  std::atomic<const Transaction*> ddl_owner_{nullptr};
  mutable absl::Mutex definition_mutex_;
  std::shared_ptr<const TableDefinition> definition_;
  absl::Mutex first_use_mutex_;  // Held while a counter's first value is looked for.
  absl::Mutex provider_mutex_;
  std::atomic<uint64_t> next_auto_increment_{0};  // 0: not looked for yet; also of the next two.
  std::atomic<uint64_t> next_sequential_key_{0};
  std::atomic<uint64_t> next_long_value_id_{0};
};

}  // namespace contrail
