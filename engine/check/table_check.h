// One table with everything that hangs on it: its trees, records, long values and indexes. Records
// and long values are looked at together, then the indexes, as many at a time as there are
// processors; each tree is read once.

#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/check/catalog_check.h"
#include "engine/check/check_progress.h"
#include "engine/check/index_check.h"
#include "engine/check/long_value_check.h"
#include "engine/check/record_check.h"
#include "storage/space_check.h"

namespace contrail {

class TableCheck {
 public:
  // `reader` reads the table's long values; everything given outlives the check.
  TableCheck(Database& database, const NamedTable& table, LongValueReader* reader,
             CheckProgress& progress);

  void Run();
  // After Run:
  CheckReport& report() { return report_; }
  // The pages of the table's trees, the table's own first.
  std::vector<TreeUse>& trees() { return trees_; }
  // False when a tree has parts that could not be reached.
  bool complete() const { return complete_; }

 private:
  using NodeVisit = std::function<void(const LeafNode&)>;
  // What one tree's walk gives; each is filled by one thread.
  struct Walk {
    std::unique_ptr<TreeCheck> tree;
    CheckReport report;
  };
  Walk WalkTree(const NamedTree& tree, Remedy remedy, const NodeVisit& visit);
  void CheckRow(const LeafNode& node, CheckReport* report);
  void CheckPrimaryKey(const LeafNode& node, const RecordView& record, CheckReport* report);
  Walk WalkRows();
  Walk WalkLongValues();
  Walk WalkIndex(size_t i, const TreeCheck& rows);
  void FinishLongValues(const TreeCheck& rows, const TreeCheck* tree);
  void Keep(const NamedTree& tree, Walk walk);
  void ForEachReadableRow(const TreeCheck& rows, const RowVisit& visit);

  Database& database_;
  const NamedTable& table_;
  LongValueReader* reader_;
  CheckProgress& progress_;
  CheckReport report_;
  std::unique_ptr<RecordCheck> record_check_;
  // The tree is visited while references are counted: its findings are kept by themselves.
  CheckReport long_value_report_;
  std::unique_ptr<LongValueCheck> long_values_;
  std::vector<std::unique_ptr<IndexCheck>> indexes_;  // As table_.indexes; null: no schema for it.
  std::mutex rows_mutex_;  // record_check_ and reader_, once indexes are compared.
  IndexKeyMaker maker_;
  KeyBuffer primary_key_;
  std::vector<TreeUse> trees_;
  uint64_t records_ = 0;
  uint64_t missing_values_ = 0;
  bool complete_ = true;
  bool all_readable_ = true;
};

}  // namespace contrail
