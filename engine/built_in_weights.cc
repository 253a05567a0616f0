#include "engine/built_in_weights.h"

#include <array>
#include <cstddef>

namespace contrail {
namespace {

using WeightTable = std::array<SortWeights, 128>;

constexpr WeightTable MakeWeightTable() {
  WeightTable table{};  // NUL stays unsortable.
  const auto set = [&table](size_t unit, uint8_t script, int primary,
                            uint8_t letter_case = kPlainWeight) {
    table[unit] = {static_cast<uint8_t>(primary), script, kPlainWeight, letter_case};
  };
  for (int c = 0x01; c <= 0x08; ++c) set(static_cast<size_t>(c), 0x06, c + 2);
  for (int c = 0x09; c <= 0x0d; ++c) set(static_cast<size_t>(c), 0x07, c - 4);
  for (int c = 0x0e; c <= 0x1f; ++c) set(static_cast<size_t>(c), 0x06, c - 3);
  set(0x7f, 0x06, 0x1d);
  set('\'', 0x06, 0x80);
  set('-', 0x06, 0x82);
  constexpr char kSymbols[] = " !\"#$%&()*,./:;?@[\\]^_`{|}~";
  constexpr uint8_t kSymbolWeights[] = {0x02, 0x1c, 0x1d, 0x1f, 0x21, 0x23, 0x25, 0x27, 0x2a,
                                        0x2d, 0x2f, 0x33, 0x35, 0x37, 0x3a, 0x3c, 0x3e, 0x3f,
                                        0x41, 0x42, 0x43, 0x44, 0x48, 0x4a, 0x4c, 0x4e, 0x50};
  static_assert(sizeof kSymbols - 1 == sizeof kSymbolWeights);
  for (size_t i = 0; i < sizeof kSymbolWeights; ++i) {
    set(static_cast<uint8_t>(kSymbols[i]), 0x07, kSymbolWeights[i]);
  }
  set('+', 0x08, 0x03);
  set('<', 0x08, 0x0e);
  set('=', 0x08, 0x12);
  set('>', 0x08, 0x14);
  constexpr uint8_t kDigits[] = {0x03, 0x1a, 0x1c, 0x1e, 0x20, 0x22, 0x24, 0x26, 0x28, 0x2a};
  for (size_t i = 0; i < sizeof kDigits; ++i) set('0' + i, sort_script::kDigit, kDigits[i]);
  constexpr uint8_t kLetters[] = {0x02, 0x09, 0x0a, 0x1a, 0x21, 0x23, 0x25, 0x2c, 0x32,
                                  0x35, 0x36, 0x48, 0x51, 0x70, 0x7c, 0x7e, 0x89, 0x8a,
                                  0x91, 0x99, 0x9f, 0xa2, 0xa4, 0xa6, 0xa7, 0xa9};
  static_assert(sizeof kLetters == 26);
  for (size_t i = 0; i < sizeof kLetters; ++i) {
    set('a' + i, 0x0e, kLetters[i]);
    set('A' + i, 0x0e, kLetters[i], kPlainWeight | sort_case::kUpper);
  }
  return table;
}

constexpr WeightTable kWeights = MakeWeightTable();
constexpr char16_t kFoxHigh = 0xd83e;
constexpr char16_t kFoxLow = 0xdd8a;

}  // namespace

bool FindBuiltInWeights(char16_t unit, SortWeights* weights) {
  if (unit < kWeights.size()) {
    *weights = kWeights[unit];
    return true;
  }
  // As every unit of a surrogate pair these weigh alone, each by itself.
  if (unit == kFoxHigh) *weights = {0x40, 0xb0, 0x3f, 0x3f};
  if (unit == kFoxLow) *weights = {0x86, 0xb6, 0x3f, 0x3f};
  return unit == kFoxHigh || unit == kFoxLow;
}

}  // namespace contrail
