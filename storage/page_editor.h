// PageEditor: changes the bytes of one page. Private to the page operations
// (page_operation_apply.cc): everything else changes pages through them, so that every change can
// be redone.
//
// Invariants
// 1. After every call, successful or not, sizes of tags + 4 * tags + free bytes = capacity.
// 2. A call that fails has changed nothing. It fails with kDatabaseCorrupted: the page and what it
// is
//    told to do do not belong together, or the page is damaged.
// 3. Never writes outside the page, whatever its bytes; never allocates.
// 4. A node is compressed exactly when it shares more than two bytes with the page's prefix, and
//    then as far as it can, so the space it takes depends on prefix, key and data only.

#pragma once

#include "storage/page_operation.h"
#include "storage/page_view.h"
#include "storage/status.h"

namespace contrail {

// A key's size is stored in 13 bits, the tag count in 12.
inline constexpr size_t kMaxStoredKey = 0x1fff;
inline constexpr uint32_t kMaxTagCount = 0xfff;

// Bytes of the page's prefix that a compressed node with this key leaves out; 0: not compressed.
inline size_t CompressedLength(Bytes page_prefix, Bytes key) {
  const size_t common = CommonPrefixLength(page_prefix, key);
  return common > 2 ? common : 0;
}
inline size_t EncodedNodeSize(size_t compressed, size_t key_size, size_t data_size) {
  return (compressed != 0 ? 4 : 2) + (key_size - compressed) + data_size;
}

class PageEditor {
 public:
  PageEditor(std::byte* page, uint32_t page_size)
      : page_(page), page_size_(page_size), capacity_(PageCapacity(page_size)) {}

  Status Format(const PageOperation& operation);
  Status Empty();
  Status Wipe(Bytes lines);
  Status SetPageFlags(uint32_t flags);
  Status SetSiblings(PageNumber previous, PageNumber next);
  Status SetExternalHeader(Bytes header);

  Status InsertNode(uint32_t line, uint8_t flags, Bytes key, Bytes data);
  Status InsertNodes(uint32_t line, Bytes node_list);
  Status ReplaceNode(uint32_t line, uint8_t flags, Bytes data);
  Status ReplaceBytes(uint32_t line, uint32_t offset, Bytes data);
  Status SetNodeFlags(uint32_t line, uint8_t flags);
  Status SetNodeKey(uint32_t line, Bytes key);
  Status DeleteNodes(uint32_t line, uint32_t count);

 private:
  PageView view() const { return {page_, page_size_}; }
  std::byte* area() const { return page_ + PageHeaderSize(page_size_); }
  // Whether counts and sizes of the header lie within the page.
  bool HeaderIsSane() const;
  // Also that the page is in use: an emptied page takes nothing but kFormat.
  bool TakesNodes() const { return HeaderIsSane() && (view().flags() & page_flag::kEmptied) == 0; }
  // Bytes between the end of node data and the tag array.
  uint32_t Gap() const;
  void SetCounts(uint32_t tag_count, uint32_t data_end, uint32_t free_bytes);
  void StoreTag(uint32_t index, uint32_t size, uint32_t offset, uint8_t flags);
  // Makes the gap at least `needed` bytes; free space has been checked.
  Status MakeGap(uint32_t needed);
  // Moves all extents together. The extent of tag `resized` gets `new_size` bytes, the rest keep
  // their sizes; pass a tag's own size to resize nothing.
  Status Compact(uint32_t resized, uint32_t new_size);
  // Gives a tag's extent another size, keeping its leading bytes, wherever it has to move to.
  Status Resize(uint32_t index, uint32_t new_size);
  // Writes a node to the end of node data and points tag `index` to it. The gap is there.
  void AppendNode(uint32_t index, Bytes page_prefix, uint8_t flags, Bytes key, Bytes data);
  // Writes length words and suffix; returns the bytes written. Large pages: the flags too.
  size_t WriteNodeHead(std::byte* to, uint8_t flags, size_t compressed, Bytes key);
  void WriteNodeFlags(uint32_t line, uint8_t flags);
  Status ChangePrefix(Bytes prefix);
  void Write(std::byte* to, Bytes bytes);

  std::byte* page_;
  uint32_t page_size_;
  uint32_t capacity_;
};

// Sum of costs (sizes and tags) of the listed nodes on a page with this prefix, and their number.
// False when the list is malformed or one of the nodes is too large for any page.
bool MeasureNodeList(Bytes page_prefix, Bytes node_list, uint32_t page_size, uint32_t* cost,
                     uint32_t* count);

}  // namespace contrail
