#include "storage/space.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <array>

#include "storage/check.h"
#include "storage/space_owner.h"

namespace contrail {
namespace {

// Extents that one step of DestroyTree returns: a bound for the size of its log record.
constexpr size_t kExtentsPerStep = 64;
constexpr uint32_t kSpaceTreePages = 2;

Status FormatRoot(Mutation& mutation, const Extent& extent, PageNumber parent, const NewTree& tree,
                  bool multiple) {
  SpaceHeader header;
  header.primary_pages = extent.count;
  header.parent = parent;
  if ((tree.page_flags & page_flag::kNonUnique) != 0) header.flags |= SpaceHeader::kNonUnique;
  if (multiple) header.flags |= SpaceHeader::kMultipleExtents;
  header.detail = multiple ? extent.first + 1 : FullBitmap(extent.count);
  const uint32_t flags = tree.page_flags | page_flag::kRoot | page_flag::kLeaf | page_flag::kAlways;
  Mutation::PageIndex index = 0;
  if (const auto held = mutation.Find(extent.first)) {
    index = *held;
  } else {
    ASSIGN_OR_RETURN(index, mutation.LockNew(extent.first));
  }
  mutation.Apply(index, PageOperation::Format(flags, tree.object_id, 0, 0, header.Store(), {}));
  return Status::Ok();
}

}  // namespace

Result<PageNumber> AllocatePage(Mutation& mutation, PageNumber tree_root, PageNumber hint) {
  ASSIGN_OR_RETURN(SpaceOwner owner, SpaceOwner::Load(mutation, tree_root));
  return owner.TakePage(hint);
}

Status FreePage(Mutation& mutation, PageNumber tree_root, PageNumber page) {
  DCHECK(page != tree_root);
  ASSIGN_OR_RETURN(SpaceOwner owner, SpaceOwner::Load(mutation, tree_root));
  return owner.Give({page, 1});
}

Result<PageNumber> CreateTree(Mutation& mutation, PageNumber parent_root, const NewTree& tree) {
  DCHECK((tree.page_flags & ~(page_flag::kIndex | page_flag::kLongValue | page_flag::kNonUnique)) ==
         0);
  DCHECK(tree.initial_pages > 0);
  // A bitmap tells of so many pages only.
  const bool multiple = tree.multiple_extents || tree.initial_pages > SpaceHeader::kBitmapPages + 1;
  const uint32_t pages = std::max(tree.initial_pages, multiple ? 1 + kSpaceTreePages : 1);
  ASSIGN_OR_RETURN(SpaceOwner parent, SpaceOwner::Load(mutation, parent_root));
  Extent extent{tree.at, pages};
  if (tree.at != 0) {
    RETURN_IF_ERROR(parent.TakeAt(extent));
  } else {
    ASSIGN_OR_RETURN(extent, parent.TakeRun(pages, pages, 0));
  }
  RETURN_IF_ERROR(FormatRoot(mutation, extent, parent_root, tree, multiple));
  if (multiple) {
    ASSIGN_OR_RETURN(SpaceOwner owner, SpaceOwner::Load(mutation, extent.first));
    RETURN_IF_ERROR(owner.FormatExtentTrees());
  }
  return extent.first;
}

Status DestroyTree(Mutation& mutation, PageNumber tree_root, bool* done) {
  *done = false;
  ASSIGN_OR_RETURN(SpaceOwner owner, SpaceOwner::Load(mutation, tree_root));
  const PageNumber parent_root = owner.header().parent;
  if (parent_root == 0 || parent_root == tree_root) return Error::kInvalidParameter;
  std::vector<Extent> extents;
  RETURN_IF_ERROR(owner.DetachExtents(kExtentsPerStep, &extents, done));
  ASSIGN_OR_RETURN(SpaceOwner parent, SpaceOwner::Load(mutation, parent_root));
  for (const Extent& extent : extents) RETURN_IF_ERROR(parent.Give(extent));
  return Status::Ok();
}

Result<SpaceMap> ReadSpaceMap(Database& database, PageNumber tree_root) {
  // A mutation that changes nothing, for its way of reading pages.
  MutationScratch scratch;
  Mutation mutation(database, &scratch, Mutation::Kind::kStructural);
  ASSIGN_OR_RETURN(SpaceOwner owner, SpaceOwner::Load(mutation, tree_root));
  SpaceMap map;
  RETURN_IF_ERROR(owner.ReadMap(&map));
  return map;
}

Result<SpaceUsage> MeasureSpace(Database& database, PageNumber tree_root) {
  ASSIGN_OR_RETURN(const SpaceMap map, ReadSpaceMap(database, tree_root));
  SpaceUsage usage;
  for (const Extent& extent : map.owned) usage.owned_pages += extent.count;
  for (const Extent& extent : map.available) usage.available_pages += extent.count;
  return usage;
}

}  // namespace contrail
