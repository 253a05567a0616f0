// The buffer pool: pages of attached databases in memory (after vmcache, Leis et al., SIGMOD 2023).
// Guards and the pages of one database: storage/cached_database.h. A miss reads the page from the
// file, verifies its checksum and puts it in place. Eviction is a clock over resident pages and
// gives the memory back to the kernel.
//
// Invariants
// 1. A page's bytes change only under its exclusive latch.
// 2. A dirty page is written only after the log is durable up to its last change
//    (RedoSink::EnsureDurable), from a copy made under a shared latch, through the double-write
//    area.
// 3. A page becomes dirty (MarkDirty) before the change's log record is appended; the flush list
// keeps
//    dirty pages in the order they became dirty with the log tip of that moment, so the head of the
//    list bounds where redo has to start.
// 4. Resident memory stays under the limit; when everything is dirty, whoever needs a page helps to
//    write. Only when nothing can be written either (all pages latched or excluded) it goes over,
//    and comes back with the next miss.
// 5. A page that is being written stays in memory until the file has it, so a miss never reads a
//    former state.
//
// Thread rule: everything here is thread safe unless said otherwise.

#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "storage/cached_database.h"
#include "storage/event.h"
#include "storage/file.h"
#include "storage/lgpos.h"
#include "storage/redo_sink.h"
#include "storage/resident_set.h"
#include "storage/status.h"

namespace contrail {

struct BufferPoolOptions {
  uint64_t cache_bytes = 64 << 20;             // Limit of resident page memory.
  uint64_t reserve_bytes = uint64_t{1} << 40;  // Virtual range per database: its largest size.
  size_t write_batch_pages = 128;              // Pages per double-write batch.
  std::string double_write_path;  // Empty: no torn-page protection (temporary databases).
  bool background_writer = true;  // False: tests call WriteSome themselves.
};

class BufferPool {
 public:
  // File system, event sink and redo sink outlive the pool.
  static Result<std::unique_ptr<BufferPool>> Create(FileSystem&, EventSink&, RedoSink&,
                                                    const BufferPoolOptions&);
  ~BufferPool();
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;

  // The file stays owned by the caller and open until Remove. `identity` distinguishes the database
  // in the double-write area (hash of its signature). `sink` overrides the pool's sink when not
  // null and not the same; such a database is left out of OldestDirty.
  Result<CachedDatabase*> Add(File& file, uint32_t page_size, uint64_t identity,
                              RedoSink* sink = nullptr);
  // The double-write area forgets what it holds: all of it is durable in its places. Before a file
  // is attached that may have the identity of one that was, a copy: it must not be mended with the
  // other's pages. Not during recovery, when databases that are missing may still need the area.
  Status ForgetProtection();
  // Forgets the database and its pages, dirty ones too. Nobody uses it any more.
  void Remove(CachedDatabase*);

  // The log position redo would have to start at if the process stopped now, as far as pages are
  // concerned: kLgposMax when nothing is dirty. Pages count until the file that holds them has been
  // synced. Read the log's Tip() BEFORE calling and take the smaller of the two.
  Lgpos OldestDirty();
  // Writes pages dirty since before `limit`, at most `max_pages`; returns how many were written.
  // Fewer than asked for when pages are latched or excluded just now.
  Result<size_t> WriteSome(Lgpos limit, size_t max_pages);
  // The background writer keeps OldestDirty() at or above this position (checkpoint depth) and some
  // clean pages at hand.
  void SetWriteTarget(Lgpos keep_above);
  void SetCacheLimit(uint64_t bytes);
  // Until ResumeWriting no page is written and nobody waits for one to be: whoever needs room finds
  // it among clean pages or goes over the limit, and a flush waits. Returns when no page is on its
  // way.
  void PauseWriting();
  void ResumeWriting();

  struct Statistics {
    uint64_t resident_bytes = 0, dirty_pages = 0, pages_read = 0, pages_written = 0;
    uint64_t bits_corrected = 0;
  };
  Statistics statistics() const;
  // Set once a write or sync of a database file has failed, or the log is down: every later request
  // to write fails with it (kInstanceUnavailable). Never cleared: after a failed sync nobody knows
  // what the file holds, so only recovery can go on.
  Status health() const;
  // Makes health() fail from now on, with an event that says what failed. Returns `status`.
  Status Poison(const File& file, Status status, const char* what);

  // After a crash, before any database is used: mends torn pages from the double-write area. The
  // callback opens the file of an identity, or returns null when that is unknown or must not be
  // touched: a clean file, or an older copy restored from a backup, which the area knows nothing
  // of.
  static Status RecoverTornPages(FileSystem&, EventSink&, const std::string& double_write_path,
                                 const std::function<File*(uint64_t identity)>& find_file);

 private:
  friend class CachedDatabase;
  friend class PageWriter;

  // A queue of the file system, given back when it goes out of scope.
  struct ReturnQueue {
    BufferPool* pool = nullptr;
    void operator()(IoQueue* queue) const { pool->TakeBackQueue(queue); }
  };
  using BorrowedQueue = std::unique_ptr<IoQueue, ReturnQueue>;

  BufferPool(FileSystem&, EventSink&, RedoSink&, const BufferPoolOptions&);

  ResidentSet& residents() { return residents_; }
  EventSink& events() { return *events_; }
  // Accounts for `bytes` and evicts, writing when it must, so that they fit.
  Status MakeRoom(uint64_t bytes);
  Status FlushDatabase(CachedDatabase& database);
  void DiscardDatabase(CachedDatabase& database);
  // A page of this database became dirty (+1) or is not dirty any more (-1).
  void CountDirty(const CachedDatabase& database, int change);
  bool IsMuchDirty() const;
  void CountRead(uint64_t pages) { pages_read_.fetch_add(pages, std::memory_order_relaxed); }
  void ReportCorrected(const File& file, uint64_t offset, PageNumber number);
  BorrowedQueue BorrowQueue();
  void TakeBackQueue(IoQueue* queue);
  // Databases with pages dirty since before `limit`, oldest first. They stay valid while the
  // writer's batch mutex is held.
  void ListByAge(Lgpos limit, std::vector<CachedDatabase*>* databases);

  FileSystem* file_system_;
  EventSink* events_;
  RedoSink* sink_;
  const uint64_t reserve_bytes_;
  const size_t batch_pages_;
  ResidentSet residents_;
  std::mutex databases_mutex_;
  std::vector<std::unique_ptr<CachedDatabase>> databases_;
  std::mutex queues_mutex_;
  std::vector<std::unique_ptr<IoQueue>> idle_queues_;
  std::atomic<int64_t> dirty_pages_{0};
  std::atomic<int64_t> dirty_bytes_{0};
  std::atomic<uint64_t> pages_read_{0};
  std::atomic<uint64_t> bits_corrected_{0};
  std::atomic<bool> poisoned_{false};
  std::unique_ptr<PageWriter> writer_;  // Last: its thread uses everything above.
};

}  // namespace contrail
