// BackupScrub: the scrubbing of one database while a full backup copies it
// (JET_paramZeroDatabaseDuringBackup). Pages are scrubbed after they have been read for the copy,
// those in use at once and free ones behind the last page. The copy has them as they were, and its
// logs bring the rest. What cannot be scrubbed harms no backup: events say how far it came.
// Source: the backup contract, section 7; docs/scrubbing.md.
//
// Thread rule: thread safe.

#pragma once

#include <absl/synchronization/mutex.h>

#include <atomic>

#include "backup/byte_coverage.h"
#include "engine/database_scrub.h"
#include "engine/instance.h"

namespace contrail {

class BackupScrub {
 public:
  // Of pages 1 to `last`. Instance and database outlive the object.
  BackupScrub(Instance& instance, AttachedDatabase& database, PageNumber last);
  // Says so when it has begun and has not come to its end.
  ~BackupScrub();
  BackupScrub(const BackupScrub&) = delete;
  BackupScrub& operator=(const BackupScrub&) = delete;

  // The copy has these pages, from page `first` on. Ends soon once `stop` is set.
  void See(PageNumber first, Bytes pages, const std::atomic<bool>& stop);

 private:
  void Begin() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void End(const Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Instance& instance_;
  AttachedDatabase& database_;
  const PageNumber last_;
  DatabaseScrub scrub_;

  absl::Mutex mutex_;
  enum class Stage { kBefore, kRunning, kOver };
  Stage stage_ ABSL_GUARDED_BY(mutex_) = Stage::kBefore;
  ByteCoverage seen_ ABSL_GUARDED_BY(mutex_);  // Pages, counted from 0.
  DbTime begun_at_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t begun_milliseconds_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace contrail
