#include "storage/page_editor.h"

#include <algorithm>

#include "storage/check.h"

namespace contrail {
namespace {

constexpr uint32_t kTagSize = 4;
constexpr uint8_t kKeptFlags = node_flag::kVersioned | node_flag::kDeleted;

// The bytes of a page while it is being rearranged.
struct PageCopy {
  std::byte bytes[kMaxPageSize];
};

}  // namespace

bool MeasureNodeList(Bytes page_prefix, Bytes node_list, uint32_t page_size, uint32_t* cost,
                     uint32_t* count) {
  NodeListReader reader(node_list);
  ListedNode node;
  size_t sum = 0;
  uint32_t nodes = 0;
  while (reader.Next(&node)) {
    const size_t compressed = CompressedLength(page_prefix, node.key);
    const size_t size = EncodedNodeSize(compressed, node.key.size(), node.data.size());
    sum += size + kTagSize;
    ++nodes;
    if (node.key.size() > kMaxStoredKey || size > MaxNodeSize(page_size)) return false;
    if (sum > page_size) return false;
  }
  *cost = static_cast<uint32_t>(sum);
  *count = nodes;
  return !reader.failed();
}

bool PageEditor::HeaderIsSane() const {
  const uint32_t tags = kTagSize * view().tag_count();
  return tags != 0 && view().data_end() + tags <= capacity_ &&
         view().free_bytes() + tags <= capacity_;
}

uint32_t PageEditor::Gap() const {
  return capacity_ - view().data_end() - kTagSize * view().tag_count();
}

void PageEditor::SetCounts(uint32_t tag_count, uint32_t data_end, uint32_t free_bytes) {
  DCHECK(tag_count <= kMaxTagCount);
  DCHECK(data_end + kTagSize * tag_count <= capacity_);
  DCHECK(free_bytes + kTagSize * tag_count <= capacity_);
  StoreLittle(page_ + page_offset::kFreeBytes, static_cast<uint16_t>(free_bytes));
  StoreLittle(page_ + page_offset::kUncommittedFree, uint16_t{0});
  StoreLittle(page_ + page_offset::kDataEnd, static_cast<uint16_t>(data_end));
  StoreLittle(page_ + page_offset::kTagCount, static_cast<uint16_t>(tag_count));
}

void PageEditor::StoreTag(uint32_t index, uint32_t size, uint32_t offset, uint8_t flags) {
  DCHECK(offset + size <= capacity_);
  const uint32_t flag_bits = IsLargePage(page_size_) ? 0 : uint32_t{flags} << 29;
  StoreLittle(page_ + page_size_ - kTagSize * (index + 1), flag_bits | offset << 16 | size);
}

void PageEditor::Write(std::byte* to, Bytes bytes) {
  DCHECK(to >= area() && to + bytes.size() <= page_ + page_size_);
  if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
}

Status PageEditor::Compact(uint32_t resized, uint32_t new_size) {
  const uint32_t count = view().tag_count();
  uint32_t used = 0;
  for (uint32_t i = 0; i < count; ++i) {
    const TagView tag = view().tag(i);
    if (tag.offset + tag.size > view().data_end()) return Error::kDatabaseCorrupted;
    used += tag.size;
  }
  if (used + view().free_bytes() + kTagSize * count != capacity_) return Error::kDatabaseCorrupted;

  PageCopy copy;
  std::memcpy(copy.bytes, area(), view().data_end());
  uint32_t end = 0;
  // In line order, so that neighbours in order are neighbours in memory.
  for (uint32_t i = 0; i < count; ++i) {
    const TagView tag = view().tag(i);
    const uint32_t size = i == resized ? new_size : tag.size;
    StoreTag(i, size, end, tag.flags);
    Write(area() + end, {copy.bytes + tag.offset, std::min(size, tag.size)});
    end += size;
  }
  StoreLittle(page_ + page_offset::kDataEnd, static_cast<uint16_t>(end));
  return Status::Ok();
}

Status PageEditor::MakeGap(uint32_t needed) {
  DCHECK(needed <= view().free_bytes());
  if (Gap() >= needed) return Status::Ok();
  return Compact(0, view().tag(0).size);
}

Status PageEditor::Resize(uint32_t index, uint32_t new_size) {
  const TagView tag = view().tag(index);
  const uint32_t end = tag.offset + tag.size;
  const uint32_t data_end = view().data_end();
  const uint32_t free_after = view().free_bytes() + tag.size - new_size;
  const uint32_t count = view().tag_count();
  if (end > data_end || new_size > view().free_bytes() + tag.size ||
      free_after + kTagSize * count > capacity_) {
    return Error::kDatabaseCorrupted;
  }
  const bool last = end == data_end;
  if (new_size <= tag.size || (last && Gap() >= new_size - tag.size)) {
    StoreTag(index, new_size, tag.offset, tag.flags);
    SetCounts(count, last ? tag.offset + new_size : data_end, free_after);
  } else if (Gap() >= new_size) {
    Write(area() + data_end, {area() + tag.offset, tag.size});
    StoreTag(index, new_size, data_end, tag.flags);
    SetCounts(count, data_end + new_size, free_after);
  } else {
    RETURN_IF_ERROR(Compact(index, new_size));
    SetCounts(count, view().data_end(), free_after);
  }
  return Status::Ok();
}

size_t PageEditor::WriteNodeHead(std::byte* to, uint8_t flags, size_t compressed, Bytes key) {
  const Bytes suffix = key.subspan(compressed);
  uint32_t first = static_cast<uint32_t>(compressed != 0 ? compressed : suffix.size());
  if (IsLargePage(page_size_)) first |= uint32_t{flags} << 13;
  StoreLittle(to, static_cast<uint16_t>(first));
  size_t head = 2;
  if (compressed != 0) {
    StoreLittle(to + head, static_cast<uint16_t>(suffix.size()));
    head += 2;
  }
  Write(to + head, suffix);
  return head + suffix.size();
}

void PageEditor::WriteNodeFlags(uint32_t line, uint8_t flags) {
  const TagView tag = view().tag(line + 1);
  const uint8_t kept = view().node(line).flags & node_flag::kCompressed;
  const auto stored = static_cast<uint8_t>((flags & kKeptFlags) | kept);
  if (!IsLargePage(page_size_)) {
    StoreTag(line + 1, tag.size, tag.offset, stored);
    return;
  }
  std::byte* first = area() + tag.offset;
  const uint32_t length = LoadLittle<uint16_t>(first) & kMaxStoredKey;
  StoreLittle(first, static_cast<uint16_t>(length | uint32_t{stored} << 13));
}

void PageEditor::AppendNode(uint32_t index, Bytes page_prefix, uint8_t flags, Bytes key,
                            Bytes data) {
  const size_t compressed = CompressedLength(page_prefix, key);
  flags =
      static_cast<uint8_t>((flags & kKeptFlags) | (compressed != 0 ? node_flag::kCompressed : 0));
  const uint32_t start = view().data_end();
  std::byte* to = area() + start;
  const size_t head = WriteNodeHead(to, flags, compressed, key);
  Write(to + head, data);
  const auto size = static_cast<uint32_t>(head + data.size());
  StoreTag(index, size, start, flags);
  StoreLittle(page_ + page_offset::kDataEnd, static_cast<uint16_t>(start + size));
}

Status PageEditor::InsertNode(uint32_t line, uint8_t flags, Bytes key, Bytes data) {
  const uint32_t count = view().tag_count();
  if (!TakesNodes() || line >= count || count >= kMaxTagCount) return Error::kDatabaseCorrupted;
  if (key.size() > kMaxStoredKey) return Error::kDatabaseCorrupted;
  const size_t size =
      EncodedNodeSize(CompressedLength(view().prefix(), key), key.size(), data.size());
  const size_t cost = size + kTagSize;
  if (size > MaxNodeSize(page_size_) || cost > view().free_bytes()) {
    return Error::kDatabaseCorrupted;
  }
  RETURN_IF_ERROR(MakeGap(static_cast<uint32_t>(cost)));
  const auto free_after = static_cast<uint32_t>(view().free_bytes() - cost);
  // Tags of this line and the ones after it move one place down in memory.
  std::byte* tags = page_ + page_size_ - kTagSize * count;
  std::memmove(tags - kTagSize, tags, kTagSize * (count - line - 1));
  AppendNode(line + 1, view().prefix(), flags, key, data);
  SetCounts(count + 1, view().data_end(), free_after);
  return Status::Ok();
}

Status PageEditor::InsertNodes(uint32_t line, Bytes node_list) {
  const uint32_t count = view().tag_count();
  uint32_t cost = 0;
  uint32_t added = 0;
  if (!TakesNodes() || line >= count) return Error::kDatabaseCorrupted;
  if (!MeasureNodeList(view().prefix(), node_list, page_size_, &cost, &added) ||
      count + added > kMaxTagCount || cost > view().free_bytes()) {
    return Error::kDatabaseCorrupted;
  }
  RETURN_IF_ERROR(MakeGap(cost));
  const uint32_t free_after = view().free_bytes() - cost;
  std::byte* tags = page_ + page_size_ - kTagSize * count;
  std::memmove(tags - kTagSize * added, tags, kTagSize * (count - line - 1));
  const Bytes prefix = view().prefix();
  NodeListReader reader(node_list);
  ListedNode node;
  for (uint32_t index = line + 1; reader.Next(&node); ++index) {
    AppendNode(index, prefix, node.flags, node.key, node.data);
  }
  SetCounts(count + added, view().data_end(), free_after);
  return Status::Ok();
}

Status PageEditor::ReplaceNode(uint32_t line, uint8_t flags, Bytes data) {
  const NodeView node = view().node(line);
  if (!HeaderIsSane() || !node.valid) return Error::kDatabaseCorrupted;
  const auto head = view().tag(line + 1).size - static_cast<uint32_t>(node.data.size());
  if (head + data.size() > MaxNodeSize(page_size_)) return Error::kDatabaseCorrupted;
  RETURN_IF_ERROR(Resize(line + 1, static_cast<uint32_t>(head + data.size())));
  Write(area() + view().tag(line + 1).offset + head, data);
  WriteNodeFlags(line, flags);
  return Status::Ok();
}

Status PageEditor::ReplaceBytes(uint32_t line, uint32_t offset, Bytes data) {
  const NodeView node = view().node(line);
  if (!HeaderIsSane() || !node.valid) return Error::kDatabaseCorrupted;
  if (offset > node.data.size() || data.size() > node.data.size() - offset) {
    return Error::kDatabaseCorrupted;
  }
  Write(page_ + (node.data.data() - page_) + offset, data);
  StoreLittle(page_ + page_offset::kUncommittedFree, uint16_t{0});
  return Status::Ok();
}

Status PageEditor::SetNodeFlags(uint32_t line, uint8_t flags) {
  if (!HeaderIsSane() || !view().node(line).valid) return Error::kDatabaseCorrupted;
  WriteNodeFlags(line, flags);
  return Status::Ok();
}

Status PageEditor::SetNodeKey(uint32_t line, Bytes key) {
  const NodeView node = view().node(line);
  if (!HeaderIsSane() || !node.valid || key.size() > kMaxStoredKey) {
    return Error::kDatabaseCorrupted;
  }
  const size_t compressed = CompressedLength(view().prefix(), key);
  const size_t size = EncodedNodeSize(compressed, key.size(), node.data.size());
  if (size > MaxNodeSize(page_size_)) return Error::kDatabaseCorrupted;
  PageCopy copy;
  const Bytes data(copy.bytes, node.data.size());
  if (!data.empty()) std::memcpy(copy.bytes, node.data.data(), data.size());
  const auto flags = static_cast<uint8_t>((node.flags & kKeptFlags) |
                                          (compressed != 0 ? node_flag::kCompressed : 0));
  RETURN_IF_ERROR(Resize(line + 1, static_cast<uint32_t>(size)));
  const TagView tag = view().tag(line + 1);
  StoreTag(line + 1, tag.size, tag.offset, flags);
  std::byte* to = area() + tag.offset;
  Write(to + WriteNodeHead(to, flags, compressed, key), data);
  return Status::Ok();
}

Status PageEditor::DeleteNodes(uint32_t line, uint32_t count) {
  const uint32_t tags = view().tag_count();
  if (!HeaderIsSane() || line > view().line_count() || count > view().line_count() - line) {
    return Error::kDatabaseCorrupted;
  }
  uint32_t freed = kTagSize * count;
  for (uint32_t i = 1; i <= count; ++i) freed += view().tag(line + i).size;
  const uint32_t free_after = view().free_bytes() + freed;
  const uint32_t left = tags - count;
  if (free_after + kTagSize * left > capacity_) return Error::kDatabaseCorrupted;
  std::byte* last_tag = page_ + page_size_ - kTagSize * tags;
  std::memmove(last_tag + kTagSize * count, last_tag, kTagSize * (tags - line - 1 - count));
  uint32_t data_end = 0;
  for (uint32_t i = 0; i < left; ++i) {
    const TagView tag = view().tag(i);
    data_end = std::max(data_end, tag.offset + tag.size);
  }
  SetCounts(left, std::min<uint32_t>(data_end, view().data_end()), free_after);
  return Status::Ok();
}

}  // namespace contrail
