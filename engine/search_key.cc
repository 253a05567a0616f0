#include "engine/search_key.h"

#include <algorithm>
#include <array>

#include "storage/check.h"

namespace contrail {
namespace {

using namespace make_key_bit;  // NOLINT(google-build-using-namespace): constants of this one
                               // function

constexpr std::byte kFiller{0xff};
constexpr std::byte kWeightEnd{0x01};  // Ends the primary weights of a Unicode sort key.

// A segment just normalised: size bytes at the start of `room`, which is one byte longer than the
// index's keys may get.
struct Segment {
  MutableBytes room;
  size_t size;
  size_t binary_end;

  void FillFrom(size_t position) {
    std::fill(room.begin() + static_cast<ptrdiff_t>(position), room.end(), kFiller);
    size = room.size();
  }
};

void LimitFullColumn(Segment& segment, bool end_limit) {
  if (end_limit) segment.FillFrom(segment.size);
}

// Everything that begins with the text.
void LimitText(Segment& segment, const ColumnSchema& column, bool descending, bool end_limit) {
  if (segment.size < 2) return LimitFullColumn(segment, end_limit);  // Null or zero-length.
  const std::byte inversion = descending ? std::byte{0xff} : std::byte{0};
  size_t end = segment.size;
  if (column.is_unicode()) {
    const auto begin = segment.room.begin();
    const auto last = begin + static_cast<ptrdiff_t>(segment.size);
    // Scripts and weights are 2 or more, so the first 1 is the end of the primary weights.
    end = static_cast<size_t>(std::find(begin + 1, last, kWeightEnd ^ inversion) - begin);
  } else if (segment.room[segment.size - 1] == inversion) {
    --end;  // The terminator.
  }
  if (end_limit) {
    segment.FillFrom(end);
  } else {
    segment.size = end;
  }
}

// Everything that begins with the bytes; of a type or value without a usable end, the value itself.
void LimitBinary(Segment& segment, bool end_limit) {
  if (segment.binary_end == 0) return LimitFullColumn(segment, end_limit);
  if (!end_limit) {
    segment.size = segment.binary_end;
    return;
  }
  ++segment.size;
  std::fill(segment.room.begin() + static_cast<ptrdiff_t>(segment.binary_end),
            segment.room.begin() + static_cast<ptrdiff_t>(segment.size), kFiller);
}

// Applies the grbit's limit; false when there is none.
bool ApplyLimit(Segment& segment, const ColumnSchema& column, bool descending, uint32_t grbit) {
  const bool text = IsTextType(column.type);
  switch (grbit & kLimitMask) {
    case kFullColumnStartLimit:
    case kFullColumnEndLimit:
      LimitFullColumn(segment, (grbit & kFullColumnEndLimit) != 0);
      return true;
    case kPartialColumnStartLimit:
    case kPartialColumnEndLimit: {
      const bool end_limit = (grbit & kPartialColumnEndLimit) != 0;
      if (text) {
        LimitText(segment, column, descending, end_limit);
      } else {
        LimitBinary(segment, end_limit);
      }
      return true;
    }
    default:
      break;
  }
  if ((grbit & kSubStrLimit) != 0 && text) {
    LimitText(segment, column, descending, true);
    return true;
  }
  if ((grbit & kStrLimit) != 0) {
    LimitBinary(segment, true);
    return true;
  }
  return false;
}

Status CheckLimitOptions(const ColumnSchema& column, uint32_t grbit) {
  switch (grbit & kLimitMask) {
    case 0:
    case kFullColumnStartLimit:
    case kFullColumnEndLimit:
      return Status::Ok();
    case kPartialColumnStartLimit:
    case kPartialColumnEndLimit: {
      const bool has_inner_order =
          IsTextType(column.type) || (IsBinaryType(column.type) && !column.is_fixed());
      return has_inner_order ? Status::Ok() : Error::kInvalidGrbit;
    }
    default:
      return Error::kInvalidGrbit;
  }
}

}  // namespace

void SearchKey::Reset() {
  key_.Clear();
  segments_ = 0;
  prepared_ = has_limit_ = truncated_ = false;
}

Status SearchKey::AssignNormalized(const IndexSchema* index, Bytes value) {
  const size_t key_most = index != nullptr ? index->key_most : kDefaultKeyMost;
  const size_t limit = key_most + 1;
  if (value.size() > std::max<size_t>(limit, kDefaultKeyMost)) return Error::kInvalidParameter;
  const std::array<std::byte, kMaxKeyMost + 1> copy = [value, limit] {
    std::array<std::byte, kMaxKeyMost + 1> bytes{};
    std::copy_n(value.begin(), std::min(value.size(), limit), bytes.begin());
    return bytes;  // The value may be this very key.
  }();
  Reset();
  key_.Assign({copy.data(), std::min(value.size(), limit)});
  segments_ = 1;
  prepared_ = true;
  has_limit_ = key_.size() > key_most;
  return Status::Ok();
}

Status SearchKey::Make(const TableSchema& table, const IndexSchema* index, Bytes value,
                       uint32_t grbit) {
  if ((grbit & kNormalizedKey) != 0) return AssignNormalized(index, value);
  if (index == nullptr) return Error::kNoCurrentIndex;
  if ((grbit & kNewKey) != 0) {
    Reset();
  } else if (has_limit_) {
    return Error::kKeyIsMade;
  } else if (!prepared_) {
    return Error::kKeyNotMade;
  }
  if (segments_ >= index->segments.size()) return Error::kKeyIsMade;
  const IndexSegment& segment = index->segments[segments_];
  const ColumnSchema* column = table.FindColumn(segment.column);
  if (column == nullptr) return Error::kCatalogCorrupted;
  RETURN_IF_ERROR(CheckLimitOptions(*column, grbit));
  std::array<std::byte, kMaxShortValueSize> padded;
  if (column->is_fixed() && !value.empty() && value.size() != column->fixed_size()) {
    const size_t size = column->fixed_size();
    if (column->type != ColumnType::kText || value.size() > size || size > padded.size()) {
      return Error::kInvalidBufferSize;
    }
    for (size_t i = 0; i < size; ++i) {
      const bool high_byte = column->is_unicode() && i % 2 != 0;
      padded[i] = i < value.size() ? value[i] : (high_byte ? std::byte{0} : std::byte{' '});
    }
    value = {padded.data(), size};
  }
  RETURN_IF_ERROR(AppendSegment(*index, *column, segment.descending, value, grbit));
  ++segments_;
  prepared_ = true;
  return Status::Ok();
}

Status SearchKey::AppendSegment(const IndexSchema& index, const ColumnSchema& column,
                                bool descending, Bytes value, uint32_t grbit) {
  const bool zero_length = value.empty() && (grbit & kKeyDataZeroLength) != 0;
  if (zero_length && (column.is_fixed() || FixedSizeOf(column.type) != 0)) {
    return Error::kInvalidBufferSize;
  }
  if (segments_ == 0 && index.tuple_limits.has_value()) {
    const size_t character = column.is_unicode() ? 2 : 1;
    if (value.size() < index.tuple_limits->min_length * character || value.empty()) {
      return Error::kIndexTuplesKeyTooSmall;
    }
    value = value.first(std::min(value.size(), index.tuple_limits->max_length * character));
  }
  // A key that is full already says all it can.
  if (truncated_ || key_.size() >= index.key_most) return Status::Ok();
  const SegmentValue kind = !value.empty() ? SegmentValue::kData
                            : zero_length  ? SegmentValue::kZeroLength
                                           : SegmentValue::kNull;
  const size_t room = index.key_most - key_.size();
  const MutableBytes to = key_.storage().subspan(key_.size(), room + 1);
  ASSIGN_OR_RETURN(const NormalizedSegment normalized,
                   NormalizeSegment(index, column, descending, kind, value, to.first(room)));
  Segment segment{to, normalized.size, normalized.binary_end};
  has_limit_ = ApplyLimit(segment, column, descending, grbit);
  truncated_ = normalized.truncated;
  DCHECK(segment.size <= room + 1);
  key_.Resize(key_.size() + segment.size);
  return Status::Ok();
}

}  // namespace contrail
