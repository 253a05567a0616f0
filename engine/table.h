// Table: an open table as all its cursors share it, and TableDefinition: its columns, indexes and
// trees at one moment. DDL makes a new definition; cursors notice at their next operation.
//
// Which definition counts
//   Who reads goes by the definition that his transaction sees: the newest one that was committed
//   before his snapshot, or his own. Who changes rows goes by the newest of all, so that an index
//   made after his snapshot gets its entries too. The two can live together because DDL and changes
//   of rows exclude each other (RowChange, BeginDdl): nobody changes a row while another
//   transaction has changed the definition and has not ended, and DDL begins when no change of a
//   row is under way.

#pragma once

#include <absl/synchronization/mutex.h>

#include <atomic>
#include <memory>
#include <optional>
#include <utility>
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

// Thread safe. Definitions: table_history.cc; DDL and changes of rows: table_interlock.cc.
class Table {
 public:
  // `provider` may be null for tables that have their long value tree or never need one
  // (kFeatureNotAvailable when they do).
  Table(std::shared_ptr<const TableDefinition> definition, TransactionManager& manager,
        LongValueTreeProvider* provider);
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  TransactionManager& manager() const { return *manager_; }
  // The newest, that of a DDL owner included.
  std::shared_ptr<const TableDefinition> definition() const;
  struct Definitions {
    std::shared_ptr<const TableDefinition> seen;  // By the transaction.
    std::shared_ptr<const TableDefinition> newest;
  };
  Definitions DefinitionsFor(const Transaction& transaction) const;
  // Changes with every definition: cursors compare it with what they have.
  uint64_t generation() const { return generation_.load(std::memory_order_acquire); }

  // For the DDL owner. Its definition is pending: others do not see it before it is published.
  // kIndexInUse, with `check_use`: a cursor stands in an index that the definition has not.
  Status SetPending(std::shared_ptr<const TableDefinition> definition, bool check_use);
  // The owner commits at `time`.
  void PublishPending(CommitTime time);
  void DropPending();
  // Puts another one in the place of the newest definition, for all who see that one: the same but
  // for what any transaction can do with.
  void AmendDefinition(std::shared_ptr<const TableDefinition> definition);
  bool SeesNewest(const Transaction& transaction) const;

  // Makes the transaction the DDL owner. On return no other session is within a change of rows, and
  // those that begin one get kTableLocked, until EndDdl. The caller sees to it that there is no
  // other owner, and holds no lock that a change of rows may need.
  void BeginDdl(const Transaction& owner);
  void EndDdl();
  const Transaction* ddl_owner() const { return ddl_owner_.load(std::memory_order_seq_cst); }
  TableWriters& writers() { return writers_; }
  // Whether other transactions have changed rows and have not ended. May be one too many: theirs
  // may be undone.
  bool HasOtherWriters(const Transaction& transaction) const;
  // The same, or have committed changes that the transaction does not see.
  bool HasUnseenChanges(const Transaction& transaction) const;

  // Cursors that stand in a secondary index keep it from being deleted. kIndexNotFound when it is
  // not in the newest definition.
  Status UseIndex(ObjectId index);
  void LeaveIndex(ObjectId index);

  // The long value tree, made at need.
  Result<Tree> LongValueTree(OperationContext& context);

  // Numbers that grow. They start after the largest found in the table, at first use, and stay in
  // memory: a number is not given twice while the table is open, whatever is rolled back.
  // kOutOfAutoincrementValues, kOutOfLongValueIDs, kOutOfSequentialIndexValues.
  Result<uint64_t> NextAutoIncrement();
  Result<uint32_t> NextSequentialKey();
  Result<LongValueId> NextLongValueId(const Tree& tree);

 private:
  friend class RowChange;
  struct CommittedDefinition {
    CommitTime visible_from = 0;
    std::shared_ptr<const TableDefinition> definition;
  };

  const std::shared_ptr<const TableDefinition>& Newest() const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(definition_mutex_);
  Result<uint64_t> FindLargestAutoIncrement() const;

  TransactionManager* manager_;
  LongValueTreeProvider* provider_;
  std::atomic<uint64_t> generation_{1};
  std::atomic<const Transaction*> ddl_owner_{nullptr};
  TableWriters writers_;
  mutable absl::Mutex definition_mutex_;
  // By time; the first is seen by all. Never empty.
  std::vector<CommittedDefinition> committed_ ABSL_GUARDED_BY(definition_mutex_);
  std::shared_ptr<const TableDefinition> pending_ ABSL_GUARDED_BY(definition_mutex_);
  // Secondary indexes with the number of cursors in them.
  std::vector<std::pair<ObjectId, int>> used_indexes_ ABSL_GUARDED_BY(definition_mutex_);
  absl::Mutex first_use_mutex_;  // Held while a counter's first value is looked for.
  absl::Mutex provider_mutex_;
  std::atomic<uint64_t> next_auto_increment_{0};  // 0: not looked for yet; also of the next two.
  std::atomic<uint64_t> next_sequential_key_{0};
  std::atomic<uint64_t> next_long_value_id_{0};
};

// One operation that changes rows, from before it looks at the definition until its changes are
// versions or committed. Costs two stores to the session's own cache line.
class RowChange {
 public:
  RowChange(Table& table, Transaction& transaction);
  ~RowChange();
  RowChange(const RowChange&) = delete;
  RowChange& operator=(const RowChange&) = delete;

  // kTableLocked: another transaction is the DDL owner.
  const Status& admitted() const { return admitted_; }

 private:
  Transaction& transaction_;
  Status admitted_;
};

}  // namespace contrail
