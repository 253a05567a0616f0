// ResidentSet: which pages are in memory, how much they take, and the clock that evicts them.
//
// The clock is a ring of (database, page) entries with one hand. A page that was referenced since
// the hand passed gets a second chance; dirty, latched and just-being-written pages are passed
// over. Hits touch nothing here; loads and evictions take the mutex.
//
// Memory: 8 bytes per resident page.
// Thread safe.

#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

#include "storage/page_format.h"

namespace contrail {

class CachedDatabase;

class ResidentSet {
 public:
  explicit ResidentSet(uint64_t limit) : limit_(limit) {}

  void AddDatabase(CachedDatabase* database);  // Gives it its slot.
  void RemoveDatabase(CachedDatabase* database);

  // Accounts for memory about to be used, and returned.
  void Reserve(uint64_t bytes) { resident_bytes_.fetch_add(bytes, std::memory_order_relaxed); }
  void Unreserve(uint64_t bytes) { resident_bytes_.fetch_sub(bytes, std::memory_order_relaxed); }
  bool IsOverLimit() const { return resident_bytes() > limit(); }
  uint64_t resident_bytes() const { return resident_bytes_.load(std::memory_order_relaxed); }
  uint64_t limit() const { return limit_.load(std::memory_order_relaxed); }
  void set_limit(uint64_t bytes) { limit_.store(bytes, std::memory_order_relaxed); }

  // A page whose memory was reserved is being brought in; its latch is held.
  void Insert(const CachedDatabase& database, PageNumber page);
  // The page leaves; its latch is held. Its memory is still accounted for.
  void Erase(const CachedDatabase& database, PageNumber page);
  // Evicts clean pages until the limit is kept, or none is found in two turns of the hand. Returns
  // how many went.
  size_t Evict();
  // Evicts every page of the database, dirty or not. Nobody holds a latch.
  void EvictAll(CachedDatabase& database);

 private:
  struct Entry {
    uint32_t slot = 0;
    PageNumber page = 0;
    friend bool operator==(const Entry&, const Entry&) = default;
  };
  struct Victim {
    CachedDatabase* database = nullptr;
    PageNumber page = 0;
  };

  // Under the mutex: moves up to `most` victims, exclusively latched, out of the ring.
  void Collect(size_t most, std::vector<Victim>* victims);
  static bool TryClaim(CachedDatabase& database, PageNumber page);
  // Gives the memory of latched victims back, neighbours together, and marks them evicted.
  void ReleaseMemory(std::vector<Victim>* victims);

  std::atomic<uint64_t> resident_bytes_{0};
  std::atomic<uint64_t> limit_;
  std::mutex mutex_;
  std::vector<Entry> ring_;
  size_t hand_ = 0;
  std::vector<CachedDatabase*> databases_;  // By slot; null when free.
};

}  // namespace contrail
