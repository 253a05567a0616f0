// Pages leaving a tree: empty ones, and leaves that fit into their neighbour.

#include <array>

#include "storage/check.h"
#include "storage/tree_descent.h"
#include "storage/tree_structure.h"

namespace contrail {
namespace {

// Two leaves become one when they fill at most this share of a page together, so that the next few
// inserts do not split it again.
constexpr uint32_t kMergePercent = 60;

// Adds what the nodes of `from` would take on a page with `prefix`.
uint32_t CostUnder(const NodeCopies& from, Bytes prefix) {
  return PageCost(from, 0, from.size(), prefix) - PageCost(from, 0, 0, prefix);
}

}  // namespace

Status TreeStructure::RemoveLeaf(const TreePath& path, bool* removed) {
  DCHECK(path.size() > 1);
  *removed = false;
  // The highest page that becomes empty when the leaf goes.
  size_t top = path.size() - 1;
  for (; top > 0; --top) {
    uint32_t lines = 0;
    RETURN_IF_ERROR(LookAtPage(mutation_, path[top - 1].page, [&](const PageView& page) {
      lines = page.line_count();
      return Status::Ok();
    }));
    if (lines > 1) break;
  }
  if (top == 0) {
    *removed = true;
    RETURN_IF_ERROR(ReplaceRootByLeaf(path));
    top = 1;
  } else {
    const size_t parent = top - 1;
    RETURN_IF_ERROR(RemoveChild(path, parent, path[parent].line, removed));
    if (!*removed) return Status::Ok();
    RETURN_IF_ERROR(UnlinkLeaf(path.back().page));
  }
  for (size_t level = top; level < path.size(); ++level) {
    ASSIGN_OR_RETURN(const PageIndex index, mutation_.Lock(path[level].page));
    mutation_.Apply(index, PageOperation::Empty());
  }
  for (size_t level = top; level < path.size(); ++level) {
    RETURN_IF_ERROR(source_.Give(mutation_, path[level].page));
  }
  return Status::Ok();
}

Status TreeStructure::UnlinkLeaf(PageNumber number) {
  ASSIGN_OR_RETURN(const PageIndex index, mutation_.Lock(number));
  const PageNumber previous = mutation_.page(index).previous();
  const PageNumber next = mutation_.page(index).next();
  if (previous != 0) {
    ASSIGN_OR_RETURN(const PageIndex left, mutation_.Lock(previous));
    const PageNumber before = mutation_.page(left).previous();
    mutation_.Apply(left, PageOperation::SetSiblings(before, next));
  }
  if (next != 0) {
    ASSIGN_OR_RETURN(const PageIndex right, mutation_.Lock(next));
    const PageNumber after = mutation_.page(right).next();
    mutation_.Apply(right, PageOperation::SetSiblings(previous, after));
  }
  return Status::Ok();
}

// No node is left in the tree: the root is a leaf again.
Status TreeStructure::ReplaceRootByLeaf(const TreePath& path) {
  ASSIGN_OR_RETURN(const PageIndex root, mutation_.Lock(path[0].page));
  const PageView page = mutation_.page(root);
  const uint32_t tree_flags = page.flags() & page_flag::kTreeMask;
  const Bytes header_in_page = page.external_header();
  const KeyCopy header = CopyOf(header_in_page);
  mutation_.Apply(root, PageOperation::Format(
                            tree_flags | page_flag::kRoot | page_flag::kLeaf | page_flag::kAlways,
                            identity_.object_id, 0, 0, View(header), {}));
  return Status::Ok();
}

// The internal pages from `page` down its right edge.
Status TreeStructure::RightSpine(PageNumber number, TreePath* spine) {
  for (size_t depth = 0;; ++depth) {
    bool leaf = false;
    PageNumber child = 0;
    PathStep step{number, 0};
    const Status status = LookAtPage(mutation_, number, [&](const PageView& page) -> Status {
      RETURN_IF_ERROR(CheckPage(page, false));
      leaf = page.is_leaf();
      if (leaf) return Status::Ok();
      if (page.line_count() == 0 || depth > kMaxTreeDepth) return Error::kDatabaseCorrupted;
      step.line = page.line_count() - 1;
      child = page.child(step.line);
      return child == 0 ? Status(Error::kDatabaseCorrupted) : Status::Ok();
    });
    if (!status.ok()) return ReportForeign(number, status);
    if (leaf) return Status::Ok();
    spine->push_back(step);
    number = child;
  }
}

// Takes the node at `line` out of the internal page path[level], which has others. The right
// neighbour's range grows downwards; where there is none in this page, the left one takes over the
// separator, and so do the last nodes of all pages down its right edge.
Status TreeStructure::RemoveChild(const TreePath& path, size_t level, uint32_t line,
                                  bool* removed) {
  ASSIGN_OR_RETURN(const PageIndex index, mutation_.Lock(path[level].page));
  const PageView page = mutation_.page(index);
  const uint32_t lines = page.line_count();
  DCHECK(lines > 1 && line < lines);
  *removed = true;
  if (line + 1 < lines) {
    mutation_.Apply(index, PageOperation::DeleteNodes(line, 1));
    return Status::Ok();
  }
  const NodeView last = page.node(line);
  KeyCopy separator(last.key_size());
  last.CopyKey(separator.data());
  TreePath spine;
  RETURN_IF_ERROR(RightSpine(page.child(line - 1), &spine));
  std::vector<PageIndex> held;
  for (const PathStep& step : spine) {
    ASSIGN_OR_RETURN(const PageIndex below, mutation_.Lock(step.page));
    if (!FitsSetKey(mutation_.page(below), step.line, View(separator))) {
      *removed = false;
      return Status::Ok();
    }
    held.push_back(below);
  }
  mutation_.Apply(index, PageOperation::DeleteNodes(line, 1));
  mutation_.Apply(index, PageOperation::SetNodeKey(line - 1, View(separator)));
  for (size_t i = 0; i < spine.size(); ++i) {
    mutation_.Apply(held[i], PageOperation::SetNodeKey(spine[i].line, View(separator)));
  }
  return Status::Ok();
}

Status TreeStructure::MergeIntoNext(const TreePath& path, bool* merged) {
  *merged = false;
  if (path.size() < 2) return Status::Ok();
  const PathStep& parent = path[path.size() - 2];
  const PageNumber from = path.back().page;
  PageNumber to = 0;
  RETURN_IF_ERROR(LookAtPage(mutation_, parent.page, [&](const PageView& page) {
    to = parent.line + 1 < page.line_count() ? page.child(parent.line + 1) : 0;
    return Status::Ok();
  }));
  if (to == 0) return Status::Ok();
  ASSIGN_OR_RETURN(const PageIndex parent_index, mutation_.Lock(parent.page));
  ASSIGN_OR_RETURN(const PageIndex from_index, mutation_.Lock(from));
  ASSIGN_OR_RETURN(const PageIndex to_index, mutation_.Lock(to));
  const PageView left = mutation_.page(from_index);
  const PageView right = mutation_.page(to_index);
  if (!CheckPage(left, false).ok() || !CheckPage(right, false).ok() || !left.is_leaf() ||
      !right.is_leaf() || left.next() != to) {
    return ReportForeign(from, Error::kBadPageLink);
  }
  const NodeCopies nodes(left);
  const uint32_t capacity = PageCapacity(right.page_size());
  const uint32_t used = capacity - right.free_bytes();
  if (used + CostUnder(nodes, right.external_header()) > capacity * kMergePercent / 100) {
    return Status::Ok();
  }
  std::vector<std::byte> list;
  nodes.WriteList(0, nodes.size(), &list);
  if (nodes.size() != 0) mutation_.Apply(to_index, PageOperation::InsertNodes(0, list));
  RETURN_IF_ERROR(UnlinkLeaf(from));
  mutation_.Apply(parent_index, PageOperation::DeleteNodes(parent.line, 1));
  mutation_.Apply(from_index, PageOperation::Empty());
  *merged = true;
  return source_.Give(mutation_, from);
}

}  // namespace contrail
