// PageEditor: the changes that concern the whole page.

#include "storage/check.h"
#include "storage/page_editor.h"

namespace contrail {
namespace {

constexpr uint32_t kTagSize = 4;

// Room for the longest key that length words can describe: prefix and suffix.
constexpr size_t kKeyRoom = 2 * (kMaxStoredKey + 1);

}  // namespace

Status PageEditor::Format(const PageOperation& operation) {
  const bool root = (operation.flags & page_flag::kRoot) != 0;
  const Bytes prefix = root ? Bytes() : operation.key;
  uint32_t cost = 0;
  uint32_t count = 0;
  if (!MeasureNodeList(prefix, operation.data, page_size_, &cost, &count)) {
    return Error::kDatabaseCorrupted;
  }
  const size_t used = operation.key.size() + kTagSize + cost;
  if (used > capacity_ || count + 1 > kMaxTagCount) return Error::kDatabaseCorrupted;

  // All but checksum and dbtime, which others own.
  std::memset(page_ + page_offset::kPrevious, 0,
              page_offset::kLargeChecksums - page_offset::kPrevious);
  if (IsLargePage(page_size_)) {
    const size_t reserved = page_offset::kLargePageNumber + sizeof(PageNumber);
    std::memset(page_ + reserved, 0, PageHeaderSize(page_size_) - reserved);
  }
  std::memset(area(), 0, capacity_);
  StoreLittle(page_ + page_offset::kPrevious, operation.previous);
  StoreLittle(page_ + page_offset::kNext, operation.next);
  StoreLittle(page_ + page_offset::kObjectId, operation.object_id);
  StoreLittle(page_ + page_offset::kFlags, operation.flags | page_flag::kAlways);
  Write(area(), operation.key);
  StoreTag(0, static_cast<uint32_t>(operation.key.size()), 0, 0);
  StoreLittle(page_ + page_offset::kDataEnd, static_cast<uint16_t>(operation.key.size()));
  NodeListReader reader(operation.data);
  ListedNode node;
  for (uint32_t index = 1; reader.Next(&node); ++index) {
    AppendNode(index, prefix, node.flags, node.key, node.data);
  }
  SetCounts(count + 1, view().data_end(), static_cast<uint32_t>(capacity_ - used));
  return Status::Ok();
}

Status PageEditor::Empty() {
  if (!HeaderIsSane()) return Error::kDatabaseCorrupted;
  StoreLittle(page_ + page_offset::kFlags, view().flags() | page_flag::kEmptied);
  StoreTag(0, 0, 0, 0);
  SetCounts(1, 0, capacity_ - kTagSize);
  return Status::Ok();
}

Status PageEditor::Wipe(Bytes lines) {
  constexpr size_t kLineSize = sizeof(uint16_t);
  if (!HeaderIsSane() || lines.size() % kLineSize != 0) return Error::kDatabaseCorrupted;
  for (size_t i = 0; i < lines.size(); i += kLineSize) {
    const NodeView node = view().node(LoadLittle<uint16_t>(lines.data() + i));
    if (!node.valid || !node.deleted()) return Error::kDatabaseCorrupted;
  }
  // Bytes between nodes come behind the last one.
  RETURN_IF_ERROR(Compact(0, view().tag(0).size));
  for (size_t i = 0; i < lines.size(); i += kLineSize) {
    const NodeView node = view().node(LoadLittle<uint16_t>(lines.data() + i));
    if (node.valid) std::memset(page_ + (node.data.data() - page_), 0, node.data.size());
  }
  std::memset(area() + view().data_end(), 0, Gap());
  return Status::Ok();
}

Status PageEditor::SetPageFlags(uint32_t flags) {
  // Whether tag 0 is a prefix hangs on this bit; changing it takes a kFormat.
  if (!HeaderIsSane() || ((flags ^ view().flags()) & page_flag::kRoot) != 0) {
    return Error::kDatabaseCorrupted;
  }
  StoreLittle(page_ + page_offset::kFlags, flags | page_flag::kAlways);
  return Status::Ok();
}

Status PageEditor::SetSiblings(PageNumber previous, PageNumber next) {
  if (!HeaderIsSane()) return Error::kDatabaseCorrupted;
  StoreLittle(page_ + page_offset::kPrevious, previous);
  StoreLittle(page_ + page_offset::kNext, next);
  return Status::Ok();
}

Status PageEditor::SetExternalHeader(Bytes header) {
  if (!TakesNodes() || header.size() > capacity_) return Error::kDatabaseCorrupted;
  if (!view().is_root()) return ChangePrefix(header);
  RETURN_IF_ERROR(Resize(0, static_cast<uint32_t>(header.size())));
  Write(area() + view().tag(0).offset, header);
  return Status::Ok();
}

Status PageEditor::ChangePrefix(Bytes prefix) {
  struct {
    std::byte page[kMaxPageSize];
    std::byte key[kKeyRoom];
  } copy;
  std::memcpy(copy.page, page_, page_size_);
  const PageView old(copy.page, page_size_);
  const uint32_t count = old.tag_count();
  const Bytes old_prefix = old.prefix();
  // Measure before anything changes.
  size_t used = prefix.size() + kTagSize * count;
  for (uint32_t line = 0; line + 1 < count; ++line) {
    const NodeView node = old.DecodeNode(line, old_prefix);
    if (!node.valid || node.key_size() > kMaxStoredKey) return Error::kDatabaseCorrupted;
    const Bytes key(copy.key, node.CopyKey(copy.key));
    const size_t size =
        EncodedNodeSize(CompressedLength(prefix, key), key.size(), node.data.size());
    used += size;
    if (size > MaxNodeSize(page_size_) || used > capacity_) return Error::kDatabaseCorrupted;
  }
  if (used > capacity_) return Error::kDatabaseCorrupted;

  Write(area(), prefix);
  StoreTag(0, static_cast<uint32_t>(prefix.size()), 0, 0);
  StoreLittle(page_ + page_offset::kDataEnd, static_cast<uint16_t>(prefix.size()));
  for (uint32_t line = 0; line + 1 < count; ++line) {
    const NodeView node = old.DecodeNode(line, old_prefix);
    const Bytes key(copy.key, node.CopyKey(copy.key));
    AppendNode(line + 1, prefix, node.flags, key, node.data);
  }
  SetCounts(count, view().data_end(), static_cast<uint32_t>(capacity_ - used));
  return Status::Ok();
}

}  // namespace contrail
