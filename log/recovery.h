// The redo driver: reads the log, hands page changes to workers partitioned by page, and everything
// else, in order, to the floor above. Undo is the engine's, afterwards.
//
// A run can stop at any record (crash, cancel, error) and be repeated from the start: redo is
// idempotent by dbtime.

#pragma once

#include <functional>

#include "log/log_reader.h"
#include "storage/mutation.h"

namespace contrail {

class RecoveryHost {
 public:
  virtual ~RecoveryHost() = default;
  // A record that is not a mutation, in log order. Before the call all page changes logged earlier
  // have been applied if NeedsBarrier(type).
  virtual Status OnRecord(const LogRecord& record) = 0;
  virtual bool NeedsBarrier(RecordType type) const = 0;
  // Every mutation, in log order, on the reading thread, before its pages are applied: analysis of
  // annotations, raising of dbtime.
  virtual Status OnMutation(Lgpos position, const MutationView& mutation) = 0;
  // Where the pages of this database id live at this position; null: skip (not attached, detached
  // clean since, not being restored).
  virtual CachedDatabase* FindDatabase(uint8_t database_id, Lgpos position) = 0;
};

struct RedoProgress {
  uint64_t bytes_done = 0;
  uint64_t bytes_total = 0;
  uint32_t generation = 0;
};

struct RedoOptions {
  int workers = 2;
  // Returning false cancels: kTermInProgress.
  std::function<bool(const RedoProgress&)> progress;
  // Stop before the first record at or after this position (point-in-time restore).
  Lgpos stop_at = kLgposMax;
  // A page that fails its checksum is treated as empty when the record formats it.
};

struct RedoResult {
  LogEnd end;
  // The run met `stop_at`: end.position is that of the first record left out, and the log cannot be
  // resumed there (end.chain_hash is not set).
  bool stopped_early = false;
  uint64_t records = 0;
  uint64_t page_changes_applied = 0;  // Or found to be in the page already.
  uint64_t page_changes_skipped = 0;  // The host knows no database for them.
};

// Errors: those of the reader and of the host, kTermInProgress (cancelled), kLogFileCorrupt (a
// malformed record), those of RedoPage; with an event that tells the record's position. Pages
// changed so far stay changed in the pool: run again from the same start, or throw them away.
Result<RedoResult> RunRedo(LogReader& reader, EventSink& events, RecoveryHost& host,
                           const RedoOptions& options);

}  // namespace contrail
