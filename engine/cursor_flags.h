// Flags of cursor operations. The values are those of the API's grbits, so that the API hands them
// through; what a flag does is said where it is used (engine/table_cursor.h).

#pragma once

#include <cstdint>

namespace contrail {

namespace seek_bit {  // JetSeek: exactly one of the first five.
inline constexpr uint32_t kEqual = 0x1;
inline constexpr uint32_t kLess = 0x2;
inline constexpr uint32_t kLessOrEqual = 0x4;
inline constexpr uint32_t kGreaterOrEqual = 0x8;
inline constexpr uint32_t kGreater = 0x10;
inline constexpr uint32_t kSetIndexRange = 0x20;
inline constexpr uint32_t kCheckUniqueness = 0x40;
inline constexpr uint32_t kRelationMask = 0x1f;
inline constexpr uint32_t kAll = 0x7f;
}  // namespace seek_bit

namespace range_bit {  // JetSetIndexRange
inline constexpr uint32_t kInclusive = 0x1;
inline constexpr uint32_t kUpperLimit = 0x2;
inline constexpr uint32_t kInstantDuration = 0x4;
inline constexpr uint32_t kRemove = 0x8;
inline constexpr uint32_t kAll = 0xf;
}  // namespace range_bit

namespace move_bit {                           // JetMove
inline constexpr uint32_t kKeyNotEqual = 0x1;  // Skips entries with the same key.
inline constexpr int32_t kFirst = -0x7fffffff - 1;
inline constexpr int32_t kLast = 0x7fffffff;
}  // namespace move_bit

namespace current_index_bit {  // JetSetCurrentIndex
inline constexpr uint32_t kMoveFirst = 0;
inline constexpr uint32_t kMoveBeforeFirst = 0x1;
inline constexpr uint32_t kNoMove = 0x2;
}  // namespace current_index_bit

namespace retrieve_bit {  // JetRetrieveColumn, JetRetrieveKey
inline constexpr uint32_t kCopy = 0x1;
inline constexpr uint32_t kFromIndex = 0x2;
inline constexpr uint32_t kFromPrimaryBookmark = 0x4;
inline constexpr uint32_t kTag = 0x8;
inline constexpr uint32_t kNull = 0x10;
inline constexpr uint32_t kIgnoreDefault = 0x20;
inline constexpr uint32_t kTuple = 0x800;
inline constexpr uint32_t kAll = 0x83f;
}  // namespace retrieve_bit

namespace set_column_bit {  // JetSetColumn
inline constexpr uint32_t kAppend = 0x1;
inline constexpr uint32_t kOverwrite = 0x4;
inline constexpr uint32_t kSize = 0x8;
inline constexpr uint32_t kZeroLength = 0x20;
inline constexpr uint32_t kSeparate = 0x40;
inline constexpr uint32_t kUniqueValues = 0x80;
inline constexpr uint32_t kUniqueNormalizedValues = 0x100;
inline constexpr uint32_t kUnique = kUniqueValues | kUniqueNormalizedValues;  // Either.
inline constexpr uint32_t kRevertToDefault = 0x200;
inline constexpr uint32_t kIntrinsic = 0x400;
inline constexpr uint32_t kUncompressed = 0x10000;
inline constexpr uint32_t kCompressed = 0x20000;
inline constexpr uint32_t kContiguous = 0x40000;
inline constexpr uint32_t kAll = 0x707ed;
}  // namespace set_column_bit

namespace lock_bit {  // JetGetLock
inline constexpr uint32_t kRead = 0x1;
inline constexpr uint32_t kWrite = 0x2;
}  // namespace lock_bit

namespace record_size_bit {  // JetGetRecordSize
inline constexpr uint32_t kInCopyBuffer = 0x1;
inline constexpr uint32_t kRunningTotal = 0x2;
inline constexpr uint32_t kLocal = 0x4;
}  // namespace record_size_bit

// JetPrepareUpdate.
enum class UpdateKind : uint32_t {
  kInsert = 0,
  kReplace = 2,
  kCancel = 3,
  kReplaceNoLock = 4,
  kInsertCopy = 5,
  kInsertCopyDeleteOriginal = 7,
};

}  // namespace contrail
