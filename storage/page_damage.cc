// PageView::FindDamage: the rules that the bytes of a page read from disk have to keep before
// anything else looks at them. Junk in unused tag bits and stale version flags are common in real
// files and are no damage. Source: format, page header and tags; docs/format/page.md.

#include <algorithm>
#include <array>

#include "storage/check.h"
#include "storage/page_view.h"

namespace contrail {
namespace {

// Every bit that some version of the format gives a meaning.
constexpr uint32_t kKnownFlags = 0x7fcff;
constexpr uint16_t kReservedTagsMask = 0x7000;
constexpr size_t kMaxTags = 0x1000;

const char* FindHeaderDamage(const PageView& page) {
  const uint32_t capacity = PageCapacity(page.page_size());
  const auto raw_count = LoadLittle<uint16_t>(page.bytes() + page_offset::kTagCount);
  const uint32_t count = raw_count & 0xfffu;
  if (count == 0) return "the tag count is 0";
  if ((raw_count & kReservedTagsMask) > 0x1000) return "reserved tags belong to a newer format";
  if (page.data_end() + 4 * count > capacity) return "node data runs into the tag array";
  if ((page.flags() & ~kKnownFlags) != 0) return "unknown page flags";
  if (page.is_leaf() && page.is_parent_of_leaf()) return "both a leaf and the parent of leaves";
  return nullptr;
}

// Sizes add up with the free space, extents lie below the end of data and do not overlap.
const char* FindTagDamage(const PageView& page) {
  const uint32_t count = page.tag_count();
  DCHECK(count > 0 && count < kMaxTags);
  std::array<uint32_t, kMaxTags> extents;  // offset << 16 | size
  uint32_t used = 4 * count + page.free_bytes();
  bool ordered = true;
  size_t filled = 0;
  for (uint32_t i = 0; i < count; ++i) {
    const TagView tag = page.tag(i);
    if (tag.offset + tag.size > page.data_end()) return "a tag points beyond the end of node data";
    used += tag.size;
    if (tag.size == 0) continue;  // Nodes of no size are found below; tag 0 may be empty.
    extents[filled] = tag.offset << 16 | tag.size;
    ordered = ordered && (filled == 0 || extents[filled - 1] < extents[filled]);
    ++filled;
  }
  if (used != PageCapacity(page.page_size())) return "node sizes and free space do not add up";
  if (!ordered) std::sort(extents.begin(), extents.begin() + filled);
  for (size_t i = 1; i < filled; ++i) {
    const uint32_t end = (extents[i - 1] >> 16) + (extents[i - 1] & 0xffff);
    if (end > extents[i] >> 16) return "two nodes overlap";
  }
  return nullptr;
}

}  // namespace

const char* PageView::FindDamage() const {
  if (const char* damage = FindHeaderDamage(*this); damage != nullptr) return damage;
  if (const char* damage = FindTagDamage(*this); damage != nullptr) return damage;
  const bool emptied = (flags() & page_flag::kEmptied) != 0;
  if (emptied && tag_count() != 1) return "an emptied page has nodes";
  const Bytes page_prefix = prefix();
  for (uint32_t line = 0; line < line_count(); ++line) {
    const NodeView node = DecodeNode(line, page_prefix);
    if (!node.valid) return "a node's key does not fit the node or the page's prefix";
    if (!is_leaf() && node.data.size() != sizeof(PageNumber)) {
      return "an internal node does not hold a page number";
    }
  }
  return nullptr;
}

}  // namespace contrail
