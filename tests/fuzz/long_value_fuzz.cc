// Any bytes as what a tree of long values holds: keys, roots, references, chunks. A chunk read in
// parts is the chunk read at once.

#include <algorithm>
#include <vector>

#include "engine/long_value_format.h"
#include "storage/check.h"

using namespace contrail;

namespace {

void ReadKeys(Bytes bytes) {
  const Result<LongValuePosition> position = DecodeLongValueKey(bytes);
  const bool narrow = !bytes.empty() && (bytes[0] & std::byte{0x80}) == std::byte{0};
  if (position.ok() && narrow) {
    const LongValueKey key = position->is_root
                                 ? LongValueKey::Root(position->id)
                                 : LongValueKey::Chunk(position->id, position->offset);
    CHECK(Compare(key.bytes(), bytes) == 0);
  }
  const Result<LongValueRoot> root = DecodeLongValueRoot(bytes);
  if (root.ok() && !root->encrypted) {
    CHECK(Compare(EncodeLongValueRoot(*root), bytes.first(kLongValueRootSize)) == 0);
  }
  const Result<LongValueId> id = DecodeLongValueReference(bytes);
  std::byte again[8];
  if (id.ok()) CHECK(EncodeLongValueReference(*id, again) <= sizeof again);
}

void ReadChunk(Bytes stored, uint32_t expected) {
  std::vector<std::byte> whole(expected);
  const Result<size_t> got = ReadLongValueChunk(stored, expected, 0, whole);
  if (!got.ok()) return;
  CHECK(*got == expected);
  for (const uint32_t skip : {1u, expected / 2, expected}) {
    if (skip > expected) continue;
    std::vector<std::byte> part(std::min<uint32_t>(expected - skip, 100));
    const Result<size_t> read = ReadLongValueChunk(stored, expected, skip, part);
    if (!read.ok()) continue;
    CHECK(*read == part.size());
    CHECK(std::equal(part.begin(), part.end(), whole.begin() + skip));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Bytes bytes(reinterpret_cast<const std::byte*>(data), size);
  ReadKeys(bytes);
  for (const uint32_t page_size : {4096u, 32768u}) {
    ReadChunk(bytes, LongValueChunkSize(page_size));
  }
  if (size < 2) return 0;
  ReadChunk(bytes.subspan(2), LoadLittle<uint16_t>(bytes.data()) % 8151);
  return 0;
}
