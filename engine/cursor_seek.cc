// TableCursor: search keys, seeks, index ranges.

#include <bit>

#include "engine/table_cursor.h"

namespace contrail {

Status TableCursor::MakeKey(Bytes value, uint32_t flags) {
  Refresh();
  return search_key_.Make(definition_->schema(), current_index(), value, flags);
}

Status TableCursor::Seek(uint32_t flags) {
  Refresh();
  if (!search_key_.prepared()) return Error::kKeyNotMade;
  const uint32_t relation = flags & seek_bit::kRelationMask;
  if (std::popcount(relation) != 1) return Error::kInvalidGrbit;
  RETURN_IF_ERROR(GiveUpUpdate());
  range_.active = false;
  switch (relation) {
    case seek_bit::kEqual:
      return SeekEqual(flags);
    case seek_bit::kGreaterOrEqual:
      return SeekForward(false);
    case seek_bit::kGreater:
      return SeekForward(true);
    case seek_bit::kLessOrEqual:
      return SeekBackward(false);
    default:
      return SeekBackward(true);
  }
}

Status TableCursor::SeekEqual(uint32_t flags) {
  VersionedCursor& cursor = entries();
  const Bytes key = search_key_.bytes();
  LeaveEntry(Place::kBetween);
  Status status;
  if (cursor.tree().unique()) {
    status = cursor.SeekExact(key);
  } else {
    status = cursor.SeekAtLeast(key);
    if (status.Is(Error::kRecordNotFound)) place_ = Place::kAfterLast;
    if (status.ok() && Compare(cursor.key(), key) != 0) {
      place_ = Place::kBeforeEntry;
      return Error::kRecordNotFound;
    }
  }
  RETURN_IF_ERROR(status);
  place_ = Place::kOnEntry;
  bool only = false;
  if ((flags & seek_bit::kCheckUniqueness) != 0) {
    ASSIGN_OR_RETURN(only, IsOnlyEntryOfKey());
  }
  if ((flags & seek_bit::kSetIndexRange) != 0) {
    range_.active = range_.upper = range_.inclusive = true;
    range_.limit.assign(key.begin(), key.end());
  }
  return only ? Status(Error::kWarnUniqueKey) : Status::Ok();
}

Result<bool> TableCursor::IsOnlyEntryOfKey() {
  if (entries().tree().unique()) return true;
  VersionedCursor next = entries();
  const Status status = next.MoveNext();
  if (status.Is(Error::kNoCurrentRecord)) return true;
  RETURN_IF_ERROR(status);
  return Compare(next.key(), entries().key()) != 0;
}

Status TableCursor::SeekForward(bool strict) {
  VersionedCursor& cursor = entries();
  const Bytes key = search_key_.bytes();
  LeaveEntry(Place::kAfterLast);
  Status status;
  if (strict) {
    status = cursor.SeekAtMost(key, false);
    status = status.ok() ? cursor.MoveNext()
                         : (status.Is(Error::kRecordNotFound) ? cursor.MoveFirst() : status);
    if (status.Is(Error::kNoCurrentRecord)) return Error::kRecordNotFound;
  } else {
    status = cursor.SeekAtLeast(key);
  }
  RETURN_IF_ERROR(status);
  place_ = Place::kOnEntry;
  if (strict || Compare(cursor.key(), key) == 0) return Status::Ok();
  return Error::kWarnSeekNotEqual;
}

Status TableCursor::SeekBackward(bool strict) {
  VersionedCursor& cursor = entries();
  const Bytes key = search_key_.bytes();
  LeaveEntry(Place::kBeforeFirst);
  RETURN_IF_ERROR(cursor.SeekAtMost(key, strict));
  place_ = Place::kOnEntry;
  if (strict || Compare(cursor.key(), key) == 0) return Status::Ok();
  return Error::kWarnSeekNotEqual;
}

Status TableCursor::SetIndexRange(uint32_t flags) {
  Refresh();
  if ((flags & range_bit::kRemove) != 0) {
    if (!range_.active) return Error::kInvalidOperation;
    range_.active = false;
    return Status::Ok();
  }
  if (!search_key_.prepared()) return Error::kKeyNotMade;
  RETURN_IF_ERROR(RequireEntry());
  range_.active = true;
  range_.upper = (flags & range_bit::kUpperLimit) != 0;
  range_.inclusive = (flags & range_bit::kInclusive) != 0;
  range_.limit.assign(search_key_.bytes().begin(), search_key_.bytes().end());
  search_key_.Reset();
  if (!WithinRange(entries().key())) {
    LeaveEntry(range_.upper ? Place::kAfterLast : Place::kBeforeFirst);
    range_.active = false;
    return Error::kNoCurrentRecord;
  }
  if ((flags & range_bit::kInstantDuration) != 0) range_.active = false;
  return Status::Ok();
}

Result<Bytes> TableCursor::RetrieveKey(uint32_t flags) {
  Refresh();
  if ((flags & retrieve_bit::kCopy) != 0) {
    if (!search_key_.prepared()) return Error::kKeyNotMade;
    return search_key_.bytes();
  }
  RETURN_IF_ERROR(RequireEntry());
  return entries().key();
}

}  // namespace contrail
