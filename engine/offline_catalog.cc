#include "engine/offline_catalog.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "engine/catalog_row.h"
#include "engine/initial_catalog.h"
#include "engine/offline_scan.h"

namespace contrail {
namespace {

using RowKey = std::tuple<ObjectId, CatalogType, uint32_t>;
using Rows = std::map<RowKey, CatalogRow>;

// Adds what a copy has and `rows` has not. Damaged rows are left out: the other copy may have them.
Status AddRows(Database& database, PageNumber root, ObjectId object_id, Rows* rows) {
  const RecordLayout layout = RecordLayoutOf(database.page_size());
  OfflineScan scan(Tree(database, root, object_id, /*unique=*/true));
  return scan.Run(
      {},
      [&](const OfflineNode& node) -> Result<bool> {
        const Result<RecordView> record = RecordView::Open(ObjectsSchema(), layout, node.data);
        if (!record.ok()) return true;
        Result<CatalogRow> row = DecodeCatalogRow(*record);
        if (row.ok()) rows->emplace(RowKey{row->table, row->type, row->id}, std::move(*row));
        return true;
      },
      [](PageNumber, Status) {});
}

}  // namespace

Result<SalvagedTables> SalvageTables(Database& database) {
  Rows rows;
  RETURN_IF_ERROR(
      AddRows(database, catalog_place::kObjectsPage, catalog_place::kObjectsObjectId, &rows));
  RETURN_IF_ERROR(
      AddRows(database, catalog_place::kShadowPage, catalog_place::kShadowObjectId, &rows));
  std::map<ObjectId, std::vector<CatalogRow>> by_table;
  std::map<std::string, ObjectId, NameLess> ids;
  for (const auto& [key, row] : rows) {
    by_table[row.table].push_back(row);
    if (row.type == CatalogType::kTable) ids.emplace(row.name, row.table);
  }
  SalvagedTables salvaged;
  salvaged.complete = !ids.empty() && by_table.size() == ids.size();
  for (const auto& [name, id] : ids) {
    const std::vector<CatalogRow>& own = by_table[id];
    const auto base = ids.find(TemplateNameOf(own));
    Result<TableSchema> template_table = Error::kCatalogCorrupted;
    if (base != ids.end()) template_table = TableFromRows(by_table[base->second]);
    Result<TableSchema> table =
        TableFromRows(own, template_table.ok() ? &*template_table : nullptr);
    salvaged.complete = salvaged.complete && table.ok();
    if (table.ok()) salvaged.tables.push_back(std::move(table).value());
  }
  return salvaged;
}

}  // namespace contrail
