// One secondary index against the rows it stands for. The entries that should be there and those
// that are there are compared by a fingerprint that does not depend on order, so an index of any
// size takes no memory; only when the two differ are entries looked for one by one.
// docs/format/key.md.

#pragma once

#include <absl/container/flat_hash_map.h>

#include <functional>

#include "engine/check/catalog_check.h"
#include "engine/check/leaf_scan.h"
#include "engine/index_key.h"

namespace contrail {

// Calls its argument for every record of the table that is well-formed.
using RowVisit = std::function<void(Bytes primary_key, const RecordView& record)>;
using ForEachRow = std::function<void(const RowVisit&)>;

class IndexCheck {
 public:
  // Everything given outlives the check. `reader`: for keys over separated values; may be null.
  IndexCheck(const IndexSchema& schema, const NamedTree& tree, LongValueReader* reader)
      : schema_(schema), tree_(tree), reader_(reader) {}

  const NamedTree& tree() const { return tree_; }
  // What it found. Indexes of one table can be compared at the same time.
  CheckReport& report() { return report_; }

  void AddRow(Bytes primary_key, const RecordView& record);
  // A row that cannot be read: any entries for it are taken as right.
  void AddUnreadableRow(Bytes primary_key);
  // An entry of the index; all of them before Compare, all rows before the first.
  void AddEntry(const LeafNode& node);
  // Compares; `rows` is used when they differ. `rows_complete`: no row was missed.
  void Compare(Database& database, const TreeCheck& tree, bool rows_complete,
               const ForEachRow& rows);

 private:
  struct Tally {
    uint64_t count = 0;
    uint64_t low = 0;
    uint64_t high = 0;
    void Add(Bytes key, Bytes data);
    friend bool operator==(const Tally&, const Tally&) = default;
  };
  // Entries of a row whose keys cannot be computed: how many are still to come.
  static constexpr int64_t kAnyNumber = INT64_MIN;

  bool MakeKeys(const RecordView& record);
  void Explain(Database& database, const TreeCheck& tree, const ForEachRow& rows);

  const IndexSchema& schema_;
  const NamedTree& tree_;
  LongValueReader* reader_;
  CheckReport report_;
  IndexKeyMaker maker_;
  IndexKeySet keys_;
  Tally expected_;
  Tally found_;
  uint64_t entries_ = 0;
  absl::flat_hash_map<uint64_t, int64_t> unknown_;  // By hash of the primary key.
};

}  // namespace contrail
