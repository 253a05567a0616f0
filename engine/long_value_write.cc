#include <algorithm>

#include "engine/long_value.h"
#include "storage/check.h"

namespace contrail {
namespace {

bool TooBig(uint64_t size) { return size > kMaxLongValueSize; }

}  // namespace

Status LongValueStore::WriteRoot(LongValueId id, const LongValueRoot& root) {
  const auto bytes = EncodeLongValueRoot(root);
  return VersionedTree(cursor_->tree(), table_->manager())
      .Replace(*context_, LongValueKey::Root(id).bytes(), bytes);
}

Status LongValueStore::StoreChunk(LongValueId id, uint32_t start, bool exists,
                                  LongValueCoding coding) {
  DCHECK(!chunk_.empty() && chunk_.size() <= chunk_size_);
  compressed_.resize(chunk_.size());
  const Bytes stored = EncodeLongValueChunk(chunk_, coding.compress, coding.unicode, compressed_);
  const VersionedTree tree(cursor_->tree(), table_->manager());
  const LongValueKey key = LongValueKey::Chunk(id, start);
  if (exists) return tree.Replace(*context_, key.bytes(), stored);
  return tree.Insert(*context_, key.bytes(), stored, &append_hint_);
}

Result<LongValueId> LongValueStore::Create(Bytes value, LongValueCoding coding) {
  if (TooBig(value.size())) return Error::kColumnTooBig;
  RETURN_IF_ERROR(context_->transaction->PrepareChange(true));
  ASSIGN_OR_RETURN(const Tree tree, table_->LongValueTree(*context_));
  RETURN_IF_ERROR(OpenForReading());
  ASSIGN_OR_RETURN(const LongValueId id, table_->NextLongValueId(tree));
  LongValueRoot root;
  root.reference_count = 1;
  root.size = static_cast<uint32_t>(value.size());
  const auto bytes = EncodeLongValueRoot(root);
  RETURN_IF_ERROR(VersionedTree(tree, table_->manager())
                      .Insert(*context_, LongValueKey::Root(id).bytes(), bytes, &append_hint_));
  RETURN_IF_ERROR(WriteChunks(id, 0, 0, value, coding));
  return id;
}

Result<LongValueId> LongValueStore::Copy(LongValueId id, LongValueCoding coding) {
  RETURN_IF_ERROR(OpenForReading());
  ASSIGN_OR_RETURN(const LongValueRoot root, ReadRoot(id));
  ASSIGN_OR_RETURN(const LongValueId copy, Create({}, coding));
  std::vector<std::byte> part(chunk_size_);
  for (uint32_t start = 0; start < root.size; start += chunk_size_) {
    const uint32_t length = std::min(chunk_size_, root.size - start);
    ASSIGN_OR_RETURN(const size_t copied,
                     ReadChunk(id, root.size, start, 0, MutableBytes(part).first(length)));
    if (copied != length) return ReportCorruption(id, "a chunk that is too short");
    RETURN_IF_ERROR(WriteChunks(copy, start, start, Bytes(part).first(length), coding));
  }
  LongValueRoot whole;
  whole.reference_count = 1;
  whole.size = root.size;
  RETURN_IF_ERROR(WriteRoot(copy, whole));
  return copy;
}

Status LongValueStore::WriteChunks(LongValueId id, uint32_t old_size, uint32_t offset, Bytes bytes,
                                   LongValueCoding coding) {
  DCHECK(offset <= old_size);
  while (!bytes.empty()) {
    const uint32_t start = offset - offset % chunk_size_;
    const uint32_t into = offset - start;
    const size_t part = std::min<size_t>(bytes.size(), chunk_size_ - into);
    const uint32_t old_length = old_size > start ? std::min(chunk_size_, old_size - start) : 0;
    chunk_.resize(std::max<size_t>(old_length, into + part));
    if (old_length > 0 && (into > 0 || part < old_length)) {
      ASSIGN_OR_RETURN(const size_t copied,
                       ReadChunk(id, old_size, start, 0, MutableBytes(chunk_).first(old_length)));
      if (copied != old_length) return ReportCorruption(id, "a chunk that is too short");
    }
    std::copy_n(bytes.begin(), part, chunk_.begin() + into);
    RETURN_IF_ERROR(StoreChunk(id, start, old_length > 0, coding));
    bytes = bytes.subspan(part);
    offset += static_cast<uint32_t>(part);
  }
  return Status::Ok();
}

Status LongValueStore::FillZeros(LongValueId id, uint32_t old_size, uint32_t new_size,
                                 LongValueCoding coding) {
  const std::vector<std::byte> zeros(std::min(chunk_size_, new_size - old_size));
  for (uint32_t size = old_size; size < new_size;) {
    const uint32_t part = std::min(chunk_size_, new_size - size);
    RETURN_IF_ERROR(WriteChunks(id, size, size, Bytes(zeros).first(part), coding));
    size += part;
  }
  return Status::Ok();
}

Status LongValueStore::CutTo(LongValueId id, uint32_t old_size, uint32_t new_size,
                             LongValueCoding coding) {
  DCHECK(new_size <= old_size);
  const VersionedTree tree(cursor_->tree(), table_->manager());
  const uint32_t last_start = new_size - new_size % chunk_size_;
  uint32_t first_gone = last_start;
  if (new_size > last_start) {
    first_gone = last_start + chunk_size_;
    chunk_.resize(new_size - last_start);
    ASSIGN_OR_RETURN(const size_t copied, ReadChunk(id, old_size, last_start, 0, chunk_));
    if (copied != chunk_.size()) return ReportCorruption(id, "a chunk that is too short");
    RETURN_IF_ERROR(StoreChunk(id, last_start, true, coding));
  }
  for (uint64_t start = first_gone; start < old_size; start += chunk_size_) {
    const LongValueKey key = LongValueKey::Chunk(id, static_cast<uint32_t>(start));
    RETURN_IF_ERROR(tree.Delete(*context_, key.bytes()));
  }
  return Status::Ok();
}

Status LongValueStore::Append(LongValueId id, Bytes more, LongValueCoding coding) {
  RETURN_IF_ERROR(OpenForReading());
  ASSIGN_OR_RETURN(LongValueRoot root, ReadRoot(id));
  DCHECK(root.reference_count == 1);
  if (TooBig(uint64_t{root.size} + more.size())) return Error::kColumnTooBig;
  RETURN_IF_ERROR(WriteChunks(id, root.size, root.size, more, coding));
  root.size += static_cast<uint32_t>(more.size());
  return WriteRoot(id, root);
}

Status LongValueStore::Overwrite(LongValueId id, uint32_t offset, Bytes bytes, bool truncate,
                                 LongValueCoding coding) {
  RETURN_IF_ERROR(OpenForReading());
  ASSIGN_OR_RETURN(LongValueRoot root, ReadRoot(id));
  DCHECK(root.reference_count == 1);
  const uint64_t end = uint64_t{offset} + bytes.size();
  if (TooBig(end)) return Error::kColumnTooBig;
  uint32_t size = root.size;
  if (offset > size) {
    RETURN_IF_ERROR(FillZeros(id, size, offset, coding));
    size = offset;
  }
  RETURN_IF_ERROR(WriteChunks(id, size, offset, bytes, coding));
  size = std::max(size, static_cast<uint32_t>(end));
  if (truncate && end < size) {
    RETURN_IF_ERROR(CutTo(id, size, static_cast<uint32_t>(end), coding));
    size = static_cast<uint32_t>(end);
  }
  if (size == root.size) return Status::Ok();
  root.size = size;
  return WriteRoot(id, root);
}

Status LongValueStore::Resize(LongValueId id, uint32_t size, LongValueCoding coding) {
  RETURN_IF_ERROR(OpenForReading());
  ASSIGN_OR_RETURN(LongValueRoot root, ReadRoot(id));
  DCHECK(root.reference_count == 1);
  if (TooBig(size)) return Error::kColumnTooBig;
  if (size == root.size) return Status::Ok();
  if (size > root.size) {
    RETURN_IF_ERROR(FillZeros(id, root.size, size, coding));
  } else {
    RETURN_IF_ERROR(CutTo(id, root.size, size, coding));
  }
  root.size = size;
  return WriteRoot(id, root);
}

Result<bool> LongValueStore::Claim(LongValueId id) {
  RETURN_IF_ERROR(OpenForReading());
  ASSIGN_OR_RETURN(const LongValueRoot root, ReadRoot(id));
  if (root.reference_count != 1) return false;
  RETURN_IF_ERROR(WriteRoot(id, root));
  return true;
}

Status LongValueStore::AddReference(LongValueId id) {
  RETURN_IF_ERROR(OpenForReading());
  ASSIGN_OR_RETURN(LongValueRoot root, ReadRoot(id));
  ++root.reference_count;
  return WriteRoot(id, root);
}

Status LongValueStore::ReleaseThosePresent(std::span<const LongValueId> ids) {
  RETURN_IF_ERROR(OpenForReading());
  for (const LongValueId id : ids) {
    const Status found = cursor_->SeekExact(LongValueKey::Root(id).bytes());
    if (found.Is(Error::kRecordNotFound)) continue;
    RETURN_IF_ERROR(found);
    RETURN_IF_ERROR(Release(id));
  }
  return Status::Ok();
}

Status LongValueStore::Release(LongValueId id) {
  RETURN_IF_ERROR(OpenForReading());
  ASSIGN_OR_RETURN(LongValueRoot root, ReadRoot(id));
  if (root.reference_count > 1) {
    --root.reference_count;
    return WriteRoot(id, root);
  }
  const VersionedTree tree(cursor_->tree(), table_->manager());
  for (uint64_t start = 0; start < root.size; start += chunk_size_) {
    const LongValueKey key = LongValueKey::Chunk(id, static_cast<uint32_t>(start));
    RETURN_IF_ERROR(tree.Delete(*context_, key.bytes()));
  }
  return tree.Delete(*context_, LongValueKey::Root(id).bytes());
}

}  // namespace contrail
