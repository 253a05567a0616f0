// TreeStructure: changes of a tree that reach beyond one leaf, inside one structural mutation.
//
// Invariants
// 1. The caller holds the database's structure mutex, so internal pages change only here. Leaves
// may
//    change until they are locked.
// 2. Every page is read through the mutation when it holds the page (reading it through the pool
// would
//    wait for itself), else optimistically.
// 3. The last separator of an internal page equals its parent's separator for it; both are missing
//    (empty, infinite) exactly on the rightmost pages. Sibling links join leaves only.
// 4. On an error the mutation is abandoned by the caller, so half-made changes are never seen.
//
// The same code serves ordinary trees and their space trees; they differ in where pages come from.

#pragma once

#include <absl/container/inlined_vector.h>

#include "storage/database.h"
#include "storage/split_plan.h"

namespace contrail {

// Where a split takes pages from and a merge gives them to. Pages taken have no defined content.
class PageSource {
 public:
  virtual ~PageSource() = default;
  virtual Result<PageNumber> Take(Mutation& mutation, PageNumber near) = 0;
  virtual Status Give(Mutation& mutation, PageNumber page) = 0;
};

struct TreeIdentity {
  PageNumber root = 0;
  ObjectId object_id = 0;
  bool unique = true;
  bool space = false;  // An owned- or available-extent tree.
};

// From the root to a leaf; `line` is that of the child taken (0 in the leaf).
struct PathStep {
  PageNumber page = 0;
  uint32_t line = 0;
};
using TreePath = absl::InlinedVector<PathStep, 8>;

// Calls look(PageView) -> Status on a page; may call it again, so it must only fill in the caller's
// variables. Returns its Status once the page has been validated.
template <typename Look>
Status LookAtPage(Mutation& mutation, PageNumber number, Look&& look) {
  if (const auto held = mutation.Find(number)) return look(mutation.page(*held));
  for (;;) {
    Result<ReadGuard> guard = mutation.database().pages().Read(number);
    if (!guard.ok()) return guard.status();
    const Status status = look(guard->page());
    if (guard->Validate()) return status;
  }
}

class TreeStructure {
 public:
  TreeStructure(Mutation& mutation, const TreeIdentity& identity, PageSource& source)
      : mutation_(mutation), identity_(identity), source_(source) {}

  // The path to the leaf that holds, or would hold, key ++ data. kDatabaseCorrupted, kBadPageLink.
  Status Descend(Bytes key, Bytes data, TreePath* path);

  // Inserts a node at `line` of the path's leaf, splitting what is full. `node` does not point into
  // a page. The path is used up.
  Status Insert(TreePath path, uint32_t line, const ListedNode& node);
  // Exchanges flags and data of the node (key and all: `node`) at `line` of the path's leaf.
  Status Replace(TreePath path, uint32_t line, const ListedNode& node);

  // Takes the path's leaf, whose nodes are all to go, out of the tree; internal pages that become
  // empty go with it, and the root of a tree without nodes becomes a leaf again. *removed = false:
  // the leaf stays, unchanged, because a separator that would have to move does not fit (the caller
  // empties it).
  Status RemoveLeaf(const TreePath& path, bool* removed);
  // Moves the nodes of the path's leaf to its right neighbour under the same parent if both
  // together are well below a page.
  Status MergeIntoNext(const TreePath& path, bool* merged);

 private:
  struct Edit {
    uint32_t line = 0;
    ListedNode node;
    bool replace = false;
  };
  using PageIndex = Mutation::PageIndex;

  Database& database() const { return mutation_.database(); }
  Status CheckPage(const PageView& page, bool is_root) const;
  Status ReportForeign(PageNumber page, Status status) const;
  Result<PageIndex> LockForFormat(PageNumber page);

  // tree_split.cc
  Status Change(TreePath path, size_t level, const Edit& edit);
  bool TryInPlace(PageIndex page, const Edit& edit);
  Status RaiseRoot(TreePath* path);
  Status Split(const TreePath& path, size_t level, const Edit& edit);
  Status AppendLeaf(const TreePath& path, size_t level, const ListedNode& node);
  Status CutInTwo(const TreePath& path, size_t level, PageNumber right, const NodeCopies& nodes,
                  const SplitPlan& plan, const Edit* edit);
  Status SplitBeside(const TreePath& path, size_t level, const Edit& edit);
  Status LinkNewPage(const TreePath& path, size_t level, PageNumber right, Bytes separator);

  // tree_merge.cc
  Status UnlinkLeaf(PageNumber leaf);
  Status ReplaceRootByLeaf(const TreePath& path);
  Status RemoveChild(const TreePath& path, size_t level, uint32_t line, bool* removed);
  Status RightSpine(PageNumber page, TreePath* spine);

  Mutation& mutation_;
  TreeIdentity identity_;
  PageSource& source_;
};

}  // namespace contrail
