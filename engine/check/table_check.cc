#include "engine/check/table_check.h"

#include <absl/strings/str_cat.h>

#include "engine/check/parallel.h"
#include "storage/check.h"

namespace contrail {

TableCheck::TableCheck(Database& database, const NamedTable& table, LongValueReader* reader,
                       CheckProgress& progress)
    : database_(database),
      table_(table),
      reader_(reader),
      progress_(progress),
      indexes_(table.indexes.size()) {
  const uint32_t page_size = database.page_size();
  if (!table.schema) return;
  const TableSchema& schema = *table.schema;
  record_check_ = std::make_unique<RecordCheck>(schema, RecordLayoutOf(page_size));
  long_values_ = std::make_unique<LongValueCheck>(
      absl::StrCat("long values of ", table.name),
      LongValueChunkSize(page_size, schema.long_value_chunk_size), &long_value_report_);
  for (size_t i = 0; i < indexes_.size(); ++i) {
    const IndexSchema* index = schema.FindIndex(table.indexes[i].name);
    if (index == nullptr) continue;
    indexes_[i] = std::make_unique<IndexCheck>(*index, table.indexes[i].tree, reader);
  }
}

void TableCheck::Run() {
  CHECK(trees_.empty());
  Walk rows;
  Walk long_values;
  std::vector<std::function<void()>> tasks;
  tasks.emplace_back([&] { rows = WalkRows(); });
  if (table_.long_values) tasks.emplace_back([&] { long_values = WalkLongValues(); });
  RunTasks(tasks);
  all_readable_ = all_readable_ && rows.tree->complete();

  std::vector<Walk> indexes(table_.indexes.size());
  tasks.clear();
  for (size_t i = 0; i < indexes.size(); ++i) {
    tasks.emplace_back([&, i] { indexes[i] = WalkIndex(i, *rows.tree); });
  }
  RunTasks(tasks);

  FinishLongValues(*rows.tree, long_values.tree.get());
  Keep(table_.rows, std::move(rows));
  report_.CountChecked("records", records_);
  if (missing_values_ != 0)
    report_.CountChecked("values missing in required columns", missing_values_);
  if (table_.long_values) Keep(*table_.long_values, std::move(long_values));
  report_.Append(std::move(long_value_report_));
  for (size_t i = 0; i < indexes.size(); ++i) {
    Keep(table_.indexes[i].tree, std::move(indexes[i]));
    if (indexes_[i]) report_.Append(std::move(indexes_[i]->report()));
  }
  report_.CountChecked("tables");
}

TableCheck::Walk TableCheck::WalkTree(const NamedTree& tree, Remedy remedy,
                                      const NodeVisit& visit) {
  Walk walk;
  walk.tree = std::make_unique<TreeCheck>(database_, tree.subject);
  std::vector<std::byte> key;
  uint64_t leaves = 0;
  TreeCheck::LeafVisit visit_leaf;
  if (visit) {
    visit_leaf = [&](PageNumber number, const PageView& page) {
      ForEachNode(number, page, &key, visit);
      ++leaves;
      progress_.Advance(database_.page_size());
    };
  }
  walk.tree->Run(visit_leaf);
  walk.report.AddTreeFindings(remedy, tree.name, walk.tree->findings());
  walk.report.CountChecked("trees");
  progress_.Advance((walk.tree->pages().size() - leaves) * database_.page_size());
  return walk;
}

// Takes over what a walk has found.
void TableCheck::Keep(const NamedTree& tree, Walk walk) {
  complete_ = complete_ && walk.tree->complete();
  trees_.push_back({tree.name, tree.subject.root, walk.tree->pages()});
  report_.Append(std::move(walk.report));
}

TableCheck::Walk TableCheck::WalkRows() {
  if (!record_check_) return WalkTree(table_.rows, Remedy::kRestore, nullptr);
  CheckReport found;
  Walk walk = WalkTree(table_.rows, Remedy::kRestore,
                       [&](const LeafNode& node) { CheckRow(node, &found); });
  walk.report.Append(std::move(found));
  return walk;
}

void TableCheck::CheckRow(const LeafNode& node, CheckReport* report) {
  ++records_;
  const bool sound =
      record_check_->Run(node.data, [this](LongValueId id) { long_values_->CountReference(id); });
  if (!sound) {
    all_readable_ = false;
    const RecordFault& fault = record_check_->fault();
    report->Add(Remedy::kRestore, node.page,
                absl::StrCat(table_.rows.name, ": record ", ShowBytes(node.key), ": ", fault.what),
                fault.expected, fault.found);
    for (const auto& index : indexes_) {
      if (index) index->AddUnreadableRow(node.key);
    }
    return;
  }
  missing_values_ += record_check_->missing_values();
  CheckPrimaryKey(node, record_check_->view(), report);
  for (const auto& index : indexes_) {
    if (index) index->AddRow(node.key, record_check_->view());
  }
}

void TableCheck::CheckPrimaryKey(const LeafNode& node, const RecordView& record,
                                 CheckReport* report) {
  const IndexSchema* primary = table_.schema->primary_index();
  const std::string& name = table_.rows.name;
  if (primary == nullptr) {
    if (node.key.size() == sizeof(uint32_t)) return;
    report->Add(Remedy::kRestore, node.page, absl::StrCat(name, ": primary key, its size"), "4",
                absl::StrCat(node.key.size()));
    return;
  }
  const Result<bool> has_key = maker_.MakeKey(*primary, record, reader_, primary_key_);
  if (!has_key.ok() && !has_key.status().Is(Error::kNullKeyDisallowed)) {
    report->CountSkipped(absl::StrCat("primary keys of ", table_.name));
    return;
  }
  const bool possible = has_key.ok() && *has_key;
  if (possible && Compare(primary_key_.bytes(), node.key) == 0) return;
  report->Add(Remedy::kRestore, node.page, absl::StrCat(name, ": primary key"),
              possible ? ShowBytes(primary_key_.bytes()) : "none possible", ShowBytes(node.key));
}

TableCheck::Walk TableCheck::WalkLongValues() {
  if (!long_values_) return WalkTree(*table_.long_values, Remedy::kRestore, nullptr);
  return WalkTree(*table_.long_values, Remedy::kRestore,
                  [this](const LeafNode& node) { long_values_->Visit(node); });
}

// `tree`: null where the catalog names none.
void TableCheck::FinishLongValues(const TreeCheck& rows, const TreeCheck* tree) {
  if (!long_values_) return;
  const uint64_t references = long_values_->references();
  report_.CountChecked("long value references", references);
  if (tree == nullptr) {
    if (references != 0) {
      report_.Add(Remedy::kRestore, table_.rows.subject.root,
                  absl::StrCat(table_.rows.name, ": long value tree"), "in the catalog", "none");
    }
    return;
  }
  const PageNumber root = table_.long_values->subject.root;
  long_values_->Finish(root, tree->complete());
  if (!all_readable_ || !tree->complete()) return;
  long_values_->CompareReferences(
      root,
      [&](const std::function<void(LongValueId)>& visit) {
        LeafScan(database_, rows.pages()).Run([&](const LeafNode& node) {
          record_check_->Run(node.data, visit);
        });
      },
      [&](const std::function<void(const LeafNode&)>& visit) {
        LeafScan(database_, tree->pages()).Run(visit);
      });
}

void TableCheck::ForEachReadableRow(const TreeCheck& rows, const RowVisit& visit) {
  DCHECK(record_check_ != nullptr);
  const std::lock_guard lock(rows_mutex_);
  LeafScan(database_, rows.pages()).Run([&](const LeafNode& node) {
    if (record_check_->Run(node.data, [](LongValueId) {})) visit(node.key, record_check_->view());
  });
}

TableCheck::Walk TableCheck::WalkIndex(size_t i, const TreeCheck& rows) {
  const NamedTree& named = table_.indexes[i].tree;
  if (!indexes_[i]) return WalkTree(named, Remedy::kRebuildIndex, nullptr);
  IndexCheck& check = *indexes_[i];
  Walk walk =
      WalkTree(named, Remedy::kRebuildIndex, [&](const LeafNode& node) { check.AddEntry(node); });
  check.Compare(database_, *walk.tree, rows.complete(),
                [&](const RowVisit& visit) { ForEachReadableRow(rows, visit); });
  return walk;
}

}  // namespace contrail
