#include "tools/value_text.h"

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

std::u16string LatinToUtf16(Bytes bytes) {
  std::u16string text;
  text.reserve(bytes.size());
  for (const std::byte byte : bytes) {
    const auto code = static_cast<uint8_t>(byte);
    text.push_back(code >= 0x80 && code < 0xa0 ? kLatinHigh[code - 0x80] : code);
  }
  return text;
}

std::u16string TextToUtf16(const ColumnSchema& column, Bytes value) {
  if (column.code_page != kCodePageUnicode) return LatinToUtf16(value);
  std::u16string text(value.size() / 2, u'\0');
  std::memcpy(text.data(), value.data(), text.size() * 2);
  return text;
}

std::string Hex(Bytes value) {
  std::string text;
  text.reserve(value.size() * 2);
  for (const std::byte byte : value) {
    text.push_back(kHexDigits[static_cast<uint8_t>(byte) >> 4]);
    text.push_back(kHexDigits[static_cast<uint8_t>(byte) & 15]);
  }
  return text;
}

std::string Guid(Bytes value) {
  // The first three fields are little endian.
  static constexpr std::array<int, 16> kOrder = {3, 2, 1,  0,  5,  4,  7,  6,
                                                 8, 9, 10, 11, 12, 13, 14, 15};
  std::string text;
  for (size_t i = 0; i < kOrder.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text.push_back('-');
    const auto byte = static_cast<uint8_t>(value[kOrder[i]]);
    text.push_back(kHexDigits[byte >> 4]);
    text.push_back(kHexDigits[byte & 15]);
  }
  return text;
}

// The shortest decimal that reads back as the same double, always with a point or an exponent:
// fixed from 0.0001 to below 1e16, else with an exponent of at least two digits.
std::string Floating(double number) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number < 0 ? "-inf" : "inf";
  char buffer[64];
  const double magnitude = std::fabs(number);
  const bool fixed = magnitude == 0 || (magnitude >= 1e-4 && magnitude < 1e16);
  const auto format = fixed ? std::chars_format::fixed : std::chars_format::scientific;
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, number, format).ptr;
  std::string text(buffer, end);
  if (fixed && text.find('.') == std::string::npos) text += ".0";
  return text;
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

std::string Number(const ColumnSchema& column, Bytes value) {
  switch (column.type) {
    case ColumnType::kUnsignedByte:
      return std::to_string(Load<uint8_t>(value));
    case ColumnType::kShort:
      return std::to_string(Load<int16_t>(value));
    case ColumnType::kUnsignedShort:
      return std::to_string(Load<uint16_t>(value));
    case ColumnType::kLong:
      return std::to_string(Load<int32_t>(value));
    case ColumnType::kUnsignedLong:
      return std::to_string(Load<uint32_t>(value));
    case ColumnType::kUnsignedLongLong:
      return std::to_string(Load<uint64_t>(value));
    default:
      return std::to_string(Load<int64_t>(value));
  }
}

bool IsFloating(ColumnType type) {
  return type == ColumnType::kSingle || type == ColumnType::kDouble ||
         type == ColumnType::kDateTime;
}

}  // namespace

void AppendJsonString(std::u16string_view text, std::string* out) {
  out->push_back('"');
  for (const char16_t unit : text) {
    switch (unit) {
      case u'"':
        *out += "\\\"";
        break;
      case u'\\':
        *out += "\\\\";
        break;
      case u'\n':
        *out += "\\n";
        break;
      case u'\r':
        *out += "\\r";
        break;
      case u'\t':
        *out += "\\t";
        break;
      case u'\b':
        *out += "\\b";
        break;
      case u'\f':
        *out += "\\f";
        break;
      default:
        if (unit >= 0x20 && unit < 0x7f) {
          out->push_back(static_cast<char>(unit));
        } else {
          *out += "\\u";
          for (int shift = 12; shift >= 0; shift -= 4) {
            out->push_back(kHexDigits[unit >> shift & 15]);
          }
        }
    }
  }
  out->push_back('"');
}

void AppendJsonValue(const ColumnSchema& column, Bytes value, std::string* out) {
  const uint32_t size = FixedSizeOf(column.type);
  if (size != 0 && value.size() != size) {
    *out += '"' + Hex(value) + '"';  // Damaged: shown as it is.
    return;
  }
  if (column.type == ColumnType::kBit) {
    *out += value[0] != std::byte{0} ? "true" : "false";
  } else if (IsFloating(column.type)) {
    const double number = LoadFloating(column, value);
    *out += std::isfinite(number) ? Floating(number) : '"' + Floating(number) + '"';
  } else if (column.type == ColumnType::kGuid) {
    *out += '"' + Guid(value) + '"';
  } else if (size != 0) {
    *out += Number(column, value);
  } else if (IsTextType(column.type)) {
    AppendJsonString(TextToUtf16(column, value), out);
  } else {
    *out += '"' + Hex(value) + '"';
  }
}

std::string PlainValue(const ColumnSchema& column, Bytes value) {
  const uint32_t size = FixedSizeOf(column.type);
  if (size != 0 && value.size() != size) return Hex(value);
  if (column.type == ColumnType::kBit) return value[0] != std::byte{0} ? "true" : "false";
  if (IsFloating(column.type)) return Floating(LoadFloating(column, value));
  if (column.type == ColumnType::kGuid) return Guid(value);
  if (size != 0) return Number(column, value);
  if (!IsTextType(column.type)) return Hex(value);
  const Result<std::string> text = api::ToUtf8(TextToUtf16(column, value));
  return text.ok() ? *text : Hex(value);  // Half of a surrogate pair has no UTF-8.
}

std::u16string NameToUtf16(std::string_view name) { return LatinToUtf16(AsBytes(name)); }

}  // namespace contrail::tool
