#include "engine/check/catalog_check.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "engine/check/leaf_scan.h"
#include "engine/initial_catalog.h"
#include "engine/text_order.h"
#include "storage/check.h"

namespace contrail {
namespace {

constexpr const char* kMainLabel = "table MSysObjects";

// With the columns of the table's template, if it has one.
Result<TableSchema> SchemaOf(const std::vector<CatalogRow>& rows,
                             const std::map<ObjectId, std::vector<CatalogRow>>& all) {
  const std::string_view template_name = TemplateNameOf(rows);
  if (template_name.empty()) return TableFromRows(rows);
  for (const auto& [id, others] : all) {
    const bool is_template =
        std::any_of(others.begin(), others.end(), [&](const CatalogRow& candidate) {
          return candidate.type == CatalogType::kTable && NamesEqual(candidate.name, template_name);
        });
    if (!is_template) continue;
    ASSIGN_OR_RETURN(const TableSchema template_table, TableFromRows(others));
    return TableFromRows(rows, &template_table);
  }
  return Error::kCatalogCorrupted;
}

}  // namespace

CatalogCheck::Copy CatalogCheck::ReadCopy(PageNumber root, ObjectId object_id) {
  Copy copy;
  TreeSubject subject;
  subject.root = root;
  subject.object_id = object_id;
  TreeCheck tree(database_, subject);
  tree.Run();
  copy.complete = tree.complete();
  LeafScan(database_, tree.pages()).Run([&copy](const LeafNode& node) {
    copy.rows.push_back(
        {node.page, {node.key.begin(), node.key.end()}, {node.data.begin(), node.data.end()}});
  });
  std::stable_sort(copy.rows.begin(), copy.rows.end(),
                   [](const Row& a, const Row& b) { return a.key < b.key; });
  return copy;
}

bool CatalogCheck::Read() {
  main_ = ReadCopy(catalog_place::kObjectsPage, catalog_place::kObjectsObjectId);
  shadow_ = ReadCopy(catalog_place::kShadowPage, catalog_place::kShadowObjectId);
  if (main_.complete || shadow_.complete) return true;
  report_->Add(Remedy::kRestore, catalog_place::kObjectsPage, "catalog", "readable",
               "damaged, as is its shadow");
  return false;
}

bool CatalogCheck::SameRow(const Row& a, const Row& b) const {
  if (a.record == b.record) return true;
  const RecordLayout layout = RecordLayoutOf(database_.page_size());
  const Result<RecordView> first = RecordView::Open(ObjectsSchema(), layout, a.record);
  const Result<RecordView> second = RecordView::Open(ObjectsSchema(), layout, b.record);
  if (!first.ok() || !second.ok()) return false;
  for (const ColumnSchema& column : ObjectsSchema().columns()) {
    const Result<ColumnValue> mine = first->Value(column);
    const Result<ColumnValue> other = second->Value(column);
    if (!mine.ok() || !other.ok() || mine->kind != other->kind) return false;
    if (Compare(mine->bytes, other->bytes) != 0) return false;
  }
  return true;
}

void CatalogCheck::CompareCopies() {
  if (!main_.complete || !shadow_.complete) return;
  const auto add = [this](const Row& row, const char* expected, const char* found) {
    report_->Add(Remedy::kRestore, row.page, absl::StrCat("catalog: row ", ShowBytes(row.key)),
                 expected, found);
  };
  auto mine = main_.rows.begin();
  auto other = shadow_.rows.begin();
  while (mine != main_.rows.end() || other != shadow_.rows.end()) {
    if (other == shadow_.rows.end() || (mine != main_.rows.end() && mine->key < other->key)) {
      add(*mine++, "in both catalogs", "missing in the shadow");
    } else if (mine == main_.rows.end() || other->key < mine->key) {
      add(*other++, "in both catalogs", "only in the shadow");
    } else {
      if (!SameRow(*mine, *other)) add(*other, "as in MSysObjects", "different");
      ++mine;
      ++other;
    }
  }
  report_->CountChecked("catalog rows", main_.rows.size());
}

std::vector<NamedTable> CatalogCheck::Tables() {
  const Copy& copy = main_.complete ? main_ : shadow_;
  const RecordLayout layout = RecordLayoutOf(database_.page_size());
  RowsByTable by_table;
  for (const Row& row : copy.rows) {
    const Result<RecordView> record = RecordView::Open(ObjectsSchema(), layout, row.record);
    Result<CatalogRow> decoded =
        record.ok() ? DecodeCatalogRow(*record) : Result<CatalogRow>(record.status());
    if (!decoded.ok()) {
      report_->Add(Remedy::kRestore, row.page,
                   absl::StrCat(kMainLabel, ": row ", ShowBytes(row.key)), "readable", "malformed");
      continue;
    }
    KeyBuffer key;
    MakeCatalogIdKey(decoded->table, decoded->type, decoded->id, key);
    if (Compare(key.bytes(), row.key) != 0) {
      report_->Add(Remedy::kRestore, row.page, absl::StrCat(kMainLabel, ": primary key"),
                   ShowBytes(key.bytes()), ShowBytes(row.key));
    }
    if (decoded->type == CatalogType::kTable && decoded->table != decoded->id) {
      report_->Expect(Remedy::kRestore, row.page,
                      absl::StrCat(kMainLabel, ": object id of a table row"), decoded->table,
                      decoded->id);
    }
    by_table[decoded->table].push_back(std::move(decoded).value());
  }
  std::vector<NamedTable> tables;
  for (const auto& [id, rows] : by_table) {
    const bool named = std::any_of(rows.begin(), rows.end(), [](const CatalogRow& row) {
      return row.type == CatalogType::kTable;
    });
    if (named) {
      tables.push_back(MakeTable(rows, by_table));
    } else {
      report_->Add(Remedy::kRestore, catalog_place::kObjectsPage,
                   absl::StrCat(kMainLabel, ": table of ", rows.size(), " catalog rows"),
                   "a row before them", absl::StrCat("no table ", id));
    }
  }
  return tables;
}

NamedTable CatalogCheck::MakeTable(const std::vector<CatalogRow>& rows, const RowsByTable& all) {
  NamedTable table;
  const auto row = std::find_if(rows.begin(), rows.end(), [](const CatalogRow& candidate) {
    return candidate.type == CatalogType::kTable;
  });
  CHECK(row != rows.end());
  table.name = row->name;
  table.rows = {absl::StrCat("table ", row->name),
                {row->type_or_root, row->id, 0},
                catalog_place::kDatabaseRootPage};
  for (const CatalogRow& part : rows) {
    const TreeSubject subject{part.type_or_root, part.id, 0};
    if (part.type == CatalogType::kLongValue) {
      table.long_values = {absl::StrCat("long values of ", row->name), subject, row->type_or_root};
      table.long_values->subject.page_flags = page_flag::kLongValue;
    }
    if (part.type != CatalogType::kIndex || (part.flags & index_flag::kPrimary) != 0) continue;
    NamedTable::Index index;
    index.name = part.name;
    index.tree = {absl::StrCat("index ", part.name, " of ", row->name), subject, row->type_or_root};
    const bool unique = (part.flags & index_flag::kUnique) != 0;
    index.tree.subject.page_flags = page_flag::kIndex | (unique ? 0 : page_flag::kNonUnique);
    table.indexes.push_back(std::move(index));
  }
  Result<TableSchema> schema = SchemaOf(rows, all);
  if (schema.ok()) {
    CheckDefinition(*schema);
    TextOrders().Attach(*schema);
    table.schema = std::move(schema).value();
  } else {
    report_->Add(Remedy::kRestore, row->type_or_root,
                 absl::StrCat("table ", row->name, ": its rows in the catalog"), "a definition",
                 "contradictions");
  }
  return table;
}

void CatalogCheck::CheckDefinition(const TableSchema& schema) {
  CheckFixedColumns(schema);
  CheckDefaults(schema);
  const bool is_catalog = schema.object_id == catalog_place::kObjectsObjectId ||
                          schema.object_id == catalog_place::kShadowObjectId;
  if (is_catalog) CheckCatalogColumns(schema);
  const IndexSchema* primary = schema.primary_index();
  if (primary == nullptr) return;
  const std::string label = absl::StrCat("table ", schema.name, ": ");
  report_->Expect(Remedy::kRestore, schema.root_page, label + "root of the primary index",
                  schema.root_page, primary->root_page);
  report_->Expect(Remedy::kRestore, schema.root_page, label + "object id of the primary index",
                  schema.object_id, primary->object_id);
}

// The catalog's rows about itself: what it says of its columns is known beforehand.
void CatalogCheck::CheckCatalogColumns(const TableSchema& schema) {
  constexpr ColumnId kAddedLater = 13;  // Only in files of newer engines.
  const std::string label = absl::StrCat("table ", schema.name, ": column ");
  for (const ColumnSchema& column : schema.columns()) {
    const ColumnSchema* known = ObjectsSchema().FindColumn(column.id);
    const bool right = known != nullptr && known->name == column.name && known->type == column.type;
    if (right || column.id == kAddedLater) continue;
    report_->Add(Remedy::kRestore, schema.root_page, absl::StrCat(label, column.id),
                 known == nullptr ? "none" : known->name, column.name);
  }
  for (const ColumnSchema& known : ObjectsSchema().columns()) {
    if (known.id == kAddedLater || schema.FindColumn(known.id) != nullptr) continue;
    report_->Add(Remedy::kRestore, schema.root_page, absl::StrCat(label, known.id), known.name,
                 "missing");
  }
}

void CatalogCheck::CheckFixedColumns(const TableSchema& schema) {
  uint32_t offset = record_format::kHeaderSize;
  ColumnId id = 1;
  for (const ColumnSchema& column : schema.columns()) {
    if (!column.is_fixed()) break;
    const std::string label = absl::StrCat("table ", schema.name, ": column ", column.name, ": ");
    report_->Expect(Remedy::kRestore, schema.root_page, label + "id of a fixed column", id++,
                    column.id);
    // What a deleted column took is seen in the offset of the next one only.
    if (offset != 0) {
      report_->Expect(Remedy::kRestore, schema.root_page, label + "offset in the record", offset,
                      column.record_offset);
    }
    offset = column.deleted() ? 0 : column.record_offset + column.fixed_size();
  }
}

// Records are read with them wherever they have no value of their own.
void CatalogCheck::CheckDefaults(const TableSchema& schema) {
  for (const ColumnSchema& column : schema.columns()) {
    if (column.deleted() || !column.has_default_value()) continue;
    const size_t size = column.default_value.size();
    const auto add = [&](std::string expected) {
      report_->Add(
          Remedy::kRestore, schema.root_page,
          absl::StrCat("table ", schema.name, ": column ", column.name, ": size of the default"),
          std::move(expected), absl::StrCat(size));
    };
    if (column.max_size != 0 && size > column.max_size) {
      add(absl::StrCat("at most ", column.max_size));
    } else if (column.is_unicode() && size % 2 != 0) {
      add("even (Unicode)");
    }
  }
}

void CatalogCheck::CheckObjectIds(const std::vector<NamedTable>& tables) {
  using Entry = std::tuple<ObjectId, ObjectId, CatalogType>;
  std::set<Entry> expected;
  const NamedTable* objids = nullptr;
  for (const NamedTable& table : tables) {
    const ObjectId id = table.rows.subject.object_id;
    if (table.name == kObjidsTableName) objids = &table;
    expected.emplace(id, id, CatalogType::kTable);
    for (const NamedTable::Index& index : table.indexes) {
      expected.emplace(index.tree.subject.object_id, id, CatalogType::kIndex);
    }
    if (table.long_values) {
      expected.emplace(table.long_values->subject.object_id, id, CatalogType::kLongValue);
    }
  }
  const DatabaseHeader header = database_.header();
  if (!expected.empty() && header.state == DatabaseState::kClean &&
      std::get<0>(*expected.rbegin()) > header.last_object_id) {
    report_->AddPlace(Remedy::kRestore, "header", "last object id",
                      absl::StrCat("at least ", std::get<0>(*expected.rbegin())),
                      absl::StrCat(header.last_object_id));
  }
  if (objids == nullptr) {
    report_->Add(Remedy::kRestore, catalog_place::kObjectsPage, kObjidsTableName, "in the catalog",
                 "missing");
    return;
  }
  TreeCheck tree(database_, objids->rows.subject);
  tree.Run();
  std::set<Entry> found;
  bool readable = tree.complete();
  const RecordLayout layout = RecordLayoutOf(database_.page_size());
  LeafScan(database_, tree.pages()).Run([&](const LeafNode& node) {
    const Result<RecordView> record = RecordView::Open(ObjidsSchema(), layout, node.data);
    const Result<ObjidRow> row =
        record.ok() ? DecodeObjidRow(*record) : Result<ObjidRow>(record.status());
    if (row.ok()) {
      found.emplace(row->object, row->table, row->type);
    } else {
      readable = false;
    }
  });
  if (!readable) return;
  const auto report = [&](const Entry& entry, const char* wanted, const char* there) {
    report_->Add(Remedy::kRestore, objids->rows.subject.root,
                 absl::StrCat(kObjidsTableName, ": object ", std::get<0>(entry), " of table ",
                              std::get<1>(entry), ", type ", static_cast<int>(std::get<2>(entry))),
                 wanted, there);
  };
  for (const Entry& entry : expected) {
    if (!found.contains(entry)) report(entry, "present", "missing");
  }
  for (const Entry& entry : found) {
    if (!expected.contains(entry)) report(entry, "an object of the catalog", "none");
  }
}

}  // namespace contrail
