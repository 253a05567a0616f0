// FirstEntry: which entry of a row is its first in a range of an index that may have several of one
// row (over a multi-valued column, or of tuples), so that whoever goes through the range meets each
// row once.
//
// The keys of the row are made anew and tell; nothing is kept. Only of rows whose keys cannot be
// made, or do not hold the entry (the index is damaged), 16 bytes are remembered each.
//
// Thread rule: one thread.

#pragma once

#include <absl/container/flat_hash_set.h>

#include <utility>
#include <vector>

#include "engine/index_key.h"
#include "engine/offline_scan.h"

namespace contrail {

class FirstEntry {
 public:
  // `low`: where the range begins; empty: no bound. All outlive this.
  FirstEntry(const TableSchema& table, const IndexSchema& index, RecordLayout layout, Bytes low,
             LongValueReader& long_values)
      : table_(table), index_(index), layout_(layout), low_(low), long_values_(long_values) {}

  // `row`: the record that the entry leads to, its key the primary key.
  bool IsFirst(Bytes entry_key, const OfflineNode& row);

 private:
  const TableSchema& table_;
  const IndexSchema& index_;
  const RecordLayout layout_;
  const Bytes low_;
  LongValueReader& long_values_;
  IndexKeyMaker maker_;
  IndexKeySet keys_;
  absl::flat_hash_set<std::pair<uint64_t, uint64_t>> seen_;
};

}  // namespace contrail
