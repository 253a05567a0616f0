#include "storage/check.h"
#include "storage/page_editor.h"
#include "storage/page_operation.h"

namespace contrail {
namespace {

constexpr uint32_t kTagSize = 4;

bool SizeFits(const PageView& page, size_t size_before, size_t size_after) {
  return size_after <= MaxNodeSize(page.page_size()) &&
         size_after <= page.free_bytes() + size_before;
}

}  // namespace

Status ApplyOperation(const PageOperation& operation, std::byte* page, uint32_t page_size) {
  CHECK(IsValidPageSize(page_size));
  PageEditor editor(page, page_size);
  const auto node_flags = static_cast<uint8_t>(operation.flags);
  switch (operation.kind) {
    case OperationKind::kFormat:
      return editor.Format(operation);
    case OperationKind::kInsertNode:
      return editor.InsertNode(operation.line, node_flags, operation.key, operation.data);
    case OperationKind::kReplaceNode:
      return editor.ReplaceNode(operation.line, node_flags, operation.data);
    case OperationKind::kReplaceBytes:
      return editor.ReplaceBytes(operation.line, operation.offset, operation.data);
    case OperationKind::kSetNodeFlags:
      return editor.SetNodeFlags(operation.line, node_flags);
    case OperationKind::kSetNodeKey:
      return editor.SetNodeKey(operation.line, operation.key);
    case OperationKind::kDeleteNodes:
      return editor.DeleteNodes(operation.line, operation.count);
    case OperationKind::kInsertNodes:
      return editor.InsertNodes(operation.line, operation.data);
    case OperationKind::kSetSiblings:
      return editor.SetSiblings(operation.previous, operation.next);
    case OperationKind::kSetExternalHeader:
      return editor.SetExternalHeader(operation.key);
    case OperationKind::kSetPageFlags:
      return editor.SetPageFlags(operation.flags);
    case OperationKind::kEmpty:
      return editor.Empty();
    case OperationKind::kWipe:
      return editor.Wipe(operation.data);
  }
  return Error::kDatabaseCorrupted;  // A kind of a newer log.
}

uint32_t NodeCost(Bytes page_prefix, Bytes key, size_t data_size) {
  DCHECK(key.size() <= kMaxStoredKey);
  const size_t compressed = CompressedLength(page_prefix, key);
  return static_cast<uint32_t>(EncodedNodeSize(compressed, key.size(), data_size) + kTagSize);
}

bool FitsInsert(const PageView& page, Bytes key, size_t data_size) {
  if (key.size() > kMaxStoredKey || page.tag_count() >= kMaxTagCount) return false;
  const uint32_t cost = NodeCost(page.prefix(), key, data_size);
  return cost - kTagSize <= MaxNodeSize(page.page_size()) && cost <= page.free_bytes();
}

bool FitsReplace(const PageView& page, uint32_t line, size_t data_size) {
  const NodeView node = page.node(line);
  if (!node.valid) return false;
  const size_t before = page.tag(line + 1).size;
  return SizeFits(page, before, before - node.data.size() + data_size);
}

bool FitsSetKey(const PageView& page, uint32_t line, Bytes key) {
  const NodeView node = page.node(line);
  if (!node.valid || key.size() > kMaxStoredKey) return false;
  const size_t after = NodeCost(page.prefix(), key, node.data.size()) - kTagSize;
  return SizeFits(page, page.tag(line + 1).size, after);
}

}  // namespace contrail
