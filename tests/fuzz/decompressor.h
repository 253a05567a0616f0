// What holds for every decompressor, whatever bytes it is given.

#pragma once

#include <algorithm>
#include <vector>

#include "engine/value_compression.h"
#include "storage/check.h"

namespace contrail {

// The first byte gives the three bits that stand beside the scheme, the rest is the scheme's data.
inline void TryDecompressor(CompressionScheme scheme, Bytes input) {
  if (input.empty()) return;
  std::vector<std::byte> stored(input.begin(), input.end());
  const auto head = static_cast<uint8_t>(static_cast<uint8_t>(scheme) << 3);
  stored[0] = std::byte{head} | (input[0] & std::byte{7});
  const Result<uint32_t> size = DecompressedSize(stored);
  // The length of what can be stored in a record or a chunk.
  std::vector<std::byte> whole(size.ok() ? std::min<uint32_t>(*size, 1 << 16) : 1000);
  const Result<size_t> got = Decompress(stored, whole);
  if (got.ok()) CHECK(*got <= whole.size());
  if (!got.ok() || !size.ok() || *size > whole.size()) return;
  CHECK(*got == *size);
  for (const size_t room : {size_t{0}, size_t{1}, whole.size() / 2}) {
    if (room > whole.size()) continue;
    std::vector<std::byte> part(room);
    const Result<size_t> read = Decompress(stored, part);
    CHECK(read.ok() && *read == room);
    CHECK(std::equal(part.begin(), part.end(), whole.begin()));
  }
}

// What was compressed comes back. `unicode`: the value is taken for UTF-16LE.
inline void TryCompressor(Bytes value, bool unicode) {
  std::vector<std::byte> stored(value.size());
  const size_t stored_size = Compress(value, unicode, stored);
  if (stored_size == 0) return;
  CHECK(stored_size < value.size());
  stored.resize(stored_size);
  CHECK(DecompressedSize(stored).value() == value.size());
  std::vector<std::byte> back(value.size());
  CHECK(Decompress(stored, back).value() == value.size());
  CHECK(Compare(back, value) == 0);
}

}  // namespace contrail
