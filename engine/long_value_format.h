// Nodes of a long value tree: one root per value (reference count, size), then its chunks.
// Format: docs/format/long_value.md. Keys are big endian, references in records little endian.

#pragma once

#include <array>

#include "engine/record_format.h"
#include "storage/bytes.h"
#include "storage/status.h"

namespace contrail {

// The value bytes in a full chunk. `stored` is the table's LVChunkMax, 0 for the page size's
// default.
constexpr uint32_t LongValueChunkSize(uint32_t page_size, uint32_t stored = 0) {
  if (stored != 0) return stored;
  switch (page_size) {
    case 4096:
      return 4014;
    case 8192:
      return 8110;
    case 16384:
      return 4050;
    default:
      return 8150;
  }
}

inline constexpr LongValueId kMaxLongValueId =
    0x7fffffff;  // Ids of four bytes; the top bit marks eight.
// A reference count that says: being deleted, treat as gone.
inline constexpr uint32_t kLongValueDeleting = 0xffffffff;

// The key of a root (id) or a chunk (id, offset), in a buffer of its own.
class LongValueKey {
 public:
  static LongValueKey Root(LongValueId id);
  static LongValueKey Chunk(LongValueId id, uint32_t offset);
  Bytes bytes() const { return {bytes_.data(), size_}; }

 private:
  std::array<std::byte, 12> bytes_{};
  size_t size_ = 0;
};

struct LongValuePosition {
  LongValueId id = 0;
  bool is_root = false;
  uint32_t offset = 0;  // Chunks: the offset of their first byte in the uncompressed value.
};
// kLVCorrupted when the bytes are no key of such a tree.
Result<LongValuePosition> DecodeLongValueKey(Bytes key);

struct LongValueRoot {
  uint32_t reference_count = 0;
  uint32_t size = 0;  // Uncompressed bytes.
  bool encrypted = false;
};
inline constexpr size_t kLongValueRootSize = 8;
std::array<std::byte, kLongValueRootSize> EncodeLongValueRoot(const LongValueRoot& root);
// kLVCorrupted when the data is no root.
Result<LongValueRoot> DecodeLongValueRoot(Bytes data);

// Decodes a chunk that stands for `expected_size` uncompressed bytes into `to` from `skip` bytes
// into it; returns how many bytes were written. A chunk shorter than expected is compressed (there
// is no flag). kLVCorrupted when longer; errors of Decompress.
Result<size_t> ReadLongValueChunk(Bytes stored, uint32_t expected_size, uint32_t skip,
                                  MutableBytes to);
// What to store for a chunk: compressed into `scratch` (as long as the chunk) when that is shorter,
// else the chunk itself. The result points into one of the two.
Bytes EncodeLongValueChunk(Bytes chunk, bool compress, bool unicode, MutableBytes scratch);

// A reference inside a record: 4 bytes little endian (8 for ids past kMaxLongValueId).
inline constexpr size_t kLongValueReferenceSize = 4;
// kLVCorrupted when the bytes are neither 4 nor 8, or name no value.
Result<LongValueId> DecodeLongValueReference(Bytes reference);
size_t EncodeLongValueReference(LongValueId id, std::byte* to);  // Room for 8; returns 4 or 8.

}  // namespace contrail
