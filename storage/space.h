// Space: who owns which pages (the .edb format's space headers, owned-extent and available-extent
// trees). docs/format/space.md.
//
// Every function is called with the database's structure mutex held and adds its changes to the
// caller's structural mutation, so that an allocation and its use are one log record and no page is
// ever lost by a crash. The parent chain (index -> table -> database root) is followed upwards when
// a tree has nothing left; the root extends the file.

#pragma once

#include "storage/database.h"

namespace contrail {

struct NewTree {
  ObjectId object_id = 0;
  uint32_t page_flags = 0;  // kIndex, kLongValue, kNonUnique as they apply; never kSpaceTree.
  uint32_t initial_pages = 1;
  bool multiple_extents = false;  // Make the two space trees at once (catalog trees).
  PageNumber at = 0;  // 0: anywhere. Else the root must be this page (only in new databases).
};

// A page for `tree_root`, near `hint` if possible (0: anywhere). Not latched, not formatted.
Result<PageNumber> AllocatePage(Mutation& mutation, PageNumber tree_root, PageNumber hint);
// Gives a page back to the tree's available space.
Status FreePage(Mutation& mutation, PageNumber tree_root, PageNumber page);
// Makes an empty tree (root formatted as an empty leaf) below `parent_root`; returns its root.
Result<PageNumber> CreateTree(Mutation& mutation, PageNumber parent_root, const NewTree& tree);
// Returns all extents of the tree to its parent. Its pages' contents become meaningless. Children
// of the tree must have been destroyed first. May be split into several mutations by calling again
// until *done: each call is one consistent step.
Status DestroyTree(Mutation& mutation, PageNumber tree_root, bool* done);

struct SpaceUsage {
  uint64_t owned_pages = 0;
  uint64_t available_pages = 0;
};
Result<SpaceUsage> MeasureSpace(Database& database, PageNumber tree_root);

// Read-only walk of a tree's owned and available extents, for checks.
struct Extent {
  PageNumber first = 0;
  uint32_t count = 0;
};
// An entry of a split buffer that is no extent: more pages than there are up to its last one.
struct WrongExtent {
  PageNumber root = 0;  // Of the extent tree that has the buffer.
  uint32_t last = 0;
  uint32_t count = 0;
};
struct SpaceMap {
  PageNumber parent = 0;
  bool multiple_extents = false;
  std::vector<Extent> owned;
  std::vector<Extent> available;
  std::vector<PageNumber> space_tree_pages;
  std::vector<WrongExtent> wrong;  // Not among `available`.
};
Result<SpaceMap> ReadSpaceMap(Database& database, PageNumber tree_root);

}  // namespace contrail
