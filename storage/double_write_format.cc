#include "storage/double_write_format.h"

#include <xxhash.h>

#include <algorithm>

#include "storage/check.h"

namespace contrail::double_write_format {
namespace {

// Field offsets.
constexpr size_t kFileMagicAt = 0;
constexpr size_t kFileVersionAt = 8;
constexpr size_t kFileEntriesAt = 12;
constexpr size_t kFileHalfSizeAt = 16;
constexpr size_t kFileHashAt = 32;  // Of the 32 bytes before.

constexpr size_t kBatchMagicAt = 0;
constexpr size_t kBatchSequenceAt = 8;
constexpr size_t kBatchCountAt = 16;
constexpr size_t kBatchHashAt = 24;  // Of header and entries, with these eight bytes zero.

constexpr size_t kEntryIdentityAt = 0;
constexpr size_t kEntryPageAt = 8;
constexpr size_t kEntryPageSizeAt = 12;
constexpr size_t kEntryOffsetAt = 16;
constexpr size_t kEntryHashAt = 24;

static_assert(kFileHashAt + 8 == kFileHeaderSize);
static_assert(kBatchHashAt + 8 == kBatchHeaderSize);
static_assert(kEntryHashAt + 8 == kEntrySize);

bool AllZero(Bytes bytes) {
  return std::all_of(bytes.begin(), bytes.end(),
                     [](std::byte byte) { return byte == std::byte{}; });
}

uint64_t BatchHash(Bytes used) {
  std::byte header[kBatchHeaderSize];
  std::memcpy(header, used.data(), kBatchHeaderSize);
  StoreLittle<uint64_t>(header + kBatchHashAt, 0);
  // The entries' hash seeds the header's: one number over both without copying the entries.
  const uint64_t entries = HashOf(used.subspan(kBatchHeaderSize));
  return XXH3_64bits_withSeed(header, sizeof header, entries);
}

bool EntryIsSound(const Entry& entry, const Geometry& geometry) {
  return entry.page_size > 0 && entry.page_size <= kLargestPage &&
         entry.offset >= geometry.HeaderArea() && entry.offset % kBlockSize == 0 &&
         entry.offset <= geometry.half_size && entry.page_size <= geometry.half_size - entry.offset;
}

}  // namespace

uint64_t RoundUpToBlock(uint64_t size) { return (size + kBlockSize - 1) / kBlockSize * kBlockSize; }

uint64_t HashOf(Bytes bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

uint64_t Geometry::HeaderArea() const {
  return RoundUpToBlock(kBatchHeaderSize + most_entries * kEntrySize);
}

Geometry GeometryFor(uint32_t most_entries, uint32_t largest_page) {
  CHECK(most_entries > 0 && most_entries <= kMostEntries);
  CHECK(largest_page > 0 && largest_page <= kLargestPage);
  Geometry geometry;
  geometry.most_entries = most_entries;
  geometry.half_size = geometry.HeaderArea() + most_entries * RoundUpToBlock(largest_page);
  return geometry;
}

void EncodeFileHeader(const Geometry& geometry, MutableBytes block) {
  CHECK(block.size() >= kBlockSize);
  StoreLittle(block.data() + kFileMagicAt, kFileMagic);
  StoreLittle(block.data() + kFileVersionAt, kVersion);
  StoreLittle(block.data() + kFileEntriesAt, geometry.most_entries);
  StoreLittle(block.data() + kFileHalfSizeAt, geometry.half_size);
  StoreLittle(block.data() + kFileHashAt, HashOf(block.first(kFileHashAt)));
}

HeaderState DecodeFileHeader(Bytes block, Geometry* geometry) {
  CHECK(block.size() >= kBlockSize);
  if (AllZero(block)) return HeaderState::kEmpty;
  if (LoadLittle<uint64_t>(block.data() + kFileMagicAt) != kFileMagic ||
      LoadLittle<uint32_t>(block.data() + kFileVersionAt) != kVersion ||
      LoadLittle<uint64_t>(block.data() + kFileHashAt) != HashOf(block.first(kFileHashAt))) {
    return HeaderState::kDamaged;
  }
  geometry->most_entries = LoadLittle<uint32_t>(block.data() + kFileEntriesAt);
  geometry->half_size = LoadLittle<uint64_t>(block.data() + kFileHalfSizeAt);
  if (geometry->most_entries == 0 || geometry->most_entries > kMostEntries ||
      geometry->half_size % kBlockSize != 0 || geometry->half_size < geometry->HeaderArea() ||
      geometry->half_size > geometry->HeaderArea() + uint64_t{kMostEntries} * kLargestPage) {
    return HeaderState::kDamaged;
  }
  return HeaderState::kGood;
}

void EncodeBatch(const Batch& batch, MutableBytes area) {
  const size_t used = kBatchHeaderSize + batch.entries.size() * kEntrySize;
  CHECK(used <= area.size() && !batch.entries.empty());
  std::memset(area.data(), 0, area.size());
  StoreLittle(area.data() + kBatchMagicAt, kBatchMagic);
  StoreLittle(area.data() + kBatchSequenceAt, batch.sequence);
  StoreLittle(area.data() + kBatchCountAt, static_cast<uint32_t>(batch.entries.size()));
  std::byte* to = area.data() + kBatchHeaderSize;
  for (const Entry& entry : batch.entries) {
    StoreLittle(to + kEntryIdentityAt, entry.identity);
    StoreLittle(to + kEntryPageAt, entry.page_number);
    StoreLittle(to + kEntryPageSizeAt, entry.page_size);
    StoreLittle(to + kEntryOffsetAt, entry.offset);
    StoreLittle(to + kEntryHashAt, entry.hash);
    to += kEntrySize;
  }
  StoreLittle(area.data() + kBatchHashAt, BatchHash(area.first(used)));
}

std::optional<Batch> DecodeBatch(Bytes area, const Geometry& geometry, uint32_t half) {
  CHECK(area.size() >= geometry.HeaderArea());
  const auto count = LoadLittle<uint32_t>(area.data() + kBatchCountAt);
  if (LoadLittle<uint64_t>(area.data() + kBatchMagicAt) != kBatchMagic || count == 0 ||
      count > geometry.most_entries) {
    return std::nullopt;
  }
  const Bytes used = area.first(kBatchHeaderSize + count * kEntrySize);
  if (LoadLittle<uint64_t>(area.data() + kBatchHashAt) != BatchHash(used)) return std::nullopt;
  Batch batch;
  batch.sequence = LoadLittle<uint64_t>(area.data() + kBatchSequenceAt);
  if (batch.sequence == 0 || batch.sequence % kHalves != half) return std::nullopt;
  for (uint32_t i = 0; i < count; ++i) {
    const std::byte* from = area.data() + kBatchHeaderSize + i * kEntrySize;
    const Entry entry = {.identity = LoadLittle<uint64_t>(from + kEntryIdentityAt),
                         .page_number = LoadLittle<uint32_t>(from + kEntryPageAt),
                         .page_size = LoadLittle<uint32_t>(from + kEntryPageSizeAt),
                         .offset = LoadLittle<uint32_t>(from + kEntryOffsetAt),
                         .hash = LoadLittle<uint64_t>(from + kEntryHashAt)};
    if (!EntryIsSound(entry, geometry)) return std::nullopt;
    batch.entries.push_back(entry);
  }
  return batch;
}

}  // namespace contrail::double_write_format
