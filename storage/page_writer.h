// PageWriter: brings dirty pages to their files in batches.
//
// One batch, in order: take entries off one database's flush list; copy their pages under shared
// latches, clearing the dirty bit at the moment of copying; seal the copies; wait until the log is
// durable; write the batch to the double-write area and sync that; write the pages in place; sync
// the file. One batch runs at a time, so two copies of a page are never on their way at once, and
// the double-write area is reused only when the file has what it protects.
//
// The writer only tries for latches and never waits for one: whoever holds a latch may be waiting
// for the writer to make room.
//
// A failed write or sync poisons the pool (BufferPool::health).

#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "storage/aligned_buffer.h"
#include "storage/buffer_pool.h"
#include "storage/double_write.h"
#include "storage/flush_list.h"

namespace contrail {

class PageWriter {
 public:
  PageWriter(BufferPool& pool, const BufferPoolOptions& options);
  ~PageWriter();
  // Opens the double-write area and starts the thread, as far as asked for.
  Status Open(FileSystem& file_system, const std::string& double_write_path);

  // Writes at most one batch of this database: entries older than `limit` and `sequence`. Returns
  // how many pages reached the file.
  Result<size_t> WriteBatch(CachedDatabase& database, Lgpos limit, uint64_t sequence, size_t most);
  // As WriteBatch, of the database with the oldest pages that can be written now.
  Result<size_t> WriteOldest(Lgpos limit, size_t most);
  // Runs `action` while no batch is being written.
  template <typename Action>
  void WhileIdle(Action action) {
    const std::lock_guard lock(batch_mutex_);
    action();
  }

  // From here on no batch begins: WriteOldest finds nothing to do, WriteBatch waits. Returns when
  // none is under way.
  void Pause();
  void Resume();

  // A database joins: nothing that the double-write area holds may be taken for its pages.
  Status ClearProtection();

  // Makes the file's writes durable; poisons the pool when that fails.
  Status SyncFile(File& file);

  void SetTarget(Lgpos keep_above);
  // Many pages are dirty, or eviction found nothing clean.
  void Wake();
  uint64_t pages_written() const { return pages_written_.load(std::memory_order_relaxed); }

 private:
  struct Copy {
    FlushList::Entry entry;
    std::byte* bytes = nullptr;
  };

  Result<size_t> WriteBatchLocked(CachedDatabase& database, Lgpos limit, uint64_t sequence,
                                  size_t most);
  // Copies what can be copied now; the rest goes back to the list.
  void CopyPages(CachedDatabase& database);
  bool TryCopy(CachedDatabase& database, const FlushList::Entry& entry);
  Status WriteCopies(CachedDatabase& database);
  // Puts the copies into the double-write area. *sequence is what to release afterwards.
  Status WriteProtection(CachedDatabase& database, uint64_t* sequence);
  Status WriteInPlace(CachedDatabase& database);
  void ClearWriting(CachedDatabase& database);
  void Run();
  // The limit up to which the background thread has to write now; a null position when it has not.
  Lgpos WorkLimit();

  BufferPool* pool_;
  const size_t batch_pages_;
  const bool background_;

  std::mutex batch_mutex_;                         // Held for a whole batch; guards the next eight.
  std::atomic<bool> paused_{false};                // Changes under batch_mutex_.
  std::condition_variable resumed_;                // With batch_mutex_.
  std::unique_ptr<DoubleWriteArea> double_write_;  // Null: no protection asked for.
  std::vector<PageImage> images_;
  AlignedBuffer buffer_;
  std::vector<FlushList::Entry> taken_;
  std::vector<Copy> copies_;
  std::vector<CachedDatabase*> candidates_;

  std::mutex wake_mutex_;
  std::condition_variable wake_;
  std::atomic<bool> woken_{false};
  bool stopping_ = false;
  std::atomic<uint64_t> target_{0};  // Packed Lgpos.
  std::atomic<uint64_t> pages_written_{0};
  std::thread thread_;
};

}  // namespace contrail
