// RevocableSnapshots: read-only transactions that would rather lose their snapshot than keep others
// from changing rows. When version memory gets scarce they are revoked, all at once: they no longer
// keep any version, and learn of it when they ask (Transaction::revoked).
//
// Thread rule: thread safe.

#pragma once

#include <absl/synchronization/mutex.h>

#include <atomic>
#include <vector>

#include "engine/version_store.h"

namespace contrail {

class RevocableSnapshots {
 public:
  // What a session shows that has no snapshot, or has lost it; also: no snapshot at all.
  static constexpr CommitTime kNone = ~CommitTime{0};

  // `shown` is where the session of an active transaction shows its snapshot to all. It becomes
  // kNone when the snapshot is revoked.
  void Add(std::atomic<CommitTime>& shown);
  // Before that session shows another one.
  void Remove(std::atomic<CommitTime>& shown);

  // One relaxed load: there is something to revoke. May be late by a moment.
  bool any() const { return valid_.load(std::memory_order_relaxed) != 0; }
  // May be called with latches held.
  void RevokeAll();

  // The oldest snapshot that has been revoked and whose reader has not ended: he may be within a
  // tree that he had every right to read. kNone when there is none. One that is revoked later than
  // this is asked was, until then, among the oldest snapshots of all.
  CommitTime OldestRevoked() const { return oldest_revoked_.load(std::memory_order_seq_cst); }

 private:
  struct Reader {
    std::atomic<CommitTime>* shown = nullptr;
    CommitTime snapshot = 0;
    bool revoked = false;
  };
  void Recount() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  absl::Mutex mutex_;  // Nothing else is locked while it is held.
  std::vector<Reader> readers_ ABSL_GUARDED_BY(mutex_);
  std::atomic<size_t> valid_{0};
  std::atomic<CommitTime> oldest_revoked_{kNone};
};

}  // namespace contrail
