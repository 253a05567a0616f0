// Any bytes as the orders of a table of sort weights, and text in them: read in bounds or refused.

#include <algorithm>
#include <array>
#include <vector>

#include "engine/sort_tables.h"
#include "engine/unicode_sort_key.h"
#include "storage/check.h"

using namespace contrail;

namespace {

constexpr size_t kUnitsEnd = 16 + 0x10000 * 4;
constexpr size_t kTextBytes = 32;

// Weights of scripts of all kinds, so that the fuzzer need not make 256 KiB of them.
std::vector<std::byte> MakeUnits() {
  std::vector<std::byte> file(kUnitsEnd);
  StoreLittle<uint32_t>(file.data(), 16);
  for (size_t i = 1; i < 4; ++i) {
    StoreLittle<uint32_t>(file.data() + 4 * i, static_cast<uint32_t>(kUnitsEnd));
  }
  for (uint32_t unit = 0; unit < 0x10000; ++unit) {
    StoreLittle<uint32_t>(file.data() + 16 + 4 * unit, unit * 0x9e3779b1u);
    if (unit % 2 == 0) file[16 + 4 * unit + 1] = std::byte(unit / 2 % 16);
  }
  return file;
}

std::vector<std::byte> FileOf(Bytes orders) {
  static const std::vector<std::byte> units = MakeUnits();
  std::vector<std::byte> file = units;
  file.insert(file.end(), orders.begin(), orders.end());
  return file;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < kTextBytes + 4) return 0;
  const Bytes bytes{reinterpret_cast<const std::byte*>(data), size};
  const auto tables =
      SortTables::Parse(FileOf(bytes.subspan(kTextBytes + 4)), "fuzz", DiscardEvents());
  if (!tables.ok()) return 0;
  const uint32_t flags =
      (LoadLittle<uint32_t>(bytes.data()) & map_flag::kBesideSortKey & ~map_flag::kByteReversed) |
      map_flag::kSortKey;
  // The ID of the first order, if it has one.
  if ((*tables)->order_count() == 0) return 0;
  SortId id;
  std::copy_n(bytes.data() + kTextBytes + 4 + 8, id.size(), id.data());
  const std::optional<SortOrder> order = (*tables)->FindOrder(id, flags);
  if (!order.has_value()) return 0;
  std::array<std::byte, 300> room;
  for (const size_t most : {size_t{3}, size_t{40}, room.size()}) {
    const auto key = MakeUnicodeSortKey(*order, flags, bytes.subspan(4, kTextBytes),
                                        MutableBytes(room).first(most));
    if (key.ok()) CHECK(key->size <= most);
  }
  return 0;
}
