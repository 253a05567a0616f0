#include "engine/sort_order.h"

#include <algorithm>

#include "engine/built_in_weights.h"
#include "storage/check.h"

namespace contrail {
namespace {

constexpr size_t kUnitBytes = 4;
constexpr size_t kExpansionBytes = 4;

SortWeights LoadWeights(const std::byte* from) {
  return {static_cast<uint8_t>(from[0]), static_cast<uint8_t>(from[1]),
          static_cast<uint8_t>(from[2]), static_cast<uint8_t>(from[3])};
}

}  // namespace

bool Contractions::FindOfLength(const Utf16Text& text, size_t length, SortWeights* weights) const {
  const Bytes table = tables_.of_length[length - 2];
  const size_t entry_size = EntrySize(length);
  size_t low = 0;
  size_t high = table.size() / entry_size;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    const std::byte* entry = table.data() + middle * entry_size;
    int order = 0;
    for (size_t i = 0; i < length && order == 0; ++i) {
      order = int{text[i]} - int{LoadLittle<char16_t>(entry + 2 * i)};
    }
    if (order == 0) {
      *weights = LoadWeights(entry + entry_size - kUnitBytes);
      return true;
    }
    if (order < 0) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return false;
}

size_t Contractions::Find(const Utf16Text& text, size_t most, SortWeights* weights) const {
  most = std::min({most, text.size(), kLongest});
  size_t possible = 0;
  while (possible < most && text[possible] >= tables_.lowest && text[possible] <= tables_.highest) {
    ++possible;
  }
  for (size_t length = possible; length >= 2; --length) {
    if (FindOfLength(text, length, weights)) return length;
  }
  return 0;
}

bool SortOrder::FindUnit(char16_t unit, SortWeights* weights) const {
  if (is_built_in()) return FindBuiltInWeights(unit, weights);
  size_t place = unit;
  if (parts_.exceptions != 0) {
    const size_t page = parts_.exceptions + (unit >> 8);
    place = LoadLittle<uint32_t>(parts_.units.data() + page * kUnitBytes) + (unit & 0xffu);
  }
  DCHECK((place + 1) * kUnitBytes <= parts_.units.size());
  *weights = LoadWeights(parts_.units.data() + place * kUnitBytes);
  return true;
}

bool SortOrder::FindExpansion(size_t index, std::array<char16_t, 2>* units) const {
  if (index >= parts_.expansions.size() / kExpansionBytes) return false;
  const std::byte* entry = parts_.expansions.data() + index * kExpansionBytes;
  *units = {LoadLittle<char16_t>(entry), LoadLittle<char16_t>(entry + 2)};
  return true;
}

}  // namespace contrail
