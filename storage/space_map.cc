// Reading a tree's space as a whole: for checks, for measuring, and for giving everything back.

#include <algorithm>

#include "storage/check.h"
#include "storage/space_owner.h"

namespace contrail {

Status SpaceOwner::ForEachOwned(const ExtentTree::Visit& visit) { return Owned().ForEach(visit); }

Status SpaceOwner::ReadMap(SpaceMap* map) {
  map->parent = header_.parent;
  map->multiple_extents = header_.multiple_extents();
  if (!map->multiple_extents) {
    map->owned.push_back(PrimaryExtent());
    map->available = BitmapRuns();
    return Status::Ok();
  }
  RETURN_IF_ERROR(Owned().ForEach([&](const ExtentTree::Entry& entry, bool*) {
    map->owned.push_back(entry.extent);
    return Status::Ok();
  }));
  RETURN_IF_ERROR(Available().ForEach([&](const ExtentTree::Entry& entry, bool*) {
    map->available.push_back(entry.extent);
    return Status::Ok();
  }));
  RETURN_IF_ERROR(Owned().CollectPages(&map->space_tree_pages));
  RETURN_IF_ERROR(Available().CollectPages(&map->space_tree_pages));
  RETURN_IF_ERROR(ReadSplitBuffer(header_.owned_root(), map));
  return ReadSplitBuffer(header_.available_root(), map);
}

// Pages that another writer of the format holds back for splits of its extent trees: two entries of
// last page and count in tag 0. We keep none.
Status SpaceOwner::ReadSplitBuffer(PageNumber root, SpaceMap* map) {
  std::array<Extent, 2> held;
  std::array<WrongExtent, 2> wrong;
  RETURN_IF_ERROR(LookAtPage(mutation_, root, [&](const PageView& page) {
    held = {};
    wrong = {};
    const Bytes buffer = page.external_header();
    if (buffer.size() < SpaceHeader::kSize) return Status::Ok();
    for (size_t i = 0; i < held.size(); ++i) {
      const auto last = LoadLittle<uint32_t>(buffer.data() + 8 * i);
      const auto count = LoadLittle<uint32_t>(buffer.data() + 8 * i + 4);
      if (count != 0 && count <= last) held[i] = {last - count + 1, count};
      if (count > last) wrong[i] = {root, last, count};
    }
    return Status::Ok();
  }));
  for (const Extent& extent : held) {
    if (extent.count != 0) map->available.push_back(extent);
  }
  for (const WrongExtent& extent : wrong) {
    if (extent.count != 0) map->wrong.push_back(extent);
  }
  return Status::Ok();
}

Status SpaceOwner::FormatExtentTrees() {
  DCHECK(header_.multiple_extents() && header_.primary_pages >= 3);
  std::vector<Extent> available;
  if (header_.primary_pages > 3) available.push_back({root_ + 3, header_.primary_pages - 3});
  RETURN_IF_ERROR(FormatExtentRoot(header_.owned_root(), {PrimaryExtent()}));
  return FormatExtentRoot(header_.available_root(), std::move(available));
}

Status SpaceOwner::DetachExtents(size_t most, std::vector<Extent>* extents, bool* all) {
  *all = true;
  if (!header_.multiple_extents()) {
    extents->push_back(PrimaryExtent());
    return Status::Ok();
  }
  ExtentTree owned = Owned();
  std::vector<PageNumber> own_pages{root_, header_.available_root()};
  RETURN_IF_ERROR(owned.CollectPages(&own_pages));
  std::sort(own_pages.begin(), own_pages.end());
  std::vector<Extent> every;
  std::vector<ExtentTree::Entry> loose;
  RETURN_IF_ERROR(owned.ForEach([&](const ExtentTree::Entry& entry, bool*) {
    const auto inside = std::lower_bound(own_pages.begin(), own_pages.end(), entry.extent.first);
    const bool holds_own = inside != own_pages.end() && *inside <= LastPage(entry.extent);
    if (!holds_own && loose.size() < most) loose.push_back(entry);
    every.push_back(entry.extent);
    return Status::Ok();
  }));
  if (every.size() <= most || loose.empty()) {
    *extents = std::move(every);
    return Status::Ok();
  }
  *all = false;
  for (const ExtentTree::Entry& entry : loose) {
    RETURN_IF_ERROR(owned.Remove(entry));
    extents->push_back(entry.extent);
  }
  // Pages of the owned tree that came free lie in extents that are still to be returned. What the
  // available tree says of those that have gone must not be believed any more.
  reserve_->pages.clear();
  return FormatExtentRoot(header_.available_root(), {});
}

}  // namespace contrail
