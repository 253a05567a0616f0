// PageReadAhead: the pages of a database file in order, read ahead of whoever takes them.
//
// A thread of its own keeps several large direct reads in flight, verifies every page, and lets go
// of a range as soon as it has been read: a client that pauses holds up nobody. While a range is
// being read the page writer stays out of it, so no page is ever seen half written. Pages go into
// the caller's buffer without a copy where its address allows that, and into slots otherwise.
//
// A page that was never written (all zero, or behind the end of the file) is a page of zeros: the
// log has what belongs there.
//
// A read that fails, or finds a bad page, is repeated: what looks like damage may be a disk that
// has to think. Source: the backup contract, section 7.
//
// Thread rule: one Read at a time; Abort from any thread.

#pragma once

#include <absl/synchronization/mutex.h>
#include <absl/time/time.h>

#include <deque>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "storage/aligned_buffer.h"
#include "storage/cached_database.h"
#include "storage/event.h"
#include "storage/file.h"

namespace contrail {

struct ReadAheadOptions {
  size_t read_bytes = 1 << 20;  // Of one read; a multiple of the page size.
  size_t reads_ahead = 8;
  int retries = 16;
  absl::Duration retry_pause = absl::Milliseconds(100);  // Before the n-th retry, n times this.
};

class PageReadAhead {
 public:
  // Reads pages `first` to `last`, none when that is lower. File, pool and database outlive the
  // object.
  PageReadAhead(FileSystem& files, EventSink& events, CachedDatabase& pages, PageNumber first,
                PageNumber last, const ReadAheadOptions& options);
  ~PageReadAhead();
  PageReadAhead(const PageReadAhead&) = delete;
  PageReadAhead& operator=(const PageReadAhead&) = delete;

  // Fills the buffer, whose size is a multiple of the page size, with the next pages; fewer bytes
  // at the end, 0 behind it. kReadVerifyFailure or what the file said, when the retries are used
  // up; kBackupAbortByServer after Abort. After an error every call returns it.
  Result<size_t> Read(MutableBytes buffer);
  void Abort();

 private:
  struct Chunk {
    PageNumber first = 0;
    PageNumber count = 0;
    std::byte* memory = nullptr;
    std::optional<AlignedBuffer> slot;  // Empty: `memory` is the caller's.
    WriteExclusion exclusion;
    Status status;
    bool ready = false;
    PageNumber taken = 0;  // Pages given to the caller.
  };

  void Run();
  bool HasWork() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool MayStart() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Where the next chunk may go in the buffer of the Read that waits; null when nowhere.
  std::byte* DirectTarget(PageNumber count) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Chunk* StartNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // How much of it the file has; the rest becomes zeros.
  Status CheckInFile(Chunk* chunk);
  void Submit(Chunk* chunk, IoQueue* queue, std::vector<Chunk*>* arrived);
  // Verifies what has arrived and hands it over; repeats what was no good.
  void Settle(std::vector<Chunk*>* arrived, IoQueue* queue);
  Status VerifyPages(Chunk* chunk, bool report);
  Status Retry(Chunk* chunk);
  void Publish(Chunk* chunk);
  bool HasNews() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  size_t PageBytes(PageNumber count) const { return size_t{count} * page_size_; }

  FileSystem& files_;
  EventSink& events_;
  CachedDatabase& pages_;
  const PageNumber last_;
  const uint32_t page_size_;
  const ReadAheadOptions options_;
  const PageNumber chunk_pages_;

  absl::Mutex mutex_;
  // In file order; the front is what the caller gets next.
  std::deque<std::unique_ptr<Chunk>> chunks_ ABSL_GUARDED_BY(mutex_);
  std::vector<AlignedBuffer> idle_slots_ ABSL_GUARDED_BY(mutex_);
  PageNumber next_start_ ABSL_GUARDED_BY(mutex_);
  PageNumber next_taken_ ABSL_GUARDED_BY(mutex_);
  size_t slots_used_ ABSL_GUARDED_BY(mutex_) = 0;
  MutableBytes request_ ABSL_GUARDED_BY(mutex_);  // Of the Read that waits; begins at next_taken_.
  bool abort_ ABSL_GUARDED_BY(mutex_) = false;
  Status failure_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;  // Last: uses everything above.
};

}  // namespace contrail
