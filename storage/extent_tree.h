// ExtentTree: an owned-extent (OE) or available-extent (AE) tree: key = last page of the extent,
// big endian; data = number of pages. An ordinary unique tree whose own pages come from a
// PageReserve.
//
// The structure mutex is held, so an Entry found stays right until the tree is changed through
// here.

#pragma once

#include <functional>

#include "storage/space.h"
#include "storage/tree_structure.h"

namespace contrail {

inline PageNumber LastPage(const Extent& extent) { return extent.first + extent.count - 1; }

// Pages in hand for splits of extent trees, and those that fell out of merges. Whoever fills it
// puts what is left back into the available extents.
class PageReserve final : public PageSource {
 public:
  Result<PageNumber> Take(Mutation& mutation, PageNumber near) override;
  Status Give(Mutation& mutation, PageNumber page) override;

  absl::InlinedVector<PageNumber, 8> pages;
};

class ExtentTree {
 public:
  enum class Kind : uint8_t { kOwned, kAvailable };
  struct Entry {
    Extent extent;
    PageNumber leaf = 0;
    uint32_t line = 0;
  };
  using Visit = std::function<Status(const Entry&, bool* stop)>;

  ExtentTree(Mutation& mutation, Kind kind, PageNumber root, ObjectId object_id,
             PageReserve& reserve)
      : mutation_(mutation),
        kind_(kind),
        root_(root),
        structure_(mutation, {root, object_id, true, true}, reserve) {}

  // The first extent that ends at or after `page`.
  Result<std::optional<Entry>> AtLeast(PageNumber page);
  // The last extent that ends before `page`.
  Result<std::optional<Entry>> Before(PageNumber page);
  Status ForEach(const Visit& visit);
  // Every page of the tree.
  Status CollectPages(std::vector<PageNumber>* pages);

  // Whether Insert needs no page; else pages_for_split() must be in the reserve.
  Result<bool> HasRoomFor(const Extent& extent);
  Result<size_t> PagesForSplit();
  Status Insert(const Extent& extent);
  Status Remove(const Entry& entry);
  // The extent loses or gains pages at its beginning.
  Status SetCount(const Entry& entry, uint32_t count);
  // Enlarges the tree's last extent at its end. False when the page has no room.
  Result<bool> Extend(const Entry& last, uint32_t pages);

  Status ReportDamage(PageNumber page, const std::string& rule, const std::string& expected,
                      const std::string& found);

 private:
  Error error() const {
    return kind_ == Kind::kOwned ? Error::kSPOwnExtCorrupted : Error::kSPAvailExtCorrupted;
  }
  Status Collect(PageNumber number, uint32_t depth, std::vector<PageNumber>* pages);

  Mutation& mutation_;
  Kind kind_;
  PageNumber root_;
  TreeStructure structure_;
};

}  // namespace contrail
