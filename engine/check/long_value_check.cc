#include "engine/check/long_value_check.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <map>

#include "storage/check.h"

namespace contrail {
namespace {

// A step of splitmix64: spreads ids, which are counted up, over all 64 bits.
uint64_t Mix(uint64_t number) {
  number += 0x9e3779b97f4a7c15;
  number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9;
  number = (number ^ (number >> 27)) * 0x94d049bb133111eb;
  return number ^ (number >> 31);
}

uint64_t ClaimedReferences(const LongValueRoot& root) {
  return root.reference_count == kLongValueDeleting ? 0 : root.reference_count;
}

}  // namespace

size_t LongValueCheck::BucketOf(LongValueId id) { return Mix(id) % kBuckets; }

void LongValueCheck::AddTo(Tally* tally, LongValueId id, uint64_t count) {
  // Odd, so that no count but 0 is lost; another function of the id than the bucket.
  (*tally)[BucketOf(id)] += count * (Mix(Mix(id)) | 1);
}

void LongValueCheck::CountReference(LongValueId id) {
  ++references_;
  AddTo(&counted_, id, 1);
}

void LongValueCheck::Add(PageNumber page, LongValueId id, const std::string& what,
                         std::string expected, std::string found) {
  report_->Add(Remedy::kRestore, page, absl::StrCat(label_, ": value ", id, ": ", what),
               std::move(expected), std::move(found));
}

void LongValueCheck::Visit(const LeafNode& node) {
  const Result<LongValuePosition> position = DecodeLongValueKey(node.key);
  if (!position.ok()) {
    report_->Add(Remedy::kRestore, node.page, absl::StrCat(label_, ": key"),
                 "of a value or a chunk", ShowBytes(node.key));
    return;
  }
  if (position->is_root) {
    EndValue(node.page);
    VisitRoot(node, position->id);
  } else {
    VisitChunk(node, *position);
  }
}

void LongValueCheck::VisitRoot(const LeafNode& node, LongValueId id) {
  const Result<LongValueRoot> root = DecodeLongValueRoot(node.data);
  open_ = root.ok();
  broken_ = !root.ok();
  id_ = id;
  offset_ = 0;
  if (!root.ok()) {
    Add(node.page, id, "size of its root", "8 or 9", absl::StrCat(node.data.size()));
    return;
  }
  root_ = *root;
  ++values_;
  AddTo(&claimed_, id, ClaimedReferences(*root));
}

void LongValueCheck::VisitChunk(const LeafNode& node, const LongValuePosition& position) {
  if (broken_ && position.id == id_) return;
  if (!open_ || position.id != id_) {
    if (complete_) Add(node.page, position.id, "root of a chunk", "right before it", "none");
    return;
  }
  if (root_.encrypted) {
    offset_ += std::min<uint64_t>(chunk_size_, root_.size - offset_);
    return;
  }
  if (position.offset != offset_) {
    broken_ = true;
    Add(node.page, id_, "offset of a chunk", absl::StrCat(offset_), absl::StrCat(position.offset));
    return;
  }
  const auto expected =
      static_cast<uint32_t>(std::min<uint64_t>(chunk_size_, root_.size - offset_));
  scratch_.resize(expected);
  const Result<size_t> size = ReadLongValueChunk(node.data, expected, 0, scratch_);
  if (expected == 0 || !size.ok() || *size != expected) {
    broken_ = true;
    Add(node.page, id_, absl::StrCat("chunk at ", offset_), absl::StrCat(expected, " bytes"),
        size.ok() ? absl::StrCat(node.data.size(), " stored") : "bytes that cannot be read");
    return;
  }
  offset_ += expected;
}

void LongValueCheck::EndValue(PageNumber page) {
  const bool deleting = root_.reference_count == kLongValueDeleting;
  if (open_ && !broken_ && !deleting && offset_ != root_.size) {
    Add(page, id_, "bytes in its chunks", absl::StrCat(root_.size), absl::StrCat(offset_));
  }
  open_ = false;
}

void LongValueCheck::Finish(PageNumber root, bool complete) {
  complete_ = complete;
  EndValue(root);
  report_->CountChecked("long values", values_);
}

void LongValueCheck::CompareReferences(PageNumber root, const ForEachReference& references,
                                       const ForEachNode& nodes) {
  DCHECK(!open_);
  std::vector<bool> differs(kBuckets);
  size_t buckets = 0;
  for (size_t i = 0; i < kBuckets && buckets < kMostExplained; ++i) {
    differs[i] = claimed_[i] != counted_[i];
    buckets += differs[i] ? 1 : 0;
  }
  if (buckets == 0) return;
  struct Counts {
    bool present = false;
    uint64_t claimed = 0;
    uint64_t counted = 0;
  };
  std::map<LongValueId, Counts> suspects;
  references([&](LongValueId id) {
    if (differs[BucketOf(id)]) ++suspects[id].counted;
  });
  nodes([&](const LeafNode& node) {
    const Result<LongValuePosition> position = DecodeLongValueKey(node.key);
    if (!position.ok() || !position->is_root || !differs[BucketOf(position->id)]) return;
    const Result<LongValueRoot> value = DecodeLongValueRoot(node.data);
    if (!value.ok()) return;
    Counts& counts = suspects[position->id];
    counts.present = true;
    counts.claimed = ClaimedReferences(*value);
  });
  for (const auto& [id, counts] : suspects) {
    if (!counts.present) {
      Add(root, id, "value of a record", "present", "missing");
    } else if (counts.counted != counts.claimed) {
      Add(root, id, "references", absl::StrCat(counts.counted, " (met in records)"),
          absl::StrCat(counts.claimed));
    }
  }
}

}  // namespace contrail
