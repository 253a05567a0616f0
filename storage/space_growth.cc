// How a tree's space grows: from the single extent to extent trees, from the tree above, from the
// file.

#include <absl/strings/str_cat.h>

#include <algorithm>

#include "storage/check.h"
#include "storage/space_owner.h"

namespace contrail {
namespace {

// Sizes of secondary extents: a quarter of the primary extent, an eighth of what is owned, within
// bounds, so that big trees stay mostly contiguous and small ones small.
constexpr uint32_t kSmallestGrowth = 4;
constexpr uint32_t kLargestShare = 256;
constexpr uint32_t kPrimaryShare = 4;
constexpr uint32_t kOwnedShare = 8;

bool EndsBefore(const Extent& a, const Extent& b) { return LastPage(a) < LastPage(b); }

}  // namespace

// `pages` at least must be available afterwards.
Status SpaceOwner::Convert(uint32_t pages) {
  DCHECK(!header_.multiple_extents());
  std::vector<Extent> available = BitmapRuns();
  std::vector<Extent> owned{PrimaryExtent()};
  const uint32_t needed = pages + 2;
  const uint32_t wanted =
      std::max({needed, kSmallestGrowth, header_.primary_pages / kPrimaryShare});
  ASSIGN_OR_RETURN(Extent extent, ObtainFromAbove(needed, wanted, LastPage(PrimaryExtent()) + 1));
  owned.push_back(extent);
  header_.flags |= SpaceHeader::kMultipleExtents;
  header_.detail = extent.first;
  extent = {extent.first + 2, extent.count - 2};
  if (extent.count > 0) available.push_back(extent);
  RETURN_IF_ERROR(FormatExtentRoot(header_.owned_root(), std::move(owned)));
  RETURN_IF_ERROR(FormatExtentRoot(header_.available_root(), std::move(available)));
  return StoreHeader();
}

Status SpaceOwner::FormatExtentRoot(PageNumber number, std::vector<Extent> extents) {
  std::sort(extents.begin(), extents.end(), EndsBefore);
  std::vector<std::byte> list;
  NodeListWriter writer(&list);
  for (const Extent& extent : extents) {
    std::array<std::byte, 4> key;
    std::array<std::byte, 4> data;
    StoreBig32(key.data(), LastPage(extent));
    StoreLittle(data.data(), extent.count);
    writer.Add(0, key, data);
  }
  const std::array<std::byte, SpaceHeader::kSize> split_buffer{};
  Mutation::PageIndex index = 0;
  if (const auto held = mutation_.Find(number)) {
    index = *held;
  } else {
    ASSIGN_OR_RETURN(index, mutation_.LockNew(number));
  }
  mutation_.Apply(index,
                  PageOperation::Format(tree_flags_ | page_flag::kSpaceTree | page_flag::kRoot |
                                            page_flag::kLeaf | page_flag::kAlways,
                                        object_id_, 0, 0, split_buffer, list));
  return Status::Ok();
}

// Makes at least `least` consecutive pages available.
Status SpaceOwner::Grow(uint32_t least) {
  DCHECK(header_.multiple_extents());
  uint64_t owned_pages = 0;
  PageNumber last = 0;
  RETURN_IF_ERROR(ForEachOwned([&](const ExtentTree::Entry& entry, bool*) {
    owned_pages += entry.extent.count;
    last = LastPage(entry.extent);
    return Status::Ok();
  }));
  ASSIGN_OR_RETURN(const size_t for_split, Owned().PagesForSplit());
  const auto needed = least + static_cast<uint32_t>(for_split);
  const auto share =
      static_cast<uint32_t>(std::min<uint64_t>(owned_pages / kOwnedShare, kLargestShare));
  const uint32_t wanted =
      std::max({least, kSmallestGrowth, header_.primary_pages / kPrimaryShare, share});
  ASSIGN_OR_RETURN(const bool roomy, Owned().HasRoomFor({kMaxPageNumber, 1}));
  Extent extent;
  if (header_.parent == 0) {
    ASSIGN_OR_RETURN(extent, ExtendFile(needed, last));
  } else {
    const uint32_t smallest = roomy ? least : needed;
    ASSIGN_OR_RETURN(extent, ObtainFromAbove(smallest, std::max(smallest, wanted), last + 1));
  }
  RETURN_IF_ERROR(AddOwned(&extent));
  return extent.count == 0 ? Status::Ok() : AddAvailable(extent);
}

Result<Extent> SpaceOwner::ObtainFromAbove(uint32_t least, uint32_t wanted, PageNumber near) {
  if (header_.parent == 0) {
    return ExtendFile(least, near - 1);
  }
  if (header_.parent == root_) return Damage("parent of a tree's space", "another tree", "itself");
  ASSIGN_OR_RETURN(SpaceOwner parent, Load(mutation_, header_.parent, level_ + 1));
  return parent.TakeRun(least, wanted, near);
}

// The database root gets its pages from the file. The file may stay longer when the mutation is
// abandoned; what the root does not own is nobody's.
Result<Extent> SpaceOwner::ExtendFile(uint32_t least, PageNumber last) {
  Database& database = mutation_.database();
  const uint32_t pages = std::max(least, database.extension_pages());
  if (last >= kMaxPageNumber - pages) return Error::kOutOfDatabaseSpace;
  ASSIGN_OR_RETURN(const PageNumber reached, database.ExtendTo(last + pages, last + least));
  return Extent{last + 1, reached - last};
}

// Enters a new extent into the owned tree. Pages that a split of that tree needs come off its
// front.
Status SpaceOwner::AddOwned(Extent* extent) {
  ExtentTree owned = Owned();
  const Extent whole = *extent;
  ASSIGN_OR_RETURN(const std::optional<ExtentTree::Entry> beyond, owned.AtLeast(whole.first));
  if (beyond && beyond->extent.first <= LastPage(whole)) {
    return Damage("new extent", "not owned yet", absl::StrCat("page ", whole.first, " is owned"));
  }
  ASSIGN_OR_RETURN(const std::optional<ExtentTree::Entry> before, owned.Before(whole.first));
  // One node for what lies together, except that the primary extent keeps its own.
  if (!beyond && before && LastPage(before->extent) + 1 == whole.first &&
      before->extent.first != root_) {
    ASSIGN_OR_RETURN(const bool extended, owned.Extend(*before, whole.count));
    if (extended) return Status::Ok();
  }
  ASSIGN_OR_RETURN(const bool fits, owned.HasRoomFor(whole));
  if (!fits) {
    ASSIGN_OR_RETURN(const size_t pages, owned.PagesForSplit());
    for (size_t i = 0; i < pages && extent->count > 0; ++i) {
      reserve_->pages.push_back(extent->first++);
      --extent->count;
    }
  }
  RETURN_IF_ERROR(owned.Insert(whole));
  std::vector<Extent> left_over;
  DrainReserve(&left_over);
  for (const Extent& page : left_over) RETURN_IF_ERROR(AddAvailable(page));
  return Status::Ok();
}

}  // namespace contrail
