// Long values: values that live in their table's long value tree, as one transaction sees them.
// Format: docs/format/long_value.md. A value is a root node (reference count, size) and chunks. Who
// changes a value that other records share (reference count > 1) copies it first: the functions
// here that change return the id to store in the record from then on.

#pragma once

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

  // Changes need an active transaction and are undone with it. Errors also: kColumnTooBig.
  Result<LongValueId> Create(Bytes value, LongValueCoding coding);
  Result<LongValueId> Append(LongValueId id, Bytes more, LongValueCoding coding);
  // Writes over [offset, offset + bytes.size()); a gap before offset is filled with zeros. With
  // `truncate` the value ends there afterwards.
  Result<LongValueId> Overwrite(LongValueId id, uint32_t offset, Bytes bytes, bool truncate,
                                LongValueCoding coding);
  // Cuts, or extends with zeros.
  Result<LongValueId> Resize(LongValueId id, uint32_t size, LongValueCoding coding);
  // One more record refers to the value.
  Status AddReference(LongValueId id);
  // One record less; the last one deletes the value.
  Status Release(LongValueId id);

 private:
  Result<Tree> TreeForReading() const;
  Result<LongValueRoot> ReadRoot(const VersionedTree& tree, LongValueId id);
  Status WriteRoot(const VersionedTree& tree, LongValueId id, const LongValueRoot& root);
  Result<LongValueId> MakePrivate(const VersionedTree& tree, LongValueId id, LongValueRoot* root,
                                  LongValueCoding coding);
  Status WriteChunks(const VersionedTree& tree, LongValueId id, uint32_t old_size, uint32_t offset,
                     Bytes bytes, LongValueCoding coding);
  Status FillZeros(const VersionedTree& tree, LongValueId id, uint32_t from, uint32_t to,
                   LongValueCoding coding);
  Status CutTo(const VersionedTree& tree, LongValueId id, uint32_t old_size, uint32_t new_size,
               LongValueCoding coding);

  OperationContext* context_;
  Table* table_;
  std::vector<std::byte> node_;        // A node as stored.
  std::vector<std::byte> chunk_;       // A chunk being put together.
  std::vector<std::byte> compressed_;  // Room for compressing it.
};

}  // namespace contrail
