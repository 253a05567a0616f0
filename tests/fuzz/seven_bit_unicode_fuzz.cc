// Any bytes as a value compressed by 7-bit Unicode, and any value compressed and read back.

#include "tests/fuzz/decompressor.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace contrail;
  const Bytes bytes(reinterpret_cast<const std::byte*>(data), size);
  TryDecompressor(CompressionScheme::kSevenBitUnicode, bytes);
  TryCompressor(bytes, /*unicode=*/true);
  return 0;
}
