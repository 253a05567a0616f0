#include "engine/check/long_value_check.h"

#include <absl/strings/str_cat.h>

#include <algorithm>

#include "storage/check.h"

namespace contrail {

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
  claimed_[id] = root->reference_count == kLongValueDeleting ? 0 : root->reference_count;
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
  report_->CountChecked("long values", claimed_.size());
}

uint64_t LongValueCheck::references() const {
  uint64_t total = 0;
  for (const auto& [id, count] : counted_) total += count;
  return total;
}

void LongValueCheck::CompareReferences(PageNumber root) {
  DCHECK(!open_);
  for (const auto& [id, claimed] : claimed_) {
    const auto found = counted_.find(id);
    const uint64_t counted = found == counted_.end() ? 0 : found->second;
    if (counted != claimed) {
      Add(root, id, "references", absl::StrCat(counted, " (met in records)"),
          absl::StrCat(claimed));
    }
  }
  for (const auto& [id, counted] : counted_) {
    if (!claimed_.contains(id)) Add(root, id, "value of a record", "present", "missing");
  }
}

}  // namespace contrail
