#include "storage/extent_tree.h"

#include <absl/strings/str_cat.h>

#include "storage/check.h"
#include "storage/space_header.h"
#include "storage/tree_damage.h"
#include "storage/tree_descent.h"

namespace contrail {
namespace {

std::array<std::byte, 4> ExtentKey(PageNumber last) {
  std::array<std::byte, 4> key;
  StoreBig32(key.data(), last);
  return key;
}

std::array<std::byte, 4> ExtentData(uint32_t count) {
  std::array<std::byte, 4> data;
  StoreLittle(data.data(), count);
  return data;
}

enum class Parsed : uint8_t { kExtent, kPool, kDamaged };

Parsed ParseExtent(const NodeView& node, Extent* extent) {
  if (!node.valid || node.data.size() != 4 || node.key_size() < 4 || node.key_size() > 5) {
    return Parsed::kDamaged;
  }
  std::array<std::byte, 5> key{};
  node.CopyKey(key.data());
  if (node.key_size() == 5) return Parsed::kPool;
  const PageNumber last = LoadBig32(key.data());
  extent->count = LoadLittle<uint32_t>(node.data.data());
  if (last > kMaxPageNumber || extent->count == 0 || extent->count > last) return Parsed::kDamaged;
  extent->first = last - extent->count + 1;
  return Parsed::kExtent;
}

constexpr size_t kEntrySize = 4;

// Another writer of the format leaves entries behind that are only flagged as deleted. They say
// nothing: what they name may have been given away since.
bool IsDeleted(const PageView& page, uint32_t line) { return page.node(line).deleted(); }

}  // namespace

Result<PageNumber> PageReserve::Take(Mutation&, PageNumber) {
  if (pages.empty()) return Error::kInternalError;
  const PageNumber page = pages.back();
  pages.pop_back();
  return page;
}

Status PageReserve::Give(Mutation&, PageNumber page) {
  DCHECK(page != 0);
  pages.push_back(page);
  return Status::Ok();
}

Status ExtentTree::ReportDamage(PageNumber page, const std::string& rule,
                                const std::string& expected, const std::string& found) {
  return ReportTreeDamage(mutation_.database(), page, error(), rule, expected, found);
}

Result<std::optional<ExtentTree::Entry>> ExtentTree::AtLeast(PageNumber page) {
  const auto key = ExtentKey(page);
  TreePath path;
  RETURN_IF_ERROR(structure_.Descend(key, {}, &path));
  PageNumber leaf = path.back().page;
  const uint64_t limit = uint64_t{mutation_.database().last_page()} + 1;
  for (uint64_t hops = 0; hops <= limit; ++hops) {
    Entry entry{{}, leaf, 0};
    bool found = false;
    Parsed parsed = Parsed::kExtent;
    PageNumber next = 0;
    RETURN_IF_ERROR(LookAtPage(mutation_, leaf, [&](const PageView& view) {
      bool equal = false;
      entry.line = view.LowerBound(key, nullptr, &equal);
      while (entry.line < view.line_count() && IsDeleted(view, entry.line)) ++entry.line;
      found = entry.line < view.line_count();
      next = view.is_leaf() ? view.next() : 0;
      if (found) parsed = ParseExtent(view.node(entry.line), &entry.extent);
      return Status::Ok();
    }));
    if (found && parsed == Parsed::kDamaged) {
      return ReportDamage(leaf, absl::StrCat("extent at line ", entry.line), "last page and count",
                          "other bytes");
    }
    // Page pools sort behind all extents.
    if (found && parsed == Parsed::kPool) return std::optional<Entry>();
    if (found) return std::optional<Entry>(entry);
    if (next == 0) return std::optional<Entry>();
    leaf = next;
  }
  return ReportDamage(leaf, "neighbour links of an extent tree", "an end", "a loop");
}

Result<std::optional<ExtentTree::Entry>> ExtentTree::Before(PageNumber page) {
  const auto key = ExtentKey(page);
  TreePath path;
  RETURN_IF_ERROR(structure_.Descend(key, {}, &path));
  PageNumber leaf = path.back().page;
  const uint64_t limit = uint64_t{mutation_.database().last_page()} + 1;
  for (uint64_t hops = 0; hops <= limit; ++hops) {
    Entry entry{{}, leaf, 0};
    bool found = false;
    Parsed parsed = Parsed::kExtent;
    PageNumber previous = 0;
    RETURN_IF_ERROR(LookAtPage(mutation_, leaf, [&](const PageView& view) {
      bool equal = false;
      uint32_t line = view.LowerBound(key, nullptr, &equal);
      while (line > 0 && IsDeleted(view, line - 1)) --line;
      found = line > 0;
      previous = view.is_leaf() ? view.previous() : 0;
      if (found) parsed = ParseExtent(view.node(line - 1), &entry.extent);
      entry.line = found ? line - 1 : 0;
      return Status::Ok();
    }));
    if (found && parsed != Parsed::kExtent) {
      return ReportDamage(leaf, absl::StrCat("extent at line ", entry.line), "last page and count",
                          "other bytes");
    }
    if (found) return std::optional<Entry>(entry);
    if (previous == 0) return std::optional<Entry>();
    leaf = previous;
  }
  return ReportDamage(leaf, "neighbour links of an extent tree", "an end", "a loop");
}

Status ExtentTree::ForEach(const Visit& visit) {
  PageNumber from = 0;
  bool stop = false;
  while (!stop) {
    ASSIGN_OR_RETURN(const std::optional<Entry> entry, AtLeast(from));
    if (!entry) return Status::Ok();
    RETURN_IF_ERROR(visit(*entry, &stop));
    from = LastPage(entry->extent) + 1;
  }
  return Status::Ok();
}

Status ExtentTree::CollectPages(std::vector<PageNumber>* pages) { return Collect(root_, 0, pages); }

Status ExtentTree::Collect(PageNumber number, uint32_t depth, std::vector<PageNumber>* pages) {
  if (depth > kMaxTreeDepth || pages->size() > mutation_.database().last_page()) {
    return ReportDamage(number, "depth of an extent tree", "at most 16", "more");
  }
  pages->push_back(number);
  std::vector<PageNumber> children;
  RETURN_IF_ERROR(LookAtPage(mutation_, number, [&](const PageView& view) {
    children.clear();
    const uint32_t lines = view.is_leaf() ? 0 : view.line_count();
    for (uint32_t line = 0; line < lines; ++line) children.push_back(view.child(line));
    return Status::Ok();
  }));
  for (const PageNumber child : children) {
    if (child == 0) return ReportDamage(number, "child of an internal page", "a page", "none");
    RETURN_IF_ERROR(Collect(child, depth + 1, pages));
  }
  return Status::Ok();
}

Result<bool> ExtentTree::HasRoomFor(const Extent& extent) {
  const auto key = ExtentKey(LastPage(extent));
  TreePath path;
  RETURN_IF_ERROR(structure_.Descend(key, {}, &path));
  bool fits = false;
  RETURN_IF_ERROR(LookAtPage(mutation_, path.back().page, [&](const PageView& view) {
    fits = FitsInsert(view, key, kEntrySize);
    return Status::Ok();
  }));
  return fits;
}

// One page for each level that may split, and two for a root that does.
Result<size_t> ExtentTree::PagesForSplit() {
  TreePath path;
  RETURN_IF_ERROR(structure_.Descend({}, {}, &path));
  return path.size() + 1;
}

Status ExtentTree::Insert(const Extent& extent) {
  DCHECK(extent.count > 0);
  const auto key = ExtentKey(LastPage(extent));
  const auto data = ExtentData(extent.count);
  TreePath path;
  RETURN_IF_ERROR(structure_.Descend(key, {}, &path));
  ASSIGN_OR_RETURN(const Mutation::PageIndex leaf, mutation_.Lock(path.back().page));
  bool equal = false;
  const uint32_t line = mutation_.page(leaf).LowerBound(key, nullptr, &equal);
  if (equal && IsDeleted(mutation_.page(leaf), line)) {
    mutation_.Apply(leaf, PageOperation::ReplaceNode(line, 0, data));
    return Status::Ok();
  }
  if (equal) {
    return ReportDamage(path.back().page, absl::StrCat("extent ending at ", LastPage(extent)),
                        "absent", "present");
  }
  return structure_.Insert(path, line, {0, key, data});
}

Status ExtentTree::Remove(const Entry& entry) {
  const auto key = ExtentKey(LastPage(entry.extent));
  TreePath path;
  RETURN_IF_ERROR(structure_.Descend(key, {}, &path));
  ASSIGN_OR_RETURN(const Mutation::PageIndex leaf, mutation_.Lock(path.back().page));
  bool equal = false;
  const uint32_t line = mutation_.page(leaf).LowerBound(key, nullptr, &equal);
  if (!equal) {
    return ReportDamage(path.back().page, absl::StrCat("extent ending at ", LastPage(entry.extent)),
                        "present", "absent");
  }
  if (path.size() > 1 && mutation_.page(leaf).line_count() == 1) {
    bool removed = false;
    RETURN_IF_ERROR(structure_.RemoveLeaf(path, &removed));
    if (removed) return Status::Ok();
  }
  mutation_.Apply(leaf, PageOperation::DeleteNodes(line, 1));
  return Status::Ok();
}

Status ExtentTree::SetCount(const Entry& entry, uint32_t count) {
  DCHECK(count > 0);
  ASSIGN_OR_RETURN(const Mutation::PageIndex leaf, mutation_.Lock(entry.leaf));
  mutation_.Apply(leaf, PageOperation::ReplaceBytes(entry.line, 0, ExtentData(count)));
  return Status::Ok();
}

Result<bool> ExtentTree::Extend(const Entry& last, uint32_t pages) {
  const auto key = ExtentKey(LastPage(last.extent) + pages);
  ASSIGN_OR_RETURN(const Mutation::PageIndex leaf, mutation_.Lock(last.leaf));
  const PageView page = mutation_.page(leaf);
  if (page.next() != 0 || last.line + 1 != page.line_count()) return false;
  if (!FitsSetKey(page, last.line, key)) return false;
  mutation_.Apply(leaf, PageOperation::SetNodeKey(last.line, key));
  mutation_.Apply(leaf,
                  PageOperation::ReplaceBytes(last.line, 0, ExtentData(last.extent.count + pages)));
  return true;
}

}  // namespace contrail
