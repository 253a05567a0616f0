#include "tests/support/simulated_inode.h"

#include <algorithm>
#include <utility>

#include "storage/check.h"

namespace contrail::test {
namespace {

constexpr uint64_t kSectorSize = SimulatedInode::kSectorSize;
constexpr uint64_t kSectorsPerChunk = SparseContent::kChunkSize / kSectorSize;
static_assert(SparseContent::kChunkSize % kSectorSize == 0, "a sector lies in one chunk");

uint64_t OneOf(std::mt19937_64& random, uint64_t count) { return random() % count; }

}  // namespace

// The sectors that [offset, offset + length) touches. `after` already shows the change.
SimulatedInode::Change SimulatedInode::Capture(const SparseContent& after, uint64_t offset,
                                               size_t length) {
  Change change;
  if (length == 0) return change;
  const uint64_t end = (offset + length + kSectorSize - 1) / kSectorSize;
  change.first_sector = offset / kSectorSize;
  change.sector_count = end - change.first_sector;
  const uint64_t last_chunk = (end - 1) / kSectorsPerChunk;
  for (uint64_t chunk = change.first_sector / kSectorsPerChunk; chunk <= last_chunk; ++chunk) {
    change.chunks.push_back(after.chunk(chunk));
  }
  return change;
}

Bytes SimulatedInode::ShortWrite(uint64_t offset, Bytes data) {
  const uint64_t middle = (offset + data.size() / 2) / kSectorSize * kSectorSize;
  return data.first(middle > offset ? middle - offset : 0);
}

void SimulatedInode::Write(uint64_t offset, Bytes data) {
  if (data.empty()) return;
  const uint64_t old_size = current_.size();
  current_.Write(offset, data);
  Change change = Capture(current_, offset, data.size());
  if (current_.size() != old_size) change.size = current_.size();
  changes_.push_back(std::move(change));
}

void SimulatedInode::Resize(uint64_t size) {
  current_.Resize(size);
  Change change;
  change.size = size;
  changes_.push_back(std::move(change));
}

uint64_t SimulatedInode::StartWrite(uint64_t offset, Bytes data) {
  constexpr uint64_t kChunkSize = SparseContent::kChunkSize;
  Change change = Capture(current_, offset, data.size());
  const uint64_t end = offset + data.size();
  uint64_t chunk_start = offset / kChunkSize * kChunkSize;
  for (SparseContent::ChunkPointer& chunk : change.chunks) {
    const auto after = CloneChunk(chunk);
    const uint64_t from = std::max(offset, chunk_start);
    const uint64_t to = std::min(end, chunk_start + kChunkSize);
    std::memcpy(after->data() + (from - chunk_start), data.data() + (from - offset), to - from);
    chunk = after;
    chunk_start += kChunkSize;
  }
  if (end > current_.size()) change.size = end;
  change.in_flight = true;
  change.number = next_number_++;
  changes_.push_back(std::move(change));
  return next_number_ - 1;
}

void SimulatedInode::FinishWrite(uint64_t number, uint64_t offset, Bytes data) {
  const auto found = std::find_if(changes_.begin(), changes_.end(), [number](const Change& change) {
    return change.in_flight && change.number == number;
  });
  CHECK(found != changes_.end());
  changes_.erase(found);
  Write(offset, data);
}

void SimulatedInode::Sync() {
  std::vector<Change> kept;
  for (Change& change : changes_) {
    if (change.lost) diverged_ = true;
  }
  for (Change& change : changes_) {
    if (change.in_flight) {
      kept.push_back(std::move(change));
    } else if (!change.lost) {
      Commit(change);
    }
  }
  changes_ = std::move(kept);
  durable_.Resize(current_.size());
}

void SimulatedInode::Commit(const Change& change) {
  CHECK(!change.in_flight && !change.lost);
  if (change.size.has_value()) durable_.Resize(*change.size);
  const uint64_t first_chunk = change.first_sector / kSectorsPerChunk;
  if (diverged_) {
    ApplySectors(change, 0, change.sector_count, &durable_);
  } else {
    // The page cache has the newest state of every chunk of every change: share it.
    for (size_t i = 0; i < change.chunks.size(); ++i) {
      durable_.SetChunk(first_chunk + i, current_.chunk(first_chunk + i));
    }
  }
}

void SimulatedInode::FailSync() {
  for (Change& change : changes_) {
    if (!change.in_flight) change.lost = true;
  }
}

void SimulatedInode::ApplySector(const Change& change, uint64_t sector, SparseContent* content) {
  const uint64_t absolute = change.first_sector + sector;
  const uint64_t chunk = absolute / kSectorsPerChunk;
  const auto& from = change.chunks[chunk - change.first_sector / kSectorsPerChunk];
  const size_t within = absolute % kSectorsPerChunk * kSectorSize;
  const auto to = CloneChunk(content->chunk(chunk));
  if (from == nullptr) {
    std::memset(to->data() + within, 0, kSectorSize);
  } else {
    std::memcpy(to->data() + within, from->data() + within, kSectorSize);
  }
  content->SetChunk(chunk, to);
}

// Sectors [from, to) of the change. Whole chunks are shared.
void SimulatedInode::ApplySectors(const Change& change, uint64_t from, uint64_t to,
                                  SparseContent* content) {
  const uint64_t first_chunk = change.first_sector / kSectorsPerChunk;
  while (from < to) {
    const uint64_t absolute = change.first_sector + from;
    if (absolute % kSectorsPerChunk == 0 && to - from >= kSectorsPerChunk) {
      const uint64_t chunk = absolute / kSectorsPerChunk;
      content->SetChunk(chunk, change.chunks[chunk - first_chunk]);
      from += kSectorsPerChunk;
    } else {
      ApplySector(change, from, content);
      ++from;
    }
  }
}

void SimulatedInode::ApplyByPolicy(const Change& change, CrashPolicy policy, bool last,
                                   std::mt19937_64& random, SparseContent* content) {
  const uint64_t count = change.sector_count;
  if (count == 0 || policy == CrashPolicy::kDropUnsynced) return;
  const bool whole =
      policy == CrashPolicy::kKeepUnsynced || (policy == CrashPolicy::kTearLast && !last);
  if (whole) return ApplySectors(change, 0, count, content);
  // A torn write is never whole under kTearLast.
  const uint64_t way = policy == CrashPolicy::kTearLast ? 2 + OneOf(random, 3) : OneOf(random, 5);
  switch (way) {
    case 0:
      return;
    case 1:
      return ApplySectors(change, 0, count, content);
    case 2:
      return ApplySectors(change, 0, OneOf(random, count), content);
    case 3:
      return ApplySectors(change, 1 + OneOf(random, count), count, content);
    default:
      for (uint64_t sector = 0; sector < count; ++sector) {
        if (OneOf(random, 2) == 0) ApplySector(change, sector, content);
      }
  }
}

// Sizes are metadata: the file system's journal keeps a prefix of them.
SparseContent SimulatedInode::AfterCrash(CrashPolicy policy, std::mt19937_64& random) const {
  size_t size_changes = 0;
  const Change* last_write = nullptr;
  for (const Change& change : changes_) {
    size_changes += change.size.has_value() ? 1 : 0;
    if (change.sector_count > 0) last_write = &change;
  }
  size_t kept_sizes = policy == CrashPolicy::kDropUnsynced ? 0 : size_changes;
  if (policy == CrashPolicy::kMixed) kept_sizes = OneOf(random, size_changes + 1);

  SparseContent content = durable_;
  uint64_t size = content.size();
  for (const Change& change : changes_) {
    if (change.size.has_value() && kept_sizes > 0) {
      --kept_sizes;
      if (*change.size < size) content.Resize(*change.size);
      size = *change.size;
    }
    ApplyByPolicy(change, policy, &change == last_write, random, &content);
  }
  content.Resize(size);
  return content;
}

}  // namespace contrail::test
