#include "engine/check/table_check.h"

#include <absl/strings/str_cat.h>

#include "storage/check.h"

namespace contrail {

TableCheck::TableCheck(Database& database, const NamedTable& table, LongValueReader* reader,
                       CheckProgress& progress, CheckReport* report)
    : database_(database),
      table_(table),
      reader_(reader),
      progress_(progress),
      report_(report),
      indexes_(table.indexes.size()) {
  const uint32_t page_size = database.page_size();
  if (!table.schema) return;
  const TableSchema& schema = *table.schema;
  record_check_ = std::make_unique<RecordCheck>(schema, RecordLayoutOf(page_size));
  long_values_ = std::make_unique<LongValueCheck>(
      absl::StrCat("long values of ", table.name),
      LongValueChunkSize(page_size, schema.long_value_chunk_size), report);
  for (size_t i = 0; i < indexes_.size(); ++i) {
    const IndexSchema* index = schema.FindIndex(table.indexes[i].name);
    if (index == nullptr) continue;
    indexes_[i] = std::make_unique<IndexCheck>(*index, table.indexes[i].tree, reader, report);
  }
}

void TableCheck::Run() {
  CHECK(trees_.empty());
  const std::unique_ptr<TreeCheck> rows = WalkTree(table_.rows, Remedy::kRestore);
  if (record_check_) CheckRows(*rows);
  CheckLongValues(*rows);
  CheckIndexes(*rows);
  report_->CountChecked("tables");
}

std::unique_ptr<TreeCheck> TableCheck::WalkTree(const NamedTree& tree, Remedy remedy) {
  auto check = std::make_unique<TreeCheck>(database_, tree.subject);
  check->Run();
  report_->AddTreeFindings(remedy, tree.name, check->findings());
  report_->CountChecked("trees");
  complete_ = complete_ && check->complete();
  trees_.push_back({tree.name, tree.subject.root, check->pages()});
  progress_.Advance(uint64_t{check->pages().size()} * database_.page_size());
  return check;
}

void TableCheck::CheckRows(const TreeCheck& tree) {
  all_readable_ = tree.complete();
  LeafScan(database_, tree.pages()).Run([this](const LeafNode& node) { CheckRow(node); });
  report_->CountChecked("records", records_);
}

void TableCheck::CheckRow(const LeafNode& node) {
  ++records_;
  const bool sound =
      record_check_->Run(node.data, [this](LongValueId id) { long_values_->CountReference(id); });
  if (!sound) {
    all_readable_ = false;
    const RecordFault& fault = record_check_->fault();
    report_->Add(Remedy::kRestore, node.page,
                 absl::StrCat(table_.rows.name, ": record ", ShowBytes(node.key), ": ", fault.what),
                 fault.expected, fault.found);
    for (const auto& index : indexes_) {
      if (index) index->AddUnreadableRow(node.key);
    }
    return;
  }
  CheckPrimaryKey(node, record_check_->view());
  for (const auto& index : indexes_) {
    if (index) index->AddRow(node.key, record_check_->view());
  }
}

void TableCheck::CheckPrimaryKey(const LeafNode& node, const RecordView& record) {
  const IndexSchema* primary = table_.schema->primary_index();
  const std::string label = absl::StrCat(table_.rows.name, ": primary key");
  if (primary == nullptr) {
    report_->Expect(Remedy::kRestore, node.page, label + ", its size", 4, node.key.size());
    return;
  }
  const Result<bool> has_key = maker_.MakeKey(*primary, record, reader_, primary_key_);
  if (!has_key.ok() && !has_key.status().Is(Error::kNullKeyDisallowed)) {
    report_->CountSkipped(absl::StrCat("primary keys of ", table_.name));
    return;
  }
  if (!has_key.ok() || !*has_key) {
    report_->Add(Remedy::kRestore, node.page, label, "none possible", ShowBytes(node.key));
  } else if (Compare(primary_key_.bytes(), node.key) != 0) {
    report_->Add(Remedy::kRestore, node.page, label, ShowBytes(primary_key_.bytes()),
                 ShowBytes(node.key));
  }
}

void TableCheck::CheckLongValues(const TreeCheck& rows) {
  const uint64_t references = long_values_ ? long_values_->references() : 0;
  report_->CountChecked("long value references", references);
  if (!table_.long_values) {
    if (references != 0) {
      report_->Add(Remedy::kRestore, table_.rows.subject.root,
                   absl::StrCat(table_.rows.name, ": long value tree"), "in the catalog", "none");
    }
    return;
  }
  const std::unique_ptr<TreeCheck> tree = WalkTree(*table_.long_values, Remedy::kRestore);
  if (!long_values_) return;
  LeafScan(database_, tree->pages()).Run([this](const LeafNode& node) {
    long_values_->Visit(node);
  });
  long_values_->Finish(table_.long_values->subject.root, tree->complete());
  if (all_readable_ && tree->complete()) {
    long_values_->CompareReferences(
        table_.long_values->subject.root,
        [&](const std::function<void(LongValueId)>& visit) {
          LeafScan(database_, rows.pages()).Run([&](const LeafNode& node) {
            record_check_->Run(node.data, visit);
          });
        },
        [&](const std::function<void(const LeafNode&)>& visit) {
          LeafScan(database_, tree->pages()).Run(visit);
        });
  }
}

void TableCheck::ForEachReadableRow(const TreeCheck& rows, const RowVisit& visit) {
  DCHECK(record_check_ != nullptr);
  LeafScan(database_, rows.pages()).Run([&](const LeafNode& node) {
    if (record_check_->Run(node.data, [](LongValueId) {})) visit(node.key, record_check_->view());
  });
}

void TableCheck::CheckIndexes(const TreeCheck& rows) {
  for (size_t i = 0; i < indexes_.size(); ++i) {
    const std::unique_ptr<TreeCheck> tree = WalkTree(table_.indexes[i].tree, Remedy::kRebuildIndex);
    if (!indexes_[i]) continue;
    indexes_[i]->Compare(database_, *tree, rows.complete(),
                         [&](const RowVisit& visit) { ForEachReadableRow(rows, visit); });
  }
}

}  // namespace contrail
