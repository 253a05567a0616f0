// Taking and giving: what the rest of the engine asks of a tree's space. space_growth.cc gets more.

#include "storage/space_owner.h"

#include <absl/strings/str_cat.h>

#include <algorithm>

#include "storage/check.h"
#include "storage/tree_damage.h"

namespace contrail {
namespace {

// Index, table, database root; more would be a loop of parents.
constexpr uint32_t kMaxOwnerLevels = 8;
// A run this much shorter than wanted is still taken before the owner grows.
constexpr uint32_t kShortRunShare = 4;

}  // namespace

Result<SpaceOwner> SpaceOwner::Load(Mutation& mutation, PageNumber root, uint32_t level) {
  SpaceOwner owner(mutation, root, level);
  if (level > kMaxOwnerLevels) {
    return owner.Damage("parents of a tree's space", "at most 8", "more");
  }
  bool good = false;
  const Status status = LookAtPage(mutation, root, [&](const PageView& page) {
    const auto header = SpaceHeader::Load(page.external_header());
    good = header.has_value() && page.is_root() && header->primary_pages > 0;
    // A tree of one extent has it within the file.
    good = good && (header->multiple_extents() ||
                    uint64_t{root} + header->primary_pages - 1 <= mutation.database().last_page());
    if (good) owner.header_ = *header;
    owner.object_id_ = page.object_id();
    owner.tree_flags_ = page.flags() & page_flag::kTreeMask;
    return Status::Ok();
  });
  if (!status.ok()) return status;
  if (!good) return owner.Damage("root page", "a root with a space header", "none");
  return owner;
}

Status SpaceOwner::Damage(const std::string& rule, const std::string& expected,
                          const std::string& found) {
  return ReportTreeDamage(mutation_.database(), root_, Error::kDatabaseCorrupted, rule, expected,
                          found);
}

Status SpaceOwner::StoreHeader() {
  ASSIGN_OR_RETURN(const Mutation::PageIndex root, mutation_.Lock(root_));
  mutation_.Apply(root, PageOperation::SetExternalHeader(header_.Store()));
  return Status::Ok();
}

// Free pages of a single-extent tree, as runs.
std::vector<Extent> SpaceOwner::BitmapRuns() const {
  DCHECK(!header_.multiple_extents());
  std::vector<Extent> runs;
  for (uint32_t offset = 1; offset < header_.primary_pages; ++offset) {
    const uint32_t bit = offset - 1;
    const bool free = bit >= SpaceHeader::kBitmapPages || (header_.detail >> bit & 1) != 0;
    if (!free) continue;
    const PageNumber page = root_ + offset;
    if (!runs.empty() && LastPage(runs.back()) + 1 == page) {
      ++runs.back().count;
    } else {
      runs.push_back({page, 1});
    }
  }
  return runs;
}

Status SpaceOwner::TakeFromBitmap(const Extent& extent) {
  for (PageNumber page = extent.first; page <= LastPage(extent); ++page) {
    const uint32_t bit = page - root_ - 1;
    CHECK(bit < SpaceHeader::kBitmapPages && (header_.detail >> bit & 1) != 0);
    header_.detail &= ~(uint32_t{1} << bit);
  }
  return StoreHeader();
}

Status SpaceOwner::GiveToBitmap(const Extent& extent) {
  for (PageNumber page = extent.first; page <= LastPage(extent); ++page) {
    const uint32_t bit = page - root_ - 1;
    if (page <= root_ || page - root_ >= header_.primary_pages ||
        bit >= SpaceHeader::kBitmapPages || (header_.detail >> bit & 1) != 0) {
      return Damage("page given back", "in use and owned", absl::StrCat("page ", page));
    }
    header_.detail |= uint32_t{1} << bit;
  }
  return StoreHeader();
}

Result<PageNumber> SpaceOwner::TakePage(PageNumber hint) {
  if (!header_.multiple_extents()) {
    const uint32_t in_bitmap = std::min(header_.primary_pages - 1, SpaceHeader::kBitmapPages);
    for (uint32_t bit = 0; bit < in_bitmap; ++bit) {
      if ((header_.detail >> bit & 1) == 0) continue;
      const PageNumber page = root_ + 1 + bit;
      RETURN_IF_ERROR(TakeFromBitmap({page, 1}));
      return page;
    }
    RETURN_IF_ERROR(Convert(1));
  }
  for (const bool grown : {false, true}) {
    ExtentTree available = Available();
    ASSIGN_OR_RETURN(std::optional<ExtentTree::Entry> entry, available.AtLeast(hint));
    if (!entry && hint != 0) {
      ASSIGN_OR_RETURN(entry, available.AtLeast(0));
    }
    if (entry) {
      RETURN_IF_ERROR(TakeFront(*entry, 1));
      return entry->extent.first;
    }
    if (!grown) RETURN_IF_ERROR(Grow(1));
  }
  return Damage("available pages after growing", "some", "none");
}

// Takes pages from the beginning of an available extent, whose key stays the same.
Status SpaceOwner::TakeFront(const ExtentTree::Entry& entry, uint32_t pages) {
  DCHECK(pages > 0 && pages <= entry.extent.count);
  ExtentTree available = Available();
  if (pages < entry.extent.count) return available.SetCount(entry, entry.extent.count - pages);
  RETURN_IF_ERROR(available.Remove(entry));
  std::vector<Extent> pending;
  DrainReserve(&pending);
  for (const Extent& extent : pending) RETURN_IF_ERROR(AddAvailable(extent));
  return Status::Ok();
}

Result<std::optional<Extent>> SpaceOwner::TakeFreeRun(uint32_t least, uint32_t wanted,
                                                      PageNumber near, uint32_t acceptable) {
  DCHECK(least <= acceptable && acceptable <= wanted);
  ExtentTree available = Available();
  std::optional<ExtentTree::Entry> best;
  if (near != 0) {
    ASSIGN_OR_RETURN(best, available.AtLeast(near));
    if (best && (best->extent.first != near || best->extent.count < least)) best.reset();
  }
  if (!best) {
    RETURN_IF_ERROR(available.ForEach([&](const ExtentTree::Entry& entry, bool* stop) {
      const uint32_t count = entry.extent.count;
      *stop = count >= wanted;
      if (count >= acceptable && (!best || count > best->extent.count)) best = entry;
      return Status::Ok();
    }));
  }
  if (!best) return std::optional<Extent>();
  const Extent taken{best->extent.first, std::min(best->extent.count, wanted)};
  RETURN_IF_ERROR(TakeFront(*best, taken.count));
  return std::optional<Extent>(taken);
}

Result<Extent> SpaceOwner::TakeRun(uint32_t least, uint32_t wanted, PageNumber near) {
  DCHECK(least > 0 && least <= wanted);
  if (!header_.multiple_extents()) {
    for (const Extent& run : BitmapRuns()) {
      Extent taken{run.first, std::min(run.count, wanted)};
      // Pages beyond the bitmap cannot be marked as used; Convert makes them available.
      const PageNumber bitmap_end = root_ + 1 + SpaceHeader::kBitmapPages;
      if (taken.first >= bitmap_end) continue;
      taken.count = std::min(taken.count, bitmap_end - taken.first);
      if (taken.count < least) continue;
      RETURN_IF_ERROR(TakeFromBitmap(taken));
      return taken;
    }
    RETURN_IF_ERROR(Convert(wanted));
  }
  for (const bool grown : {false, true}) {
    const uint32_t acceptable = grown ? least : std::max(least, wanted / kShortRunShare);
    ASSIGN_OR_RETURN(const std::optional<Extent> run, TakeFreeRun(least, wanted, near, acceptable));
    if (run) return *run;
    if (!grown) RETURN_IF_ERROR(Grow(wanted));
  }
  return Damage("available pages after growing", absl::StrCat("a run of ", least), "none");
}

Status SpaceOwner::TakeAt(const Extent& extent) {
  if (!header_.multiple_extents()) {
    for (const Extent& run : BitmapRuns()) {
      if (run.first > extent.first || LastPage(run) < LastPage(extent)) continue;
      if (LastPage(extent) > root_ + SpaceHeader::kBitmapPages) break;
      return TakeFromBitmap(extent);
    }
    return Error::kOutOfDatabaseSpace;
  }
  ExtentTree available = Available();
  ASSIGN_OR_RETURN(const std::optional<ExtentTree::Entry> entry,
                   available.AtLeast(LastPage(extent)));
  if (!entry || entry->extent.first > extent.first) return Error::kOutOfDatabaseSpace;
  const Extent before{entry->extent.first, extent.first - entry->extent.first};
  RETURN_IF_ERROR(TakeFront(*entry, before.count + extent.count));
  return before.count == 0 ? Status::Ok() : AddAvailable(before);
}

Status SpaceOwner::Give(Extent extent) {
  DCHECK(extent.count > 0);
  return header_.multiple_extents() ? AddAvailable(extent) : GiveToBitmap(extent);
}

void SpaceOwner::DrainReserve(std::vector<Extent>* pending) {
  for (const PageNumber page : reserve_->pages) pending->push_back({page, 1});
  reserve_->pages.clear();
}

Status SpaceOwner::AddAvailable(const Extent& extent) {
  std::vector<Extent> pending{extent};
  while (!pending.empty()) {
    const Extent next = pending.back();
    pending.pop_back();
    RETURN_IF_ERROR(AddWithinOwned(next, &pending));
    DrainReserve(&pending);
  }
  return Status::Ok();
}

// Adds the part of `extent` that lies in one owned extent, joined with its neighbours there; the
// rest goes to *pending.
Status SpaceOwner::AddWithinOwned(Extent extent, std::vector<Extent>* pending) {
  ASSIGN_OR_RETURN(const std::optional<ExtentTree::Entry> owned, Owned().AtLeast(extent.first));
  if (!owned || owned->extent.first > extent.first) {
    return Damage("page given back", "owned", absl::StrCat("page ", extent.first));
  }
  const Extent home = owned->extent;
  if (LastPage(extent) > LastPage(home)) {
    const uint32_t inside = LastPage(home) - extent.first + 1;
    pending->push_back({LastPage(home) + 1, extent.count - inside});
    extent.count = inside;
  }
  ExtentTree available = Available();
  ASSIGN_OR_RETURN(std::optional<ExtentTree::Entry> right, available.AtLeast(extent.first));
  if (right && right->extent.first <= LastPage(extent)) {
    return Damage("page given back", "in use",
                  absl::StrCat("page ", extent.first, " is available"));
  }
  ASSIGN_OR_RETURN(const std::optional<ExtentTree::Entry> left, available.Before(extent.first));
  if (left && LastPage(left->extent) + 1 == extent.first && LastPage(left->extent) >= home.first) {
    RETURN_IF_ERROR(available.Remove(*left));
    extent = {left->extent.first, left->extent.count + extent.count};
    ASSIGN_OR_RETURN(right, available.AtLeast(extent.first));
  }
  if (right && right->extent.first == LastPage(extent) + 1 &&
      right->extent.first <= LastPage(home)) {
    return available.SetCount(*right, right->extent.count + extent.count);
  }
  ASSIGN_OR_RETURN(const bool fits, available.HasRoomFor(extent));
  if (!fits) {
    ASSIGN_OR_RETURN(const size_t pages, available.PagesForSplit());
    RETURN_IF_ERROR(FillReserve(extent.first, pages));
  }
  return available.Insert(extent);
}

// The tree of available extents is about to split, so there are many of them to take pages from.
Status SpaceOwner::FillReserve(PageNumber near, size_t pages) {
  ExtentTree available = Available();
  while (reserve_->pages.size() < pages) {
    ASSIGN_OR_RETURN(std::optional<ExtentTree::Entry> entry, available.AtLeast(near));
    if (!entry) {
      ASSIGN_OR_RETURN(entry, available.AtLeast(0));
    }
    if (!entry) return Damage("available extents of a full tree", "some", "none");
    if (entry->extent.count > 1) {
      RETURN_IF_ERROR(available.SetCount(*entry, entry->extent.count - 1));
    } else {
      RETURN_IF_ERROR(available.Remove(*entry));
    }
    reserve_->pages.push_back(entry->extent.first);
  }
  return Status::Ok();
}

}  // namespace contrail
