// What a UTF-16 unit weighs in Windows' sort orders. Format: docs/format/key.md.

#pragma once

#include <cstdint>

namespace contrail {

// As a table file stores it. What the diacritic and case bytes mean depends on the script.
struct SortWeights {
  uint8_t primary = 0;
  uint8_t script = 0;
  uint8_t diacritic = 0;
  uint8_t letter_case = 0;
};

// Scripts with rules of their own; any other is an alphabet, whose units weigh where they stand.
namespace sort_script {
inline constexpr uint8_t kUnsortable = 0;      // Weighs nothing.
inline constexpr uint8_t kNonspacingMark = 1;  // Adds to the diacritic weight before it.
inline constexpr uint8_t kExpansion = 2;       // Stands for two units: æ, ß.
inline constexpr uint8_t kKanaSpecial = 3;     // Kana, its repeat and prolonged sound marks.
inline constexpr uint8_t kJamo = 4;  // Parts of Hangul syllables; whole syllables are letters.
inline constexpr uint8_t kExtensionA = 5;   // Rare ideographs: four primary bytes.
inline constexpr uint8_t kPunctuation = 6;  // Weighs behind everything else.
inline constexpr uint8_t kFirstSymbol = 7;
inline constexpr uint8_t kLastSymbol = 12;
inline constexpr uint8_t kDigit = 13;
inline constexpr uint8_t kKana = 34;
inline constexpr uint8_t kHebrew = 40;
inline constexpr uint8_t kArabic = 41;  // The last script whose case and diacritics are linguistic.
inline constexpr uint8_t kFirstPrivateUse = 169;
inline constexpr uint8_t kLastPrivateUse = 175;
inline constexpr uint8_t kFirstIdeograph = 192;
inline constexpr uint8_t kLastIdeograph = 239;
}  // namespace sort_script

// Bits of a case weight.
namespace sort_case {
inline constexpr uint8_t kFullWidth = 0x01;
inline constexpr uint8_t kFullSize = 0x02;  // Of kana: not a small one.
inline constexpr uint8_t kSubscript = 0x08;
inline constexpr uint8_t kUpper = 0x10;
inline constexpr uint8_t kKatakana = 0x20;
// Not a weight: how many units a contraction that begins here may have.
inline constexpr uint8_t kContractionMask = 0xc0;
inline constexpr uint8_t kContractionOf3 = 0x40;
inline constexpr uint8_t kContractionOf5 = 0x80;
inline constexpr uint8_t kContractionOf8 = 0xc0;
}  // namespace sort_case

// The weight that diacritics and cases have when there is nothing to say; left out at the end.
inline constexpr uint8_t kPlainWeight = 2;

// Flags of LCMapString that an index stores.
namespace map_flag {
inline constexpr uint32_t kIgnoreCase = 0x1;
inline constexpr uint32_t kIgnoreNonspacing = 0x2;
inline constexpr uint32_t kIgnoreSymbols = 0x4;
inline constexpr uint32_t kDigitsAsNumbers = 0x8;
inline constexpr uint32_t kLinguisticIgnoreCase = 0x10;
inline constexpr uint32_t kLinguisticIgnoreDiacritic = 0x20;
inline constexpr uint32_t kUpperCase = 0x200;
inline constexpr uint32_t kSortKey = 0x400;
inline constexpr uint32_t kByteReversed = 0x800;
inline constexpr uint32_t kStringSort = 0x1000;
inline constexpr uint32_t kIgnoreKanaType = 0x10000;
inline constexpr uint32_t kIgnoreWidth = 0x20000;
inline constexpr uint32_t kLinguisticCasing = 0x8000000;
// All that may stand beside kSortKey.
inline constexpr uint32_t kBesideSortKey =
    kIgnoreCase | kIgnoreNonspacing | kIgnoreSymbols | kDigitsAsNumbers | kLinguisticIgnoreCase |
    kLinguisticIgnoreDiacritic | kByteReversed | kStringSort | kIgnoreKanaType | kIgnoreWidth |
    kLinguisticCasing;
}  // namespace map_flag

}  // namespace contrail
