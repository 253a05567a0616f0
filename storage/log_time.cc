#include "storage/log_time.h"

#include <absl/strings/str_format.h>

#include <chrono>
#include <random>

#include "storage/check.h"

namespace contrail {
namespace {

constexpr int kFirstYear = 1900;

}  // namespace

LogTime LogTime::FromUnixMilliseconds(int64_t milliseconds) {
  namespace chrono = std::chrono;
  const chrono::sys_time<chrono::milliseconds> moment{chrono::milliseconds(milliseconds)};
  const auto midnight = chrono::floor<chrono::days>(moment);
  const chrono::year_month_day date(midnight);
  const chrono::hh_mm_ss time(moment - midnight);
  const int years = static_cast<int>(date.year()) - kFirstYear;
  CHECK(years >= 70 && years <= 255);
  LogTime result;
  result.second = static_cast<uint8_t>(time.seconds().count());
  result.minute = static_cast<uint8_t>(time.minutes().count());
  result.hour = static_cast<uint8_t>(time.hours().count());
  result.day = static_cast<uint8_t>(static_cast<unsigned>(date.day()));
  result.month = static_cast<uint8_t>(static_cast<unsigned>(date.month()));
  result.years_since_1900 = static_cast<uint8_t>(years);
  result.millisecond = static_cast<uint16_t>(time.subseconds().count());
  result.utc = true;
  return result;
}

LogTime LogTime::Now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return FromUnixMilliseconds(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

int64_t LogTime::ToUnixMilliseconds() const {
  namespace chrono = std::chrono;
  if (IsNull()) return 0;
  const chrono::year_month_day date(chrono::year(kFirstYear + years_since_1900),
                                    chrono::month(month), chrono::day(day));
  if (!date.ok()) return 0;  // Damaged, or written by somebody who did not care.
  const chrono::sys_days midnight(date);
  const chrono::seconds time =
      chrono::hours(hour) + chrono::minutes(minute) + chrono::seconds(second);
  return chrono::duration_cast<chrono::milliseconds>(midnight.time_since_epoch() + time).count() +
         millisecond;
}

LogTime LogTime::Load(const std::byte* from) {
  LogTime time;
  time.second = LoadLittle<uint8_t>(from);
  time.minute = LoadLittle<uint8_t>(from + 1);
  time.hour = LoadLittle<uint8_t>(from + 2);
  time.day = LoadLittle<uint8_t>(from + 3);
  time.month = LoadLittle<uint8_t>(from + 4);
  time.years_since_1900 = LoadLittle<uint8_t>(from + 5);
  const auto low = LoadLittle<uint8_t>(from + 6);
  const auto high = LoadLittle<uint8_t>(from + 7);
  time.utc = (low & 1) != 0;
  time.os_snapshot = (high & 1) != 0;
  time.millisecond = static_cast<uint16_t>(low >> 1 | (high >> 1 & 7) << 7);
  return time;
}

void LogTime::Store(std::byte* to) const {
  DCHECK(millisecond < 1024);
  const uint8_t fields[kSize] = {
      second,
      minute,
      hour,
      day,
      month,
      years_since_1900,
      static_cast<uint8_t>((millisecond & 0x7f) << 1 | (utc ? 1 : 0)),
      static_cast<uint8_t>((millisecond >> 7 & 7) << 1 | (os_snapshot ? 1 : 0))};
  std::memcpy(to, fields, kSize);
}

std::string LogTime::ToText() const {
  if (IsNull()) return "not set";
  return absl::StrFormat("%04d-%02d-%02d %02d:%02d:%02d.%03d%s", kFirstYear + years_since_1900,
                         month, day, hour, minute, second, millisecond, utc ? " UTC" : "");
}

Signature Signature::Random(LogTime created) {
  std::random_device source;
  Signature signature;
  // 0 would look like "no signature".
  do signature.random = source();
  while (signature.random == 0);
  signature.created = created;
  return signature;
}

Signature Signature::Load(const std::byte* from) {
  Signature signature;
  signature.random = LoadLittle<uint32_t>(from);
  signature.created = LogTime::Load(from + 4);
  std::memcpy(signature.computer_name.data(), from + 12, signature.computer_name.size());
  return signature;
}

void Signature::Store(std::byte* to) const {
  StoreLittle(to, random);
  created.Store(to + 4);
  std::memcpy(to + 12, computer_name.data(), computer_name.size());
}

std::string Signature::ToText() const {
  return absl::StrFormat("%08x created %s", random, created.ToText());
}

}  // namespace contrail
