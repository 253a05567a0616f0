// PageView: reading one page in place. It owns nothing and trusts nothing: every access is bounded by
// the page size, so a torn read of a page that is changing under an optimistic reader, or a damaged
// page, gives wrong values at worst and never a wild address. Thread rule: whatever guards the bytes
// (storage/buffer_pool.h); under an optimistic guard all results are provisional until it validates.

#pragma once

#include "storage/bytes.h"
#include "storage/page_format.h"

namespace contrail {

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
  Bytes external_header() const;
  NodeView node(uint32_t line) const;

  // First line whose key is >= `key` (line_count() when none); *equal tells whether it is equal.
  // For a non-unique leaf pass `data` too and the order is (key, data); with null data the first line
  // with that key or a larger one.
  uint32_t LowerBound(Bytes key, const Bytes* data, bool* equal) const;
  // On an internal page: the line of the child to descend into for bookmark key ++ data: the first
  // line whose separator is greater than it; an empty separator on the last line is infinite.
  uint32_t ChildLine(Bytes key, Bytes data) const;
  // On an internal page: the child of `line`; 0 when the node is not one.
  PageNumber child(uint32_t line) const;

  // Whether the bytes are a well-formed page: tag accounting, disjoint extents, known flags. Used on
  // pages read from disk, after the checksum. Returns null or a text that names the broken rule.
  const char* FindDamage() const;

 protected:
  const std::byte* page_ = nullptr;
  uint32_t page_size_ = 0;
};

}  // namespace contrail
