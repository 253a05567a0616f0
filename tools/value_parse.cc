#include "tools/value_parse.h"

#include <absl/strings/escaping.h>

#include <charconv>
#include <chrono>
#include <limits>

#include "engine/api/text.h"
#include "storage/bytes.h"
#include "tools/value_text.h"

namespace contrail::tool {
namespace {

using Value = std::vector<std::byte>;

constexpr Error kMalformed = Error::kInvalidParameter;
constexpr double kSecondsPerDay = 86400;

template <typename T>
Value BytesOf(const T& number) {
  Value value(sizeof number);
  std::memcpy(value.data(), &number, sizeof number);
  return value;
}

template <typename T>
Result<T> ParseNumber(std::string_view text) {
  T number{};
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size()) return kMalformed;
  return number;
}

template <typename T>
Result<Value> ParseAs(std::string_view text) {
  ASSIGN_OR_RETURN(const T number, ParseNumber<T>(text));
  return BytesOf(number);
}

// The part of `text` before `separator`, which is taken off with it; all of it where there is none.
std::string_view TakePart(std::string_view* text, char separator) {
  const size_t end = text->find(separator);
  const std::string_view part = text->substr(0, end);
  *text = end == std::string_view::npos ? std::string_view() : text->substr(end + 1);
  return part;
}

Result<double> ParseDays(std::string_view text) {
  if (text.find('-', 1) == std::string_view::npos || text.find_first_of("eE") != text.npos) {
    return ParseNumber<double>(text);
  }
  std::string_view time = text;
  std::string_view date = TakePart(&time, text.find('T') == text.npos ? ' ' : 'T');
  ASSIGN_OR_RETURN(const int year, ParseNumber<int>(TakePart(&date, '-')));
  ASSIGN_OR_RETURN(const unsigned month, ParseNumber<unsigned>(TakePart(&date, '-')));
  ASSIGN_OR_RETURN(const unsigned day, ParseNumber<unsigned>(date));
  const std::chrono::year_month_day moment{std::chrono::year(year), std::chrono::month(month),
                                           std::chrono::day(day)};
  if (!moment.ok()) return kMalformed;
  double seconds = 0;
  for (const double unit : {3600.0, 60.0, 1.0}) {
    if (time.empty()) break;
    ASSIGN_OR_RETURN(const double part, ParseNumber<double>(TakePart(&time, ':')));
    if (part < 0 || part >= (unit == 3600.0 ? 24 : 60)) return kMalformed;
    seconds += part * unit;
  }
  if (!time.empty()) return kMalformed;
  using std::chrono::sys_days;
  constexpr std::chrono::year_month_day kFirstDay{std::chrono::year(1899), std::chrono::month(12),
                                                  std::chrono::day(30)};
  const double days = static_cast<double>((sys_days(moment) - sys_days(kFirstDay)).count());
  // Before the first day the fraction still counts forward within the day.
  return days < 0 ? days - seconds / kSecondsPerDay : days + seconds / kSecondsPerDay;
}

Result<Value> ParseHex(std::string_view text) {
  if (text.size() % 2 != 0) return kMalformed;
  if (text.find_first_not_of("0123456789abcdefABCDEF") != text.npos) return kMalformed;
  const std::string bytes = absl::HexStringToBytes({text.data(), text.size()});
  return Value(AsBytes(bytes).begin(), AsBytes(bytes).end());
}

Result<Value> ParseGuid(std::string_view text) {
  if (text.size() > 2 && text.front() == '{' && text.back() == '}') {
    text = text.substr(1, text.size() - 2);
  }
  std::string digits;
  for (const char letter : text) {
    if (letter != '-') digits.push_back(letter);
  }
  ASSIGN_OR_RETURN(Value value, ParseHex(digits));
  if (value.size() != FixedSizeOf(ColumnType::kGuid)) return kMalformed;
  for (const auto& [first, last] : {std::pair{0, 3}, {1, 2}, {4, 5}, {6, 7}}) {
    std::swap(value[static_cast<size_t>(first)], value[static_cast<size_t>(last)]);
  }
  return value;
}

Result<Value> ParseText(const ColumnSchema& column, std::string_view text) {
  ASSIGN_OR_RETURN(const std::u16string wide, api::ToUtf16(text));
  Value value;
  if (column.is_unicode()) {
    value.resize(wide.size() * sizeof(char16_t));
    if (!value.empty()) std::memcpy(value.data(), wide.data(), value.size());
    return value;
  }
  for (const char16_t unit : wide) {
    ASSIGN_OR_RETURN(const std::byte byte, ToLatin(unit));
    value.push_back(byte);
  }
  return value;
}

Result<Value> ParseBit(std::string_view text) {
  if (text == "true" || text == "1") return Value{std::byte{0xff}};
  if (text == "false" || text == "0") return Value{std::byte{0}};
  return kMalformed;
}

}  // namespace

Result<std::vector<std::byte>> ParseValue(const ColumnSchema& column, std::string_view text) {
  switch (column.type) {
    case ColumnType::kBit:
      return ParseBit(text);
    case ColumnType::kUnsignedByte:
      return ParseAs<uint8_t>(text);
    case ColumnType::kShort:
      return ParseAs<int16_t>(text);
    case ColumnType::kUnsignedShort:
      return ParseAs<uint16_t>(text);
    case ColumnType::kLong:
      return ParseAs<int32_t>(text);
    case ColumnType::kUnsignedLong:
      return ParseAs<uint32_t>(text);
    case ColumnType::kCurrency:
    case ColumnType::kLongLong:
      return ParseAs<int64_t>(text);
    case ColumnType::kUnsignedLongLong:
      return ParseAs<uint64_t>(text);
    case ColumnType::kSingle:
      return ParseAs<float>(text);
    case ColumnType::kDouble:
      return ParseAs<double>(text);
    case ColumnType::kDateTime: {
      ASSIGN_OR_RETURN(const double days, ParseDays(text));
      return BytesOf(days);
    }
    case ColumnType::kGuid:
      return ParseGuid(text);
    case ColumnType::kText:
    case ColumnType::kLongText:
      return ParseText(column, text);
    case ColumnType::kBinary:
    case ColumnType::kLongBinary:
      return ParseHex(text);
    default:
      return kMalformed;
  }
}

}  // namespace contrail::tool
