// SortKeyBuilder: collects the weights of a text, section by section, and writes them out as one
// sort key. Format: docs/format/key.md.

#pragma once

#include <absl/container/inlined_vector.h>

#include "engine/unicode_sort_key.h"

namespace contrail {

class SortKeyBuilder {
 public:
  SortKeyBuilder(const SortOrder& order, uint32_t flags, Utf16Text text);

  // Weighs the text until its end, or until the primary weights alone take `enough` bytes.
  // kUnicodeNormalizationNotSupported.
  Status AddWeights(size_t enough);
  // Once, after AddWeights.
  SortKeyResult Write(MutableBytes to);

 private:
  template <size_t kInline>
  using Section = absl::InlinedVector<uint8_t, kInline>;
  // The parts of the extra section, in their order.
  enum KanaPart : size_t { kKanaSize, kKanaMark, kKanaType, kKanaWidth, kKanaParts };

  Status Find(char16_t unit, SortWeights* weights) const;
  // Weighs what begins at a place; returns how many units that was.
  Result<size_t> AddAt(size_t place);
  void AddPrimary(uint8_t script, uint8_t primary);
  void AddDiacritic(uint8_t weight);
  void AddOrdinary(SortWeights weights);
  void AddNonspacing(const SortWeights& weights);
  void AddPunctuation(SortWeights weights);
  void AddSymbol(const SortWeights& weights);
  Status AddExpansion(size_t index);
  size_t AddNumber(size_t place);  // 0: not a digit of a known range.
  // sort_key_east_asian.cc
  Status AddKana(size_t place, SortWeights weights);
  Result<bool> ResolveKanaMark(size_t place, SortWeights* weights, uint8_t* letter_case,
                               uint8_t* mark, bool* ordinary) const;

  bool Has(uint32_t flag) const { return (flags_ & flag) != 0; }
  void Trim();

  const SortOrder& order_;
  const uint32_t flags_;
  const Utf16Text text_;
  uint8_t case_mask_ = 0x3f;
  Section<512> primary_;
  Section<256> diacritic_;
  Section<256> letter_case_;
  Section<128> special_;
  std::array<Section<32>, kKanaParts> kana_;
  bool has_kana_ = false;
};

}  // namespace contrail
