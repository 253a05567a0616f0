// The long values of one table: chunks complete and readable, reference counts equal to the
// references met in records. docs/format/long_value.md.
//
// Memory does not grow with the values: what trees claim and what records hold is summed up in
// buckets by the hash of the id, and only values of buckets that differ are looked at one by one,
// in a second pass over both.

#pragma once

#include <array>
#include <functional>
#include <string>
#include <vector>

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
  void CountReference(LongValueId id);
  uint64_t references() const { return references_; }

  using ForEachReference = std::function<void(const std::function<void(LongValueId)>& visit)>;
  using ForEachNode = std::function<void(const std::function<void(const LeafNode&)>& visit)>;
  // Compares counts. Only when every record and every value could be read. The functions go through
  // all references of records, and all nodes of the tree, once more; called when counts differ.
  void CompareReferences(PageNumber root, const ForEachReference& references,
                         const ForEachNode& nodes);

 private:
  static constexpr size_t kBuckets = 4096;
  // Of so many buckets at most the values are looked at: a table whose counts are all wrong needs
  // no longer list.
  static constexpr size_t kMostExplained = 64;

  // Sums over (id, count), equal for equal sets whatever the order, and different for others but
  // for a chance of 2^-63.
  using Tally = std::array<uint64_t, kBuckets>;
  static void AddTo(Tally* tally, LongValueId id, uint64_t count);
  static size_t BucketOf(LongValueId id);
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
  uint64_t values_ = 0;
  uint64_t references_ = 0;
  Tally claimed_{};
  Tally counted_{};
};

}  // namespace contrail
