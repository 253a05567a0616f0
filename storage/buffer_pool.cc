#include "storage/buffer_pool.h"

#include <absl/container/inlined_vector.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <thread>

#include "storage/event_id.h"
#include "storage/flush_list.h"
#include "storage/page_writer.h"

namespace contrail {
namespace {

constexpr size_t kQueueDepth = 32;
constexpr size_t kIdleQueues = 4;
// How often a thread that needs room tries eviction and writing before it goes over the limit.
constexpr int kRoomAttempts = 8;
// The background writer starts when more than this share of the cache is dirty.
constexpr uint64_t kDirtyShareNumerator = 5;
constexpr uint64_t kDirtyShareDenominator = 8;

}  // namespace

Result<std::unique_ptr<BufferPool>> BufferPool::Create(FileSystem& file_system, EventSink& events,
                                                       RedoSink& sink,
                                                       const BufferPoolOptions& options) {
  std::unique_ptr<BufferPool> pool(new BufferPool(file_system, events, sink, options));
  RETURN_IF_ERROR(pool->writer_->Open(file_system, options.double_write_path));
  return pool;
}

BufferPool::BufferPool(FileSystem& file_system, EventSink& events, RedoSink& sink,
                       const BufferPoolOptions& options)
    : file_system_(&file_system),
      events_(&events),
      sink_(&sink),
      reserve_bytes_(options.reserve_bytes),
      batch_pages_(options.write_batch_pages),
      residents_(options.cache_bytes),
      writer_(std::make_unique<PageWriter>(*this, options)) {}

BufferPool::~BufferPool() {
  writer_.reset();
  DCHECK(databases_.empty());  // Their owners remove them before the pool goes.
}

Result<CachedDatabase*> BufferPool::Add(File& file, uint32_t page_size, uint64_t identity,
                                        RedoSink* sink) {
  CHECK(IsValidPageSize(page_size));
  ASSIGN_OR_RETURN(PageMemory memory, PageMemory::Reserve(page_size, reserve_bytes_));
  std::unique_ptr<CachedDatabase> database(new CachedDatabase(
      *this, file, std::move(memory), identity, sink != nullptr ? *sink : *sink_));
  CachedDatabase* result = database.get();
  residents_.AddDatabase(result);
  const std::lock_guard lock(databases_mutex_);
  databases_.push_back(std::move(database));
  return result;
}

Status BufferPool::ForgetProtection() { return writer_->ClearProtection(); }

void BufferPool::Remove(CachedDatabase* database) {
  std::unique_ptr<CachedDatabase> removed;
  {
    const std::lock_guard lock(databases_mutex_);
    const auto found = std::find_if(databases_.begin(), databases_.end(),
                                    [&](const auto& other) { return other.get() == database; });
    CHECK(found != databases_.end());
    removed = std::move(*found);
    databases_.erase(found);
  }
  // From here the writer cannot find it; Discard waits for a batch that has it already.
  DiscardDatabase(*database);
  residents_.RemoveDatabase(database);
}

void BufferPool::DiscardDatabase(CachedDatabase& database) {
  writer_->WhileIdle([&] {
    database.flush_list_->Clear();
    residents_.EvictAll(database);
  });
}

Status BufferPool::MakeRoom(uint64_t bytes) {
  residents_.Reserve(bytes);
  for (int attempt = 0; residents_.IsOverLimit() && attempt < kRoomAttempts; ++attempt) {
    const size_t evicted = residents_.Evict();
    if (evicted > 0 || !residents_.IsOverLimit()) continue;
    writer_->Wake();
    const Result<size_t> written = writer_->WriteOldest(kLgposMax, batch_pages_);
    if (!written.ok()) {
      residents_.Unreserve(bytes);
      return written.status();
    }
    if (*written == 0) std::this_thread::yield();
  }
  return Status::Ok();
}

Lgpos BufferPool::OldestDirty() {
  const std::lock_guard lock(databases_mutex_);
  Lgpos oldest = kLgposMax;
  for (const auto& database : databases_) {
    if (database->sink_ == sink_) oldest = std::min(oldest, database->flush_list_->Oldest());
  }
  return oldest;
}

void BufferPool::ListByAge(Lgpos limit, std::vector<CachedDatabase*>* databases) {
  struct Candidate {
    Lgpos oldest;
    CachedDatabase* database;
  };
  absl::InlinedVector<Candidate, 8> candidates;
  {
    const std::lock_guard lock(databases_mutex_);
    for (const auto& database : databases_) {
      const Lgpos oldest = database->flush_list_->Oldest();
      if (oldest < limit) candidates.push_back({oldest, database.get()});
    }
  }
  std::sort(candidates.begin(), candidates.end(),
            [](const Candidate& a, const Candidate& b) { return a.oldest < b.oldest; });
  databases->clear();
  for (const Candidate& candidate : candidates) databases->push_back(candidate.database);
}

Result<size_t> BufferPool::WriteSome(Lgpos limit, size_t max_pages) {
  size_t total = 0;
  while (total < max_pages) {
    ASSIGN_OR_RETURN(const size_t written, writer_->WriteOldest(limit, max_pages - total));
    if (written == 0) break;
    total += written;
  }
  return total;
}

Status BufferPool::FlushDatabase(CachedDatabase& database) {
  const uint64_t sequence = database.flush_list_->NextSequence();
  while (!database.flush_list_->IsDoneBelow(sequence)) {
    ASSIGN_OR_RETURN(const size_t written,
                     writer_->WriteBatch(database, kLgposMax, sequence, batch_pages_));
    if (written > 0) continue;
    // What is left is excluded or latched by somebody who will be done soon.
    database.flush_list_->WaitWhileExcluded();
    std::this_thread::yield();
  }
  RETURN_IF_ERROR(health());
  return writer_->SyncFile(database.file());
}

void BufferPool::SetWriteTarget(Lgpos keep_above) { writer_->SetTarget(keep_above); }

void BufferPool::PauseWriting() { writer_->Pause(); }

void BufferPool::ResumeWriting() { writer_->Resume(); }

void BufferPool::SetCacheLimit(uint64_t bytes) {
  residents_.set_limit(bytes);
  residents_.Evict();
}

void BufferPool::CountDirty(const CachedDatabase& database, int change) {
  DCHECK(change == 1 || change == -1);
  dirty_pages_.fetch_add(change, std::memory_order_relaxed);
  dirty_bytes_.fetch_add(int64_t{change} * database.page_size(), std::memory_order_relaxed);
  if (change > 0 && IsMuchDirty()) writer_->Wake();
}

bool BufferPool::IsMuchDirty() const {
  const auto dirty =
      static_cast<uint64_t>(std::max<int64_t>(0, dirty_bytes_.load(std::memory_order_relaxed)));
  return dirty > residents_.limit() / kDirtyShareDenominator * kDirtyShareNumerator;
}

void BufferPool::ReportCorrected(const File& file, uint64_t offset, PageNumber number) {
  bits_corrected_.fetch_add(1, std::memory_order_relaxed);
  Event event;
  event.id = event_id::kPageCorrected;
  event.severity = Severity::kWarning;
  event.text =
      absl::StrCat("Page ", number,
                   ": one bit was wrong and has been corrected from the checksum; the disk "
                   "may be failing.");
  event.file = file.path();
  event.offset = static_cast<int64_t>(offset);
  events_->Report(event);
}

BufferPool::BorrowedQueue BufferPool::BorrowQueue() {
  {
    const std::lock_guard lock(queues_mutex_);
    if (!idle_queues_.empty()) {
      std::unique_ptr<IoQueue> queue = std::move(idle_queues_.back());
      idle_queues_.pop_back();
      return {queue.release(), ReturnQueue{this}};
    }
  }
  return {file_system_->NewQueue(kQueueDepth).release(), ReturnQueue{this}};
}

void BufferPool::TakeBackQueue(IoQueue* queue) {
  std::unique_ptr<IoQueue> owned(queue);
  CHECK(owned->in_flight() == 0);
  const std::lock_guard lock(queues_mutex_);
  if (idle_queues_.size() < kIdleQueues) idle_queues_.push_back(std::move(owned));
}

BufferPool::Statistics BufferPool::statistics() const {
  Statistics result;
  result.resident_bytes = residents_.resident_bytes();
  result.dirty_pages =
      static_cast<uint64_t>(std::max<int64_t>(0, dirty_pages_.load(std::memory_order_relaxed)));
  result.pages_read = pages_read_.load(std::memory_order_relaxed);
  result.pages_written = writer_->pages_written();
  result.bits_corrected = bits_corrected_.load(std::memory_order_relaxed);
  return result;
}

Status BufferPool::health() const {
  return poisoned_.load(std::memory_order_acquire) ? Status(Error::kInstanceUnavailable)
                                                   : Status::Ok();
}

Status BufferPool::Poison(const File& file, Status status, const char* what) {
  DCHECK(!status.ok());
  poisoned_.store(true, std::memory_order_release);
  Event event;
  event.id = event_id::kWriteError;
  event.severity = Severity::kError;
  event.text = absl::StrCat("Writing stops for good: ", what,
                            ". The databases have to be recovered from their log.");
  event.file = file.path();
  event.error = status.number();
  events_->Report(event);
  return status;
}

}  // namespace contrail
