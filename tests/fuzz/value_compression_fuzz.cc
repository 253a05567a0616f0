// Any bytes as a compressed value or chunk, and any value compressed and read back.

#include <vector>

#include "engine/long_value_format.h"
#include "engine/value_compression.h"
#include "storage/check.h"

using namespace contrail;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Bytes bytes(reinterpret_cast<const std::byte*>(data), size);
  std::vector<std::byte> to(65536);
  for (const size_t room : {size_t{0}, size_t{1}, size_t{100}, to.size()}) {
    const Result<size_t> got = Decompress(bytes, MutableBytes(to).first(room));
    if (got.ok()) CHECK(*got <= room);
  }
  for (const uint32_t skip : {0u, 50u}) {
    ReadLongValueChunk(bytes, 4014, skip, MutableBytes(to).first(5000)).status().Ignore();
  }
  DecodeLongValueKey(bytes).status().Ignore();
  DecodeLongValueRoot(bytes).status().Ignore();

  std::vector<std::byte> stored(size);
  for (const bool unicode : {false, true}) {
    const size_t stored_size = Compress(bytes, unicode, stored);
    if (stored_size == 0) continue;
    CHECK(stored_size < size);
    CHECK(Decompress({stored.data(), stored_size}, to).value() == size);
    CHECK(Compare({to.data(), size}, bytes) == 0);
  }
  return 0;
}
