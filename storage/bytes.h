// Views of raw bytes, and fixed-width integers in them: little endian in pages, logs and headers,
// big endian in keys. All readers and writers take the exact bytes; callers check bounds first.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

namespace contrail {

using Bytes = std::span<const std::byte>;
using MutableBytes = std::span<std::byte>;

template <typename T>
requires std::is_integral_v<T>
inline T LoadLittle(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;  // Every platform of the project is little endian.
}

template <typename T>
requires std::is_integral_v<T>
inline void StoreLittle(std::byte* to, T value) { std::memcpy(to, &value, sizeof value); }

inline uint32_t LoadBig32(const std::byte* from) {
  return __builtin_bswap32(LoadLittle<uint32_t>(from));
}
inline void StoreBig32(std::byte* to, uint32_t value) { StoreLittle(to, __builtin_bswap32(value)); }

inline Bytes AsBytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}
inline std::string_view AsText(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// memcmp order; a proper prefix sorts first. Returns negative, zero or positive.
inline int Compare(Bytes a, Bytes b) {
  const size_t common = a.size() < b.size() ? a.size() : b.size();
  if (common != 0) {
    if (const int order = std::memcmp(a.data(), b.data(), common); order != 0) return order;
  }
  return a.size() < b.size() ? -1 : (a.size() > b.size() ? 1 : 0);
}

inline size_t CommonPrefixLength(Bytes a, Bytes b) {
  const size_t limit = a.size() < b.size() ? a.size() : b.size();
  size_t length = 0;
  for (; length + 8 <= limit; length += 8) {
    const uint64_t difference =
        LoadLittle<uint64_t>(a.data() + length) ^ LoadLittle<uint64_t>(b.data() + length);
    if (difference != 0) return length + static_cast<size_t>(__builtin_ctzll(difference)) / 8;
  }
  while (length < limit && a[length] == b[length]) ++length;
  return length;
}

}  // namespace contrail

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "pages are read in place");
