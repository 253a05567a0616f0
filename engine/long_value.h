// Long values: values that live in their table's long value tree, as one transaction sees them.
// Format: docs/format/long_value.md. A value is a root node (reference count, size) and chunks. A
// value that other records share (reference count > 1) must not be changed: Copy it first.

#pragma once

#include <optional>
#include <vector>

#include "engine/index_key.h"
#include "engine/long_value_format.h"
#include "engine/table.h"

namespace contrail {

// How chunks are stored.
struct LongValueCoding {
  bool compress = false;
  bool unicode = false;  // The value is UTF-16LE text.
};

// Bound to one session and table; holds buffers, so reuse it. Not thread safe.
class LongValueStore final : public LongValueReader {
 public:
  LongValueStore(OperationContext& context, Table& table) : context_(&context), table_(&table) {}

  // Reading. kLVCorrupted when root or chunks are missing or malformed (after an event).
  Result<uint32_t> Size(LongValueId id);
  Result<uint32_t> ReferenceCount(LongValueId id);
  // Copies bytes from `offset` on; returns how many, less than asked for at the end of the value.
  Result<size_t> Read(LongValueId id, uint32_t offset, MutableBytes to) override;
  // The same; *size is that of the whole value.
  Result<size_t> ReadWithSize(LongValueId id, uint32_t offset, MutableBytes to, uint32_t* size);

  // Changes need an active transaction and are undone with it. kColumnTooBig.
  Result<LongValueId> Create(Bytes value, LongValueCoding coding);
  Result<LongValueId> Copy(LongValueId id, LongValueCoding coding);
  // The next three want a value of one reference.
  Status Append(LongValueId id, Bytes more, LongValueCoding coding);
  // Writes over [offset, offset + bytes.size()); a gap before offset is filled with zeros. With
  // `truncate` the value ends there afterwards.
  Status Overwrite(LongValueId id, uint32_t offset, Bytes bytes, bool truncate,
                   LongValueCoding coding);
  // Cuts, or extends with zeros.
  Status Resize(LongValueId id, uint32_t size, LongValueCoding coding);
  // Before it is changed in place: writes its root, so that until this transaction is visible to
  // all another one can neither change nor share it. Says whether it is of one reference.
  Result<bool> Claim(LongValueId id);
  // One more record refers to the value.
  Status AddReference(LongValueId id);
  // One record less; the last one deletes the value.
  Status Release(LongValueId id);
  // The same for each of them that is there (any more).
  Status ReleaseThosePresent(std::span<const LongValueId> ids);

 private:
  // Points cursor_ at the table's long value tree; kLVCorrupted when it has none.
  Status OpenForReading();
  // Stands on the root afterwards.
  Result<LongValueRoot> ReadRoot(LongValueId id);
  // Stands on the chunk that begins at `start`; copies from `skip` bytes into it.
  Result<size_t> ReadChunk(LongValueId id, uint32_t size, uint32_t start, uint32_t skip,
                           MutableBytes to);
  Status WriteRoot(LongValueId id, const LongValueRoot& root);
  // Stores chunk_ as the chunk at `start`.
  Status StoreChunk(LongValueId id, uint32_t start, bool exists, LongValueCoding coding);
  Status WriteChunks(LongValueId id, uint32_t old_size, uint32_t offset, Bytes bytes,
                     LongValueCoding coding);
  Status FillZeros(LongValueId id, uint32_t old_size, uint32_t new_size, LongValueCoding coding);
  Status CutTo(LongValueId id, uint32_t old_size, uint32_t new_size, LongValueCoding coding);
  Status ReportCorruption(LongValueId id, const char* what);

  OperationContext* context_;
  Table* table_;
  std::optional<VersionedCursor> cursor_;
  uint32_t chunk_size_ = 0;
  Tree::AppendHint append_hint_;
  std::vector<std::byte> chunk_;       // A chunk being put together.
  std::vector<std::byte> compressed_;  // Room for compressing it.
};

}  // namespace contrail
