#include "engine/unicode_sort_key.h"

#include <algorithm>

#include "engine/sort_key_builder.h"
#include "storage/check.h"

namespace contrail {
namespace {

// Expansions may expand again; no real table goes as deep, a damaged one may go in a circle.
constexpr int kDeepestExpansion = 8;

// Appends bytes as long as there is room.
class Writer {
 public:
  explicit Writer(MutableBytes to) : to_(to) {}
  void Put(uint8_t byte) {
    if (size_ < to_.size()) {
      to_[size_++] = std::byte{byte};
    } else {
      truncated_ = true;
    }
  }
  template <typename Bytes>
  void PutAll(const Bytes& bytes, uint8_t terminator) {
    const size_t count = std::min(bytes.size(), to_.size() - size_);
    std::transform(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(count),
                   to_.begin() + static_cast<ptrdiff_t>(size_),
                   [](uint8_t byte) { return std::byte{byte}; });
    size_ += count;
    truncated_ = truncated_ || count < bytes.size();
    Put(terminator);
  }
  SortKeyResult result() const { return {size_, truncated_}; }

 private:
  MutableBytes to_;
  size_t size_ = 0;
  bool truncated_ = false;
};

bool IsBetween(uint8_t script, uint8_t first, uint8_t last) {
  return script >= first && script <= last;
}

// The zero of the run of ten digits that a unit belongs to; 0 when it is in none of them.
char16_t ZeroOf(char16_t unit) {
  static constexpr char16_t kZeros[] = {0x0030, 0x0660, 0x06f0, 0x0966, 0x09e6, 0x0a66, 0x0ae6,
                                        0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66, 0x0e50, 0x0ed0,
                                        0x0f20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x1bb0,
                                        0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xaa50, 0xff10};
  const auto* after = std::upper_bound(std::begin(kZeros), std::end(kZeros), unit);
  if (after == std::begin(kZeros) || unit > after[-1] + 9) return 0;
  return after[-1];
}

// Takes what the end of a section says without need away.
template <typename Section, typename Needless>
void TrimSection(Section& section, Needless&& needless) {
  while (!section.empty() && needless(section.back())) section.pop_back();
}

}  // namespace

SortKeyBuilder::SortKeyBuilder(const SortOrder& order, uint32_t flags, Utf16Text text)
    : order_(order), flags_(flags), text_(text) {
  DCHECK(Has(map_flag::kSortKey) && !Has(map_flag::kByteReversed));
  const auto ignore = [this](uint32_t flag, int bits) {
    if (Has(flag)) case_mask_ &= static_cast<uint8_t>(~bits);
  };
  ignore(map_flag::kIgnoreCase, sort_case::kUpper | sort_case::kSubscript);
  ignore(map_flag::kIgnoreWidth, sort_case::kFullWidth);
  ignore(map_flag::kIgnoreKanaType, sort_case::kKatakana);
}

Status SortKeyBuilder::Find(char16_t unit, SortWeights* weights) const {
  return order_.FindUnit(unit, weights) ? Status::Ok()
                                        : Status(Error::kUnicodeNormalizationNotSupported);
}

Status SortKeyBuilder::AddWeights(size_t enough) {
  for (size_t place = 0; place < text_.size() && primary_.size() < enough;) {
    ASSIGN_OR_RETURN(const size_t units, AddAt(place));
    DCHECK(units > 0);
    place += units;
  }
  return Status::Ok();
}

void SortKeyBuilder::AddPrimary(uint8_t script, uint8_t primary) {
  primary_.push_back(script);
  primary_.push_back(primary);
}

void SortKeyBuilder::AddDiacritic(uint8_t weight) {
  if (!Has(map_flag::kIgnoreNonspacing)) diacritic_.push_back(weight);
}

void SortKeyBuilder::AddOrdinary(SortWeights weights) {
  namespace script = sort_script;
  AddPrimary(weights.script, weights.primary);
  const bool three_bytes =
      IsBetween(weights.script, script::kFirstPrivateUse, script::kLastPrivateUse) ||
      (order_.ideographs_have_3_bytes() &&
       IsBetween(weights.script, script::kFirstIdeograph, script::kLastIdeograph));
  if (three_bytes) {
    primary_.push_back(weights.diacritic);
    letter_case_.push_back(weights.letter_case);
    return;
  }
  if (weights.script <= script::kArabic && weights.script != script::kHebrew) {
    if (Has(map_flag::kLinguisticIgnoreDiacritic)) weights.diacritic = kPlainWeight;
    if (Has(map_flag::kLinguisticIgnoreCase)) weights.letter_case = kPlainWeight;
  }
  AddDiacritic(weights.diacritic);
  letter_case_.push_back(weights.letter_case);
}

void SortKeyBuilder::AddNonspacing(const SortWeights& weights) {
  const uint8_t weight =
      Has(map_flag::kLinguisticIgnoreDiacritic) ? kPlainWeight : weights.diacritic;
  if (diacritic_.empty()) {
    AddDiacritic(weight);
  } else {
    diacritic_.back() = static_cast<uint8_t>(diacritic_.back() + weight);
  }
}

// Punctuation says behind everything else where it stood: 0xFFFF less the primary weights before.
void SortKeyBuilder::AddPunctuation(SortWeights weights) {
  if (Has(map_flag::kLinguisticIgnoreCase)) weights.letter_case = kPlainWeight;
  if (Has(map_flag::kLinguisticIgnoreDiacritic)) weights.diacritic = kPlainWeight;
  const auto position = static_cast<uint16_t>(0xffff - primary_.size() / 2);
  special_.push_back(static_cast<uint8_t>(position >> 8));
  special_.push_back(static_cast<uint8_t>(position));
  special_.push_back(weights.primary);
  special_.push_back(static_cast<uint8_t>(weights.letter_case | weights.diacritic << 3));
}

void SortKeyBuilder::AddSymbol(const SortWeights& weights) {
  AddPrimary(weights.script, weights.primary);
  AddDiacritic(weights.diacritic);
  letter_case_.push_back(weights.letter_case);
}

// Both units weigh as letters do, whatever their scripts; the second may be an expansion again.
Status SortKeyBuilder::AddExpansion(size_t index) {
  for (int depth = 0; depth < kDeepestExpansion; ++depth) {
    std::array<char16_t, 2> units;
    if (!order_.FindExpansion(index, &units)) return Error::kUnicodeNormalizationNotSupported;
    SortWeights first, second;
    RETURN_IF_ERROR(Find(units[0], &first));
    RETURN_IF_ERROR(Find(units[1], &second));
    index = second.diacritic | second.letter_case << 8;
    first.letter_case &= case_mask_;
    second.letter_case &= case_mask_;
    AddOrdinary(first);
    if (second.script == sort_script::kExpansion) continue;
    AddOrdinary(second);
    return Status::Ok();
  }
  return Error::kUnicodeNormalizationNotSupported;
}

// Digits as numbers: how many there are without leading zeros, two to a byte, and how many zeros.
size_t SortKeyBuilder::AddNumber(size_t place) {
  constexpr size_t kMostDigits = 19;
  const char16_t zero = ZeroOf(text_[place]);
  if (zero == 0) return 0;
  std::array<uint8_t, kMostDigits> digits;
  size_t count = 0;
  while (count < kMostDigits && place + count < text_.size()) {
    const char16_t unit = text_[place + count];
    if (unit < zero || unit > zero + 9) break;
    digits[count++] = static_cast<uint8_t>(unit - zero);
  }
  size_t zeros = 0;
  while (zeros < count && digits[zeros] == 0) ++zeros;
  AddPrimary(sort_script::kDigit, 2);
  primary_.push_back(static_cast<uint8_t>(2 + count - zeros));
  uint8_t high = 2;
  for (size_t i = zeros; i < count; ++i) {
    const auto digit = static_cast<uint8_t>(digits[i] + 2);
    if ((count - i) % 2 != 0) {
      primary_.push_back(static_cast<uint8_t>((high << 4) + digit));
    } else {
      high = digit;
    }
  }
  primary_.push_back(static_cast<uint8_t>(0xfe - zeros));
  return count;
}

Result<size_t> SortKeyBuilder::AddAt(size_t place) {
  namespace script = sort_script;
  SortWeights weights;
  RETURN_IF_ERROR(Find(text_[place], &weights));
  const size_t expansion = weights.diacritic | (weights.letter_case & ~sort_case::kContractionMask)
                                                   << 8;
  size_t units = 1;
  if (const int longest = weights.letter_case & sort_case::kContractionMask; longest != 0) {
    const size_t most = longest == sort_case::kContractionOf8   ? 8
                        : longest == sort_case::kContractionOf5 ? 5
                                                                : 3;
    units = std::max<size_t>(1, order_.FindContraction(text_.From(place), most, &weights));
  }
  weights.letter_case &= case_mask_;
  if (IsBetween(weights.script, script::kPunctuation, script::kLastSymbol)) {
    if (Has(map_flag::kIgnoreSymbols)) return units;
    if (weights.script == script::kPunctuation && !Has(map_flag::kStringSort)) {
      AddPunctuation(weights);
    } else {
      AddSymbol(weights);
    }
    return units;
  }
  switch (weights.script) {
    case script::kUnsortable:
      return units;
    case script::kNonspacingMark:
      AddNonspacing(weights);
      return units;
    case script::kExpansion:
      RETURN_IF_ERROR(AddExpansion(expansion));
      return units;
    case script::kKanaSpecial:
      RETURN_IF_ERROR(AddKana(place, weights));
      return units;
    case script::kJamo:
      // Parts of Hangul syllables weigh together by rules that nothing here could be held against.
      return Error::kUnicodeNormalizationNotSupported;
    case script::kExtensionA:
      AddPrimary(0xfd, 0xff);
      AddPrimary(weights.primary, weights.diacritic);
      AddDiacritic(kPlainWeight);
      letter_case_.push_back(kPlainWeight);
      return units;
    case script::kDigit:
      if (const size_t digits = Has(map_flag::kDigitsAsNumbers) ? AddNumber(place) : 0) {
        AddDiacritic(weights.diacritic);
        letter_case_.push_back(weights.letter_case);
        return units + digits - 1;
      }
      break;
    default:
      break;
  }
  AddOrdinary(weights);
  return units;
}

void SortKeyBuilder::Trim() {
  if (order_.diacritics_are_reversed()) std::reverse(diacritic_.begin(), diacritic_.end());
  // With neither case nor width the section says nothing, whatever else the weights hold.
  if (Has(map_flag::kIgnoreCase) && Has(map_flag::kIgnoreWidth)) letter_case_.clear();
  const auto plain = [](uint8_t weight) { return weight <= kPlainWeight; };
  TrimSection(diacritic_, plain);
  TrimSection(letter_case_, plain);
  // The weights of full size hiragana of half width, and of no mark.
  static constexpr std::array<uint8_t, kKanaParts> kNeedless = {
      0xc4 | sort_case::kFullSize, 3, 0xc4 | sort_case::kKatakana, 0xc4 | sort_case::kFullWidth};
  for (size_t part = 0; part < kKanaParts; ++part) {
    TrimSection(kana_[part], [part](uint8_t weight) { return weight == kNeedless[part]; });
  }
}

SortKeyResult SortKeyBuilder::Write(MutableBytes to) {
  constexpr uint8_t kSectionEnd = 0x01;
  static constexpr std::array<uint8_t, kKanaParts> kKanaEnds = {0xff, 0x02, 0xff, 0xff};
  Trim();
  Writer writer(to);
  writer.PutAll(primary_, kSectionEnd);
  writer.PutAll(diacritic_, kSectionEnd);
  writer.PutAll(letter_case_, kSectionEnd);
  for (size_t part = 0; has_kana_ && part < kKanaParts; ++part) {
    writer.PutAll(kana_[part], kKanaEnds[part]);
  }
  writer.Put(kSectionEnd);
  writer.PutAll(special_, 0x00);
  return writer.result();
}

Result<SortKeyResult> MakeUnicodeSortKey(const SortOrder& order, uint32_t flags, Bytes text,
                                         MutableBytes to) {
  SortKeyBuilder builder(order, flags, Utf16Text(text));
  RETURN_IF_ERROR(builder.AddWeights(to.size()));
  return builder.Write(to);
}

}  // namespace contrail
