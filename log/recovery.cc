#include "log/recovery.h"

#include <absl/strings/str_cat.h>

#include "log/log_event.h"
#include "log/redo_workers.h"
#include "storage/check.h"

namespace contrail {
namespace {

// Between two calls of the progress function.
constexpr uint64_t kProgressRecords = 256;

std::string PositionText(Lgpos position) {
  return absl::StrCat("log position ", position.generation, ":", position.block, ":",
                      position.offset);
}

class RedoRun {
 public:
  RedoRun(LogReader& reader, EventSink& events, RecoveryHost& host, const RedoOptions& options)
      : reader_(reader),
        events_(events),
        host_(host),
        options_(options),
        workers_(
            options.workers, [this](const RedoWorkers::Change& change) { return Apply(change); },
            [](CachedDatabase& database, std::span<const PageNumber> pages) {
              database.Prefetch(pages);
            }) {}

  Result<RedoResult> Run();

 private:
  Status Take(const LogRecord& record);
  Status TakeMutation(const LogRecord& record);
  Status ReportProgress();
  // On the workers.
  Status Apply(const RedoWorkers::Change& change);
  Status Fail(Status status, Lgpos position, const std::string& text);

  LogReader& reader_;
  EventSink& events_;
  RecoveryHost& host_;
  const RedoOptions& options_;
  RedoResult result_;
  std::atomic<uint64_t> applied_{0};
  RedoWorkers workers_;
};

Result<RedoResult> RedoRun::Run() {
  LogRecord record;
  bool stopped = false;
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, reader_.Next(&record));
    if (!more) break;
    if (record.position >= options_.stop_at) {
      stopped = true;
      break;
    }
    RETURN_IF_ERROR(Take(record));
    if (++result_.records % kProgressRecords == 0) RETURN_IF_ERROR(ReportProgress());
  }
  RETURN_IF_ERROR(workers_.Barrier());
  RETURN_IF_ERROR(ReportProgress());
  if (stopped) {
    result_.end.position = record.position;
    result_.end.header = reader_.header();
  } else {
    result_.end = reader_.end();
  }
  result_.stopped_early = stopped;
  result_.page_changes_applied = applied_.load(std::memory_order_relaxed);
  return result_;
}

Status RedoRun::Take(const LogRecord& record) {
  DCHECK(!record.position.IsNull());
  if (record.type == RecordType::kMutation) return TakeMutation(record);
  if (host_.NeedsBarrier(record.type)) RETURN_IF_ERROR(workers_.Barrier());
  const Status status = host_.OnRecord(record);
  if (status.ok()) return status;
  return Fail(status, record.position,
              absl::StrCat("Recovery cannot go on at a record of type ",
                           static_cast<int>(record.type), "."));
}

Status RedoRun::TakeMutation(const LogRecord& record) {
  Result<MutationView> mutation = MutationView::Parse(record.payload);
  if (!mutation.ok()) {
    return Fail(mutation.status(), record.position, "A record of page changes is malformed.");
  }
  if (const Status status = host_.OnMutation(record.position, *mutation); !status.ok()) {
    return Fail(status, record.position, "Recovery cannot go on at a record of page changes.");
  }
  CachedDatabase* const database = host_.FindDatabase(mutation->database_id(), record.position);
  if (database == nullptr) {
    result_.page_changes_skipped += mutation->page_count();
    return Status::Ok();
  }
  Status added;
  const Status status = mutation->ForEachPage([&](const PageChange& page) {
    RedoWorkers::Change change;
    change.database = database;
    change.position = record.position;
    change.dbtime = mutation->dbtime();
    change.page = page;
    added = workers_.Add(change);
    return added;
  });
  if (status.ok() || !added.ok()) return added;  // A worker has reported its error.
  return Fail(status, record.position, "A record of page changes is malformed.");
}

Status RedoRun::Apply(const RedoWorkers::Change& change) {
  const Status status = RedoPage(*change.database, events_, change.dbtime, change.page);
  if (status.ok()) {
    applied_.fetch_add(1, std::memory_order_relaxed);
    return status;
  }
  return Fail(status, change.position,
              absl::StrCat("A logged change of page ", change.page.page, " cannot be applied."));
}

Status RedoRun::ReportProgress() {
  if (options_.progress == nullptr) return Status::Ok();
  RedoProgress progress;
  progress.bytes_done = reader_.bytes_read();
  progress.bytes_total = reader_.bytes_total();
  progress.generation = reader_.header().generation;
  return options_.progress(progress) ? Status::Ok() : Status(Error::kTermInProgress);
}

Status RedoRun::Fail(Status status, Lgpos position, const std::string& text) {
  return ReportLogError(events_, kEventRedoFailed, status.error(), text, "",
                        static_cast<int64_t>(position.FileOffset()),
                        "a record that can be redone at " + PositionText(position),
                        absl::StrCat("error ", status.number()));
}

}  // namespace

Result<RedoResult> RunRedo(LogReader& reader, EventSink& events, RecoveryHost& host,
                           const RedoOptions& options) {
  RedoRun run(reader, events, host, options);
  return run.Run();
}

}  // namespace contrail
