#include "tools/value_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "engine/api/text.h"

namespace contrail::tool {
namespace {

// Code page 1252 where it differs from Latin-1; the five unassigned codes stay control characters.
constexpr std::array<char16_t, 32> kLatinHigh = {
    0x20ac, 0x0081, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x008d, 0x017d, 0x008f, 0x0090, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x009d, 0x017e, 0x0178};

constexpr char kHexDigits[] = "0123456789abcdef";

char16_t FromLatin(std::byte byte) {
  const auto code = static_cast<uint8_t>(byte);
  return code >= 0x80 && code < 0xa0 ? kLatinHigh[code - 0x80] : code;
}

std::u16string LatinToUtf16(Bytes bytes) {
  std::u16string text;
  text.reserve(bytes.size());
  for (const std::byte byte : bytes) text.push_back(FromLatin(byte));
  return text;
}

std::u16string TextToUtf16(const ColumnSchema& column, Bytes value) {
  if (column.code_page != kCodePageUnicode) return LatinToUtf16(value);
  std::u16string text(value.size() / 2, u'\0');
  std::memcpy(text.data(), value.data(), text.size() * 2);
  return text;
}

void AppendGuid(Bytes value, std::string* out) {
  // The first three fields are little endian.
  static constexpr std::array<int, 16> kOrder = {3, 2, 1,  0,  5,  4,  7,  6,
                                                 8, 9, 10, 11, 12, 13, 14, 15};
  for (size_t i = 0; i < kOrder.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out->push_back('-');
    const auto byte = static_cast<uint8_t>(value[kOrder[i]]);
    out->push_back(kHexDigits[byte >> 4]);
    out->push_back(kHexDigits[byte & 15]);
  }
}

// The shortest decimal that reads back as the same double, always with a point or an exponent:
// fixed from 0.0001 to below 1e16, else with an exponent of at least two digits.
void AppendFloating(double number, std::string* out) {
  if (std::isnan(number)) {
    *out += "nan";
    return;
  }
  if (std::isinf(number)) {
    *out += number < 0 ? "-inf" : "inf";
    return;
  }
  char buffer[64];
  const double magnitude = std::fabs(number);
  const bool fixed = magnitude == 0 || (magnitude >= 1e-4 && magnitude < 1e16);
  const auto format = fixed ? std::chars_format::fixed : std::chars_format::scientific;
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, number, format).ptr;
  const std::string_view text(buffer, static_cast<size_t>(end - buffer));
  *out += text;
  if (fixed && text.find('.') == std::string_view::npos) *out += ".0";
}

template <typename T>
T Load(Bytes value) {
  return LoadLittle<T>(value.data());
}

double LoadFloating(const ColumnSchema& column, Bytes value) {
  if (column.type == ColumnType::kSingle) {
    float number;
    std::memcpy(&number, value.data(), sizeof number);
    return number;
  }
  double number;
  std::memcpy(&number, value.data(), sizeof number);
  return number;
}

template <typename T>
void AppendInteger(Bytes value, std::string* out) {
  char buffer[24];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, Load<T>(value)).ptr;
  out->append(buffer, end);
}

void AppendNumber(const ColumnSchema& column, Bytes value, std::string* out) {
  switch (column.type) {
    case ColumnType::kUnsignedByte:
      return AppendInteger<uint8_t>(value, out);
    case ColumnType::kShort:
      return AppendInteger<int16_t>(value, out);
    case ColumnType::kUnsignedShort:
      return AppendInteger<uint16_t>(value, out);
    case ColumnType::kLong:
      return AppendInteger<int32_t>(value, out);
    case ColumnType::kUnsignedLong:
      return AppendInteger<uint32_t>(value, out);
    case ColumnType::kUnsignedLongLong:
      return AppendInteger<uint64_t>(value, out);
    default:
      return AppendInteger<int64_t>(value, out);
  }
}

bool IsFloating(ColumnType type) {
  return type == ColumnType::kSingle || type == ColumnType::kDouble ||
         type == ColumnType::kDateTime;
}

// Bit, numbers and GUIDs, of the right size; a GUID without quotes.
void AppendFixedSize(const ColumnSchema& column, Bytes value, std::string* out) {
  if (column.type == ColumnType::kBit) {
    *out += value[0] != std::byte{0} ? "true" : "false";
  } else if (IsFloating(column.type)) {
    AppendFloating(LoadFloating(column, value), out);
  } else if (column.type == ColumnType::kGuid) {
    AppendGuid(value, out);
  } else {
    AppendNumber(column, value, out);
  }
}

// JSON has no numbers for what is not one.
bool NeedsQuotes(const ColumnSchema& column, Bytes value) {
  if (column.type == ColumnType::kGuid) return true;
  return IsFloating(column.type) && !std::isfinite(LoadFloating(column, value));
}

void AppendEscaped(char16_t unit, std::string* out) {
  switch (unit) {
    case u'"':
      *out += "\\\"";
      return;
    case u'\\':
      *out += "\\\\";
      return;
    case u'\n':
      *out += "\\n";
      return;
    case u'\r':
      *out += "\\r";
      return;
    case u'\t':
      *out += "\\t";
      return;
    case u'\b':
      *out += "\\b";
      return;
    case u'\f':
      *out += "\\f";
      return;
    default:
      break;
  }
  *out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out->push_back(kHexDigits[unit >> shift & 15]);
}

void AppendUnit(char16_t unit, std::string* out) {
  const bool plain = unit >= 0x20 && unit < 0x7f && unit != u'"' && unit != u'\\';
  if (plain) {
    out->push_back(static_cast<char>(unit));
  } else {
    AppendEscaped(unit, out);
  }
}

void AppendJsonUnits(const ColumnSchema& column, Bytes value, std::string* out) {
  if (column.code_page == kCodePageUnicode) {
    for (size_t i = 0; i + 1 < value.size(); i += 2) {
      AppendUnit(LoadLittle<uint16_t>(value.data() + i), out);
    }
  } else {
    for (const std::byte byte : value) AppendUnit(FromLatin(byte), out);
  }
}

}  // namespace

void AppendHex(Bytes value, std::string* out) {
  const size_t before = out->size();
  out->resize(before + 2 * value.size());
  char* to = out->data() + before;
  for (const std::byte byte : value) {
    *to++ = kHexDigits[static_cast<uint8_t>(byte) >> 4];
    *to++ = kHexDigits[static_cast<uint8_t>(byte) & 15];
  }
}

void AppendJsonString(std::u16string_view text, std::string* out) {
  out->push_back('"');
  for (const char16_t unit : text) AppendUnit(unit, out);
  out->push_back('"');
}

void AppendJsonValue(const ColumnSchema& column, Bytes value, std::string* out) {
  const uint32_t size = FixedSizeOf(column.type);
  const bool is_number = !IsTextType(column.type) && size != 0 && value.size() == size;
  const bool quoted = !is_number || NeedsQuotes(column, value);
  if (quoted) out->push_back('"');
  if (is_number) {
    AppendFixedSize(column, value, out);
  } else {
    AppendJsonPart(column, value, out);  // A number of another size is damaged: shown as it is.
  }
  if (quoted) out->push_back('"');
}

void AppendJsonPart(const ColumnSchema& column, Bytes part, std::string* out) {
  if (IsTextType(column.type)) {
    AppendJsonUnits(column, part, out);
  } else {
    AppendHex(part, out);
  }
}

void AppendPlainPart(const ColumnSchema& column, Bytes part, std::string* out) {
  if (!IsTextType(column.type)) return AppendHex(part, out);
  *out += api::ToUtf8(TextToUtf16(column, part)).value();
}

void AppendPlainValue(const ColumnSchema& column, Bytes value, std::string* out) {
  const uint32_t size = FixedSizeOf(column.type);
  if (size != 0 && value.size() == size) return AppendFixedSize(column, value, out);
  if (!IsTextType(column.type)) return AppendHex(value, out);
  const Result<std::string> text = api::ToUtf8(TextToUtf16(column, value));
  if (text.ok()) {
    *out += *text;
  } else {
    AppendHex(value, out);  // Half of a surrogate pair has no UTF-8.
  }
}

Result<std::byte> ToLatin(char16_t unit) {
  if (unit < 0x80 || (unit >= 0xa0 && unit <= 0xff)) return static_cast<std::byte>(unit);
  const auto high = std::find(kLatinHigh.begin(), kLatinHigh.end(), unit);
  if (high == kLatinHigh.end()) return Error::kUnicodeTranslationFail;
  return static_cast<std::byte>(0x80 + (high - kLatinHigh.begin()));
}

std::u16string NameToUtf16(std::string_view name) { return LatinToUtf16(AsBytes(name)); }

}  // namespace contrail::tool
