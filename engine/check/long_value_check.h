// The long values of one table: chunks complete and readable, reference counts equal to the
// references met in records. docs/format/long_value.md. Memory: some 32 bytes for each value.

#pragma once

#include <absl/container/flat_hash_map.h>

#include <string>

#include "engine/check/check_report.h"
#include "engine/check/leaf_scan.h"
#include "engine/long_value_format.h"

namespace contrail {

class LongValueCheck {
 public:
  // `label`: "long values of basic".
  LongValueCheck(std::string label, uint32_t chunk_size, CheckReport* report)
      : label_(std::move(label)), chunk_size_(chunk_size), report_(report) {}

  // Nodes of the tree in key order; Finish comes after the last one. `complete`: none was missed.
  void Visit(const LeafNode& node);
  void Finish(PageNumber root, bool complete);
  // A record refers to the value.
  void CountReference(LongValueId id) { ++counted_[id]; }
  uint64_t references() const;
  // Compares counts. Only when every record and every value could be read.
  void CompareReferences(PageNumber root);

 private:
  void Add(PageNumber page, LongValueId id, const std::string& what, std::string expected,
           std::string found);
  void VisitRoot(const LeafNode& node, LongValueId id);
  void VisitChunk(const LeafNode& node, const LongValuePosition& position);
  void EndValue(PageNumber page);

  std::string label_;
  uint32_t chunk_size_;
  CheckReport* report_;
  bool complete_ = true;
  // The value whose chunks are coming.
  bool open_ = false;
  bool broken_ = false;  // One finding for each value is enough.
  LongValueId id_ = 0;
  LongValueRoot root_;
  uint64_t offset_ = 0;
  std::vector<std::byte> scratch_;
  absl::flat_hash_map<LongValueId, uint32_t> claimed_;
  absl::flat_hash_map<LongValueId, uint64_t> counted_;
};

}  // namespace contrail
