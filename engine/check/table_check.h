// One table with everything that hangs on it: its trees, records, long values and indexes.

#pragma once

#include <memory>
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
             CheckProgress& progress, CheckReport* report);

  void Run();
  // After Run: the pages of the table's trees, the table's own first.
  std::vector<TreeUse>& trees() { return trees_; }
  // False when a tree has parts that could not be reached.
  bool complete() const { return complete_; }

 private:
  std::unique_ptr<TreeCheck> WalkTree(const NamedTree& tree, Remedy remedy);
  void CheckRows(const TreeCheck& tree);
  void CheckRow(const LeafNode& node);
  void CheckPrimaryKey(const LeafNode& node, const RecordView& record);
  void CheckLongValues(const TreeCheck& rows);
  void CheckIndexes(const TreeCheck& rows);
  void ForEachReadableRow(const TreeCheck& rows, const RowVisit& visit);

  Database& database_;
  const NamedTable& table_;
  LongValueReader* reader_;
  CheckProgress& progress_;
  CheckReport* report_;
  std::unique_ptr<RecordCheck> record_check_;
  std::unique_ptr<LongValueCheck> long_values_;
  std::vector<std::unique_ptr<IndexCheck>> indexes_;  // As table_.indexes; null: no schema for it.
  IndexKeyMaker maker_;
  KeyBuffer primary_key_;
  std::vector<TreeUse> trees_;
  uint64_t records_ = 0;
  bool complete_ = true;
  bool all_readable_ = true;
};

}  // namespace contrail
