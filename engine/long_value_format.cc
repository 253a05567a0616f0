#include "engine/long_value_format.h"

#include <algorithm>

#include "engine/value_compression.h"
#include "storage/check.h"
#include "storage/page_format.h"

namespace contrail {
namespace {

constexpr uint32_t kWideIdMark = 0x80000000;  // Top bit of an id's first word: it has eight bytes.

size_t StoreBigId(LongValueId id, std::byte* to) {
  if (id <= kMaxLongValueId) {
    StoreBig32(to, static_cast<uint32_t>(id));
    return 4;
  }
  StoreBig32(to, static_cast<uint32_t>(id >> 32) | kWideIdMark);
  StoreBig32(to + 4, static_cast<uint32_t>(id));
  return 8;
}

}  // namespace

LongValueKey LongValueKey::Root(LongValueId id) {
  DCHECK(id != 0);
  LongValueKey key;
  key.size_ = StoreBigId(id, key.bytes_.data());
  return key;
}

LongValueKey LongValueKey::Chunk(LongValueId id, uint32_t offset) {
  LongValueKey key = Root(id);
  StoreBig32(key.bytes_.data() + key.size_, offset);
  key.size_ += 4;
  return key;
}

Result<LongValuePosition> DecodeLongValueKey(Bytes key) {
  if (key.size() < 4) return Error::kLVCorrupted;
  LongValuePosition position;
  const uint32_t first = LoadBig32(key.data());
  size_t id_size = 4;
  position.id = first;
  if ((first & kWideIdMark) != 0) {
    if (key.size() < 8) return Error::kLVCorrupted;
    position.id = uint64_t{first & ~kWideIdMark} << 32 | LoadBig32(key.data() + 4);
    id_size = 8;
  }
  if (position.id == 0) return Error::kLVCorrupted;
  position.is_root = key.size() == id_size;
  if (position.is_root) return position;
  if (key.size() != id_size + 4) return Error::kLVCorrupted;
  position.offset = LoadBig32(key.data() + id_size);
  return position;
}

std::array<std::byte, kLongValueRootSize> EncodeLongValueRoot(const LongValueRoot& root) {
  DCHECK(!root.encrypted);
  std::array<std::byte, kLongValueRootSize> data;
  StoreLittle(data.data(), root.reference_count);
  StoreLittle(data.data() + 4, root.size);
  return data;
}

Result<LongValueRoot> DecodeLongValueRoot(Bytes data) {
  if (data.size() != kLongValueRootSize && data.size() != kLongValueRootSize + 1) {
    return Error::kLVCorrupted;
  }
  LongValueRoot root;
  root.reference_count = LoadLittle<uint32_t>(data.data());
  root.size = LoadLittle<uint32_t>(data.data() + 4);
  if (data.size() > kLongValueRootSize) {
    root.encrypted = (data[kLongValueRootSize] & std::byte{1}) != std::byte{0};
  }
  return root;
}

Result<size_t> ReadLongValueChunk(Bytes stored, uint32_t expected_size, uint32_t skip,
                                  MutableBytes to) {
  if (stored.size() > expected_size || skip > expected_size) return Error::kLVCorrupted;
  const size_t wanted = std::min<size_t>(expected_size - skip, to.size());
  if (wanted == 0) return size_t{0};
  if (stored.size() == expected_size) {
    std::memcpy(to.data(), stored.data() + skip, wanted);
    return wanted;
  }
  if (stored.empty()) return Error::kLVCorrupted;
  if (CompressionSchemeOf(stored[0]) != CompressionScheme::kScrub) {
    ASSIGN_OR_RETURN(const uint32_t size, DecompressedSize(stored));
    if (size != expected_size) return Error::kLVCorrupted;
  }
  if (skip == 0) return Decompress(stored, to.first(wanted));
  std::array<std::byte, kMaxPageSize> whole;
  if (skip + wanted > whole.size()) return Error::kLVCorrupted;  // No chunk is larger than a page.
  ASSIGN_OR_RETURN(const size_t size, Decompress(stored, {whole.data(), skip + wanted}));
  if (size != skip + wanted) return Error::kLVCorrupted;
  std::memcpy(to.data(), whole.data() + skip, wanted);
  return wanted;
}

Bytes EncodeLongValueChunk(Bytes chunk, bool compress, bool unicode, MutableBytes scratch) {
  if (!compress) return chunk;
  const size_t size = Compress(chunk, unicode, scratch);
  DCHECK(size < chunk.size() || size == 0);
  return size == 0 ? chunk : Bytes(scratch.data(), size);
}

Result<LongValueId> DecodeLongValueReference(Bytes reference) {
  LongValueId id = 0;
  if (reference.size() == 4) id = LoadLittle<uint32_t>(reference.data());
  if (reference.size() == 8) id = LoadLittle<uint64_t>(reference.data());
  // No value has the number 0, and the top bit is a mark in keys.
  if (id == 0 || id >> 63 != 0) return Error::kLVCorrupted;
  return id;
}

size_t EncodeLongValueReference(LongValueId id, std::byte* to) {
  if (id <= kMaxLongValueId) {
    StoreLittle(to, static_cast<uint32_t>(id));
    return 4;
  }
  StoreLittle<uint64_t>(to, id);
  return 8;
}

}  // namespace contrail
