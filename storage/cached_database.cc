#include "storage/cached_database.h"

#include <absl/strings/str_cat.h>

#include <algorithm>

#include "storage/buffer_pool.h"
#include "storage/event_id.h"
#include "storage/flush_list.h"
#include "storage/page_checksum.h"
#include "storage/resident_set.h"

namespace contrail {
namespace {

// Latches are held for well under a microsecond, unless their holder waits for the disk.
constexpr int kSpins = 64;

void Pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

}  // namespace

CachedDatabase::CachedDatabase(BufferPool& pool, File& file, PageMemory memory, uint64_t identity,
                               RedoSink& sink)
    : pool_(&pool),
      file_(&file),
      sink_(&sink),
      memory_(std::move(memory)),
      identity_(identity),
      flush_list_(std::make_unique<FlushList>()) {}

CachedDatabase::~CachedDatabase() { DCHECK(waiters_.load() == 0); }

template <typename Blocked>
uint64_t CachedDatabase::WaitWhile(PageNumber number, Blocked blocked) {
  std::atomic<uint64_t>& word = state(number);
  for (int spin = 0; spin < kSpins; ++spin) {
    const uint64_t seen = word.load(std::memory_order_acquire);
    if (!blocked(seen)) return seen;
    Pause();
  }
  // Counted before the word is looked at again: a release either sees the count and wakes us, or
  // came before and is seen here.
  waiters_.fetch_add(1);
  uint64_t seen = word.load();
  while (blocked(seen)) {
    word.wait(seen);
    seen = word.load();
  }
  waiters_.fetch_sub(1);
  return seen;
}

void CachedDatabase::WakeWaiters(PageNumber number) { state(number).notify_all(); }

Result<ReadGuard> CachedDatabase::ReadSlow(PageNumber number) {
  ReadGuard guard;
#if CONTRAIL_OPTIMISTIC_READS
  while (true) {
    if (number < memory_.limit()) {
      const uint64_t seen = WaitWhile(number, [](uint64_t state) {
        return page_state::Latch(state) >= page_state::kExclusive;
      });
      if (page_state::IsReadable(seen)) {
        Touch(number, seen);
        MakeReadGuard(number, seen, &guard);
        return guard;
      }
    }
    const Result<Loaded> loaded = TryLoad(number, LoadMode::kRead, page_state::kFree);
    if (!loaded.ok()) return loaded.status();
  }
#else
  RETURN_IF_ERROR(LatchShared(number));
  MakeReadGuard(number, state(number).load(std::memory_order_acquire), &guard);
  ReleaseShared(number);
  return guard;
#endif
}

Status CachedDatabase::LatchShared(PageNumber number) {
  while (true) {
    if (number < memory_.limit()) {
      uint64_t seen = WaitWhile(number, [](uint64_t state) {
        return page_state::Latch(state) >= page_state::kLastShared;
      });
      if (page_state::IsReadable(seen)) {
        if (state(number).compare_exchange_weak(seen, (seen + 1) | page_state::kReferenced,
                                                std::memory_order_acquire)) {
          return Status::Ok();
        }
        continue;
      }
    }
    const Result<Loaded> loaded = TryLoad(number, LoadMode::kRead, page_state::kFree + 1);
    if (!loaded.ok()) return loaded.status();
    if (*loaded != Loaded::kRaced) return Status::Ok();
  }
}

Result<SharedGuard> CachedDatabase::Share(PageNumber number) {
  RETURN_IF_ERROR(LatchShared(number));
  SharedGuard guard;
  guard.database_ = this;
  guard.number_ = number;
  return guard;
}

Result<WriteGuard> CachedDatabase::LatchExclusive(PageNumber number, LoadMode mode) {
  WriteGuard guard;
  while (true) {
    if (number < memory_.limit()) {
      const uint64_t seen = WaitWhile(
          number, [](uint64_t state) { return page_state::Latch(state) > page_state::kFree; });
      if (page_state::Latch(seen) == page_state::kFree) {
        if (!TryLatchExclusive(number, seen)) continue;
        guard.database_ = this;
        guard.number_ = number;
        return guard;
      }
    }
    const Result<Loaded> loaded = TryLoad(number, mode, page_state::kExclusive);
    if (!loaded.ok()) return loaded.status();
    if (*loaded == Loaded::kRaced) continue;
    guard.database_ = this;
    guard.number_ = number;
    guard.fresh_ = *loaded == Loaded::kAsZeros;
    return guard;
  }
}

Result<WriteGuard> CachedDatabase::LockNew(PageNumber number) {
  if (number == 0 || number >= memory_.limit()) return Error::kOutOfDatabaseSpace;
  return LatchExclusive(number, LoadMode::kNew);
}

Result<WriteGuard> CachedDatabase::LockForRedo(PageNumber number, bool tolerate_damage) {
  return LatchExclusive(number, tolerate_damage ? LoadMode::kRedoTolerant : LoadMode::kRedo);
}

bool CachedDatabase::TryUpgrade(ReadGuard* guard, WriteGuard* lock) {
  DCHECK(guard->database_ == this);
  DCHECK(!lock->held());
  const PageNumber number = guard->number_;
  const uint64_t version = guard->version();
  while (true) {
    // Shared holders leave soon and change nothing; everything else ends with another version.
    const uint64_t seen = WaitWhile(number, [](uint64_t state) {
      return page_state::IsReadable(state) && page_state::Latch(state) != page_state::kFree;
    });
    if (page_state::Latch(seen) != page_state::kFree) return false;
    if (page_state::Version(seen) != version) return false;
    if (TryLatchExclusive(number, seen)) break;
  }
  lock->database_ = this;
  lock->number_ = number;
  lock->fresh_ = false;
  guard->Release();
  return true;
}

void CachedDatabase::MarkDirtySlow(PageNumber number) {
  flush_list_->Add(number, *sink_, [&] { state(number).fetch_or(page_state::kDirty); });
  pool_->CountDirty(*this, 1);
}

void CachedDatabase::LeaveEvicted(PageNumber number) {
  std::atomic<uint64_t>& word = state(number);
  const uint64_t seen = word.load(std::memory_order_relaxed);
  DCHECK(page_state::Latch(seen) >= page_state::kExclusive);
  if ((seen & page_state::kDirty) != 0) pool_->CountDirty(*this, -1);
  word.store((page_state::Version(seen) + 1) * page_state::kVersionOne | page_state::kEvicted);
  if (waiters_.load() != 0) WakeWaiters(number);
}

void CachedDatabase::DropPage(PageNumber number) {
  // A dirty page's entry stays in the flush list; the writer finds that it is stale.
  pool_->residents().Erase(*this, number);
  memory_.Release(number, 1);
  pool_->residents().Unreserve(page_size());
  LeaveEvicted(number);
}

void WriteGuard::Drop() {
  CHECK(held());
  fresh_ = false;
  std::exchange(database_, nullptr)->DropPage(number_);
}

WriteExclusion CachedDatabase::ExcludeWrites(PageNumber first, PageNumber last) {
  WriteExclusion exclusion;
  exclusion.ticket_ = flush_list_->Exclude(first, last);
  exclusion.database_ = this;
  return exclusion;
}

WriteExclusion::WriteExclusion(WriteExclusion&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)), ticket_(other.ticket_) {}

WriteExclusion& WriteExclusion::operator=(WriteExclusion&& other) noexcept {
  std::swap(database_, other.database_);
  std::swap(ticket_, other.ticket_);
  return *this;
}

WriteExclusion::~WriteExclusion() {
  if (database_ != nullptr) database_->flush_list_->Permit(ticket_);
}

CachedDatabase::ChecksumFaults CachedDatabase::TakeChecksumFaults() {
  return {corrected_pages_.exchange(0), bad_pages_.exchange(0)};
}

CachedDatabase::ChecksumFaults CachedDatabase::checksum_faults() const {
  return {corrected_pages_.load(), bad_pages_.load()};
}

Status CachedDatabase::FlushAll() { return pool_->FlushDatabase(*this); }

void CachedDatabase::Discard() { pool_->DiscardDatabase(*this); }

}  // namespace contrail
