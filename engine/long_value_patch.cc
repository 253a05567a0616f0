#include "engine/long_value_patch.h"

#include <algorithm>

#include "storage/check.h"

namespace contrail {

void LongValuePatch::Overwrite(uint32_t offset, Bytes bytes, bool truncate,
                               LongValueCoding coding) {
  DCHECK(offset <= size_ && uint64_t{offset} + bytes.size() <= kMaxLongValueSize);
  coding_ = coding;
  const auto length = static_cast<uint32_t>(bytes.size());
  const bool appends = offset == size_ && !steps_.empty() && steps_.back().length > 0 &&
                       steps_.back().offset + steps_.back().length == offset;
  size_ = truncate ? offset + length : std::max(size_, offset + length);
  if (appends) {
    steps_.back().length += length;
    steps_.back().size_after = size_;
  } else {
    steps_.push_back({offset, length, bytes_.size(), size_});
  }
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

void LongValuePatch::Resize(uint32_t size, LongValueCoding coding) {
  DCHECK(size <= kMaxLongValueSize);
  coding_ = coding;
  size_ = size;
  steps_.push_back({0, 0, bytes_.size(), size});
}

Result<size_t> LongValuePatch::Read(LongValueStore& store, uint32_t offset, MutableBytes to) const {
  if (offset >= size_) return size_t{0};
  to = to.first(std::min<size_t>(to.size(), size_ - offset));
  size_t base = 0;
  if (offset < base_size_) {
    ASSIGN_OR_RETURN(base, store.Read(id_, offset, to));
  }
  const auto zero_from = [&](uint64_t position) {
    const uint64_t from = position > offset ? position - offset : 0;
    if (from < to.size()) std::memset(to.data() + from, 0, to.size() - from);
  };
  zero_from(offset + base);
  // What lies behind the end of the moment is zero, in case that the value grows again.
  for (const Step& step : steps_) {
    zero_from(step.size_after);
    const uint64_t first = std::max(offset, step.offset);
    const uint64_t end =
        std::min<uint64_t>(offset + to.size(), uint64_t{step.offset} + step.length);
    if (first >= end) continue;
    std::memcpy(to.data() + (first - offset), bytes_.data() + step.start + (first - step.offset),
                end - first);
  }
  return to.size();
}

Status LongValuePatch::Apply(LongValueStore& store, LongValueId id) const {
  uint32_t size = base_size_;
  for (const Step& step : steps_) {
    const Bytes bytes = Bytes(bytes_).subspan(step.start, step.length);
    const bool shorter = step.size_after < size;
    if (step.length == 0) {
      RETURN_IF_ERROR(store.Resize(id, step.size_after, coding_));
    } else {
      RETURN_IF_ERROR(store.Overwrite(id, step.offset, bytes, shorter, coding_));
    }
    size = step.size_after;
  }
  return Status::Ok();
}

}  // namespace contrail
