// What is in one log file of ours, for somebody who looks at it: its header, frames and records.
// Nothing is replayed, and nothing is taken for granted of the generations around it.

#pragma once

#include <functional>
#include <map>
#include <optional>

#include "log/log_files.h"
#include "log/record.h"

namespace contrail {

struct LogInspection {
  struct Tally {
    uint64_t records = 0;
    uint64_t bytes = 0;  // Payload.
  };
  LogFileHeader header;
  uint64_t frames = 0;
  std::map<RecordType, Tally> records;
  Lgpos end;           // Where the frame after the last whole one would begin.
  bool final = false;  // The last frame says that it ends the generation.
  // Why the frame at `end` does not verify; empty behind a final frame and before nothing but
  // zeros.
  std::string torn;
  // A whole frame header lies behind `end`: something durable has been damaged.
  std::optional<uint32_t> frame_behind;
};

// `visit` gets each record in order; may be null. Memory: the file. Errors: those of
// ReadLogFileHeader, and of reading.
Result<LogInspection> InspectLogFile(FileSystem& files, EventSink& events, const std::string& path,
                                     const std::function<void(const LogRecord&)>& visit);

// "mutation", "commit", ...; "type 200" for a number this version does not know.
std::string RecordTypeName(RecordType type);

}  // namespace contrail
