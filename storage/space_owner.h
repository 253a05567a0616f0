// SpaceOwner: the space of one tree inside one mutation: header, owned and available extents, and
// the tree above that it gets more from.
//
// Invariants (hold before and after every public function)
// 1. owned = pages of the tree + pages of its extent trees + available + owned by its children,
//    without overlap.
// 2. Entries of the available tree do not cross the border of an owned extent.
// 3. The reserve is empty.
// An extent tree takes the pages for its own splits from the extents at hand
// (docs/format/space.md), so changing a tree's space never needs a page from above in the middle of
// it.

#pragma once

#include <memory>

#include "storage/extent_tree.h"
#include "storage/space_header.h"

namespace contrail {

class SpaceOwner {
 public:
  // kDatabaseCorrupted when the root has no space header, or the chain of parents is too long.
  static Result<SpaceOwner> Load(Mutation& mutation, PageNumber root, uint32_t level = 0);

  const SpaceHeader& header() const { return header_; }
  ObjectId object_id() const { return object_id_; }

  // One page, near `hint` (0: anywhere).
  Result<PageNumber> TakePage(PageNumber hint);
  // Consecutive pages, at least `least`, up to `wanted`; from `near` on if that is free.
  Result<Extent> TakeRun(uint32_t least, uint32_t wanted, PageNumber near);
  // Exactly these pages.
  Status TakeAt(const Extent& extent);
  // Pages that the tree or a child of it used come back.
  Status Give(Extent extent);

  Status ForEachOwned(const ExtentTree::Visit& visit);
  Status ReadMap(SpaceMap* map);
  // Writes the extent trees of a new tree that has only its primary extent.
  Status FormatExtentTrees();
  // Takes up to `most` extents off the owned tree that hold none of its own pages.
  Status DetachExtents(size_t most, std::vector<Extent>* extents, bool* all);

 private:
  SpaceOwner(Mutation& mutation, PageNumber root, uint32_t level)
      : mutation_(mutation), root_(root), level_(level) {}

  ExtentTree Owned() {
    return {mutation_, ExtentTree::Kind::kOwned, header_.owned_root(), object_id_, *reserve_};
  }
  ExtentTree Available() {
    return {mutation_, ExtentTree::Kind::kAvailable, header_.available_root(), object_id_,
            *reserve_};
  }
  Status StoreHeader();
  Extent PrimaryExtent() const { return {root_, header_.primary_pages}; }

  std::vector<Extent> BitmapRuns() const;
  Status TakeFromBitmap(const Extent& extent);
  Status GiveToBitmap(const Extent& extent);
  Status Convert(uint32_t pages);
  Status FormatExtentRoot(PageNumber page, std::vector<Extent> extents);

  Status TakeFront(const ExtentTree::Entry& entry, uint32_t pages);
  Result<std::optional<Extent>> TakeFreeRun(uint32_t least, uint32_t wanted, PageNumber near,
                                            uint32_t acceptable);
  Status Grow(uint32_t least);
  Result<Extent> ObtainFromAbove(uint32_t least, uint32_t wanted, PageNumber near);
  Result<Extent> ExtendFile(uint32_t least, PageNumber last);
  Status AddOwned(Extent* extent);
  Status AddAvailable(const Extent& extent);
  Status AddWithinOwned(Extent extent, std::vector<Extent>* pending);
  Status FillReserve(PageNumber near, size_t pages);
  void DrainReserve(std::vector<Extent>* pending);
  Status ReadSplitBuffer(PageNumber root, SpaceMap* map);
  Status Damage(const std::string& rule, const std::string& expected, const std::string& found);

  Mutation& mutation_;
  PageNumber root_;
  uint32_t level_;
  SpaceHeader header_;
  ObjectId object_id_ = 0;
  uint32_t tree_flags_ = 0;
  std::unique_ptr<PageReserve> reserve_ = std::make_unique<PageReserve>();
};

}  // namespace contrail
