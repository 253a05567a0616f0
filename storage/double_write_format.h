// The bytes of the double-write file (docs/format/double_write.md).

#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <vector>

#include "storage/bytes.h"
#include "storage/file.h"

namespace contrail::double_write_format {

// Everything starts at a multiple of this.
inline constexpr uint64_t kBlockSize = kDirectIoAlignment;
static_assert(kBlockSize == 4096, "part of the format");

inline constexpr uint64_t kFileMagic = 0x31304554'49525744;   // "DWRITE01" as bytes.
inline constexpr uint64_t kBatchMagic = 0x31484354'41425744;  // "DWBATCH1" as bytes.
inline constexpr uint32_t kVersion = 1;
inline constexpr uint64_t kFileHeaderSize = 40;  // Used bytes of block 0; the rest is zero.
inline constexpr uint64_t kBatchHeaderSize = 32;
inline constexpr uint64_t kEntrySize = 32;
inline constexpr uint32_t kHalves = 2;
// Bounds that no file of ours exceeds: what a reader believes of a header.
inline constexpr uint32_t kLargestPage = 32768;
inline constexpr uint32_t kMostEntries = 4096;

static_assert(uint64_t{kMostEntries} * kLargestPage < (uint64_t{1} << 32),
              "offsets in a half are 32 bits");
static_assert(kEntrySize % 8 == 0 && kBatchHeaderSize % 8 == 0, "fields lie at multiples of 8");

// The sizes of an area, fixed when the file is made.
struct Geometry {
  uint64_t half_size = 0;  // Bytes of each half, batch header included.
  uint32_t most_entries = 0;

  uint64_t HeaderArea() const;  // Bytes before the first image of a half.
  uint64_t HalfOffset(uint64_t sequence) const {
    return kBlockSize + sequence % kHalves * half_size;
  }
  uint64_t FileSize() const { return kBlockSize + kHalves * half_size; }
};

Geometry GeometryFor(uint32_t most_entries, uint32_t largest_page);
uint64_t RoundUpToBlock(uint64_t size);

struct Entry {
  uint64_t identity = 0;
  uint32_t page_number = 0;
  uint32_t page_size = 0;
  uint32_t offset = 0;  // From the first byte of the half.
  uint64_t hash = 0;    // xxh3-64 of the image.
};

struct Batch {
  uint64_t sequence = 0;
  std::vector<Entry> entries;
};

enum class HeaderState { kGood, kEmpty, kDamaged };  // kEmpty: all zero, never written.

// `block` is block 0, zero-filled by the caller.
void EncodeFileHeader(const Geometry& geometry, MutableBytes block);
HeaderState DecodeFileHeader(Bytes block, Geometry* geometry);

// `area` holds geometry.HeaderArea() bytes; all of them are set.
void EncodeBatch(const Batch& batch, MutableBytes area);
// Nothing when the header is not whole or not sound for this geometry and half.
std::optional<Batch> DecodeBatch(Bytes area, const Geometry& geometry, uint32_t half);

uint64_t HashOf(Bytes bytes);

}  // namespace contrail::double_write_format
