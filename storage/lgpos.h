// Lgpos: a position in the log. Format fields of type LGPOS (8 bytes) in database headers hold it
// as {u16 offset, u16 block, i32 generation}, little endian (docs/format/log.md).

#pragma once

#include <compare>
#include <cstdint>

namespace contrail {

// Bytes of one log block, the unit of log writes; Lgpos counts blocks within a generation.
inline constexpr uint32_t kLogBlockSize = 4096;

struct Lgpos {
  uint32_t generation = 0;  // 0: no position. Generations start at 1.
  uint16_t block = 0;
  uint16_t offset = 0;

  // Order in the log. The packed value orders the same way, so it can live in an atomic.
  friend constexpr auto operator<=>(const Lgpos&, const Lgpos&) = default;
  constexpr uint64_t Packed() const {
    return uint64_t{generation} << 32 | uint64_t{block} << 16 | offset;
  }
  static constexpr Lgpos FromPacked(uint64_t packed) {
    return {static_cast<uint32_t>(packed >> 32), static_cast<uint16_t>(packed >> 16),
            static_cast<uint16_t>(packed)};
  }
  constexpr bool IsNull() const { return generation == 0; }
  // Byte offset within the generation's file.
  constexpr uint64_t FileOffset() const { return uint64_t{block} * kLogBlockSize + offset; }
};

inline constexpr Lgpos kLgposMax{0x7fffffff, 0xffff, 0xffff};

}  // namespace contrail
