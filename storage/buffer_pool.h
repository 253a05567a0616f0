// The buffer pool: pages of attached databases in memory (after vmcache, Leis et al., SIGMOD 2023).
//
// Each cached database reserves a range of virtual memory; page n lies at base + n * page size, and
// a 64-bit state word per page (storage/page_latch.h) holds version, latch and flags. A hit costs
// one load and a compare: no hash table, no lock, no allocation. A miss reads the page from the
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
//    write.
//
// Thread rule: everything here is thread safe unless said otherwise.

#pragma once

#include <functional>
#include <memory>
#include <string>

#include "storage/event.h"
#include "storage/file.h"
#include "storage/lgpos.h"
#include "storage/page_latch.h"
#include "storage/page_view.h"
#include "storage/redo_sink.h"
#include "storage/status.h"

namespace contrail {

class BufferPool;
class CachedDatabase;

// An optimistic look at a page. Holds nothing (a shared latch in thread-sanitizer builds).
class ReadGuard {
 public:
  ReadGuard() = default;
  ReadGuard(ReadGuard&& other) noexcept;
  ReadGuard& operator=(ReadGuard&& other) noexcept;
  ~ReadGuard();

  PageView page() const;
  PageNumber number() const { return number_; }
  // The version seen; for cursors that come back later (CachedDatabase::ReadIfUnchanged).
  uint64_t version() const { return page_state::Version(state_); }
  // True when the page has not changed since the guard was made. Everything read before is then
  // sound.
  bool Validate() const;
  void Release();

 private:
  friend class CachedDatabase;
  friend class WriteGuard;
  CachedDatabase* database_ = nullptr;
  PageNumber number_ = 0;
  uint64_t state_ = 0;
};

// The exclusive latch of one page. Moves; releases when destroyed.
class WriteGuard {
 public:
  WriteGuard() = default;
  WriteGuard(WriteGuard&& other) noexcept;
  WriteGuard& operator=(WriteGuard&& other) noexcept;
  ~WriteGuard();

  bool held() const { return database_ != nullptr; }
  PageView page() const;
  std::byte* bytes() const;
  PageNumber number() const { return number_; }
  // Puts the page on the flush list when it is clean. Call before the change's record is appended.
  void MarkDirty();
  void Release();

 private:
  friend class CachedDatabase;
  CachedDatabase* database_ = nullptr;
  PageNumber number_ = 0;
};

// The shared latch of one page, for long looks (copying a page out).
class SharedGuard {
 public:
  SharedGuard() = default;
  SharedGuard(SharedGuard&& other) noexcept;
  SharedGuard& operator=(SharedGuard&& other) noexcept;
  ~SharedGuard();
  PageView page() const;
  void Release();

 private:
  friend class CachedDatabase;
  CachedDatabase* database_ = nullptr;
  PageNumber number_ = 0;
};

// Keeps the page writer out of a range of one file while a backup reads it there.
class WriteExclusion {
 public:
  WriteExclusion() = default;
  WriteExclusion(WriteExclusion&& other) noexcept;
  WriteExclusion& operator=(WriteExclusion&& other) noexcept;
  ~WriteExclusion();

 private:
  friend class CachedDatabase;
  CachedDatabase* database_ = nullptr;
  uint64_t ticket_ = 0;
};

// The pages of one open database file.
class CachedDatabase {
 public:
  virtual ~CachedDatabase();

  // Reads the page in when needed. kReadVerifyFailure (bad checksum, after an event), kDiskIO,
  // kPageNotInitialized (all zero; also for page numbers past the end of the file),
  // kDatabaseCorrupted (malformed), kOutOfMemory.
  Result<ReadGuard> Read(PageNumber);
  // A guard when the page is still resident at that version, else an empty Result-less optional:
  // returns false and leaves *guard empty. Never does I/O.
  bool ReadIfUnchanged(PageNumber, uint64_t version, ReadGuard* guard);
  Result<SharedGuard> Share(PageNumber);
  Result<WriteGuard> Lock(PageNumber);
  // Exclusive latch without reading the file: the caller formats the whole page. The bytes are what
  // memory holds if the page was resident, else zero.
  Result<WriteGuard> LockNew(PageNumber);
  // Turns an optimistic guard into the exclusive latch if nothing changed; false otherwise.
  bool TryUpgrade(ReadGuard* guard, WriteGuard* lock);
  // For redo: exclusive latch; a page that is all zero, past the end, or (tolerate_damage) fails
  // its checksum is given as zero bytes instead of an error.
  Result<WriteGuard> LockForRedo(PageNumber, bool tolerate_damage);
  // Starts reading pages that will be wanted soon; best effort.
  void Prefetch(std::span<const PageNumber> pages);

  // Writes every dirty page of this database and syncs the file.
  Status FlushAll();
  // Blocks until the page writer is not writing in [first, last], then keeps it out until released.
  WriteExclusion ExcludeWrites(PageNumber first, PageNumber last);
  // Forgets all pages (dirty ones too). For detach after FlushAll, and for abrupt ends.
  void Discard();

  File& file() const { return *file_; }
  uint32_t page_size() const { return page_size_; }

 protected:
  friend class BufferPool;
  friend class ReadGuard;
  friend class WriteGuard;
  friend class SharedGuard;
  friend class WriteExclusion;
  CachedDatabase() = default;
  File* file_ = nullptr;
  uint32_t page_size_ = 0;
};

struct BufferPoolOptions {
  uint64_t cache_bytes = 64 << 20;             // Limit of resident page memory.
  uint64_t reserve_bytes = uint64_t{1} << 40;  // Virtual range per database: its largest size.
  size_t write_batch_pages = 128;              // Pages per double-write batch.
  std::string double_write_path;  // Empty: no torn-page protection (temporary databases).
  bool background_writer = true;  // False: tests call WriteSome themselves.
};

class BufferPool {
 public:
  static Result<std::unique_ptr<BufferPool>> Create(FileSystem&, EventSink&, RedoSink&,
                                                    const BufferPoolOptions&);
  virtual ~BufferPool() = default;

  // The file stays owned by the caller and open until Remove. `identity` distinguishes the database
  // in the double-write area (hash of its signature). `sink` overrides the pool's sink when not
  // null.
  virtual Result<CachedDatabase*> Add(File& file, uint32_t page_size, uint64_t identity,
                                      RedoSink* sink = nullptr) = 0;
  virtual void Remove(CachedDatabase*) = 0;

  // The log position redo would have to start at if the process stopped now, as far as pages are
  // concerned: kLgposMax when nothing is dirty. Read the log's Tip() BEFORE calling and take the
  // smaller of the two.
  virtual Lgpos OldestDirty() = 0;
  // Writes pages dirty since before `limit`, at most `max_pages`; returns how many were written.
  virtual Result<size_t> WriteSome(Lgpos limit, size_t max_pages) = 0;
  // The background writer keeps OldestDirty() above this position (checkpoint depth) and some clean
  // pages at hand.
  virtual void SetWriteTarget(Lgpos keep_above) = 0;
  virtual void SetCacheLimit(uint64_t bytes) = 0;

  struct Statistics {
    uint64_t resident_bytes = 0, dirty_pages = 0, pages_read = 0, pages_written = 0;
    uint64_t bits_corrected = 0;
  };
  virtual Statistics statistics() const = 0;
  // Set once a write or sync of a database file has failed, or the log is down: every later request
  // to write fails with it.
  virtual Status health() const = 0;
  // After a crash, before any database is used: mends torn pages from the double-write area. The
  // callback opens the file of an identity (null when it is unknown, the entry is then kept out).
  static Status RecoverTornPages(FileSystem&, EventSink&, const std::string& double_write_path,
                                 const std::function<File*(uint64_t identity)>& find_file);
};

}  // namespace contrail
