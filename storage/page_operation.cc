#include "storage/page_operation.h"

#include "storage/check.h"

namespace contrail {
namespace {

constexpr size_t kListHeadSize = 5;  // u8 flags, u16 key size, u16 data size.

uint16_t Narrow(uint32_t value) {
  CHECK(value <= UINT16_MAX);
  return static_cast<uint16_t>(value);
}

// What a node's flags may say outside its page.
constexpr uint8_t kStoredFlags = node_flag::kVersioned | node_flag::kDeleted;

PageOperation NodeOperation(OperationKind kind, uint32_t line) {
  PageOperation operation;
  operation.kind = kind;
  operation.line = Narrow(line);
  return operation;
}

}  // namespace

PageOperation PageOperation::Format(uint32_t flags, ObjectId object_id, PageNumber previous,
                                    PageNumber next, Bytes external_header, Bytes node_list) {
  PageOperation operation;
  operation.kind = OperationKind::kFormat;
  operation.flags = flags;
  operation.object_id = object_id;
  operation.previous = previous;
  operation.next = next;
  operation.key = external_header;
  operation.data = node_list;
  return operation;
}

PageOperation PageOperation::InsertNode(uint32_t line, uint8_t flags, Bytes key, Bytes data) {
  PageOperation operation = NodeOperation(OperationKind::kInsertNode, line);
  operation.flags = flags & kStoredFlags;
  operation.key = key;
  operation.data = data;
  return operation;
}

PageOperation PageOperation::ReplaceNode(uint32_t line, uint8_t flags, Bytes data) {
  PageOperation operation = NodeOperation(OperationKind::kReplaceNode, line);
  operation.flags = flags & kStoredFlags;
  operation.data = data;
  return operation;
}

PageOperation PageOperation::ReplaceBytes(uint32_t line, uint32_t offset, Bytes data) {
  PageOperation operation = NodeOperation(OperationKind::kReplaceBytes, line);
  operation.offset = Narrow(offset);
  operation.data = data;
  return operation;
}

PageOperation PageOperation::SetNodeFlags(uint32_t line, uint8_t flags) {
  PageOperation operation = NodeOperation(OperationKind::kSetNodeFlags, line);
  operation.flags = flags & kStoredFlags;
  return operation;
}

PageOperation PageOperation::SetNodeKey(uint32_t line, Bytes key) {
  PageOperation operation = NodeOperation(OperationKind::kSetNodeKey, line);
  operation.key = key;
  return operation;
}

PageOperation PageOperation::DeleteNodes(uint32_t line, uint32_t count) {
  PageOperation operation = NodeOperation(OperationKind::kDeleteNodes, line);
  operation.count = Narrow(count);
  return operation;
}

PageOperation PageOperation::InsertNodes(uint32_t line, Bytes node_list) {
  PageOperation operation = NodeOperation(OperationKind::kInsertNodes, line);
  operation.data = node_list;
  return operation;
}

PageOperation PageOperation::SetSiblings(PageNumber previous, PageNumber next) {
  PageOperation operation;
  operation.kind = OperationKind::kSetSiblings;
  operation.previous = previous;
  operation.next = next;
  return operation;
}

PageOperation PageOperation::SetExternalHeader(Bytes header) {
  PageOperation operation;
  operation.kind = OperationKind::kSetExternalHeader;
  operation.key = header;
  return operation;
}

PageOperation PageOperation::SetPageFlags(uint32_t flags) {
  PageOperation operation;
  operation.kind = OperationKind::kSetPageFlags;
  operation.flags = flags;
  return operation;
}

PageOperation PageOperation::Empty() {
  PageOperation operation;
  operation.kind = OperationKind::kEmpty;
  return operation;
}

PageOperation PageOperation::Wipe(Bytes lines) {
  PageOperation operation;
  operation.kind = OperationKind::kWipe;
  operation.data = lines;
  return operation;
}

void NodeListWriter::Add(uint8_t flags, Bytes key, Bytes data) {
  NodeView node;
  node.flags = flags;
  node.suffix = key;
  node.data = data;
  Add(node);
}

void NodeListWriter::Add(const NodeView& node) {
  CHECK(node.key_size() <= UINT16_MAX && node.data.size() <= UINT16_MAX);
  const size_t start = out_->size();
  out_->resize(start + kListHeadSize + node.key_size() + node.data.size());
  std::byte* to = out_->data() + start;
  StoreLittle(to, static_cast<uint8_t>(node.flags & kStoredFlags));
  StoreLittle(to + 1, static_cast<uint16_t>(node.key_size()));
  StoreLittle(to + 3, static_cast<uint16_t>(node.data.size()));
  to += kListHeadSize;
  to += node.CopyKey(to);
  if (!node.data.empty()) std::memcpy(to, node.data.data(), node.data.size());
}

bool NodeListReader::Next(ListedNode* node) {
  if (failed_ || rest_.empty()) return false;
  failed_ = true;
  if (rest_.size() < kListHeadSize) return false;
  const auto flags = LoadLittle<uint8_t>(rest_.data());
  const size_t key_size = LoadLittle<uint16_t>(rest_.data() + 1);
  const size_t data_size = LoadLittle<uint16_t>(rest_.data() + 3);
  if ((flags & ~kStoredFlags) != 0) return false;
  if (rest_.size() - kListHeadSize < key_size + data_size) return false;
  node->flags = flags;
  node->key = rest_.subspan(kListHeadSize, key_size);
  node->data = rest_.subspan(kListHeadSize + key_size, data_size);
  rest_ = rest_.subspan(kListHeadSize + key_size + data_size);
  failed_ = false;
  return true;
}

}  // namespace contrail
