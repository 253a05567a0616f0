// Any bytes as a value compressed by LZ4.

#include "tests/fuzz/decompressor.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace contrail;
  const Bytes bytes(reinterpret_cast<const std::byte*>(data), size);
  TryDecompressor(CompressionScheme::kLz4, bytes);
  return 0;
}
