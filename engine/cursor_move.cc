// TableCursor: moves within the current index and its range.

#include "engine/table_cursor.h"
#include "storage/check.h"

namespace contrail {

bool TableCursor::WithinRange(Bytes key) const {
  DCHECK(range_.active);
  const int order = Compare(key, range_.limit);
  if (order == 0) return range_.inclusive;
  return range_.upper ? order < 0 : order > 0;
}

// Takes the outcome of a move of the tree cursor and sets the place.
Status TableCursor::Arrive(Status status, Place at_end) {
  LeaveEntry(at_end);
  if (status.Is(Error::kRecordNotFound)) return Error::kNoCurrentRecord;
  RETURN_IF_ERROR(status);
  const bool guarded = range_.active && range_.upper == (at_end == Place::kAfterLast);
  if (guarded && !WithinRange(entries().key())) return Error::kNoCurrentRecord;
  place_ = Place::kOnEntry;
  return Status::Ok();
}

Status TableCursor::SeekRangeStart() {
  Status status = entries().SeekAtLeast(range_.limit);
  while (status.ok() && !WithinRange(entries().key())) status = entries().MoveNext();
  return status;
}

Status TableCursor::StepForward() {
  VersionedCursor& cursor = entries();
  switch (place_) {
    case Place::kAfterLast:
      return Error::kNoCurrentRecord;
    case Place::kBeforeFirst:
      if (range_.active && !range_.upper) return Arrive(SeekRangeStart(), Place::kAfterLast);
      return Arrive(cursor.MoveFirst(), Place::kAfterLast);
    case Place::kBeforeEntry: {
      const Status visible = cursor.CheckVisible();
      if (!visible.Is(Error::kRecordDeleted)) return Arrive(visible, Place::kAfterLast);
      break;
    }
    case Place::kOnEntry:
    case Place::kBetween:
      break;
  }
  return Arrive(cursor.MoveNext(), Place::kAfterLast);
}

Status TableCursor::StepBackward() {
  VersionedCursor& cursor = entries();
  switch (place_) {
    case Place::kBeforeFirst:
      return Error::kNoCurrentRecord;
    case Place::kAfterLast:
      if (range_.active && range_.upper) {
        return Arrive(cursor.SeekAtMost(range_.limit, !range_.inclusive), Place::kBeforeFirst);
      }
      return Arrive(cursor.MoveLast(), Place::kBeforeFirst);
    case Place::kBeforeEntry:
    case Place::kOnEntry:
    case Place::kBetween:
      break;
  }
  return Arrive(cursor.MovePrevious(), Place::kBeforeFirst);
}

void TableCursor::MoveBeforeFirst() {
  range_.active = false;
  search_key_.Reset();
  LeaveEntry(Place::kBeforeFirst);
}

void TableCursor::MoveAfterLast() {
  range_.active = false;
  search_key_.Reset();
  LeaveEntry(Place::kAfterLast);
}

Status TableCursor::Move(int32_t rows, uint32_t flags) {
  Refresh();
  RETURN_IF_ERROR(GiveUpUpdate());
  if (rows == move_bit::kFirst || rows == move_bit::kLast) {
    if (rows == move_bit::kFirst) {
      MoveBeforeFirst();
      return StepForward();
    }
    MoveAfterLast();
    return StepBackward();
  }
  search_key_.Reset();
  if (rows == 0) {
    RETURN_IF_ERROR(RequireEntry());
    return entries().CheckVisible();
  }
  const bool forward = rows > 0;
  const bool skip_equal = (flags & move_bit::kKeyNotEqual) != 0;
  for (int64_t left = forward ? rows : -int64_t{rows}; left > 0; --left) {
    if (!skip_equal || place_ != Place::kOnEntry) {
      RETURN_IF_ERROR(forward ? StepForward() : StepBackward());
      continue;
    }
    record_key_.assign(entries().key().begin(), entries().key().end());
    do {
      RETURN_IF_ERROR(forward ? StepForward() : StepBackward());
    } while (Compare(entries().key(), record_key_) == 0);
  }
  return Status::Ok();
}

}  // namespace contrail
