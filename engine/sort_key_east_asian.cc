// SortKeyBuilder: kana, which have a section of their own.

#include "engine/sort_key_builder.h"

namespace contrail {
namespace {

// Kana weights of the marks that take after the kana before them.
constexpr uint8_t kRepeatMark = 0;
constexpr uint8_t kProlongedMark = 1;
constexpr uint8_t kNoMark = 3;
constexpr uint8_t kFirstMark = 4;
constexpr uint8_t kKanaBase = 0xc4;

}  // namespace

// For a mark: the weights of what it stands for. False: nothing before it that it could stand for.
Result<bool> SortKeyBuilder::ResolveKanaMark(size_t place, SortWeights* weights,
                                             uint8_t* letter_case, uint8_t* mark,
                                             bool* ordinary) const {
  while (place > 0) {
    SortWeights before;
    RETURN_IF_ERROR(Find(text_[--place], &before));
    if (before.script == sort_script::kUnsortable ||
        before.script == sort_script::kNonspacingMark) {
      continue;
    }
    if (before.script == sort_script::kExpansion) return false;
    if (before.script != sort_script::kKanaSpecial) {
      *weights = before;
      *ordinary = true;
      return true;
    }
    if (before.primary <= kProlongedMark) continue;  // Another mark.
    *letter_case = before.letter_case & case_mask_;
    if (weights->primary == kProlongedMark) {
      before.primary &= 0x87;  // The vowel of the kana.
      *letter_case = static_cast<uint8_t>((*letter_case & ~sort_case::kFullWidth) |
                                          (weights->letter_case & sort_case::kFullWidth));
    }
    *mark = kFirstMark + weights->primary;
    weights->primary = before.primary;
    return true;
  }
  return false;
}

Status SortKeyBuilder::AddKana(size_t place, SortWeights weights) {
  static_assert(kRepeatMark < kProlongedMark);
  uint8_t letter_case = weights.letter_case;
  uint8_t mark = kNoMark;
  bool ordinary = false;
  if (weights.primary <= kProlongedMark) {
    ASSIGN_OR_RETURN(const bool resolved,
                     ResolveKanaMark(place, &weights, &letter_case, &mark, &ordinary));
    if (!resolved) {
      AddPrimary(0xff, 0xff);
      return Status::Ok();
    }
  }
  if (!ordinary) {
    const auto add = [this](KanaPart part, int weight) {
      kana_[part].push_back(static_cast<uint8_t>(weight));
    };
    if (!Has(map_flag::kIgnoreNonspacing)) {
      add(kKanaSize, kKanaBase | (letter_case & sort_case::kFullSize));
      add(kKanaMark, mark);
    }
    add(kKanaType, kKanaBase | (letter_case & sort_case::kKatakana));
    add(kKanaWidth, kKanaBase | (letter_case & sort_case::kFullWidth));
    has_kana_ = true;
    weights.script = sort_script::kKana;
  }
  weights.letter_case = kPlainWeight;
  AddOrdinary(weights);
  return Status::Ok();
}

}  // namespace contrail
