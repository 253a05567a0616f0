#include "engine/offline_scan.h"

#include <algorithm>

#include "storage/check.h"
#include "storage/tree_descent.h"

namespace contrail {
namespace {

constexpr size_t kBytesAhead = 1 << 20;
constexpr size_t kMostPagesAhead = 256;

}  // namespace

// Copies the page into buffer_. `is_leaf`: what its parent says, null for the root.
Status OfflineScan::LoadPage(PageNumber number, const bool* is_leaf) {
  Database& database = tree_.database();
  // A sound tree has no more pages than the file: links that lead in a circle end here.
  if (++pages_ > uint64_t{database.last_page()} + 1) return Error::kBadParentPageLink;
  for (;;) {
    ASSIGN_OR_RETURN(const ReadGuard guard, database.pages().Read(number));
    std::memcpy(buffer_.data(), guard.page().bytes(), buffer_.size());
    if (guard.Validate()) break;
  }
  const PageView page(buffer_.data(), database.page_size());
  if (!IsPageOfTree(page, tree_.object_id())) return Error::kBadParentPageLink;
  if (is_leaf != nullptr && *is_leaf != page.is_leaf()) return Error::kBadParentPageLink;
  return Status::Ok();
}

void OfflineScan::ReadAhead(Level& level) {
  if (level.next < level.requested || level.children.size() - level.next < 2) return;
  const size_t most =
      std::clamp<size_t>(kBytesAhead / tree_.database().page_size(), 1, kMostPagesAhead);
  const size_t count = std::min(most, level.children.size() - level.next);
  tree_.database().pages().Prefetch(std::span(level.children).subspan(level.next, count));
  level.requested = level.next + count;
}

Status OfflineScan::PushChildren(const PageView& page) {
  if (levels_.size() >= kMaxTreeDepth) return Error::kBadParentPageLink;
  Level level;
  level.leaves = page.is_parent_of_leaf();
  const uint32_t lines = page.line_count();
  uint32_t line = low_.empty() ? 0 : std::min(page.ChildLine(low_, {}), lines);
  for (; line < lines; ++line) level.children.push_back(page.child(line));
  levels_.push_back(std::move(level));
  return Status::Ok();
}

Result<bool> OfflineScan::VisitLeaf(PageNumber number, const PageView& page, const Visit& visit) {
  const Bytes prefix = page.prefix();
  const uint32_t lines = page.line_count();
  for (uint32_t line = 0; line < lines; ++line) {
    const NodeView node = page.DecodeNode(line, prefix);
    if (!node.valid) return Error::kNodeCorrupted;
    if (node.deleted() || (!low_.empty() && CompareKey(node, low_) < 0)) continue;
    key_.resize(node.key_size());
    node.CopyKey(key_.data());
    ASSIGN_OR_RETURN(const bool more, visit({number, key_, node.data}));
    if (!more) return false;
  }
  return true;
}

Status OfflineScan::Run(Bytes low, const Visit& visit, const Damaged& damaged) {
  low_ = low;
  levels_.clear();
  levels_.push_back({});
  levels_.back().children.push_back(tree_.root());
  pages_ = 0;
  bool is_root = true;
  while (!levels_.empty()) {
    Level& level = levels_.back();
    if (level.next == level.children.size()) {
      levels_.pop_back();
      continue;
    }
    ReadAhead(level);
    const PageNumber number = level.children[level.next++];
    const bool leaf = level.leaves;
    Status status = LoadPage(number, is_root ? nullptr : &leaf);
    is_root = false;
    const PageView page(buffer_.data(), tree_.database().page_size());
    if (status.ok() && page.is_leaf()) {
      bool more = true;
      Status told;  // An error of `visit` is not damage of the page.
      const Result<bool> visited = VisitLeaf(number, page, [&](const OfflineNode& node) {
        Result<bool> result = visit(node);
        told = result.status();
        return result;
      });
      RETURN_IF_ERROR(told);
      if (visited.ok()) more = *visited;
      if (!more) return Status::Ok();
      status = visited.status();
    } else if (status.ok()) {
      status = PushChildren(page);
    }
    if (status.ok()) continue;
    if (!damaged) return status;
    damaged(number, status);
    if (pages_ > uint64_t{tree_.database().last_page()} + 1) return Status::Ok();
  }
  return Status::Ok();
}

}  // namespace contrail
