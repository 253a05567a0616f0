#include "storage/tree_descent.h"

#include <absl/strings/str_cat.h>

#include "storage/check.h"
#include "storage/tree_damage.h"

namespace contrail {
namespace {

// key of the node starts with `key`.
bool StartsWith(const NodeView& node, Bytes key) {
  if (node.key_size() < key.size()) return false;
  const size_t from_prefix = std::min(node.prefix.size(), key.size());
  return CommonPrefixLength(node.prefix.first(from_prefix), key.first(from_prefix)) ==
             from_prefix &&
         CommonPrefixLength(node.suffix, key.subspan(from_prefix)) == key.size() - from_prefix;
}

uint32_t AimedLine(const PageView& page, Aim aim, Bytes key, Bytes data) {
  switch (aim) {
    case Aim::kBookmark:
      return page.ChildLine(key, data);
    case Aim::kAfterKey:
      return LineAfterKey(page, key);
    case Aim::kLast:
      break;
  }
  const uint32_t lines = page.line_count();
  return lines == 0 ? 0 : lines - 1;
}

// Starts loading what a search looks at first on the child: the header and the first tags. Their
// cache misses, and that of the child's state word, then pass together and not one after the other.
void PrefetchChild(const ReadGuard& parent, PageNumber child) {
  if constexpr (!kOptimisticReads) return;  // The guard holds a copy somewhere else.
  constexpr uint32_t kLine = 64;
  constexpr uint32_t kTagLines = 5;
  const uint32_t page_size = parent.page().page_size();
  const auto here = reinterpret_cast<uintptr_t>(parent.page().bytes());
  const uintptr_t there = here + (uintptr_t{child} - uintptr_t{parent.number()}) * page_size;
  __builtin_prefetch(reinterpret_cast<const void*>(there));
  for (uint32_t line = 1; line <= kTagLines; ++line) {
    __builtin_prefetch(reinterpret_cast<const void*>(there + page_size - line * kLine));
  }
}

// Reports a page that the tree leads to and that is not the tree's.
Status ReportForeignPage(const Tree& tree, const ReadGuard& guard, const char* role) {
  const PageView page = guard.page();
  return ReportTreeDamage(
      tree.database(), guard.number(), Error::kBadPageLink, absl::StrCat(role, " of a tree"),
      absl::StrCat("a page of object ", tree.object_id()),
      absl::StrCat("object ", page.object_id(), ", flags ", absl::Hex(page.flags())));
}

// One level down. *moved = false: something changed, start again at the root.
Status Descend(const Tree& tree, Aim aim, Bytes key, Bytes data, ReadGuard* guard, bool* moved) {
  const PageView page = guard->page();
  const PageNumber child = page.child(AimedLine(page, aim, key, data));
  const bool child_is_leaf = page.is_parent_of_leaf();
  *moved = false;
  if (child == 0) {
    if (!guard->Validate()) return Status::Ok();
    return ReportTreeDamage(tree.database(), guard->number(), Error::kDatabaseCorrupted,
                            "child of an internal page", "a page number for every key", "none");
  }
  PrefetchChild(*guard, child);
  Result<ReadGuard> next = tree.database().pages().Read(child);
  if (!guard->Validate()) return Status::Ok();
  if (!next.ok()) return next.status();
  const PageView child_page = next->page();
  if (!IsPageOfTree(child_page, tree.object_id()) || child_page.is_root() ||
      child_page.is_leaf() != child_is_leaf) {
    if (!next->Validate()) return Status::Ok();
    return ReportForeignPage(tree, *next, "child page");
  }
  *guard = std::move(next).value();
  *moved = true;
  return Status::Ok();
}

Result<Neighbour> MoveToLeaf(const Tree& tree, ReadGuard* leaf, PageNumber target) {
  if (!leaf->Validate()) return Neighbour::kChanged;
  if (target == 0) return Neighbour::kNone;
  Result<ReadGuard> next = tree.database().pages().Read(target);
  if (!leaf->Validate()) return Neighbour::kChanged;
  if (!next.ok()) return next.status();
  const PageView page = next->page();
  if (!IsPageOfTree(page, tree.object_id()) || !page.is_leaf() || page.is_root()) {
    if (!next->Validate()) return Neighbour::kChanged;
    return ReportForeignPage(tree, *next, "neighbour page");
  }
  *leaf = std::move(next).value();
  return Neighbour::kMoved;
}

}  // namespace

bool IsPageOfTree(const PageView& page, ObjectId object_id) {
  return page.object_id() == object_id && page.tag_count() > 0 &&
         (page.flags() & (page_flag::kEmptied | page_flag::kSpaceTree)) == 0;
}

uint32_t LineAfterKey(const PageView& page, Bytes key) {
  const uint32_t lines = page.line_count();
  const bool leaf = page.is_leaf();
  uint32_t low = 0;
  uint32_t high = lines;
  while (low < high) {
    const uint32_t middle = low + (high - low) / 2;
    const NodeView node = page.node(middle);
    bool after = false;
    if (leaf) {
      after = CompareKey(node, key) > 0;
    } else if (middle + 1 == lines && node.key_size() == 0) {
      after = true;  // The empty separator is infinite.
    } else {
      // A separator that starts with the key may lie among nodes of that very key (non-unique
      // trees).
      after = CompareKey(node, key) > 0 && !StartsWith(node, key);
    }
    if (after) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  if (!leaf && low == lines && lines > 0) low = lines - 1;
  return low;
}

Status FindLeaf(const Tree& tree, Aim aim, Bytes key, Bytes data, ReadGuard* leaf) {
  DCHECK(tree.root() != 0);
  CachedDatabase& pages = tree.database().pages();
  for (;;) {
    Result<ReadGuard> root = pages.Read(tree.root());
    if (!root.ok()) return root.status();
    ReadGuard guard = std::move(root).value();
    const PageView page = guard.page();
    if (!IsPageOfTree(page, tree.object_id()) || !page.is_root()) {
      if (!guard.Validate()) continue;
      return ReportForeignPage(tree, guard, "root page");
    }
    bool moved = true;
    for (uint32_t depth = 0; moved && !guard.page().is_leaf(); ++depth) {
      if (depth == kMaxTreeDepth) {
        moved = false;
        if (!guard.Validate()) break;
        return ReportTreeDamage(tree.database(), guard.number(), Error::kDatabaseCorrupted,
                                "depth of a tree", absl::StrCat("at most ", kMaxTreeDepth), "more");
      }
      RETURN_IF_ERROR(Descend(tree, aim, key, data, &guard, &moved));
    }
    if (!moved) continue;
    *leaf = std::move(guard);
    return Status::Ok();
  }
}

Result<Neighbour> MoveToNextLeaf(const Tree& tree, ReadGuard* leaf) {
  return MoveToLeaf(tree, leaf, leaf->page().next());
}

Result<Neighbour> MoveToPreviousLeaf(const Tree& tree, ReadGuard* leaf) {
  return MoveToLeaf(tree, leaf, leaf->page().previous());
}

}  // namespace contrail
