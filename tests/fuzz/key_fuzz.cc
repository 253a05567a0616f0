// Any value of any type in any room: a key fits its room, and two keys of a type order as whole
// values.

#include <array>

#include "engine/key_normalizer.h"
#include "engine/search_key.h"
#include "engine/text_order.h"
#include "storage/check.h"

using namespace contrail;

namespace {

struct Input {
  IndexSchema index;
  TableSchema table;
  uint32_t grbit = 0;
  Bytes value;
};

Input Parse(Bytes bytes) {
  Input input;
  const auto at = [&](size_t i) { return static_cast<uint32_t>(bytes[i]); };
  ColumnSchema column;
  column.type = static_cast<ColumnType>(1 + at(0) % 18);
  const bool long_type = IsLongType(column.type);
  const bool fixed_size = FixedSizeOf(column.type) != 0;
  column.id = long_type ? 256 : (fixed_size || (at(1) & 1) != 0 ? 1 : 128);
  column.name = "c";
  column.max_size = fixed_size ? FixedSizeOf(column.type) : 1 + at(1) / 2;
  column.code_page = (at(2) & 1) != 0 ? kCodePageUnicode : kCodePageLatin;
  column.record_offset = 4;
  input.table.AddColumn(column);
  input.index.segments.push_back({column.id, (at(2) & 2) != 0, false, false});
  input.index.key_most = static_cast<uint16_t>((at(2) & 4) != 0 ? 255 : 1 + at(3) * 7);
  input.index.var_segment_max = static_cast<uint16_t>(1 + at(4) * 7);
  input.index.locale_name = u"en-US";
  input.index.flags |= index_flag::kLocalizedText;
  input.index.sort_version = 0x0006020F0006020F;
  input.index.text_order = TextOrders().Find(input.index);
  input.grbit = at(5) | at(6) << 8;
  input.value = bytes.subspan(7);
  return input;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 7) return 0;
  const Input input = Parse({reinterpret_cast<const std::byte*>(data), size});
  const ColumnSchema& column = input.table.columns().front();
  std::array<std::byte, kMaxKeyMost> room;
  const MutableBytes to = MutableBytes(room).first(input.index.key_most);
  const Result<NormalizedSegment> segment =
      NormalizeSegment(input.index, column, false, SegmentValue::kData, input.value, to);
  if (segment.ok()) CHECK(segment->size >= 1 && segment->size <= to.size());

  SearchKey key;
  const Status made =
      key.Make(input.table, &input.index, input.value, input.grbit | make_key_bit::kNewKey);
  if (made.ok()) CHECK(key.bytes().size() <= input.index.key_most + 1u);
  return 0;
}
