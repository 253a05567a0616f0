// Any bytes as a value compressed by XPRESS, and any value compressed and read back.

#include "tests/fuzz/decompressor.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace contrail;
  const Bytes bytes(reinterpret_cast<const std::byte*>(data), size);
  TryDecompressor(CompressionScheme::kXpress, bytes);
  TryCompressor(bytes, /*unicode=*/false);
  return 0;
}
