// Numbers of storage events: those of ESE's application log, so that an operator's knowledge (and
// monitoring rules) of them keeps its worth.

#pragma once

#include <cstdint>

namespace contrail::event_id {

inline constexpr uint32_t kPageCorrected = 399;    // One wrong bit, mended.
inline constexpr uint32_t kDiskFull = 424;         // A database cannot grow.
inline constexpr uint32_t kPageMalformed = 448;    // Right checksum, broken structure.
inline constexpr uint32_t kPageChecksum = 474;     // Checksum mismatch.
inline constexpr uint32_t kPageDataMissing = 476;  // All zero, or past the end of the file.
inline constexpr uint32_t kPageMended = 480;       // Torn by a crash, put back whole. Ours.
inline constexpr uint32_t kReadError = 481;
inline constexpr uint32_t kWriteError = 482;
inline constexpr uint32_t kOpenToReadError = 489;
inline constexpr uint32_t kOpenToWriteError = 490;
inline constexpr uint32_t kPageTimeMismatch = 516;  // Page and log record do not belong together.

}  // namespace contrail::event_id
