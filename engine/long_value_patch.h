// LongValuePatch: changes of parts of one long value, kept in memory until the update that they
// belong to is made. So a value of which a part changes need not be copied as a whole, and
// cancelling the update has nothing to undo.

#pragma once

#include <vector>

#include "engine/long_value.h"

namespace contrail {

// Not thread safe.
class LongValuePatch {
 public:
  // Of a value that has `size` bytes in the long value tree.
  LongValuePatch(LongValueId id, uint32_t size) : id_(id), base_size_(size), size_(size) {}

  LongValueId id() const { return id_; }
  uint32_t size() const { return size_; }  // With the changes.
  // Of the last change.
  LongValueCoding coding() const { return coding_; }
  size_t memory() const { return bytes_.size() + steps_.size() * sizeof(Step); }

  // As LongValueStore's; offset <= size(), and no size beyond kMaxLongValueSize.
  void Overwrite(uint32_t offset, Bytes bytes, bool truncate, LongValueCoding coding);
  void Resize(uint32_t size, LongValueCoding coding);

  // Reads the value with the changes; how many bytes there were, as LongValueReader::Read.
  Result<size_t> Read(LongValueStore& store, uint32_t offset, MutableBytes to) const;
  // Makes the changes in a value of one reference: this one, or a copy of it.
  Status Apply(LongValueStore& store, LongValueId id) const;

 private:
  // Bytes from `offset` on are those of `bytes_` from `start` on; then the value has `size_after`
  // bytes, new ones being zero.
  struct Step {
    uint32_t offset = 0;
    uint32_t length = 0;
    size_t start = 0;
    uint32_t size_after = 0;
  };

  LongValueId id_;
  uint32_t base_size_;
  uint32_t size_;
  LongValueCoding coding_;
  std::vector<Step> steps_;
  std::vector<std::byte> bytes_;
};

}  // namespace contrail
