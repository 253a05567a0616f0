// The space header of a tree's root page (tag 0) and the entries of extent trees.
// docs/format/space.md.

#pragma once

#include <array>
#include <optional>

#include "storage/bytes.h"
#include "storage/page_format.h"

namespace contrail {

struct SpaceHeader {
  static constexpr size_t kSize = 16;
  static constexpr uint8_t kMultipleExtents = 1;
  static constexpr uint8_t kNonUnique = 2;
  static constexpr uint8_t kVersion2 = 4;
  // Pages that the bitmap of a single-extent tree tells of, from the one after the root on. Pages
  // of the extent beyond them are free by definition.
  static constexpr uint32_t kBitmapPages = 32;

  uint32_t primary_pages = 0;  // Version 2: size of the last allocation.
  PageNumber parent = 0;  // Root of the tree that the extents come from; 0 for the database root.
  uint8_t flags = 0;
  uint32_t detail = 0;  // Bitmap of free pages, or root of the owned-extent tree.

  bool multiple_extents() const { return (flags & kMultipleExtents) != 0; }
  PageNumber owned_root() const { return detail; }
  PageNumber available_root() const { return detail + 1; }

  static std::optional<SpaceHeader> Load(Bytes header) {
    if (header.size() != kSize) return std::nullopt;
    SpaceHeader result;
    result.primary_pages = LoadLittle<uint32_t>(header.data());
    result.parent = LoadLittle<uint32_t>(header.data() + 4);
    result.flags = LoadLittle<uint8_t>(header.data() + 8);
    result.detail = LoadLittle<uint32_t>(header.data() + 12);
    return result;
  }
  std::array<std::byte, kSize> Store() const {
    std::array<std::byte, kSize> bytes{};
    StoreLittle<uint32_t>(bytes.data(), primary_pages);
    StoreLittle<uint32_t>(bytes.data() + 4, parent);
    StoreLittle<uint8_t>(bytes.data() + 8, flags);
    StoreLittle<uint32_t>(bytes.data() + 12, detail);
    return bytes;
  }
};

// The bitmap of a new extent of `pages` pages: all but the root are free.
constexpr uint32_t FullBitmap(uint32_t pages) {
  return pages > SpaceHeader::kBitmapPages ? ~uint32_t{0} : (uint32_t{1} << (pages - 1)) - 1;
}

// Database pages end below this: keys of extent trees with the top bit set mean page pools.
inline constexpr PageNumber kMaxPageNumber = 0x7ffffffe;

}  // namespace contrail
