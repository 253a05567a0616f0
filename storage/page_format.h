// The layout of a page: header fields, tag array, node bytes. Source: the .edb format,
// docs/format/page.md.

#pragma once

#include <cstddef>
#include <cstdint>

namespace contrail {

using PageNumber = uint32_t;  // 0 means none; page n lies at byte (n + 1) * page size of the file.
using ObjectId = uint32_t;
using DbTime = uint64_t;  // Per database, one new value per change of a page.

inline constexpr uint32_t kMinPageSize = 4096;
inline constexpr uint32_t kMaxPageSize = 32768;
constexpr bool IsValidPageSize(uint32_t size) {
  return size == 4096 || size == 8192 || size == 16384 || size == 32768;
}
// 16 and 32 KiB pages have a longer header, 15-bit tags and node flags inside the node.
constexpr bool IsLargePage(uint32_t page_size) { return page_size > 8192; }
constexpr uint32_t PageHeaderSize(uint32_t page_size) { return IsLargePage(page_size) ? 80 : 40; }
constexpr uint32_t PageCapacity(uint32_t page_size) {
  return page_size - PageHeaderSize(page_size);
}
// The largest node (its length prefixes, key and data together).
constexpr uint32_t MaxNodeSize(uint32_t page_size) { return PageCapacity(page_size) - 8; }

inline constexpr uint64_t FileOffsetOf(PageNumber page, uint32_t page_size) {
  return (uint64_t{page} + 1) * page_size;
}

namespace page_offset {
inline constexpr size_t kChecksum = 0;
inline constexpr size_t kDbTime = 8;
inline constexpr size_t kPrevious = 16;
inline constexpr size_t kNext = 20;
inline constexpr size_t kObjectId = 24;
inline constexpr size_t kFreeBytes = 28;
inline constexpr size_t kUncommittedFree = 30;  // Always 0 here: freed space is reusable at once.
inline constexpr size_t kDataEnd = 32;          // ESE's ibMicFree.
inline constexpr size_t kTagCount = 34;
inline constexpr size_t kFlags = 36;
inline constexpr size_t kLargeChecksums = 40;  // Large pages: blocks 1, 2, 3.
inline constexpr size_t kLargePageNumber = 64;
}  // namespace page_offset

namespace page_flag {
inline constexpr uint32_t kRoot = 0x1;
inline constexpr uint32_t kLeaf = 0x2;
inline constexpr uint32_t kParentOfLeaf = 0x4;
inline constexpr uint32_t kEmptied = 0x8;
inline constexpr uint32_t kSpaceTree = 0x20;
inline constexpr uint32_t kIndex = 0x40;
inline constexpr uint32_t kLongValue = 0x80;
inline constexpr uint32_t kNonUnique = 0x400;
inline constexpr uint32_t kNewRecordFormat = 0x800;
inline constexpr uint32_t kNewChecksum = 0x2000;
inline constexpr uint32_t kFlushCounterOne = 0x8000;
inline constexpr uint32_t kFlushCounterMask = 0x18000;
// On every page we write.
inline constexpr uint32_t kAlways = kNewRecordFormat | kNewChecksum;
// The same on all pages of a tree.
inline constexpr uint32_t kTreeMask = kSpaceTree | kIndex | kLongValue | kNonUnique;
}  // namespace page_flag

namespace node_flag {
inline constexpr uint8_t kVersioned = 1;   // The version store may know more; a hint, never redone.
inline constexpr uint8_t kDeleted = 2;     // Logically absent.
inline constexpr uint8_t kCompressed = 4;  // Starts with the page's prefix.
}  // namespace node_flag

}  // namespace contrail
