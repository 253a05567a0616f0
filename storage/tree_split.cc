// Splits. What each kind leaves behind: docs/format/tree.md.
//
// A page that a redo would need is never only referred to: the nodes that move are logged with the
// new page (kFormat), the old page forgets them (kDeleteNodes), so that either can be redone alone.

#include <algorithm>
#include <array>

#include "storage/check.h"
#include "storage/tree_damage.h"
#include "storage/tree_structure.h"

namespace contrail {
namespace {

uint32_t FlagsForPage(const PageView& like) {
  return (like.flags() & (page_flag::kTreeMask | page_flag::kLeaf | page_flag::kParentOfLeaf)) |
         page_flag::kAlways;
}

std::array<std::byte, 4> ChildData(PageNumber child) {
  std::array<std::byte, 4> data;
  StoreLittle<uint32_t>(data.data(), child);
  return data;
}

// Only leaves have links to tell by; the last node of an internal level has no separator.
bool IsRightmost(const PageView& page) {
  if (page.is_leaf()) return page.next() == 0;
  const uint32_t lines = page.line_count();
  return lines > 0 && page.node(lines - 1).key_size() == 0;
}

ListedNode WholeNode(const NodeView& node, KeyCopy* key, KeyCopy* data) {
  key->resize(node.key_size());
  node.CopyKey(key->data());
  data->assign(node.data.begin(), node.data.end());
  return {node.flags, View(*key), View(*data)};
}

}  // namespace

Status TreeStructure::Insert(TreePath path, uint32_t line, const ListedNode& node) {
  const size_t leaf = path.size() - 1;
  return Change(std::move(path), leaf, Edit{line, node, false});
}

Status TreeStructure::Replace(TreePath path, uint32_t line, const ListedNode& node) {
  DCHECK(identity_.unique);
  const size_t leaf = path.size() - 1;
  return Change(std::move(path), leaf, Edit{line, node, true});
}

bool TreeStructure::TryInPlace(PageIndex index, const Edit& edit) {
  const PageView page = mutation_.page(index);
  DCHECK(edit.line <= page.line_count());
  if (edit.replace) {
    if (!FitsReplace(page, edit.line, edit.node.data.size())) return false;
    mutation_.Apply(index, PageOperation::ReplaceNode(edit.line, edit.node.flags, edit.node.data));
    return true;
  }
  if (!FitsInsert(page, edit.node.key, edit.node.data.size())) return false;
  mutation_.Apply(
      index, PageOperation::InsertNode(edit.line, edit.node.flags, edit.node.key, edit.node.data));
  return true;
}

Status TreeStructure::Change(TreePath path, size_t level, const Edit& edit) {
  DCHECK(level < path.size());
  ASSIGN_OR_RETURN(PageIndex index, mutation_.Lock(path[level].page));
  if (TryInPlace(index, edit)) return Status::Ok();
  if (level == 0) {
    RETURN_IF_ERROR(RaiseRoot(&path));
    level = 1;
    ASSIGN_OR_RETURN(index, mutation_.Lock(path[level].page));
    // The root's space header is gone from the page: it may fit now.
    if (TryInPlace(index, edit)) return Status::Ok();
  }
  return Split(path, level, edit);
}

// Moves all nodes of the root to a new page below it. The root keeps its number and space header.
Status TreeStructure::RaiseRoot(TreePath* path) {
  const PageNumber root_number = (*path)[0].page;
  ASSIGN_OR_RETURN(const PageNumber child_number, source_.Take(mutation_, root_number));
  ASSIGN_OR_RETURN(const PageIndex root, mutation_.Lock(root_number));
  ASSIGN_OR_RETURN(const PageIndex child, LockForFormat(child_number));
  const PageView page = mutation_.page(root);
  DCHECK(page.is_root());
  const uint32_t flags = FlagsForPage(page);
  const uint32_t tree_flags = page.flags() & page_flag::kTreeMask;
  const uint32_t parent_of_leaf = page.is_leaf() ? page_flag::kParentOfLeaf : 0;
  const NodeCopies nodes(page);
  const Bytes header_in_page = page.external_header();
  const KeyCopy header = CopyOf(header_in_page);
  std::vector<std::byte> list;
  nodes.WriteList(0, nodes.size(), &list);
  mutation_.Apply(child, PageOperation::Format(flags, identity_.object_id, 0, 0,
                                               ChoosePrefix(nodes, 0, nodes.size()), list));
  list.clear();
  NodeListWriter(&list).Add(0, {}, ChildData(child_number));
  mutation_.Apply(root, PageOperation::Format(
                            tree_flags | page_flag::kRoot | parent_of_leaf | page_flag::kAlways,
                            identity_.object_id, 0, 0, View(header), list));
  path->insert(path->begin() + 1, PathStep{child_number, (*path)[0].line});
  (*path)[0].line = 0;
  return Status::Ok();
}

Status TreeStructure::Split(const TreePath& path, size_t level, const Edit& edit) {
  DCHECK(level > 0);
  ASSIGN_OR_RETURN(const PageIndex index, mutation_.Lock(path[level].page));
  const PageView page = mutation_.page(index);
  const uint32_t lines = page.line_count();
  const bool right_edge = IsRightmost(page);
  const bool leaf = page.is_leaf();
  if (leaf && right_edge && !edit.replace && edit.line == lines && lines > 0) {
    return AppendLeaf(path, level, edit.node);
  }
  const NodeCopies nodes(page, edit.line, edit.node, edit.replace);
  const Bytes prefix_in_page = page.external_header();
  const KeyCopy present_prefix = CopyOf(prefix_in_page);
  SplitRequest request;
  request.capacity = PageCapacity(page.page_size());
  request.present_prefix = View(present_prefix);
  request.leaf = leaf;
  request.unique = identity_.unique;
  // Growth at the right edge leaves full internal pages, too.
  if (!leaf && right_edge && edit.line + 1 == lines) request.preferred_cut = nodes.size() - 1;
  Bytes prefix;
  SplitPlan plan;
  const bool roomy = PlanPrefix(nodes, request, false, &prefix);
  if (!roomy && !PlanSplit(nodes, request, &plan)) {
    if (!PlanPrefix(nodes, request, true, &prefix)) return SplitBeside(path, level, edit);
    plan.cut = 0;
  }
  if (roomy || plan.cut == 0) {
    mutation_.Apply(index, PageOperation::SetExternalHeader(prefix));
    // It fits, unless the costs in split_plan.cc do not agree with the page's.
    return TryInPlace(index, edit) ? Status::Ok() : Status(Error::kInternalError);
  }
  ASSIGN_OR_RETURN(const PageNumber right, source_.Take(mutation_, path[level].page));
  return CutInTwo(path, level, right, nodes, plan, &edit);
}

// The new node alone goes to a new rightmost leaf; the old one stays full.
Status TreeStructure::AppendLeaf(const TreePath& path, size_t level, const ListedNode& node) {
  const PageNumber left_number = path[level].page;
  ASSIGN_OR_RETURN(const PageNumber right_number, source_.Take(mutation_, left_number));
  ASSIGN_OR_RETURN(const PageIndex left, mutation_.Lock(left_number));
  ASSIGN_OR_RETURN(const PageIndex right, LockForFormat(right_number));
  const PageView page = mutation_.page(left);
  KeyCopy last_key;
  KeyCopy last_data;
  const ListedNode last = WholeNode(page.node(page.line_count() - 1), &last_key, &last_data);
  const KeyCopy separator = ShortestSeparator(identity_.unique, last, node);
  if (separator.empty()) {
    return ReportTreeDamage(database(), left_number, Error::kDatabaseCorrupted,
                            "order of keys at the right edge", "ascending", "not ascending");
  }
  // Keys that follow will share at least what these two share.
  const size_t shared = CommonPrefixLength(last.key, node.key);
  const Bytes prefix = shared > 2 ? node.key.first(shared) : Bytes();
  const uint32_t cost = NodeCost(prefix, node.key, node.data.size());
  const bool fits = cost + prefix.size() + 4 <= PageCapacity(page.page_size());
  std::vector<std::byte> list;
  NodeListWriter(&list).Add(node.flags, node.key, node.data);
  mutation_.Apply(right, PageOperation::Format(FlagsForPage(page), identity_.object_id, left_number,
                                               0, fits ? prefix : Bytes(), list));
  mutation_.Apply(left, PageOperation::SetSiblings(page.previous(), right_number));
  return LinkNewPage(path, level, right_number, View(separator));
}

// Moves the nodes from plan.cut on to the new page `right`. `nodes` are those of the page with the
// edit, or (null) without.
Status TreeStructure::CutInTwo(const TreePath& path, size_t level, PageNumber right,
                               const NodeCopies& nodes, const SplitPlan& plan, const Edit* edit) {
  const PageNumber left = path[level].page;
  ASSIGN_OR_RETURN(const PageIndex left_index, mutation_.Lock(left));
  ASSIGN_OR_RETURN(const PageIndex right_index, LockForFormat(right));
  const PageView page = mutation_.page(left_index);
  const uint32_t lines = page.line_count();
  const bool leaf = page.is_leaf();
  const PageNumber previous = leaf ? page.previous() : 0;
  const PageNumber next = leaf ? page.next() : 0;
  const bool edit_stays = edit != nullptr && edit->line < plan.cut;
  const bool inserts = edit != nullptr && !edit->replace;
  const auto keep = static_cast<uint32_t>(plan.cut - (edit_stays && inserts ? 1 : 0));
  const KeyCopy separator =
      leaf ? ShortestSeparator(identity_.unique, nodes[plan.cut - 1], nodes[plan.cut])
           : CopyOf(nodes[plan.cut - 1].key);
  if (separator.empty()) return ReportForeign(left, Error::kDatabaseCorrupted);

  std::vector<std::byte> list;
  nodes.WriteList(plan.cut, nodes.size(), &list);
  mutation_.Apply(right_index,
                  PageOperation::Format(FlagsForPage(page), identity_.object_id, leaf ? left : 0,
                                        next, plan.right_prefix, list));
  DCHECK(keep <= lines);
  if (keep < lines) mutation_.Apply(left_index, PageOperation::DeleteNodes(keep, lines - keep));
  if (Compare(mutation_.page(left_index).external_header(), plan.left_prefix) != 0) {
    mutation_.Apply(left_index, PageOperation::SetExternalHeader(plan.left_prefix));
  }
  if (leaf) mutation_.Apply(left_index, PageOperation::SetSiblings(previous, right));
  if (edit_stays && !TryInPlace(left_index, *edit)) return Error::kInternalError;
  if (next != 0) {
    ASSIGN_OR_RETURN(const PageIndex next_index, mutation_.Lock(next));
    const PageNumber after = mutation_.page(next_index).next();
    mutation_.Apply(next_index, PageOperation::SetSiblings(right, after));
  }
  return LinkNewPage(path, level, right, View(separator));
}

// The new node is so long that it fits neither half: cut the page beside it, then try again.
Status TreeStructure::SplitBeside(const TreePath& path, size_t level, const Edit& edit) {
  const size_t height = path.size() - 1 - level;
  const PageNumber left = path[level].page;
  ASSIGN_OR_RETURN(const PageNumber right, source_.Take(mutation_, left));
  ASSIGN_OR_RETURN(const PageIndex index, mutation_.Lock(left));
  const PageView page = mutation_.page(index);
  const uint32_t lines = page.line_count();
  if (lines < 2) return ReportForeign(left, Error::kDatabaseCorrupted);
  const NodeCopies nodes(page);
  const Bytes prefix_in_page = page.external_header();
  const KeyCopy prefix = CopyOf(prefix_in_page);
  SplitPlan plan;
  plan.cut = edit.line == 0 ? 1 : std::min(edit.line, lines - 1);
  plan.left_prefix = View(prefix);  // Both halves fit under it, being parts of the page.
  plan.right_prefix = View(prefix);
  RETURN_IF_ERROR(CutInTwo(path, level, right, nodes, plan, nullptr));

  TreePath again;
  const Bytes data = identity_.unique || height > 0 ? Bytes() : edit.node.data;
  RETURN_IF_ERROR(Descend(edit.node.key, data, &again));
  if (again.size() <= height) return ReportForeign(left, Error::kDatabaseCorrupted);
  const size_t new_level = again.size() - 1 - height;
  Edit moved = edit;
  if (height > 0) {
    moved.line = again[new_level].line;
  } else {
    ASSIGN_OR_RETURN(const PageIndex leaf, mutation_.Lock(again[new_level].page));
    bool equal = false;
    moved.line =
        mutation_.page(leaf).LowerBound(edit.node.key, identity_.unique ? nullptr : &data, &equal);
    if (equal != edit.replace) return ReportForeign(left, Error::kDatabaseCorrupted);
  }
  return Change(std::move(again), new_level, moved);
}

// In the parent: (S -> left) becomes (separator -> left), (S -> right).
Status TreeStructure::LinkNewPage(const TreePath& path, size_t level, PageNumber right,
                                  Bytes separator) {
  DCHECK(level > 0 && !separator.empty());
  const PathStep& parent = path[level - 1];
  ASSIGN_OR_RETURN(const PageIndex index, mutation_.Lock(parent.page));
  if (mutation_.page(index).child(parent.line) != path[level].page) {
    return ReportForeign(parent.page, Error::kDatabaseCorrupted);
  }
  mutation_.Apply(index, PageOperation::ReplaceBytes(parent.line, 0, ChildData(right)));
  const auto left_data = ChildData(path[level].page);
  return Change(path, level - 1, Edit{parent.line, {0, separator, left_data}, false});
}

}  // namespace contrail
