// Events of the log: what went wrong in which file, where, what was expected and found.

#pragma once

#include <string>

#include "storage/event.h"
#include "storage/status.h"

namespace contrail {

// ESE's ids where it has one for the case.
inline constexpr uint32_t kEventLogHeaderUnreadable = 412;
inline constexpr uint32_t kEventLogOpenFailed = 455;
inline constexpr uint32_t kEventLogCorrupt = 465;
inline constexpr uint32_t kEventLogReadVerify = 477;
inline constexpr uint32_t kEventLogDown = 492;
inline constexpr uint32_t kEventCheckpointDamaged = 439;
inline constexpr uint32_t kEventLogSequence = 434;
inline constexpr uint32_t kEventLogSignature = 433;
inline constexpr uint32_t kEventLogMissing = 435;
inline constexpr uint32_t kEventRedoFailed = 454;

// Reports an error event and returns the error, so that it can be passed on in one go.
Status ReportLogError(EventSink& events, uint32_t id, Error error, std::string text,
                      const std::string& file, int64_t offset = -1, std::string expected = {},
                      std::string found = {});

// "0x" and hexadecimal digits, as events show hashes and offsets.
std::string HexText(uint64_t value);

}  // namespace contrail
