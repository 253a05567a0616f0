// TableCursor: bookmarks, counts and positions.

#include <algorithm>

#include "engine/change_scope.h"
#include "engine/table_cursor.h"

namespace contrail {

Result<Bytes> TableCursor::GetBookmark() {
  Refresh();
  RETURN_IF_ERROR(ReadRecordKey());
  return Bytes(record_key_);
}

Result<TableCursor::SecondaryBookmark> TableCursor::GetSecondaryBookmark() {
  Refresh();
  if (secondary_ == nullptr) return Error::kNoCurrentIndex;
  RETURN_IF_ERROR(ReadRecordKey());
  return SecondaryBookmark{secondary_entries_->key(), record_key_};
}

Status TableCursor::GotoBookmark(Bytes bookmark) {
  Refresh();
  if (bookmark.empty()) return Error::kInvalidBookmark;
  RETURN_IF_ERROR(GiveUpUpdate());
  range_.active = false;
  search_key_.Reset();
  // The caller's bytes may be this cursor's own.
  goto_key_.assign(bookmark.begin(), bookmark.end());
  return StandOnEntryOf(goto_key_, 1);
}

Status TableCursor::GotoSecondaryBookmark(Bytes secondary_key, Bytes primary_key,
                                          bool permit_virtual) {
  Refresh();
  if (secondary_ == nullptr) return Error::kNoCurrentIndex;
  const bool unique = secondary_->tree.unique();
  if (secondary_key.empty() || (!unique && primary_key.empty())) return Error::kInvalidBookmark;
  RETURN_IF_ERROR(GiveUpUpdate());
  range_.active = false;
  search_key_.Reset();
  const Status status =
      secondary_entries_->SeekExact(secondary_key, unique ? Bytes() : primary_key);
  if (status.Is(Error::kRecordNotFound)) {
    LeaveEntry(permit_virtual ? Place::kBetween : Place::kBeforeFirst);
    return Error::kRecordDeleted;
  }
  LeaveEntry(status.ok() ? Place::kOnEntry : Place::kBeforeFirst);
  return status;
}

Result<uint64_t> TableCursor::CountRecords(uint64_t limit) {
  Refresh();
  const ReadScope scope(*context_->transaction);
  RETURN_IF_ERROR(RequireEntry());
  VersionedCursor cursor = entries();
  uint64_t count = 0;
  Status status = cursor.CheckVisible();
  if (status.Is(Error::kRecordDeleted)) status = cursor.MoveNext();
  for (; status.ok(); status = cursor.MoveNext()) {
    if (range_.active && range_.upper && !WithinRange(cursor.key())) return count;
    ++count;
    if (limit != 0 && count >= limit) return count;
  }
  if (status.Is(Error::kNoCurrentRecord)) return count;
  return status;
}

Result<RecordPosition> TableCursor::GetPosition() {
  Refresh();
  RETURN_IF_ERROR(RequireEntry());
  const ReadScope scope(*context_->transaction);
  RecordPosition position;
  position.in_range = 0;
  VersionedCursor cursor(Versioned(entries().tree()), *context_->transaction);
  Status status = cursor.MoveFirst();
  for (; status.ok(); status = cursor.MoveNext()) {
    const int order = Compare(cursor.key(), entries().key());
    if (order < 0) ++position.less;
    if (order == 0) ++position.in_range;
    ++position.total;
  }
  const bool end = status.Is(Error::kNoCurrentRecord) || status.Is(Error::kRecordNotFound);
  if (!end) return status;
  return position;
}

Status TableCursor::GotoPosition(const RecordPosition& position) {
  Refresh();
  if (position.less > position.total) return Error::kInvalidParameter;
  const Status first = MoveFirst();
  if (first.Is(Error::kNoCurrentRecord)) return Error::kRecordNotFound;
  RETURN_IF_ERROR(first);
  if (position.total == 0) return Status::Ok();
  ASSIGN_OR_RETURN(const uint64_t count, CountRecords(0));
  const auto wanted =
      static_cast<uint64_t>(static_cast<double>(position.less) /
                            static_cast<double>(position.total) * static_cast<double>(count));
  for (uint64_t i = 0; i < std::min(wanted, count - 1); ++i) RETURN_IF_ERROR(StepForward());
  return Status::Ok();
}

}  // namespace contrail
