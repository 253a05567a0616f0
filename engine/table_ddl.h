// TableDdl: creating, changing and dropping tables, columns and indexes. Each call is atomic: it
// runs in a level of its own of the session's transaction (which it opens when the session has
// none), and leaves nothing behind when it fails.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/attached_database.h"
#include "engine/session.h"
#include "engine/table_registry.h"

namespace contrail {

struct NewColumn {
  std::string name;
  ColumnType type = ColumnType::kLong;
  uint32_t max_size = 0;   // 0: the type's default (255, or no limit for long types).
  uint32_t code_page = 0;  // Text: 1252 or 1200; 0 means 1252.
  uint32_t flags = 0;      // column_flag
  bool fixed = false;      // JET_bitColumnFixed: Text and Binary at a fixed place.
  bool tagged = false;     // JET_bitColumnTagged
  std::optional<std::vector<std::byte>> default_value;
};

struct NewIndex {
  struct Segment {
    std::string column;
    bool descending = false;
  };
  struct Condition {
    std::string column;
    bool must_be_null = false;
  };
  std::string name;
  uint32_t flags = 0;  // index_flag; kPrimary, kUnique, null policy, kCrossProduct...
  std::vector<Segment> segments;
  std::vector<Condition> conditions;
  uint32_t key_most = kDefaultKeyMost;
  uint32_t var_segment_max = 0;  // 0: key_most.
  std::u16string locale_name = u"en-US";
  uint32_t lcmap_flags = kDefaultLCMapFlags;
  std::optional<TupleLimits> tuple_limits;
  uint32_t density = 80;  // 20 to 100.
};

class TableDdl {
 public:
  TableDdl(Session& session, AttachedDatabase& database);

  // An empty table without columns of its own. With a template's name it has the columns and
  // indexes of that. kTableDuplicate, kInvalidName, kDensityInvalid, kDatabaseFileReadOnly;
  // kObjectNotFound, kDDLNotInheritable (no template table).
  Result<ObjectId> CreateTable(std::string_view name, uint32_t initial_pages, uint32_t density,
                               uint32_t flags, std::string_view template_name = {});
  // kTableInUse, kTableLocked, kObjectNotFound, kCannotDeleteSystemTable.
  Status DeleteTable(std::string_view name);
  Status RenameTable(std::string_view from, std::string_view to);
  // Sets table_flag bits: what must not be there yet while the table gets its columns (kFixedDdl).
  Status AddTableFlags(ObjectId table, uint32_t flags);

  // kColumnDuplicate, kColumnRedundant, kTooManyColumns, kRecordTooBig, kInvalidColumnType,
  // kMultiValuedColumnMustBeTagged, kCannotBeTagged, kColumnCannotBeCompressed, kInvalidCodePage,
  // kFixedDDL; kDefaultValueTooBig and kInvalidBufferSize (the default does not fit);
  // kTableNotEmpty: no record may be without the column (ColumnSchema::in_every_record), and those
  // that are there would be. Windows adds to an escrow column where the record has it, without
  // looking; a row whose required column is null can neither be changed nor told from damage.
  // The id is the one that programs use.
  Result<ColumnId> AddColumn(ObjectId table, const NewColumn& column);
  // kColumnInUse by an index. What comes from a template cannot be changed: kFixedInheritedDDL.
  Status DeleteColumn(ObjectId table, std::string_view name, bool ignore_inherited = false);
  Status RenameColumn(ObjectId table, std::string_view from, std::string_view to);
  // kColumnInUse by an index: its entries of rows without a value of their own hold the default.
  // kInvalidBufferSize, kDefaultValueTooBig (the value does not fit), kNullInvalid (it is empty).
  Status SetDefault(ObjectId table, std::string_view column, Bytes value);

  // Builds the index over the rows that are there. kIndexDuplicate, kIndexHasPrimary,
  // kTableNotEmpty (primary index of a table with rows), kColumnNotFound, kIndexInvalidDef,
  // kKeyDuplicate, kWriteConflict (another session has uncommitted changes in the table).
  Status CreateIndex(ObjectId table, const NewIndex& index);
  Status DeleteIndex(ObjectId table, std::string_view name);  // kIndexNotFound, kIndexMustStay.
  // engine/index_renewal.cc: for an index whose sort order is out of date. kIndexNotFound, errors
  // of choosing an order (engine/text_order.h).
  // Makes a secondary index again, in the order that a new one would get. Errors as CreateIndex.
  Status RebuildIndex(ObjectId table, std::string_view name);
  // Records the order that a new index would get. The index has no entries.
  Status RenewSortOrder(ObjectId table, std::string_view name);

 private:
  template <typename Body>
  Status Atomically(Body&& body);
  Status CheckWritable() const;
  Result<TableSchema> BeginChange(ObjectId table);
  // kTableNotEmpty also while there is a deleted record that somebody may see.
  Status CheckEmpty(const TableSchema& table) const;
  Status PlaceColumn(const TableSchema& table, const NewColumn& request, ColumnSchema* column);
  Result<IndexSchema> MakeIndex(const TableSchema& table, const NewIndex& request);
  Status AddPrimaryIndex(const TableSchema& table, IndexSchema index);
  Status AddSecondaryIndex(const TableSchema& table, IndexSchema index);
  // Tree, catalog row and locale count of a secondary index, which gets its object id and root.
  Status CreateIndexTree(const TableSchema& table, IndexSchema* index);
  Status InheritIndexes(const TableSchema& table, const TableSchema& template_table);

  Session& session_;
  AttachedDatabase& database_;
  OperationContext& context_;
};

template <typename Body>
Status TableDdl::Atomically(Body&& body) {
  RETURN_IF_ERROR(CheckWritable());
  Transaction& transaction = session_.transaction();
  RETURN_IF_ERROR(transaction.Begin(/*read_only=*/false));
  transaction.SetOneOperation();
  const Status status = body();
  if (status.ok()) return transaction.Commit(CommitMode::kLazy);
  RETURN_IF_ERROR(transaction.Rollback());
  return status;
}

}  // namespace contrail
