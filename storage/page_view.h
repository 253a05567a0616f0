// PageView: reading one page in place. It owns nothing and trusts nothing: every access is bounded
// by the page size, so a torn read of a page that is changing under an optimistic reader, or a
// damaged page, gives wrong values at worst and never a wild address. Thread rule: whatever guards
// the bytes (storage/buffer_pool.h); under an optimistic guard all results are provisional until it
// validates.

#pragma once

#include "storage/bytes.h"
#include "storage/page_format.h"

namespace contrail {

// One word of a page that may change under the reader. It is loaded exactly once: what is checked
// is what is used.
template <typename T>
inline T LoadOnce(const std::byte* from) {
  T value = LoadLittle<T>(from);
  asm volatile("" : "+r"(value));
  return value;
}

// A tag, cut to what the page kind stores. Source: format, tag array.
struct TagView {
  uint32_t size = 0;
  uint32_t offset = 0;  // From the end of the page header.
  uint8_t flags = 0;    // Small pages only; large pages keep them in the node.
};

// One node, split as it is stored. key = prefix ++ suffix. Spans point into the page.
struct NodeView {
  Bytes prefix;  // Part of the page's prefix; empty when not compressed.
  Bytes suffix;
  Bytes data;
  uint8_t flags = 0;
  bool valid = false;  // False: the bytes at this line are not a node.

  size_t key_size() const { return prefix.size() + suffix.size(); }
  bool deleted() const { return (flags & node_flag::kDeleted) != 0; }
  bool versioned() const { return (flags & node_flag::kVersioned) != 0; }
  // Copies the key; `to` has room for key_size() bytes. Returns key_size().
  size_t CopyKey(std::byte* to) const;
};

// memcmp order of the node's key (then, for a non-empty `data` rule, see CompareBookmark) against
// `key`: negative when the node is smaller.
int CompareKey(const NodeView& node, Bytes key);
// Order by (key, data), the order of non-unique trees.
int CompareBookmark(const NodeView& node, Bytes key, Bytes data);

class PageView {
 public:
  PageView() = default;
  PageView(const std::byte* page, uint32_t page_size) : page_(page), page_size_(page_size) {}

  const std::byte* bytes() const { return page_; }
  uint32_t page_size() const { return page_size_; }

  DbTime dbtime() const { return LoadLittle<uint64_t>(page_ + page_offset::kDbTime); }
  PageNumber previous() const { return LoadLittle<uint32_t>(page_ + page_offset::kPrevious); }
  PageNumber next() const { return LoadLittle<uint32_t>(page_ + page_offset::kNext); }
  ObjectId object_id() const { return LoadLittle<uint32_t>(page_ + page_offset::kObjectId); }
  uint32_t flags() const { return LoadLittle<uint32_t>(page_ + page_offset::kFlags); }
  uint16_t free_bytes() const { return LoadLittle<uint16_t>(page_ + page_offset::kFreeBytes); }
  uint16_t data_end() const { return LoadLittle<uint16_t>(page_ + page_offset::kDataEnd); }
  // Bounded by what a page can hold. Includes tag 0; 0 on an uninitialised page.
  uint32_t tag_count() const;
  // Nodes on the page; lines are 0 .. line_count() - 1.
  uint32_t line_count() const { return tag_count() > 0 ? tag_count() - 1 : 0; }

  bool is_root() const { return (flags() & page_flag::kRoot) != 0; }
  bool is_leaf() const { return (flags() & page_flag::kLeaf) != 0; }
  bool is_parent_of_leaf() const { return (flags() & page_flag::kParentOfLeaf) != 0; }
  bool is_non_unique() const { return (flags() & page_flag::kNonUnique) != 0; }

  // Tag 0: the root's space header, a space root's split buffer, or the page's key prefix.
  // Empty when its tag points outside the page.
  Bytes external_header() const { return TagBytes(tag(0)); }
  // What compressed nodes start with: the external header of a page that is no root. Roots have
  // none.
  Bytes prefix() const { return is_root() ? Bytes() : external_header(); }
  NodeView node(uint32_t line) const { return DecodeNode(line, prefix()); }
  // As node(), for callers that visit many lines and ask for the prefix once.
  NodeView DecodeNode(uint32_t line, Bytes page_prefix) const;

  // First line whose key is >= `key` (line_count() when none); *equal tells whether it is equal.
  // For a non-unique leaf pass `data` too and the order is (key, data); with null data the first
  // line with that key or a larger one.
  uint32_t LowerBound(Bytes key, const Bytes* data, bool* equal) const;
  // On an internal page: the line of the child to descend into for bookmark key ++ data: the first
  // line whose separator is greater than it; an empty separator on the last line is infinite. In a
  // unique tree the bookmark is the key alone and `data` is not looked at. line_count() when no
  // separator is greater (the page has changed under an optimistic reader, or the tree is damaged).
  uint32_t ChildLine(Bytes key, Bytes data) const;
  // On an internal page: the child of `line`; 0 when the node is not one.
  PageNumber child(uint32_t line) const;

  // Whether the bytes are a well-formed page: tag accounting, disjoint extents, known flags. Used
  // on pages read from disk, after the checksum. Returns null or a text that names the broken rule.
  const char* FindDamage() const;

  // Tag `index` (line + 1; 0 is the external header), which must be below tag_count().
  TagView tag(uint32_t index) const;

 protected:
  // Empty when the tag points outside the page.
  Bytes TagBytes(TagView tag) const;
  // A hint to the processor; any line will do.
  void PrefetchNode(uint32_t line) const {
    if (line + 1 >= tag_count()) return;
    __builtin_prefetch(page_ + PageHeaderSize(page_size_) + tag(line + 1).offset);
  }

  const std::byte* page_ = nullptr;
  uint32_t page_size_ = 0;
};

inline uint32_t PageView::tag_count() const {
  const uint32_t count = LoadOnce<uint16_t>(page_ + page_offset::kTagCount) & 0xfff;
  const uint32_t most = PageCapacity(page_size_) / 4;
  return count < most ? count : most;
}

inline TagView PageView::tag(uint32_t index) const {
  const auto word = LoadOnce<uint32_t>(page_ + page_size_ - 4 * (index + 1));
  if (IsLargePage(page_size_)) return {word & 0x7fff, word >> 16 & 0x7fff, 0};
  return {word & 0x1fff, word >> 16 & 0x1fff, static_cast<uint8_t>(word >> 29)};
}

inline Bytes PageView::TagBytes(TagView tag) const {
  const uint32_t capacity = PageCapacity(page_size_);
  if (tag.offset > capacity || tag.size > capacity - tag.offset) return {};
  return {page_ + PageHeaderSize(page_size_) + tag.offset, tag.size};
}

inline NodeView PageView::DecodeNode(uint32_t line, Bytes page_prefix) const {
  // Two length words, 13 bits each; on large pages the flags are the top bits of the first.
  constexpr uint16_t kLengthMask = 0x1fff;
  NodeView node;
  if (line >= line_count()) return node;
  const TagView tag = this->tag(line + 1);
  const Bytes bytes = TagBytes(tag);
  if (bytes.size() < 2) return node;
  const auto first = LoadOnce<uint16_t>(bytes.data());
  node.flags = IsLargePage(page_size_) ? static_cast<uint8_t>(first >> 13) : tag.flags;
  size_t head = 2;
  size_t suffix = first & kLengthMask;
  if ((node.flags & node_flag::kCompressed) != 0) {
    if (bytes.size() < 4 || suffix > page_prefix.size()) return node;
    node.prefix = page_prefix.first(suffix);
    suffix = LoadOnce<uint16_t>(bytes.data() + 2) & kLengthMask;
    head = 4;
  }
  if (suffix > bytes.size() - head) {
    node.prefix = {};
    return node;
  }
  node.suffix = bytes.subspan(head, suffix);
  node.data = bytes.subspan(head + suffix);
  node.valid = true;
  return node;
}

}  // namespace contrail
