#include "engine/unicode_sort_key.h"

#include <array>

#include "storage/check.h"

namespace contrail {
namespace {

// Weights of a UTF-16 unit. Script 0 with alpha 0: skipped; kUnknownScript: outside of the set.
struct Weights {
  uint8_t script;
  uint8_t alpha;
};
constexpr uint8_t kUnknownScript = 0xff;
constexpr uint8_t kSpecialScript =
    6;  // Does not weigh where it stands, but behind everything else.
constexpr uint8_t kSpecialCase = 0x12;  // (diacritic weight 2 << 3) | case weight 2.

using WeightTable = std::array<Weights, 128>;

constexpr WeightTable MakeWeightTable() {
  WeightTable table{};
  for (Weights& entry : table) entry = {kUnknownScript, 0};
  table[0] = {0, 0};
  table['-'] = {kSpecialScript, 0x82};
  constexpr char kSymbols[] = " !\"#$%&()*,./:;?@[\\]^_`{|}~";
  constexpr uint8_t kSymbolWeights[] = {0x02, 0x1c, 0x1d, 0x1f, 0x21, 0x23, 0x25, 0x27, 0x2a,
                                        0x2d, 0x2f, 0x33, 0x35, 0x37, 0x3a, 0x3c, 0x3e, 0x3f,
                                        0x41, 0x42, 0x43, 0x44, 0x48, 0x4a, 0x4c, 0x4e, 0x50};
  static_assert(sizeof kSymbols - 1 == sizeof kSymbolWeights);
  for (size_t i = 0; i < sizeof kSymbolWeights; ++i) {
    table[static_cast<uint8_t>(kSymbols[i])] = {0x07, kSymbolWeights[i]};
  }
  table['+'] = {0x08, 0x03};
  table['<'] = {0x08, 0x0e};
  table['='] = {0x08, 0x12};
  table['>'] = {0x08, 0x14};
  constexpr uint8_t kDigits[] = {0x03, 0x1a, 0x1c, 0x1e, 0x20, 0x22, 0x24, 0x26, 0x28, 0x2a};
  for (size_t i = 0; i < sizeof kDigits; ++i) table['0' + i] = {0x0d, kDigits[i]};
  constexpr uint8_t kLetters[] = {0x02, 0x09, 0x0a, 0x1a, 0x21, 0x23, 0x25, 0x2c, 0x32,
                                  0x35, 0x36, 0x48, 0x51, 0x70, 0x7c, 0x7e, 0x89, 0x8a,
                                  0x91, 0x99, 0x9f, 0xa2, 0xa4, 0xa6, 0xa7, 0xa9};
  static_assert(sizeof kLetters == 26);
  for (size_t i = 0; i < sizeof kLetters; ++i) {
    table['a' + i] = {0x0e, kLetters[i]};
    table['A' + i] = {0x0e, kLetters[i]};
  }
  return table;
}

constexpr WeightTable kWeights = MakeWeightTable();

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
  SortKeyResult result() const { return {size_, truncated_}; }

 private:
  MutableBytes to_;
  size_t size_ = 0;
  bool truncated_ = false;
};

}  // namespace

Result<SortKeyResult> MakeUnicodeSortKey(Bytes text, MutableBytes to) {
  const size_t units = text.size() / 2;
  const auto unit_at = [text](size_t i) { return LoadLittle<uint16_t>(text.data() + 2 * i); };
  Writer writer(to);
  size_t special_count = 0;
  for (size_t i = 0; i < units; ++i) {
    const uint16_t unit = unit_at(i);
    if (unit >= kWeights.size() || kWeights[unit].script == kUnknownScript) {
      return Error::kUnicodeNormalizationNotSupported;
    }
    const Weights weights = kWeights[unit];
    if (weights.script == kSpecialScript) {
      ++special_count;
    } else if (weights.script != 0) {
      writer.Put(weights.script);
      writer.Put(weights.alpha);
    }
  }
  // Diacritic, case and extra weights are all the default, which is left out.
  for (int separator = 0; separator < 4; ++separator) writer.Put(0x01);
  uint16_t pairs_before = 0;
  for (size_t i = 0; special_count > 0 && i < units; ++i) {
    const Weights weights = kWeights[unit_at(i) & 0x7f];
    if (weights.script == kSpecialScript) {
      const uint16_t position = static_cast<uint16_t>(0xffff - pairs_before);
      writer.Put(static_cast<uint8_t>(position >> 8));
      writer.Put(static_cast<uint8_t>(position));
      writer.Put(weights.alpha);
      writer.Put(kSpecialCase);
      --special_count;
    } else if (weights.script != 0) {
      ++pairs_before;
    }
  }
  writer.Put(0x00);
  DCHECK(writer.result().size <= to.size());
  return writer.result();
}

}  // namespace contrail
