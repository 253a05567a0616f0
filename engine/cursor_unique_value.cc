// TableCursor: the checks of JET_bitSetUniqueMultiValues and JET_bitSetUniqueNormalizedMultiValues.

#include <algorithm>
#include <array>

#include "engine/table_cursor.h"

namespace contrail {
namespace {

// A value as a key of its own. Of values of long types only the beginning counts, and no key is
// longer than the shortest limit, whatever those of the table's indexes are: as ESE does.
struct OwnKey {
  std::array<std::byte, kDefaultKeyMost> bytes;
  NormalizedSegment segment;
  bool cut = false;  // It does not tell all of the value.

  // `value` is at least the beginning of a value of that size.
  Status Make(const IndexSchema& order, const ColumnSchema& column, Bytes value, size_t size) {
    if (IsLongType(column.type)) value = value.first(std::min(value.size(), bytes.size()));
    const SegmentValue kind = value.empty() ? SegmentValue::kZeroLength : SegmentValue::kData;
    ASSIGN_OR_RETURN(segment,
                     NormalizeSegment(order, column, /*descending=*/false, kind, value, bytes));
    cut = segment.truncated || size > value.size();
    return Status::Ok();
  }
  Bytes key() const { return Bytes(bytes).first(segment.size); }
};

}  // namespace

Status TableCursor::CheckUniqueValue(const ColumnSchema& column, Bytes data,
                                     const SetArguments& arguments) {
  if ((arguments.flags & set_column_bit::kUnique) == 0 || !column.is_tagged()) return Status::Ok();
  const bool normalized = (arguments.flags & set_column_bit::kUniqueNormalizedValues) != 0;
  if (normalized && arguments.order == nullptr) return Error::kInvalidParameter;
  OwnKey own, other;
  if (normalized) RETURN_IF_ERROR(own.Make(*arguments.order, column, data, data.size()));
  std::vector<std::byte> bytes;
  for (uint32_t itag = 1;; ++itag) {
    const ColumnValue value = copy_.StoredValue(column, itag);
    if (value.is_null()) return Status::Ok();
    if (itag == arguments.itag_sequence) continue;
    uint32_t size = 0;
    RETURN_IF_ERROR(MeasureValue(value, &size));
    if (!normalized && size != data.size()) continue;
    const size_t whole = size;
    bytes.resize(normalized ? std::min<size_t>(size, kDefaultKeyMost) : size);
    RETURN_IF_ERROR(ReadValue(value, 0, bytes, &size, retrieve_bit::kCopy));
    if (!normalized) {
      if (Compare(bytes, data) == 0) return Error::kMultiValuedDuplicate;
      continue;
    }
    RETURN_IF_ERROR(other.Make(*arguments.order, column, bytes, whole));
    if (Compare(own.key(), other.key()) != 0) continue;
    return own.cut || other.cut ? Error::kMultiValuedDuplicateAfterTruncation
                                : Error::kMultiValuedDuplicate;
  }
}

Status TableCursor::MeasureValue(const ColumnValue& value, uint32_t* size) {
  const Status measured = ReadValue(value, 0, {}, size, retrieve_bit::kCopy);
  return measured.Is(Error::kWarnBufferTruncated) ? Status::Ok() : measured;
}

}  // namespace contrail
