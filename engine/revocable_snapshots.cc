#include "engine/revocable_snapshots.h"

#include <algorithm>

#include "storage/check.h"

namespace contrail {

void RevocableSnapshots::Add(std::atomic<CommitTime>& shown) {
  const absl::MutexLock lock(&mutex_);
  readers_.push_back({&shown, shown.load(std::memory_order_relaxed), false});
  Recount();
}

void RevocableSnapshots::Remove(std::atomic<CommitTime>& shown) {
  const absl::MutexLock lock(&mutex_);
  const size_t removed =
      std::erase_if(readers_, [&shown](const Reader& reader) { return reader.shown == &shown; });
  CHECK(removed == 1);
  Recount();
}

void RevocableSnapshots::RevokeAll() {
  const absl::MutexLock lock(&mutex_);
  for (Reader& reader : readers_) reader.revoked = true;
  // First: whoever finds that a snapshot holds nothing any more finds its reader here.
  Recount();
  for (const Reader& reader : readers_) reader.shown->store(kNone, std::memory_order_seq_cst);
}

void RevocableSnapshots::Recount() {
  size_t valid = 0;
  CommitTime oldest = kNone;
  for (const Reader& reader : readers_) {
    if (reader.revoked) {
      oldest = std::min(oldest, reader.snapshot);
    } else {
      ++valid;
    }
  }
  oldest_revoked_.store(oldest, std::memory_order_seq_cst);
  valid_.store(valid, std::memory_order_relaxed);
}

}  // namespace contrail
