// The bytes of a record (docs/format/record.md): header, fixed data, null bitmap, variable offsets
// and data, tagged fields. The tagged part differs between small (4, 8 KiB) and large (16, 32 KiB)
// pages.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "engine/column_type.h"
#include "storage/page_format.h"

namespace contrail {

enum class RecordLayout : uint8_t { kSmallPage, kLargePage };

constexpr RecordLayout RecordLayoutOf(uint32_t page_size) {
  return IsLargePage(page_size) ? RecordLayout::kLargePage : RecordLayout::kSmallPage;
}

// The largest record of a table whose primary key is at most key_most bytes long.
constexpr uint32_t RecordSizeLimit(uint32_t page_size, uint32_t key_most) {
  const uint32_t node = MaxNodeSize(page_size);
  return IsLargePage(page_size) ? node - 4 - key_most
                                : node - 2 - std::max<uint32_t>(255, 2 + key_most);
}
static_assert(RecordSizeLimit(4096, 253) == 3791 && RecordSizeLimit(4096, 255) == 3789);
static_assert(RecordSizeLimit(16384, 255) == 16292 - 255);

using LongValueId = uint64_t;  // Ids start at 1; 0 means none. 4 bytes on disk in this format.

namespace record_format {
inline constexpr size_t kHeaderSize = 4;
inline constexpr size_t kLastFixed = 0;     // u8
inline constexpr size_t kLastVariable = 1;  // u8
inline constexpr size_t kFixedEnd = 2;      // u16
inline constexpr uint16_t kVariableNull = 0x8000;
inline constexpr uint16_t kVariableOffsetMask = 0x7fff;

// Words of the tagged array: u16 column id, u16 offset with flags.
inline constexpr size_t kTaggedEntrySize = 4;
inline constexpr uint16_t kTaggedDerived = 0x8000;
inline constexpr uint16_t kSmallHasHeader = 0x4000;
inline constexpr uint16_t kSmallNull = 0x2000;
inline constexpr uint16_t kSmallOffsetMask = 0x1fff;
inline constexpr uint16_t kLargeOffsetMask = 0x7fff;

// The header byte of a tagged field.
inline constexpr uint8_t kLongType = 0x01;
inline constexpr uint8_t kCompressed = 0x02;
inline constexpr uint8_t kSeparated = 0x04;
inline constexpr uint8_t kMultiValues = 0x08;
inline constexpr uint8_t kTwoValues = 0x10;
inline constexpr uint8_t kNull = 0x20;
inline constexpr uint8_t kEncrypted = 0x40;

// Offsets of the general multi-value form.
inline constexpr uint16_t kValueSeparated = 0x8000;
inline constexpr uint16_t kValueOffsetMask = 0x7fff;

constexpr size_t NullBitmapSize(ColumnId last_fixed) { return (last_fixed + 7) / 8; }
}  // namespace record_format

// The longest value that is kept in the record before it is moved to the long value tree.
inline constexpr uint32_t kMaxIntrinsicSize = 1023;

}  // namespace contrail
