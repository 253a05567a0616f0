#include "engine/api/text.h"

#include <algorithm>
#include <cstdint>

#include "storage/check.h"

namespace contrail::api {
namespace {

constexpr char32_t kFirstSurrogate = 0xD800;
constexpr char32_t kFirstLowSurrogate = 0xDC00;
constexpr char32_t kLastSurrogate = 0xDFFF;
constexpr char32_t kFirstSupplementary = 0x10000;
constexpr char32_t kLastCodePoint = 0x10FFFF;

bool IsSurrogate(char32_t value) { return value >= kFirstSurrogate && value <= kLastSurrogate; }

void AppendUtf8(char32_t code_point, std::string* out) {
  DCHECK(code_point <= kLastCodePoint && !IsSurrogate(code_point));
  const auto tail = [&](int shift) {
    out->push_back(static_cast<char>(0x80 | ((code_point >> shift) & 0x3F)));
  };
  if (code_point < 0x80) {
    out->push_back(static_cast<char>(code_point));
  } else if (code_point < 0x800) {
    out->push_back(static_cast<char>(0xC0 | (code_point >> 6)));
    tail(0);
  } else if (code_point < kFirstSupplementary) {
    out->push_back(static_cast<char>(0xE0 | (code_point >> 12)));
    tail(6);
    tail(0);
  } else {
    out->push_back(static_cast<char>(0xF0 | (code_point >> 18)));
    tail(12);
    tail(6);
    tail(0);
  }
}

void AppendUtf16(char32_t code_point, std::u16string* out) {
  DCHECK(code_point <= kLastCodePoint && !IsSurrogate(code_point));
  if (code_point < kFirstSupplementary) {
    out->push_back(static_cast<char16_t>(code_point));
    return;
  }
  const char32_t rest = code_point - kFirstSupplementary;
  out->push_back(static_cast<char16_t>(kFirstSurrogate + (rest >> 10)));
  out->push_back(static_cast<char16_t>(kFirstLowSurrogate + (rest & 0x3FF)));
}

// What a lead byte says: how many bytes follow, its own bits, and the least value that needs so
// many.
struct Lead {
  int following = -1;  // -1: begins nothing
  char32_t bits = 0;
  char32_t least = 0;
};

Lead ReadLead(uint8_t byte) {
  if (byte < 0x80) return {0, byte, 0};
  if (byte >= 0xC0 && byte < 0xE0) return {1, byte & 0x1Fu, 0x80};
  if (byte >= 0xE0 && byte < 0xF0) return {2, byte & 0x0Fu, 0x800};
  if (byte >= 0xF0 && byte < 0xF8) return {3, byte & 0x07u, kFirstSupplementary};
  return {};
}

}  // namespace

Result<std::string> ToUtf8(std::u16string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    char32_t value = text[i];
    if (IsSurrogate(value)) {
      const bool paired = value < kFirstLowSurrogate && i + 1 < text.size() &&
                          text[i + 1] >= kFirstLowSurrogate && text[i + 1] <= kLastSurrogate;
      if (!paired) return Error::kUnicodeTranslationFail;
      value = kFirstSupplementary + ((value - kFirstSurrogate) << 10) +
              (text[++i] - kFirstLowSurrogate);
    }
    AppendUtf8(value, &out);
  }
  return out;
}

Result<std::u16string> ToUtf16(std::string_view text) {
  std::u16string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const Lead lead = ReadLead(static_cast<uint8_t>(text[i]));
    if (lead.following < 0) return Error::kUnicodeTranslationFail;
    char32_t value = lead.bits;
    for (int k = 0; k < lead.following; ++k) {
      ++i;
      if (i >= text.size() || (static_cast<uint8_t>(text[i]) & 0xC0) != 0x80) {
        return Error::kUnicodeTranslationFail;
      }
      value = (value << 6) | (static_cast<uint8_t>(text[i]) & 0x3F);
    }
    if (value < lead.least || value > kLastCodePoint || IsSurrogate(value)) {
      return Error::kUnicodeTranslationFail;
    }
    AppendUtf16(value, &out);
  }
  return out;
}

NarrowText::NarrowText(const char16_t* text)
    : NarrowText(text, text == nullptr ? 0 : std::char_traits<char16_t>::length(text)) {}

NarrowText::NarrowText(const char16_t* text, size_t size) : null_(text == nullptr) {
  if (null_) return;
  Result<std::string> converted = ToUtf8(std::u16string_view(text, size));
  ok_ = converted.ok();
  if (ok_) text_ = std::move(*converted);
}

bool NarrowText::AllOk(std::initializer_list<const NarrowText*> texts) {
  return std::all_of(texts.begin(), texts.end(), [](const NarrowText* t) { return t->ok(); });
}

}  // namespace contrail::api
