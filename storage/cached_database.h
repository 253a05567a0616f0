// CachedDatabase: the pages of one open database file in memory, and the guards that look at them.
//
// Page n lies at a fixed address; a 64-bit state word per page (storage/page_latch.h) holds
// version, latch and flags. A hit costs one load and a compare: no hash table, no lock, no
// allocation. The pool behind it (storage/buffer_pool.h) holds the invariants.
//
// Thread rule: everything here is thread safe unless said otherwise; a guard belongs to one thread.
// Who waits for a latch sleeps after a short spin. There is no fairness, and no deadlock detection:
// callers order their latches (storage/mutation.h).

#pragma once

#include <atomic>
#include <cstring>
#include <memory>
#include <span>
#include <utility>

#include "storage/file.h"
#include "storage/lgpos.h"
#include "storage/page_latch.h"
#include "storage/page_memory.h"
#include "storage/page_view.h"
#include "storage/redo_sink.h"
#include "storage/status.h"

namespace contrail {

class BufferPool;
class CachedDatabase;
class EventSink;
class FlushList;
class PageWriter;
class ResidentSet;

// An optimistic look at a page. Holds nothing (in thread-sanitizer builds: a copy of the page).
class ReadGuard {
 public:
  ReadGuard() = default;
  ReadGuard(ReadGuard&& other) noexcept = default;
  ReadGuard& operator=(ReadGuard&& other) noexcept = default;
  ~ReadGuard() = default;

  inline PageView page() const;
  PageNumber number() const { return number_; }
  // The version seen; for cursors that come back later (CachedDatabase::ReadIfUnchanged).
  uint64_t version() const { return page_state::Version(state_); }
  // True when the page has not changed since the guard was made. Everything read before is then
  // sound.
  inline bool Validate() const;
  void Release() { database_ = nullptr; }

 private:
  friend class CachedDatabase;
  CachedDatabase* database_ = nullptr;
  const std::byte* bytes_ = nullptr;
  PageNumber number_ = 0;
  uint64_t state_ = 0;
#if !CONTRAIL_OPTIMISTIC_READS
  std::unique_ptr<std::byte[]> copy_;
#endif
};

// The exclusive latch of one page. Moves; releases when destroyed.
class WriteGuard {
 public:
  WriteGuard() = default;
  inline WriteGuard(WriteGuard&& other) noexcept;
  inline WriteGuard& operator=(WriteGuard&& other) noexcept;
  ~WriteGuard() { Release(); }

  bool held() const { return database_ != nullptr; }
  inline PageView page() const;
  inline std::byte* bytes() const;
  PageNumber number() const { return number_; }
  // True when the page came into memory with this guard without its content in the file (LockNew,
  // LockForRedo). Released without MarkDirty it leaves memory again, so nobody sees the zeros.
  bool fresh() const { return fresh_; }
  // Puts the page on the flush list when it is clean. Call before the change's record is appended.
  inline void MarkDirty();
  inline void Release();
  // Releases a fresh page as if it had never been brought in, dirty or not.
  void Drop();

 private:
  friend class CachedDatabase;
  CachedDatabase* database_ = nullptr;
  PageNumber number_ = 0;
  bool fresh_ = false;
};

// The shared latch of one page, for long looks (copying a page out).
class SharedGuard {
 public:
  SharedGuard() = default;
  inline SharedGuard(SharedGuard&& other) noexcept;
  inline SharedGuard& operator=(SharedGuard&& other) noexcept;
  ~SharedGuard() { Release(); }
  inline PageView page() const;
  inline void Release();

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

class CachedDatabase {
 public:
  ~CachedDatabase();
  CachedDatabase(const CachedDatabase&) = delete;
  CachedDatabase& operator=(const CachedDatabase&) = delete;

  // Reads the page in when needed. kReadVerifyFailure (bad checksum), kDiskIO, kPageNotInitialized
  // (all zero; also page 0 and page numbers past the end of the file), kDatabaseCorrupted
  // (malformed), all after an event; kOutOfMemory.
  inline Result<ReadGuard> Read(PageNumber number);
  // A guard when the page is still resident at that version; else false, and *guard holds nothing.
  // Never does I/O, never waits.
  inline bool ReadIfUnchanged(PageNumber number, uint64_t version, ReadGuard* guard);
  // Whether the page is in memory. It may come or go at any time.
  bool IsResident(PageNumber number) const {
    return number < memory_.limit() &&
           page_state::Latch(state(number).load(std::memory_order_acquire)) != page_state::kEvicted;
  }
  Result<SharedGuard> Share(PageNumber number);
  inline Result<WriteGuard> Lock(PageNumber number);
  // Exclusive latch without reading the file: the caller formats the whole page. The bytes are what
  // memory holds if the page was resident, else zero (WriteGuard::fresh). kOutOfDatabaseSpace when
  // the number lies past the reserved range.
  Result<WriteGuard> LockNew(PageNumber number);
  // Turns an optimistic guard into the exclusive latch if nothing changed; false otherwise. May
  // wait for shared holders. *guard is released when it succeeds.
  bool TryUpgrade(ReadGuard* guard, WriteGuard* lock);
  // For redo: exclusive latch; a page that is all zero, past the end, or (tolerate_damage) fails
  // its checksum or is malformed is given as zero bytes instead of an error.
  Result<WriteGuard> LockForRedo(PageNumber number, bool tolerate_damage);
  // Reads those of the pages that are not resident, in parallel; best effort, errors are left for
  // the Read to come. Returns when they are there.
  void Prefetch(std::span<const PageNumber> pages);

  // Writes every page of this database that was dirty at the call, and syncs the file.
  Status FlushAll();
  // Blocks until the page writer is not writing in [first, last], then keeps it out until released.
  WriteExclusion ExcludeWrites(PageNumber first, PageNumber last);
  // Forgets all pages (dirty ones too). For detach after FlushAll, and for abrupt ends. The caller
  // has made sure that nobody holds a latch.
  void Discard();

  // Pages read with one wrong bit are mended in memory. With this they become dirty, so that the
  // file is mended too: for databases that may be written. Set before the first page is read.
  void set_rewrites_mended_pages(bool rewrites) { rewrites_mended_pages_ = rewrites; }
  // Pages mended and pages beyond mending since the last call, for the database's header.
  struct ChecksumFaults {
    uint32_t corrected = 0;
    uint32_t bad = 0;
  };
  ChecksumFaults TakeChecksumFaults();
  ChecksumFaults checksum_faults() const;

  File& file() const { return *file_; }
  RedoSink& sink() const { return *sink_; }
  BufferPool& pool() const { return *pool_; }
  uint32_t page_size() const { return memory_.page_size(); }
  // Page numbers are smaller than this: the reserved range ends here.
  PageNumber page_limit() const { return memory_.limit(); }

 private:
  friend class BufferPool;
  friend class PageWriter;
  friend class ReadGuard;
  friend class ResidentSet;
  friend class SharedGuard;
  friend class WriteExclusion;
  friend class WriteGuard;

  enum class LoadMode { kRead, kRedo, kRedoTolerant, kNew };
  // How a page came into memory. kRaced: somebody else was first; look again.
  enum class Loaded { kRaced, kFromFile, kMended, kAsZeros };

  CachedDatabase(BufferPool& pool, File& file, PageMemory memory, uint64_t identity,
                 RedoSink& sink);

  std::atomic<uint64_t>& state(PageNumber number) const { return memory_.state(number); }
  std::byte* bytes(PageNumber number) const { return memory_.page(number); }
  PageView view(PageNumber number) const { return PageView(bytes(number), page_size()); }

  // Sets the referenced bit where it is missing. Losing the race to another change is harmless.
  void Touch(PageNumber number, uint64_t seen) {
    if ((seen & page_state::kReferenced) == 0) {
      state(number).compare_exchange_strong(seen, seen | page_state::kReferenced,
                                            std::memory_order_relaxed);
    }
  }
  inline void MakeReadGuard(PageNumber number, uint64_t seen, ReadGuard* guard);
  inline bool TryLatchExclusive(PageNumber number, uint64_t seen);
  inline void ReleaseExclusive(PageNumber number);
  inline void ReleaseShared(PageNumber number);
  void WakeWaiters(PageNumber number);
  template <typename Blocked>
  uint64_t WaitWhile(PageNumber number, Blocked blocked);

  Result<ReadGuard> ReadSlow(PageNumber number);
  // Takes one shared latch, loading the page when needed.
  Status LatchShared(PageNumber number);
  Result<WriteGuard> LatchExclusive(PageNumber number, LoadMode mode);
  // Claims an evicted page, fills it, and leaves it with `latch`.
  Result<Loaded> TryLoad(PageNumber number, LoadMode mode, uint64_t latch);
  Result<Loaded> Fill(PageNumber number, LoadMode mode);
  Result<Loaded> VerifyLoaded(PageNumber number, LoadMode mode);
  void PublishLoaded(PageNumber number, uint64_t latch);
  void AbandonLoad(PageNumber number);
  Status ReportUnusable(PageNumber number, uint32_t event, Error error, const char* text,
                        uint64_t expected, uint64_t found) const;
  void MarkDirtySlow(PageNumber number);
  // The exclusive holder gives the page's memory back; the latch goes with it.
  void DropPage(PageNumber number);
  void LeaveEvicted(PageNumber number);

  BufferPool* pool_;
  File* file_;
  RedoSink* sink_;
  PageMemory memory_;
  uint64_t identity_;
  uint32_t slot_ = 0;
  std::unique_ptr<FlushList> flush_list_;
  bool rewrites_mended_pages_ = false;
  std::atomic<uint32_t> corrected_pages_{0};
  std::atomic<uint32_t> bad_pages_{0};
  // Threads that sleep on a state word; releases look here before they wake anybody.
  std::atomic<uint32_t> waiters_{0};
};

inline PageView ReadGuard::page() const {
  DCHECK(database_ != nullptr);
  return PageView(bytes_, database_->page_size());
}

inline bool ReadGuard::Validate() const {
  DCHECK(database_ != nullptr);
  page_state::ReadFence();
  const uint64_t now = database_->state(number_).load(std::memory_order_relaxed);
  return page_state::IsReadable(now) && page_state::Version(now) == page_state::Version(state_);
}

inline void CachedDatabase::MakeReadGuard(PageNumber number, uint64_t seen, ReadGuard* guard) {
  DCHECK(page_state::IsReadable(seen));
  guard->database_ = this;
  guard->number_ = number;
  guard->state_ = seen;
#if CONTRAIL_OPTIMISTIC_READS
  guard->bytes_ = bytes(number);
#else
  // The caller holds a shared latch for as long as this takes.
  guard->copy_ = std::make_unique<std::byte[]>(page_size());
  std::memcpy(guard->copy_.get(), bytes(number), page_size());
  guard->bytes_ = guard->copy_.get();
#endif
}

inline Result<ReadGuard> CachedDatabase::Read(PageNumber number) {
#if CONTRAIL_OPTIMISTIC_READS
  if (number < memory_.limit()) [[likely]] {
    const uint64_t seen = state(number).load(std::memory_order_acquire);
    if (page_state::IsReadable(seen)) [[likely]] {
      Touch(number, seen);
      ReadGuard guard;
      MakeReadGuard(number, seen, &guard);
      return guard;
    }
  }
#endif
  return ReadSlow(number);
}

inline bool CachedDatabase::ReadIfUnchanged(PageNumber number, uint64_t version, ReadGuard* guard) {
  guard->Release();
  if (number >= memory_.limit()) return false;
  uint64_t seen = state(number).load(std::memory_order_acquire);
  if (!page_state::IsReadable(seen) || page_state::Version(seen) != version) return false;
#if CONTRAIL_OPTIMISTIC_READS
  Touch(number, seen);
  MakeReadGuard(number, seen, guard);
#else
  if (page_state::Latch(seen) == page_state::kLastShared) return false;
  if (!state(number).compare_exchange_strong(seen, seen + 1, std::memory_order_acquire)) {
    return false;
  }
  MakeReadGuard(number, seen, guard);
  ReleaseShared(number);
#endif
  return true;
}

inline bool CachedDatabase::TryLatchExclusive(PageNumber number, uint64_t seen) {
  if (page_state::Latch(seen) != page_state::kFree) return false;
  const uint64_t latched =
      page_state::WithLatch(seen | page_state::kReferenced, page_state::kExclusive);
  if (!state(number).compare_exchange_strong(seen, latched, std::memory_order_acquire)) {
    return false;
  }
  page_state::WriteFence();
  return true;
}

inline Result<WriteGuard> CachedDatabase::Lock(PageNumber number) {
  if (number < memory_.limit() &&
      TryLatchExclusive(number, state(number).load(std::memory_order_relaxed))) [[likely]] {
    WriteGuard guard;
    guard.database_ = this;
    guard.number_ = number;
    return guard;
  }
  return LatchExclusive(number, LoadMode::kRead);
}

inline void CachedDatabase::ReleaseExclusive(PageNumber number) {
  DCHECK(page_state::Latch(state(number).load(std::memory_order_relaxed)) ==
         page_state::kExclusive);
  // One addition turns exclusive into free and raises the version; flags set meanwhile stay.
  state(number).fetch_add(page_state::kVersionOne - page_state::kExclusive + page_state::kFree);
  if (waiters_.load() != 0) [[unlikely]]
    WakeWaiters(number);
}

inline void CachedDatabase::ReleaseShared(PageNumber number) {
  const uint64_t before = state(number).fetch_sub(1);
  DCHECK(page_state::IsReadable(before) && page_state::Latch(before) != page_state::kFree);
  static_cast<void>(before);
  if (waiters_.load() != 0) [[unlikely]]
    WakeWaiters(number);
}

inline WriteGuard::WriteGuard(WriteGuard&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)),
      number_(other.number_),
      fresh_(other.fresh_) {}

inline WriteGuard& WriteGuard::operator=(WriteGuard&& other) noexcept {
  if (this != &other) {
    Release();
    database_ = std::exchange(other.database_, nullptr);
    number_ = other.number_;
    fresh_ = other.fresh_;
  }
  return *this;
}

inline PageView WriteGuard::page() const {
  DCHECK(held());
  return database_->view(number_);
}

inline std::byte* WriteGuard::bytes() const {
  DCHECK(held());
  return database_->bytes(number_);
}

inline void WriteGuard::MarkDirty() {
  DCHECK(held());
  if ((database_->state(number_).load(std::memory_order_relaxed) & page_state::kDirty) == 0) {
    database_->MarkDirtySlow(number_);
  }
  fresh_ = false;
}

inline void WriteGuard::Release() {
  if (database_ == nullptr) return;
  if (fresh_) [[unlikely]]
    return Drop();
  std::exchange(database_, nullptr)->ReleaseExclusive(number_);
}

inline SharedGuard::SharedGuard(SharedGuard&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)), number_(other.number_) {}

inline SharedGuard& SharedGuard::operator=(SharedGuard&& other) noexcept {
  if (this != &other) {
    Release();
    database_ = std::exchange(other.database_, nullptr);
    number_ = other.number_;
  }
  return *this;
}

inline PageView SharedGuard::page() const {
  DCHECK(database_ != nullptr);
  return database_->view(number_);
}

inline void SharedGuard::Release() {
  if (database_ == nullptr) return;
  std::exchange(database_, nullptr)->ReleaseShared(number_);
}

}  // namespace contrail
