// Unsigned numbers in as few bytes as they need: seven bits a byte, lowest first, the top bit says
// that more follow. Used in log records. docs/format/page_operation.md.

#pragma once

#include <vector>

#include "storage/bytes.h"

namespace contrail {

inline constexpr size_t kMaxVarint32Size = 5;

// Writes to `to` (room for kMaxVarint32Size bytes) and returns the bytes used.
inline size_t StoreVarint32(std::byte* to, uint32_t value) {
  size_t size = 0;
  while (value >= 0x80) {
    to[size++] = static_cast<std::byte>(value | 0x80);
    value >>= 7;
  }
  to[size++] = static_cast<std::byte>(value);
  return size;
}

// Takes a number off the front of *input. False, with *input as it was, when the bytes end too
// early or hold more than 32 bits.
inline bool TakeVarint32(Bytes* input, uint32_t* value) {
  uint64_t result = 0;
  const size_t most = input->size() < kMaxVarint32Size ? input->size() : kMaxVarint32Size;
  for (size_t i = 0; i < most; ++i) {
    const auto byte = std::to_integer<uint64_t>((*input)[i]);
    result |= (byte & 0x7f) << (7 * i);
    if ((byte & 0x80) != 0) continue;
    if (result > UINT32_MAX) return false;
    *value = static_cast<uint32_t>(result);
    *input = input->subspan(i + 1);
    return true;
  }
  return false;
}

}  // namespace contrail
