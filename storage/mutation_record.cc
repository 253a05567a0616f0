// Reading mutation records back, and redoing them.

#include <absl/strings/str_cat.h>

#include <array>

#include "storage/event.h"
#include "storage/event_id.h"
#include "storage/mutation.h"

namespace contrail {
namespace {

constexpr uint8_t kNewContent = 1;
constexpr size_t kRecordHeader = 1 + 8 + 2 + 4;
constexpr size_t kPageHeader = 4 + 8 + 1 + 4;

// Takes one integer off the front; the caller has checked the size.
template <typename T>
T Take(Bytes* from) {
  DCHECK(from->size() >= sizeof(T));
  const T value = LoadLittle<T>(from->data());
  *from = from->subspan(sizeof(T));
  return value;
}

Status ReportMismatch(const CachedDatabase& database, EventSink& events, const PageChange& change,
                      DbTime found) {
  const Error error = found < change.dbtime_before ? Error::kDbTimeTooOld : Error::kDbTimeTooNew;
  Event event;
  event.id = event_id::kPageTimeMismatch;
  event.severity = Severity::kError;
  event.text =
      absl::StrCat("Page ", change.page, " and a log record of it do not belong together: ",
                   error == Error::kDbTimeTooOld ? "the page has lost a write."
                                                 : "the page is of another history.");
  event.file = database.file().path();
  event.offset = static_cast<int64_t>(FileOffsetOf(change.page, database.page_size()));
  event.expected = absl::StrCat("dbtime ", change.dbtime_before);
  event.found = absl::StrCat("dbtime ", found);
  event.error = static_cast<int32_t>(error);
  events.Report(event);
  return error;
}

Status ReportUnredoable(const CachedDatabase& database, EventSink& events, const PageChange& change,
                        Status status) {
  Event event;
  event.id = event_id::kPageMalformed;
  event.severity = Severity::kError;
  event.text = absl::StrCat("Page ", change.page,
                            ": a log record of it cannot be redone; the page is left as it was.");
  event.file = database.file().path();
  event.offset = static_cast<int64_t>(FileOffsetOf(change.page, database.page_size()));
  event.error = status.number();
  events.Report(event);
  return status;
}

Status ApplyAll(Bytes operations, std::byte* page, uint32_t page_size) {
  while (!operations.empty()) {
    ASSIGN_OR_RETURN(const PageOperation operation, DecodeOperation(&operations));
    RETURN_IF_ERROR(ApplyOperation(operation, page, page_size));
  }
  return Status::Ok();
}

}  // namespace

Result<MutationView> MutationView::Parse(Bytes record) {
  if (record.size() < kRecordHeader) return Error::kLogFileCorrupt;
  MutationView view;
  view.database_id_ = Take<uint8_t>(&record);
  view.dbtime_ = Take<uint64_t>(&record);
  view.page_count_ = Take<uint16_t>(&record);
  const auto annotation_size = Take<uint32_t>(&record);
  if (annotation_size > record.size()) return Error::kLogFileCorrupt;
  view.annotation_ = record.first(annotation_size);
  view.pages_ = record.subspan(annotation_size);
  // Walked once here, so that a record is refused before anything of it is redone.
  Bytes rest = view.pages_;
  for (uint16_t i = 0; i < view.page_count_; ++i) {
    PageChange change;
    RETURN_IF_ERROR(TakePage(&rest, &change));
  }
  if (!rest.empty()) return Error::kLogFileCorrupt;
  return view;
}

Status MutationView::TakePage(Bytes* rest, PageChange* change) {
  if (rest->size() < kPageHeader) return Error::kLogFileCorrupt;
  change->page = Take<uint32_t>(rest);
  change->dbtime_before = Take<uint64_t>(rest);
  const auto flags = Take<uint8_t>(rest);
  const auto size = Take<uint32_t>(rest);
  if (change->page == 0 || (flags & ~kNewContent) != 0 || size > rest->size()) {
    return Error::kLogFileCorrupt;
  }
  change->is_new = (flags & kNewContent) != 0;
  change->operations = rest->first(size);
  *rest = rest->subspan(size);
  return Status::Ok();
}

Status RedoPage(CachedDatabase& database, EventSink& events, DbTime dbtime,
                const PageChange& change) {
  ASSIGN_OR_RETURN(WriteGuard guard, database.LockForRedo(change.page, change.is_new));
  const DbTime found = guard.page().dbtime();
  if (found >= dbtime) return Status::Ok();
  if (!change.is_new && found != change.dbtime_before) {
    return ReportMismatch(database, events, change, found);
  }
  // On a copy: a page that only part of a record was applied to must never be seen, or written.
  alignas(8) std::array<std::byte, kMaxPageSize> copy;
  const uint32_t page_size = database.page_size();
  std::memcpy(copy.data(), guard.bytes(), page_size);
  if (const Status status = ApplyAll(change.operations, copy.data(), page_size); !status.ok()) {
    return ReportUnredoable(database, events, change, status);
  }
  StoreLittle(copy.data() + page_offset::kDbTime, dbtime);
  guard.MarkDirty();
  std::memcpy(guard.bytes(), copy.data(), page_size);
  return Status::Ok();
}

}  // namespace contrail
