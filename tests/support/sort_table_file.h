// A small table of sort weights in the layout of Windows' SortDefault.nls
// (docs/format/sort_tables.md), made by tests.

#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "engine/sort_tables.h"

namespace contrail::test {

// A sort ID of Windows' family: number 1 is the default.
SortId WindowsSortId(uint8_t number);

class SortTableFile {
 public:
  struct ContractionTable {
    std::map<std::u16string, SortWeights> sequences;  // Of 2 to 8 units.
  };
  struct Order {
    uint8_t id = 1;
    uint32_t flags = 0;
    uint32_t contractions = 0xffffffff;  // Position in contractions.
    std::map<char16_t, SortWeights> exceptions{};
    std::map<char16_t, SortWeights> linguistic_exceptions{};
  };

  // ASCII as built in, one order with nothing of its own.
  SortTableFile();

  std::vector<std::byte> Encode() const;
  // Where the section of orders begins in Encode().
  size_t orders_offset() const;

  uint32_t version = 0x00060305;
  std::map<char16_t, SortWeights> units;  // Others are unsortable.
  std::vector<Order> orders;
  std::vector<std::array<char16_t, 2>> expansions;
  std::vector<ContractionTable> contractions;
};

}  // namespace contrail::test
