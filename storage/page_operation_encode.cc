// Page operations as bytes of a log record. docs/format/page_operation.md.

#include <array>

#include "storage/check.h"
#include "storage/page_operation.h"
#include "storage/varint.h"

namespace contrail {
namespace {

// What an operation carries besides its kind, in the order in which it is written: numbers first,
// then the sizes of key and data, then key and data themselves.
enum Part : uint16_t {
  kNodeFlags = 1 << 0,  // In the kind's byte, bits 4 and 5.
  kLine = 1 << 1,
  kCount = 1 << 2,
  kOffset = 1 << 3,
  kPageFlags = 1 << 4,
  kObjectId = 1 << 5,
  kPrevious = 1 << 6,
  kNext = 1 << 7,
  kKey = 1 << 8,
  kData = 1 << 9,
};

constexpr size_t kKinds = 14;
constexpr std::array<uint16_t, kKinds> kParts = {
    0,
    kPageFlags | kObjectId | kPrevious | kNext | kKey | kData,  // kFormat
    kNodeFlags | kLine | kKey | kData,                          // kInsertNode
    kNodeFlags | kLine | kData,                                 // kReplaceNode
    kLine | kOffset | kData,                                    // kReplaceBytes
    kNodeFlags | kLine,                                         // kSetNodeFlags
    kLine | kKey,                                               // kSetNodeKey
    kLine | kCount,                                             // kDeleteNodes
    kLine | kData,                                              // kInsertNodes
    kPrevious | kNext,                                          // kSetSiblings
    kKey,                                                       // kSetExternalHeader
    kPageFlags,                                                 // kSetPageFlags
    0,                                                          // kEmpty
    kData,                                                      // kWipe
};
static_assert(static_cast<size_t>(OperationKind::kWipe) == kKinds - 1);

constexpr uint8_t kKindMask = 0x0f;
constexpr uint8_t kNodeFlagsShift = 4;
constexpr uint8_t kNodeFlagsMask = node_flag::kVersioned | node_flag::kDeleted;

bool TakeNumber16(Bytes* input, uint16_t* value) {
  uint32_t wide = 0;
  if (!TakeVarint32(input, &wide) || wide > UINT16_MAX) return false;
  *value = static_cast<uint16_t>(wide);
  return true;
}

bool TakeSpan(Bytes* input, uint32_t size, Bytes* span) {
  if (size > input->size()) return false;
  *span = input->first(size);
  *input = input->subspan(size);
  return true;
}

bool TakeParts(Bytes* input, uint16_t parts, PageOperation* operation) {
  uint32_t key_size = 0;
  uint32_t data_size = 0;
  const auto has = [parts](Part part) { return (parts & part) != 0; };
  return (!has(kLine) || TakeNumber16(input, &operation->line)) &&
         (!has(kCount) || TakeNumber16(input, &operation->count)) &&
         (!has(kOffset) || TakeNumber16(input, &operation->offset)) &&
         (!has(kPageFlags) || TakeVarint32(input, &operation->flags)) &&
         (!has(kObjectId) || TakeVarint32(input, &operation->object_id)) &&
         (!has(kPrevious) || TakeVarint32(input, &operation->previous)) &&
         (!has(kNext) || TakeVarint32(input, &operation->next)) &&
         (!has(kKey) || TakeVarint32(input, &key_size)) &&
         (!has(kData) || TakeVarint32(input, &data_size)) &&
         TakeSpan(input, key_size, &operation->key) && TakeSpan(input, data_size, &operation->data);
}

}  // namespace

void EncodeOperation(const PageOperation& operation, std::vector<std::byte>* out) {
  const auto kind = static_cast<uint8_t>(operation.kind);
  CHECK(kind != 0 && kind < kKinds);
  const uint16_t parts = kParts[kind];
  std::array<std::byte, 1 + 8 * kMaxVarint32Size> head;
  size_t size = 1;
  uint8_t first = kind;
  if ((parts & kNodeFlags) != 0) {
    DCHECK((operation.flags & ~uint32_t{kNodeFlagsMask}) == 0);
    first |= static_cast<uint8_t>((operation.flags & kNodeFlagsMask) << kNodeFlagsShift);
  }
  head[0] = static_cast<std::byte>(first);
  const auto put = [&](Part part, size_t value) {
    if ((parts & part) == 0) return;
    size += StoreVarint32(head.data() + size, static_cast<uint32_t>(value));
  };
  put(kLine, operation.line);
  put(kCount, operation.count);
  put(kOffset, operation.offset);
  put(kPageFlags, operation.flags);
  put(kObjectId, operation.object_id);
  put(kPrevious, operation.previous);
  put(kNext, operation.next);
  put(kKey, operation.key.size());
  put(kData, operation.data.size());
  DCHECK(size <= head.size());
  out->insert(out->end(), head.begin(), head.begin() + static_cast<ptrdiff_t>(size));
  if ((parts & kKey) != 0) out->insert(out->end(), operation.key.begin(), operation.key.end());
  if ((parts & kData) != 0) out->insert(out->end(), operation.data.begin(), operation.data.end());
}

Result<PageOperation> DecodeOperation(Bytes* input) {
  if (input->empty()) return Error::kLogFileCorrupt;
  const auto first = std::to_integer<uint8_t>(input->front());
  const uint8_t kind = first & kKindMask;
  const auto node_flags = static_cast<uint8_t>(first >> kNodeFlagsShift);
  if (kind == 0 || kind >= kKinds) return Error::kLogFileCorrupt;
  const uint16_t parts = kParts[kind];
  const uint8_t allowed = (parts & kNodeFlags) != 0 ? kNodeFlagsMask : 0;
  if ((node_flags & ~allowed) != 0) return Error::kLogFileCorrupt;
  PageOperation operation;
  operation.kind = static_cast<OperationKind>(kind);
  operation.flags = node_flags;
  Bytes rest = input->subspan(1);
  if (!TakeParts(&rest, parts, &operation)) return Error::kLogFileCorrupt;
  *input = rest;
  return operation;
}

}  // namespace contrail
