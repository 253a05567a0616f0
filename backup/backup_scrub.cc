#include "backup/backup_scrub.h"

#include <absl/strings/str_cat.h>

#include "backup/backup_events.h"

namespace contrail {

BackupScrub::BackupScrub(Instance& instance, AttachedDatabase& database, PageNumber last)
    : instance_(instance),
      database_(database),
      last_(last),
      scrub_(database, instance.transactions()) {}

BackupScrub::~BackupScrub() {
  const absl::MutexLock lock(&mutex_);
  if (stage_ == Stage::kRunning) End(Error::kBackupAbortByCaller);
}

void BackupScrub::See(PageNumber first, Bytes pages, const std::atomic<bool>& stop) {
  const absl::MutexLock lock(&mutex_);
  if (stage_ == Stage::kOver) return;
  if (stage_ == Stage::kBefore) Begin();
  const auto stopped = [&stop] { return stop.load(); };
  Status status = scrub_.ScrubUsed(first, pages, stopped);
  seen_.Add(first - 1, first - 1 + pages.size() / database_.database().page_size());
  const bool whole = status.ok() && seen_.Covers(last_);
  if (whole) status = scrub_.ScrubFree(stopped);
  // The reader has stopped; another one may go on.
  if (status.Is(Error::kTaskDropped)) return;
  if (whole || !status.ok()) End(status);
}

void BackupScrub::Begin() {
  stage_ = Stage::kRunning;
  begun_at_ = database_.database().last_dbtime();
  begun_milliseconds_ = LogTime::Now().ToUnixMilliseconds();
  ReportProgress(instance_.events(), event_id::kScrubBegins,
                 "What deletion has left in a database is being overwritten.", database_.path());
}

void BackupScrub::End(const Status& status) {
  stage_ = Stage::kOver;
  Status result = status;
  if (result.ok()) {
    result = database_.database().UpdateHeader([begun = begun_at_](DatabaseHeader* header) {
      header->scrub_dbtime = begun;
      header->scrub_time = LogTime::Now();
    });
  }
  const ScrubCounts counts = scrub_.counts();
  const int64_t took = LogTime::Now().ToUnixMilliseconds() - begun_milliseconds_;
  Event event;
  event.id = event_id::kScrubEnds;
  event.severity = result.ok() ? Severity::kInformation : Severity::kWarning;
  event.text = absl::StrCat(
      result.ok() ? "Overwriting what deletion has left in a database is complete"
                  : "Overwriting what deletion has left in a database has stopped before its end",
      ", after ", took / 1000, " s: ", counts.pages, " pages seen, ", counts.unused,
      " never written, ", counts.used, " in use and ", counts.freed, " free overwritten, ",
      counts.records, " deleted records overwritten.");
  event.file = database_.path();
  event.error = result.number();
  instance_.events().Report(event);
}

}  // namespace contrail
