#include <absl/strings/str_format.h>

#include <algorithm>

#include "engine/compression_event.h"
#include "engine/long_value.h"
#include "storage/check.h"

namespace contrail {

Status LongValueStore::ReportCorruption(LongValueId id, const char* what) {
  // Not the database's fault: the value belonged to the snapshot, and was cleaned away.
  if (context_->transaction->revoked()) return Error::kRecordDeleted;
  const Database& database = table_->definition()->database();
  Event event;
  event.severity = Severity::kError;
  event.text = absl::StrFormat("Long value %d of table \"%s\" is damaged.", id,
                               table_->definition()->schema().name);
  event.file = database.path();
  event.expected = "a root followed by chunks that cover the value";
  event.found = what;
  event.error = Status(Error::kLVCorrupted).number();
  table_->definition()->database().events().Report(event);
  return Error::kLVCorrupted;
}

Status LongValueStore::OpenForReading() {
  const auto definition = table_->definition();
  if (!definition->long_value_tree()) return Error::kLVCorrupted;
  const Tree& tree = *definition->long_value_tree();
  // A tree that a rollback took away may have had the same root page.
  if (!cursor_ || cursor_->tree().object_id() != tree.object_id()) {
    append_hint_ = {};
    cursor_.emplace(VersionedTree(tree, table_->manager()), *context_->transaction);
  }
  chunk_size_ = definition->long_value_chunk_size();
  return Status::Ok();
}

Result<LongValueRoot> LongValueStore::ReadRoot(LongValueId id) {
  const LongValueKey key = LongValueKey::Root(id);
  Status status = cursor_->SeekExact(key.bytes());
  LongValueRoot root;
  if (status.ok()) {
    status = cursor_->ReadData([&root](Bytes data) -> Status {
      ASSIGN_OR_RETURN(root, DecodeLongValueRoot(data));
      return Status::Ok();
    });
  }
  if (status.Is(Error::kRecordNotFound) || status.Is(Error::kRecordDeleted)) {
    return ReportCorruption(id, "no root");
  }
  if (status.Is(Error::kLVCorrupted)) return ReportCorruption(id, "a malformed root");
  RETURN_IF_ERROR(status);
  if (root.reference_count == kLongValueDeleting) return ReportCorruption(id, "a deleted value");
  return root;
}

Result<size_t> LongValueStore::ReadChunk(LongValueId id, uint32_t size, uint32_t start,
                                         uint32_t skip, MutableBytes to) {
  DCHECK(start < size && start % chunk_size_ == 0);
  const LongValueKey key = LongValueKey::Chunk(id, start);
  // Mostly the next node: after its root, or after the chunk before.
  const bool near = cursor_->positioned() && cursor_->MoveNext().ok() &&
                    Compare(cursor_->key(), key.bytes()) == 0;
  Status status = near ? Status::Ok() : cursor_->SeekExact(key.bytes());
  const uint32_t expected = std::min(chunk_size_, size - start);
  size_t copied = 0;
  std::byte scheme{};  // Told of when the bytes are known to be the chunk's.
  if (status.ok()) {
    status = cursor_->ReadData([&](Bytes data) -> Status {
      if (!data.empty()) scheme = data[0];
      ASSIGN_OR_RETURN(copied, ReadLongValueChunk(data, expected, skip, to));
      return Status::Ok();
    });
  }
  if (status.Is(Error::kRecordNotFound) || status.Is(Error::kRecordDeleted)) {
    return ReportCorruption(id, "a missing chunk");
  }
  if (status.Is(Error::kLVCorrupted)) return ReportCorruption(id, "a malformed chunk");
  RETURN_IF_ERROR(ExplainDecompression(status, Bytes(&scheme, 1), *table_->definition()));
  return copied;
}

Result<uint32_t> LongValueStore::Size(LongValueId id) {
  RETURN_IF_ERROR(OpenForReading());
  ASSIGN_OR_RETURN(const LongValueRoot root, ReadRoot(id));
  return root.size;
}

Result<uint32_t> LongValueStore::ReferenceCount(LongValueId id) {
  RETURN_IF_ERROR(OpenForReading());
  ASSIGN_OR_RETURN(const LongValueRoot root, ReadRoot(id));
  return root.reference_count;
}

Result<size_t> LongValueStore::Read(LongValueId id, uint32_t offset, MutableBytes to) {
  uint32_t size = 0;
  return ReadWithSize(id, offset, to, &size);
}

Result<size_t> LongValueStore::ReadWithSize(LongValueId id, uint32_t offset, MutableBytes to,
                                            uint32_t* size) {
  RETURN_IF_ERROR(OpenForReading());
  ASSIGN_OR_RETURN(const LongValueRoot root, ReadRoot(id));
  *size = root.size;
  if (offset >= root.size) return size_t{0};
  const size_t wanted = std::min<size_t>(to.size(), root.size - offset);
  size_t done = 0;
  while (done < wanted) {
    const auto at = static_cast<uint32_t>(offset + done);
    const uint32_t start = at - at % chunk_size_;
    const uint32_t expected = std::min(chunk_size_, root.size - start);
    const size_t part = std::min<size_t>(wanted - done, expected - (at - start));
    ASSIGN_OR_RETURN(const size_t copied,
                     ReadChunk(id, root.size, start, at - start, to.subspan(done, part)));
    if (copied != part) return ReportCorruption(id, "a chunk that is too short");
    done += copied;
  }
  return done;
}

}  // namespace contrail
