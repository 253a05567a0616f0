#include "engine/version_store.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <thread>

#include "engine/transaction_state.h"
#include "storage/check.h"

namespace contrail {
namespace {

bool IsVisible(const VersionRecord& version, const Viewer& viewer) {
  return version.owner == viewer.self ||
         version.owner->commit_time.load(std::memory_order_acquire) <= viewer.snapshot;
}

bool IsOf(const VersionRecord& version, uint64_t hash, const NodeName& name) {
  return version.hash == hash && version.root == name.root && version.database == name.database &&
         version.key_size == name.key.size() && version.data_size == name.data.size() &&
         Compare(version.key(), name.key) == 0 && Compare(version.data(), name.data) == 0;
}

}  // namespace

uint64_t NodeName::Hash() const {
  const uint64_t seed = reinterpret_cast<uintptr_t>(database) ^ (uint64_t{root} << 40);
  const uint64_t hash = XXH3_64bits_withSeed(key.data(), key.size(), seed);
  if (data.empty()) return hash;
  return XXH3_64bits_withSeed(data.data(), data.size(), hash);
}

// Held for a handful of instructions; yields when the holder seems to have lost its processor.
class VersionStore::BucketLatch {
 public:
  explicit BucketLatch(Bucket& bucket) : bucket_(bucket) {
    for (int spins = 0; bucket_.latch.exchange(1, std::memory_order_acquire) != 0;) {
      while (bucket_.latch.load(std::memory_order_relaxed) != 0) {
        if (++spins % 256 == 0) std::this_thread::yield();
      }
    }
  }
  ~BucketLatch() { bucket_.latch.store(0, std::memory_order_release); }
  BucketLatch(const BucketLatch&) = delete;
  BucketLatch& operator=(const BucketLatch&) = delete;

 private:
  Bucket& bucket_;
};

VersionStore::VersionStore() : buckets_(std::make_unique<Bucket[]>(kBuckets)) {}

std::array<std::byte, kStoredAdditionSize> StoreAddition(const NumberAddition& addition) {
  std::array<std::byte, kStoredAdditionSize> stored;
  StoreLittle(stored.data(), addition.offset);
  StoreLittle(stored.data() + 2, addition.amount);
  return stored;
}

Result<NumberAddition> LoadAddition(Bytes stored) {
  if (stored.size() != kStoredAdditionSize) return Error::kDatabaseCorrupted;
  return NumberAddition{LoadLittle<uint16_t>(stored.data()),
                        LoadLittle<uint32_t>(stored.data() + 2)};
}

// Takes off `data` what the viewer does not see of what was added to it: the additions from `from`
// on, down to the first version of another kind that the viewer sees. No unseen one has an image.
void VersionStore::TakeBackUnseen(const VersionRecord* from, uint64_t hash, const NodeName& name,
                                  const Viewer& viewer, MutableBytes data) {
  for (const VersionRecord* version = from; version != nullptr; version = version->older) {
    if (!IsOf(*version, hash, name)) continue;
    const bool visible = IsVisible(*version, viewer);
    if (version->kind != ChangeKind::kAdd) {
      if (visible) return;
      continue;
    }
    if (visible) continue;
    const Result<NumberAddition> addition = LoadAddition(version->image());
    DCHECK(addition.ok());
    // On a torn page the number may be elsewhere; who reads it finds out.
    if (!addition.ok() || !addition->LiesIn(data)) continue;
    StoreLittle(data.data() + addition->offset, addition->Read(data) - addition->amount);
  }
}

Seen VersionStore::See(const NodeName& name, const Viewer& viewer, bool deleted_in_page, Bytes data,
                       std::vector<std::byte>* image) const {
  const Seen as_in_page = deleted_in_page ? Seen::kAbsent : Seen::kPage;
  if (empty()) return as_in_page;
  const uint64_t hash = name.Hash();
  Bucket& bucket = BucketOf(hash);
  if (bucket.newest.load(std::memory_order_acquire) == nullptr) return as_in_page;
  const BucketLatch latch(bucket);
  bool exists = !deleted_in_page;
  bool added = false;                     // There are unseen additions to what `source` holds.
  const VersionRecord* source = nullptr;  // Whose image holds the data; null: the page.
  for (const VersionRecord* version = bucket.newest.load(std::memory_order_relaxed);
       version != nullptr; version = version->older) {
    if (!IsOf(*version, hash, name)) continue;
    const bool visible = IsVisible(*version, viewer);
    if (version->kind == ChangeKind::kAdd) {
      added = added || !visible;
      continue;
    }
    if (visible) break;
    if (version->has_image) {
      source = version;
      added = false;
    }
    if (version->kind == ChangeKind::kInsert) exists = false;
    if (version->kind == ChangeKind::kReplace || version->kind == ChangeKind::kDelete) {
      exists = true;
    }
  }
  if (!exists) return Seen::kAbsent;
  if (source == nullptr && !added) return Seen::kPage;
  if (image == nullptr) return Seen::kImage;
  const Bytes base = source == nullptr ? data : source->image();
  image->assign(base.begin(), base.end());
  if (added) {
    const VersionRecord* from =
        source == nullptr ? bucket.newest.load(std::memory_order_relaxed) : source->older;
    TakeBackUnseen(from, hash, name, viewer, *image);
  }
  return Seen::kImage;
}

VersionStore::Newest VersionStore::FindNewest(const NodeName& name, uint64_t hash,
                                              const Viewer& viewer, bool to_add) const {
  Newest result;
  if (empty()) return result;
  Bucket& bucket = BucketOf(hash);
  if (bucket.newest.load(std::memory_order_acquire) == nullptr) return result;
  const BucketLatch latch(bucket);
  for (const VersionRecord* version = bucket.newest.load(std::memory_order_relaxed);
       version != nullptr; version = version->older) {
    if (!IsOf(*version, hash, name)) continue;
    // A lock ends with its transaction.
    if (version->kind == ChangeKind::kLock && version->owner != viewer.self &&
        version->owner->commit_time.load(std::memory_order_acquire) != kUncommitted) {
      continue;
    }
    result.any = true;
    if (version->kind == ChangeKind::kAdd) {
      const bool visible = IsVisible(*version, viewer);
      // Who made it saw what is below, and so does the viewer.
      if (visible && to_add) return result;
      result.unseen_addition = result.unseen_addition || !visible;
      continue;
    }
    result.own = version->owner == viewer.self;
    result.conflict = !IsVisible(*version, viewer);
    return result;
  }
  return result;
}

void VersionStore::Link(VersionRecord* version) {
  DCHECK(!version->linked && version->owner != nullptr);
  count_.fetch_add(1, std::memory_order_acq_rel);
  Bucket& bucket = BucketOf(version->hash);
  const BucketLatch latch(bucket);
  VersionRecord* before = bucket.newest.load(std::memory_order_relaxed);
  version->older = before;
  version->newer = nullptr;
  if (before != nullptr) before->newer = version;
  version->linked = true;
  bucket.newest.store(version, std::memory_order_release);
}

void VersionStore::Unlink(VersionRecord* version) {
  DCHECK(version->linked);
  Bucket& bucket = BucketOf(version->hash);
  {
    const BucketLatch latch(bucket);
    if (version->newer != nullptr) {
      DCHECK(version->newer->older == version);
      version->newer->older = version->older;
    } else {
      CHECK(bucket.newest.load(std::memory_order_relaxed) == version);
      bucket.newest.store(version->older, std::memory_order_release);
    }
    if (version->older != nullptr) version->older->newer = version->newer;
    version->linked = false;
  }
  const size_t before = count_.fetch_sub(1, std::memory_order_acq_rel);
  DCHECK(before > 0);
  (void)before;
}

void VersionStore::DropAll(const Database& database) {
  for (size_t i = 0; i < kBuckets; ++i) {
    Bucket& bucket = buckets_[i];
    const BucketLatch latch(bucket);
    VersionRecord* kept_tail = nullptr;
    VersionRecord* next = nullptr;
    for (VersionRecord* version = bucket.newest.load(std::memory_order_relaxed); version != nullptr;
         version = next) {
      next = version->older;
      if (version->database != &database) {
        kept_tail = version;
        continue;
      }
      version->linked = false;
      count_.fetch_sub(1, std::memory_order_acq_rel);
      if (next != nullptr) next->newer = kept_tail;
      if (kept_tail == nullptr) {
        bucket.newest.store(next, std::memory_order_release);
      } else {
        kept_tail->older = next;
      }
    }
  }
}

}  // namespace contrail
