#include "tests/support/sort_table_file.h"

#include <algorithm>

#include "engine/built_in_weights.h"

namespace contrail::test {
namespace {

constexpr size_t kHeaderBytes = 16;
constexpr size_t kOtherSectionBytes = 8;  // Case maps and character types: not looked at.
constexpr size_t kUnits = 0x10000;
constexpr size_t kPageUnits = 256;

template <typename T>
void Put(std::vector<std::byte>& bytes, T value) {
  bytes.resize(bytes.size() + sizeof value);
  StoreLittle(bytes.data() + bytes.size() - sizeof value, value);
}

uint32_t Packed(const SortWeights& weights) {
  return weights.primary | weights.script << 8 | weights.diacritic << 16 |
         static_cast<uint32_t>(weights.letter_case) << 24;
}

// Adds the pages that differ, and the list of all pages; returns the list's place.
uint32_t AddPages(std::vector<uint32_t>& units, const std::map<char16_t, SortWeights>& exceptions) {
  if (exceptions.empty()) return 0;
  const auto list = static_cast<uint32_t>(units.size());
  for (uint32_t page = 0; page < kPageUnits; ++page) units.push_back(page * kPageUnits);
  for (const auto& [unit, weights] : exceptions) {
    const size_t entry = list + (unit >> 8);
    if (units[entry] < kUnits) {
      const uint32_t common = units[entry];
      units[entry] = static_cast<uint32_t>(units.size());
      for (size_t i = 0; i < kPageUnits; ++i) {
        const uint32_t weight = units[common + i];
        units.push_back(weight);
      }
    }
    units[units[entry] + (unit & 0xff)] = Packed(weights);
  }
  return list;
}

struct Units {
  std::vector<uint32_t> all;
  std::vector<std::array<uint32_t, 2>> lists;  // Of every order.
};

Units Collect(const SortTableFile& file) {
  Units units;
  units.all.resize(kUnits);
  for (const auto& [unit, weights] : file.units) units.all[unit] = Packed(weights);
  for (const SortTableFile::Order& order : file.orders) {
    const uint32_t own = AddPages(units.all, order.exceptions);
    units.lists.push_back({own, AddPages(units.all, order.linguistic_exceptions)});
  }
  return units;
}

// Rows of contraction tables, then their sequences.
void PutContractions(std::vector<std::byte>& bytes,
                     const std::vector<SortTableFile::ContractionTable>& tables) {
  std::vector<std::byte> data;
  Put<uint32_t>(bytes, static_cast<uint32_t>(tables.size()));
  for (const SortTableFile::ContractionTable& table : tables) {
    char16_t lowest = 0xffff, highest = 0;
    std::array<uint16_t, 8> counts{};
    for (const auto& [sequence, weights] : table.sequences) {
      for (const char16_t unit : sequence) {
        lowest = std::min(lowest, unit);
        highest = std::max(highest, unit);
      }
      ++counts[sequence.size() - 2];
    }
    Put<uint32_t>(bytes, static_cast<uint32_t>(data.size() / 2));
    Put<uint16_t>(bytes, lowest);
    Put<uint16_t>(bytes, highest);
    for (const uint16_t count : counts) Put<uint16_t>(bytes, count);
    for (size_t length = 2; length <= Contractions::kLongest; ++length) {
      for (const auto& [sequence, weights] : table.sequences) {
        if (sequence.size() != length) continue;
        for (const char16_t unit : sequence) Put<uint16_t>(data, unit);
        if (length % 2 != 0) Put<uint16_t>(data, 0);
        Put<uint32_t>(data, Packed(weights));
      }
    }
  }
  bytes.insert(bytes.end(), data.begin(), data.end());
}

}  // namespace

SortId WindowsSortId(uint8_t number) {
  constexpr std::array<uint8_t, 16> kFamily = {0,    0,    0,    0,    0xee, 0x57, 0x5c, 0x1e,
                                               0x00, 0xb4, 0xd0, 0x00, 0x0b, 0xb1, 0xe1, 0x1e};
  SortId id;
  std::transform(kFamily.begin(), kFamily.end(), id.begin(),
                 [](uint8_t byte) { return std::byte{byte}; });
  id[0] = std::byte{number};
  return id;
}

SortTableFile::SortTableFile() : orders(1) {
  for (char16_t unit = 0; unit < 128; ++unit) FindBuiltInWeights(unit, &units[unit]);
}

size_t SortTableFile::orders_offset() const {
  return kHeaderBytes + Collect(*this).all.size() * 4 + 2 * kOtherSectionBytes;
}

std::vector<std::byte> SortTableFile::Encode() const {
  const Units collected = Collect(*this);
  const size_t units_end = kHeaderBytes + collected.all.size() * 4;
  std::vector<std::byte> bytes;
  Put<uint32_t>(bytes, kHeaderBytes);
  for (size_t section = 0; section < 3; ++section) {
    Put<uint32_t>(bytes, static_cast<uint32_t>(units_end + section * kOtherSectionBytes));
  }
  for (const uint32_t unit : collected.all) Put(bytes, unit);
  bytes.resize(bytes.size() + 2 * kOtherSectionBytes);
  Put(bytes, version);
  Put<uint32_t>(bytes, static_cast<uint32_t>(orders.size()));
  for (size_t i = 0; i < orders.size(); ++i) {
    const SortId id = WindowsSortId(orders[i].id);
    bytes.insert(bytes.end(), id.begin(), id.end());
    Put(bytes, orders[i].flags);
    Put(bytes, orders[i].contractions);
    for (const uint32_t list : collected.lists[i]) Put(bytes, list);
    Put<uint32_t>(bytes, 0);  // Case map.
  }
  Put<uint32_t>(bytes, static_cast<uint32_t>(expansions.size()));
  for (const auto& expansion : expansions) {
    for (const char16_t unit : expansion) Put<uint16_t>(bytes, unit);
  }
  PutContractions(bytes, contractions);
  Put<uint32_t>(bytes, 2);  // Two scripts, which take four bytes.
  Put<uint32_t>(bytes, 0);
  Put<uint32_t>(bytes, 0);  // No parts of Hangul syllables.
  return bytes;
}

}  // namespace contrail::test
