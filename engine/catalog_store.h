// CatalogStore: the catalog's trees of one database: MSysObjects with its Name and RootObjects
// indexes, the shadow copy, MSysObjids and MSysLocales. Every change is applied to all of them,
// under the caller's transaction. Format: docs/format/catalog.md.
//
// Thread rule: thread safe; isolation between sessions is that of their transactions.

#pragma once

#include <absl/synchronization/mutex.h>

#include <optional>
#include <string_view>
#include <vector>

#include "engine/catalog_row.h"
#include "engine/initial_catalog.h"
#include "engine/versioned_tree.h"

namespace contrail {

class CatalogStore {
 public:
  CatalogStore(Database& database, TransactionManager& manager);

  // Adds a row and, unless it describes a column or a primary index, its MSysObjids row.
  // kTableDuplicate / kColumnDuplicate / kIndexDuplicate when the name is taken.
  Status Insert(OperationContext& context, const CatalogRow& row);
  // Removes the row and all that Insert added. kObjectNotFound / kColumnNotFound / kIndexNotFound.
  Status Delete(OperationContext& context, const CatalogRow& row);
  // Changes a row; table, type and id stay, the name may change. What the stored row has beside a
  // CatalogRow's members (space hints, callbacks) stays. Errors as Insert and Delete.
  Status Replace(OperationContext& context, const CatalogRow& before, const CatalogRow& after);

  // The table row of that name (ASCII case does not matter) as the transaction sees it.
  // kObjectNotFound.
  Result<CatalogRow> FindTable(Transaction& transaction, std::string_view name);
  // All rows of a table in the order of their keys; empty when there is none.
  Result<std::vector<CatalogRow>> RowsOf(Transaction& transaction, ObjectId table);
  // The schema of a table, with the columns of its template. kObjectNotFound, kCatalogCorrupted.
  Result<TableSchema> SchemaOf(Transaction& transaction, ObjectId table);
  // The rows of all tables, in the order of their names.
  Result<std::vector<CatalogRow>> Tables(Transaction& transaction);

  // Adds `change` to the number of localised indexes that MSysLocales records for the sort order of
  // `index`. Does nothing for an index without localised text, or in a file without MSysLocales.
  Status CountLocale(OperationContext& context, const IndexSchema& index, int change);
  // Whether MSysLocales counts indexes of that sort ID. False in a file without MSysLocales.
  Result<bool> HasLocale(OperationContext& context, const std::array<std::byte, 16>& sort_id);

 private:
  Result<Bytes> Encode(const CatalogRow& row, RecordBuilder& builder) const;
  Result<CatalogRow> Decode(Bytes record) const;
  Status AddNameKeys(OperationContext& context, const CatalogRow& row, Bytes primary_key);
  Status RemoveNameKeys(OperationContext& context, const CatalogRow& row);
  // The tables below have no fixed place in the format: found by name, once.
  Result<const VersionedTree*> FindSystemTree(Transaction& transaction, std::string_view name,
                                              std::optional<VersionedTree>* place);
  Status AddObjid(OperationContext& context, const CatalogRow& row);
  Status RemoveObjid(OperationContext& context, const CatalogRow& row);

  Database* database_;
  TransactionManager* manager_;
  VersionedTree objects_;
  VersionedTree names_;
  VersionedTree roots_;
  VersionedTree shadow_;
  absl::Mutex system_trees_mutex_;
  std::optional<VersionedTree> objids_ ABSL_GUARDED_BY(system_trees_mutex_);
  std::optional<VersionedTree> locales_ ABSL_GUARDED_BY(system_trees_mutex_);
};

}  // namespace contrail
