// Page operations: the only way the bytes of a page change. An operation is applied to a page in
// normal running and by recovery through the same Apply, is encoded into the log record of its
// mutation (storage/mutation.h) and decoded from it. Format: docs/format/page_operation.md.
//
// Invariants
// 1. Applying an operation needs the page and the operation, nothing else: no other page, no clock.
// 2. Two pages with equal logical content (prefix, nodes in order, header fields) have equal
// logical
//    content after the same operation, whatever their physical layout. Free space depends on
//    logical content only, so what fitted when logged fits when redone.
// 3. Keys are logged whole; each page compresses them against its own prefix.

#pragma once

#include <vector>

#include "storage/page_view.h"
#include "storage/status.h"

namespace contrail {

enum class OperationKind : uint8_t {
  kFormat = 1,       // Whole new content: flags, object_id, previous, next, key = external header,
                     // data = node list. Needs nothing of the page's former content.
  kInsertNode = 2,   // line, flags (node flags), key, data
  kReplaceNode = 3,  // line, flags, data: new data and flags, same key
  kReplaceBytes =
      4,  // line, offset, data: overwrite data.size() bytes of the node's data at offset
  kSetNodeFlags = 5,        // line, flags (kCompressed is the page's own business and kept)
  kSetNodeKey = 6,          // line, key: new key, same data (separators)
  kDeleteNodes = 7,         // line, count
  kInsertNodes = 8,         // line, data = node list
  kSetSiblings = 9,         // previous, next
  kSetExternalHeader = 10,  // key; on a non-root page: the new prefix, all nodes are re-encoded
  kSetPageFlags = 11,       // flags
  kEmpty = 12,              // Turns the page into the emptied form (freed by merge or delete).
  kWipe = 13,  // data = lines (u16 each) of deleted nodes: zeroes their data and every byte of the
               // page that holds no content. What the page says stays as it is.
};

struct PageOperation {
  OperationKind kind = OperationKind::kFormat;
  uint16_t line = 0;
  uint16_t count = 0;
  uint16_t offset = 0;
  uint32_t flags = 0;
  ObjectId object_id = 0;
  PageNumber previous = 0;
  PageNumber next = 0;
  Bytes key;
  Bytes data;

  static PageOperation Format(uint32_t flags, ObjectId, PageNumber previous, PageNumber next,
                              Bytes external_header, Bytes node_list);
  static PageOperation InsertNode(uint32_t line, uint8_t flags, Bytes key, Bytes data);
  static PageOperation ReplaceNode(uint32_t line, uint8_t flags, Bytes data);
  static PageOperation ReplaceBytes(uint32_t line, uint32_t offset, Bytes data);
  static PageOperation SetNodeFlags(uint32_t line, uint8_t flags);
  static PageOperation SetNodeKey(uint32_t line, Bytes key);
  static PageOperation DeleteNodes(uint32_t line, uint32_t count);
  static PageOperation InsertNodes(uint32_t line, Bytes node_list);
  static PageOperation SetSiblings(PageNumber previous, PageNumber next);
  static PageOperation SetExternalHeader(Bytes header);
  static PageOperation SetPageFlags(uint32_t flags);
  static PageOperation Empty();
  static PageOperation Wipe(Bytes lines);
};

// Nodes as kFormat and kInsertNodes carry them: {u8 flags, u16 key size, u16 data size, key,
// data}*. flags without kCompressed.
class NodeListWriter {
 public:
  explicit NodeListWriter(std::vector<std::byte>* out) : out_(out) {}
  void Add(uint8_t flags, Bytes key, Bytes data);
  void Add(const NodeView& node);  // With its whole key; kCompressed dropped.

 private:
  std::vector<std::byte>* out_;
};

struct ListedNode {
  uint8_t flags = 0;
  Bytes key;
  Bytes data;
};

class NodeListReader {
 public:
  explicit NodeListReader(Bytes list) : rest_(list) {}
  // False at the end or when the list is malformed (then failed() is true).
  bool Next(ListedNode* node);
  bool failed() const { return failed_; }

 private:
  Bytes rest_;
  bool failed_ = false;
};

// Appends the encoding of `operation` to `out`.
void EncodeOperation(const PageOperation& operation, std::vector<std::byte>* out);
// Takes one operation off the front of *input; its spans point into it. kLogFileCorrupt when
// malformed.
Result<PageOperation> DecodeOperation(Bytes* input);

// Changes the page. In normal running callers have made sure that it fits, so an error is a broken
// invariant; in recovery it means that log and page do not belong together (kDatabaseCorrupted).
// A failed operation has changed nothing. The operation's spans must not point into the page, which
// may be rearranged before they are used. kSetPageFlags cannot turn a root into another page or
// back. Does not touch dbtime or checksum. Never allocates (a stack page serves for re-encoding).
Status ApplyOperation(const PageOperation& operation, std::byte* page, uint32_t page_size);

// Bytes of page capacity (node and tag) that a node would take on a page with this prefix.
uint32_t NodeCost(Bytes page_prefix, Bytes key, size_t data_size);
// Whether operations would fit, for callers that plan splits.
bool FitsInsert(const PageView& page, Bytes key, size_t data_size);
bool FitsReplace(const PageView& page, uint32_t line, size_t data_size);
bool FitsSetKey(const PageView& page, uint32_t line, Bytes key);

}  // namespace contrail
