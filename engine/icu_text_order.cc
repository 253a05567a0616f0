#include "engine/icu_text_order.h"

#include <absl/container/inlined_vector.h>
#include <unicode/ucol.h>
#include <unicode/uloc.h>
#include <unicode/uversion.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace contrail {
namespace {

struct CloseCollator {
  void operator()(UCollator* collator) const { ucol_close(collator); }
};
using Collator = std::unique_ptr<UCollator, CloseCollator>;

// What Windows adds to a language for its other orders, and ICU's names for the same.
struct OtherOrder {
  std::string_view windows;
  std::string_view icu;
};
constexpr OtherOrder kOtherOrders[] = {
    {"phoneb", "phonebook"}, {"tradnl", "traditional"}, {"stroke", "stroke"},
    {"pronun", "zhuyin"},    {"radstr", "unihan"},
};

// "de-DE_phoneb" -> "de_DE@collation=phonebook". Empty: none that ICU could know.
std::string IcuName(std::u16string_view locale_name) {
  if (locale_name.empty()) return "root";
  std::string name;
  for (const char16_t unit : locale_name) {
    const bool plain = (unit >= u'a' && unit <= u'z') || (unit >= u'A' && unit <= u'Z') ||
                       (unit >= u'0' && unit <= u'9') || unit == u'-' || unit == u'_';
    if (!plain) return "";
    name.push_back(static_cast<char>(unit));
  }
  std::string order;
  if (const size_t mark = name.find('_'); mark != name.npos) {
    const std::string_view suffix = std::string_view(name).substr(mark + 1);
    for (const OtherOrder& other : kOtherOrders) {
      if (other.windows == suffix) order = "@collation=" + std::string(other.icu);
    }
    if (order.empty()) return "";
    name.resize(mark);
  }
  std::array<char, ULOC_FULLNAME_CAPACITY> locale;
  UErrorCode error = U_ZERO_ERROR;
  int32_t parsed = 0;
  uloc_forLanguageTag(name.c_str(), locale.data(), locale.size(), &parsed, &error);
  if (U_FAILURE(error) || error == U_STRING_NOT_TERMINATED_WARNING ||
      parsed != static_cast<int32_t>(name.size())) {
    return "";
  }
  if (*uloc_getISO3Language(locale.data()) == '\0') return "";  // No such language.
  return locale.data() + order;
}

// Case is the third level of difference, diacritics the second.
void SetAttributes(UCollator* collator, uint32_t flags, UErrorCode* error) {
  const auto has = [flags](uint32_t flag) { return (flags & flag) != 0; };
  const bool ignore_case = has(map_flag::kIgnoreCase | map_flag::kLinguisticIgnoreCase);
  const bool ignore_diacritics =
      has(map_flag::kIgnoreNonspacing | map_flag::kLinguisticIgnoreDiacritic);
  UCollationStrength strength = UCOL_TERTIARY;
  if (ignore_case) strength = UCOL_SECONDARY;
  if (ignore_diacritics) strength = UCOL_PRIMARY;
  ucol_setStrength(collator, strength);
  if (ignore_diacritics && !ignore_case) {
    ucol_setAttribute(collator, UCOL_CASE_LEVEL, UCOL_ON, error);
  }
  if (has(map_flag::kIgnoreSymbols)) {
    ucol_setAttribute(collator, UCOL_ALTERNATE_HANDLING, UCOL_SHIFTED, error);
  }
  if (has(map_flag::kDigitsAsNumbers)) {
    ucol_setAttribute(collator, UCOL_NUMERIC_COLLATION, UCOL_ON, error);
  }
  // Composed and decomposed forms of a text are the same text.
  ucol_setAttribute(collator, UCOL_NORMALIZATION_MODE, UCOL_ON, error);
}

uint32_t Number(const UVersionInfo& version) {
  return static_cast<uint32_t>(version[0]) << 24 | static_cast<uint32_t>(version[1]) << 16 |
         static_cast<uint32_t>(version[2]) << 8 | version[3];
}

class IcuTextOrder final : public TextOrder {
 public:
  explicit IcuTextOrder(Collator collator) : collator_(std::move(collator)) {}

  Result<SortKeyResult> MakeKey(Bytes text, MutableBytes to) const override {
    absl::InlinedVector<UChar, 128> units(text.size() / 2);
    std::memcpy(units.data(), text.data(), units.size() * sizeof(UChar));
    auto* const bytes = reinterpret_cast<uint8_t*>(to.data());
    const auto room = static_cast<int32_t>(to.size());
    // The size of the whole key; what lies behind the room is not written.
    const int32_t size = ucol_getSortKey(collator_.get(), units.data(),
                                         static_cast<int32_t>(units.size()), bytes, room);
    if (size <= 0) return Error::kOutOfMemory;
    return SortKeyResult{static_cast<size_t>(std::min(size, room)), size > room};
  }

 private:
  const Collator collator_;  // Not changed any more, so that threads can share it.
};

}  // namespace

const SortId kIcuSortId = {std::byte{0xa1}, std::byte{0x11}, std::byte{0x47}, std::byte{0xc0},
                           std::byte{0xe0}, std::byte{0xe5}, std::byte{0x6f}, std::byte{0x4c},
                           std::byte{0x9a}, std::byte{0x57}, std::byte{0x1c}, std::byte{0x0d},
                           std::byte{0xe0}, std::byte{0xa1}, std::byte{0x1e}, std::byte{0x01}};

Result<std::shared_ptr<const TextOrder>> MakeIcuTextOrder(std::u16string_view locale_name,
                                                          uint32_t flags, uint64_t* sort_version) {
  constexpr uint32_t kPossible =
      map_flag::kSortKey | (map_flag::kBesideSortKey & ~map_flag::kByteReversed);
  if ((flags & map_flag::kSortKey) == 0 || (flags & ~kPossible) != 0) {
    return Error::kInvalidLCMapStringFlags;
  }
  const std::string name = IcuName(locale_name);
  if (name.empty()) return Error::kInvalidLanguageId;
  UErrorCode error = U_ZERO_ERROR;
  Collator collator(ucol_open(name.c_str(), &error));
  if (U_FAILURE(error)) return Error::kInvalidLanguageId;
  SetAttributes(collator.get(), flags, &error);
  if (U_FAILURE(error)) return Error::kUnicodeLanguageValidationFailure;
  UVersionInfo of_collator;
  UVersionInfo of_icu;
  ucol_getVersion(collator.get(), of_collator);
  u_getVersion(of_icu);
  *sort_version = uint64_t{Number(of_collator)} << 32 | Number(of_icu);
  std::shared_ptr<const TextOrder> order =
      std::make_shared<const IcuTextOrder>(std::move(collator));
  return order;
}

}  // namespace contrail
