// A point in time, or in the log, to restore to, and how it is written: what a parameter of the
// process and a tool's argument are read by, and what events and tools show.

#pragma once

#include <optional>
#include <string>

#include "storage/lgpos.h"
#include "storage/log_time.h"
#include "storage/status.h"

namespace contrail {

// At most one of the two; neither: everything.
struct RestorePoint {
  // Of a commit record, or anywhere else: records that begin behind it are left out.
  std::optional<Lgpos> position = {};
  // UTC. The replay ends before the first commit that is later.
  std::optional<LogTime> time = {};

  bool given() const { return position.has_value() || time.has_value(); }
  // "1A:3:F0", or "2026-11-22 11:16:07.123 UTC"; empty when none is given.
  std::string ToText() const;
};

// "generation:block:offset", hexadecimal; read with commas, too, as headers show positions.
std::string LgposText(const Lgpos& position);
Result<Lgpos> ParseLgpos(const std::string& text);  // kInvalidParameter
// "YYYY-MM-DD HH:MM:SS" with or without ".mmm" and " UTC". kInvalidParameter.
Result<LogTime> ParseTime(const std::string& text);
// Either of the two; empty: none. kInvalidParameter.
Result<RestorePoint> ParseRestorePoint(const std::string& text);

}  // namespace contrail
