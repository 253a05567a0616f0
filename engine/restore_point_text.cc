#include "engine/restore_point_text.h"

#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_format.h>
#include <absl/strings/str_split.h>
#include <absl/strings/strip.h>

#include <cstdio>
#include <vector>

namespace contrail {

std::string RestorePoint::ToText() const {
  if (position.has_value()) return LgposText(*position);
  return time.has_value() ? time->ToText() : "";
}

std::string LgposText(const Lgpos& position) {
  return absl::StrFormat("%X:%X:%X", position.generation, position.block, position.offset);
}

Result<Lgpos> ParseLgpos(const std::string& text) {
  const std::vector<std::string> parts = absl::StrSplit(text, absl::ByAnyChar(":,"));
  uint32_t numbers[3] = {};
  if (parts.size() != 3) return Error::kInvalidParameter;
  for (size_t i = 0; i < 3; ++i) {
    if (!absl::SimpleHexAtoi(parts[i], &numbers[i])) return Error::kInvalidParameter;
  }
  if (numbers[0] == 0 || numbers[1] > UINT16_MAX || numbers[2] > UINT16_MAX) {
    return Error::kInvalidParameter;
  }
  return Lgpos{numbers[0], static_cast<uint16_t>(numbers[1]), static_cast<uint16_t>(numbers[2])};
}

Result<LogTime> ParseTime(const std::string& text) {
  const std::string moment(absl::StripSuffix(text, " UTC"));
  unsigned year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, millisecond = 0;
  int plain = 0;
  int fraction = 0;
  const int fields = std::sscanf(moment.c_str(), "%4u-%2u-%2u %2u:%2u:%2u%n.%3u%n", &year, &month,
                                 &day, &hour, &minute, &second, &plain, &millisecond, &fraction);
  const auto length = static_cast<int>(moment.size());
  const bool whole = (fields == 6 && plain == length) ||
                     (fields == 7 && fraction == length && fraction - plain == 4);
  const bool real = year >= 1970 && year <= 2155 && month <= 12 && day <= 31 && hour <= 23 &&
                    minute <= 59 && second <= 59;
  if (!whole || !real) return Error::kInvalidParameter;
  LogTime time;
  time.years_since_1900 = static_cast<uint8_t>(year - 1900);
  time.month = static_cast<uint8_t>(month);
  time.day = static_cast<uint8_t>(day);
  time.hour = static_cast<uint8_t>(hour);
  time.minute = static_cast<uint8_t>(minute);
  time.second = static_cast<uint8_t>(second);
  time.millisecond = static_cast<uint16_t>(millisecond);
  time.utc = true;
  if (time.ToUnixMilliseconds() == 0) return Error::kInvalidParameter;  // The 31st of June.
  return time;
}

Result<RestorePoint> ParseRestorePoint(const std::string& text) {
  RestorePoint point;
  if (text.empty()) return point;
  if (absl::StrContains(text, '-')) {
    ASSIGN_OR_RETURN(point.time, ParseTime(text));
  } else {
    ASSIGN_OR_RETURN(point.position, ParseLgpos(text));
  }
  return point;
}

}  // namespace contrail
