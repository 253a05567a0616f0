#include "storage/resident_set.h"

#include <algorithm>

#include "storage/cached_database.h"
#include "storage/check.h"

namespace contrail {
namespace {

// Pages that one call to Collect claims at most: their latches are held until the kernel has taken
// the memory, so a batch must stay short.
constexpr size_t kBatch = 64;

}  // namespace

void ResidentSet::AddDatabase(CachedDatabase* database) {
  const std::lock_guard lock(mutex_);
  const auto free = std::find(databases_.begin(), databases_.end(), nullptr);
  database->slot_ = static_cast<uint32_t>(free - databases_.begin());
  if (free == databases_.end()) {
    databases_.push_back(database);
  } else {
    *free = database;
  }
}

void ResidentSet::RemoveDatabase(CachedDatabase* database) {
  const std::lock_guard lock(mutex_);
  CHECK(databases_[database->slot_] == database);
  for (const Entry& entry : ring_) DCHECK(entry.slot != database->slot_);
  databases_[database->slot_] = nullptr;
}

void ResidentSet::Insert(const CachedDatabase& database, PageNumber page) {
  const std::lock_guard lock(mutex_);
  DCHECK(databases_[database.slot_] == &database);
  ring_.push_back({database.slot_, page});
}

void ResidentSet::Erase(const CachedDatabase& database, PageNumber page) {
  const std::lock_guard lock(mutex_);
  // Pages that leave this way have just come: they are near the end.
  const auto found = std::find(ring_.rbegin(), ring_.rend(), Entry{database.slot_, page});
  CHECK(found != ring_.rend());
  *found = ring_.back();
  ring_.pop_back();
}

bool ResidentSet::TryClaim(CachedDatabase& database, PageNumber page) {
  std::atomic<uint64_t>& state = database.state(page);
  uint64_t seen = state.load(std::memory_order_relaxed);
  if (page_state::Latch(seen) != page_state::kFree) return false;
  if ((seen & (page_state::kDirty | page_state::kWriting)) != 0) return false;
  if ((seen & page_state::kReferenced) != 0) {
    state.compare_exchange_strong(seen, seen & ~page_state::kReferenced, std::memory_order_relaxed);
    return false;
  }
  return state.compare_exchange_strong(seen, page_state::WithLatch(seen, page_state::kExclusive),
                                       std::memory_order_acquire);
}

void ResidentSet::Collect(size_t most, std::vector<Victim>* victims) {
  const std::lock_guard lock(mutex_);
  for (size_t steps = 2 * ring_.size(); steps > 0 && victims->size() < most; --steps) {
    if (hand_ >= ring_.size()) hand_ = 0;
    const Entry entry = ring_[hand_];
    CachedDatabase* database = databases_[entry.slot];
    DCHECK(database != nullptr);
    if (!TryClaim(*database, entry.page)) {
      ++hand_;
      continue;
    }
    victims->push_back({database, entry.page});
    ring_[hand_] = ring_.back();
    ring_.pop_back();
    if (ring_.empty()) break;
  }
}

void ResidentSet::ReleaseMemory(std::vector<Victim>* victims) {
  std::sort(victims->begin(), victims->end(), [](const Victim& a, const Victim& b) {
    return a.database != b.database ? a.database < b.database : a.page < b.page;
  });
  for (size_t first = 0; first < victims->size();) {
    const Victim& victim = (*victims)[first];
    size_t end = first + 1;
    while (end < victims->size() && (*victims)[end].database == victim.database &&
           (*victims)[end].page == victim.page + (end - first)) {
      ++end;
    }
    victim.database->memory_.Release(victim.page, static_cast<uint32_t>(end - first));
    for (; first < end; ++first) {
      CachedDatabase& database = *(*victims)[first].database;
      Unreserve(database.page_size());
      database.LeaveEvicted((*victims)[first].page);
    }
  }
}

size_t ResidentSet::Evict() {
  size_t evicted = 0;
  std::vector<Victim> victims;
  while (IsOverLimit()) {
    const uint64_t excess = resident_bytes() - std::min(limit(), resident_bytes());
    // A little more than needed, so that the next misses find room; little of a small cache.
    const size_t needed = excess / kMaxPageSize + 1;
    victims.clear();
    Collect(std::min(kBatch, std::max<size_t>(needed, limit() / kMaxPageSize / 32)), &victims);
    if (victims.empty()) break;
    evicted += victims.size();
    ReleaseMemory(&victims);
  }
  return evicted;
}

void ResidentSet::EvictAll(CachedDatabase& database) {
  std::vector<Victim> victims;
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(ring_, [&](const Entry& entry) {
      if (entry.slot != database.slot_) return false;
      victims.push_back({&database, entry.page});
      return true;
    });
    hand_ = 0;
  }
  for (const Victim& victim : victims) {
    // Whoever waits for a page of a database that is going away is a bug above.
    uint64_t seen = database.state(victim.page).load(std::memory_order_relaxed);
    CHECK(page_state::Latch(seen) == page_state::kFree);
    CHECK(database.TryLatchExclusive(victim.page, seen));
  }
  ReleaseMemory(&victims);
}

}  // namespace contrail
