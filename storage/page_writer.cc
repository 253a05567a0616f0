#include "storage/page_writer.h"

#include <algorithm>
#include <chrono>

#include "storage/page_checksum.h"

namespace contrail {
namespace {

// How long the background thread lets pages be that were all latched or excluded.
constexpr std::chrono::milliseconds kRetryAfter{5};

}  // namespace

PageWriter::PageWriter(BufferPool& pool, const BufferPoolOptions& options)
    : pool_(&pool),
      batch_pages_(options.write_batch_pages),
      background_(options.background_writer) {
  CHECK(batch_pages_ > 0);
}

PageWriter::~PageWriter() {
  {
    const std::lock_guard lock(wake_mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Status PageWriter::Open(FileSystem& file_system, const std::string& double_write_path) {
  if (!double_write_path.empty()) {
    DoubleWriteOptions options;
    options.most_pages = static_cast<uint32_t>(batch_pages_);
    options.largest_page = kMaxPageSize;
    ASSIGN_OR_RETURN(double_write_, DoubleWriteArea::Open(file_system, double_write_path, options));
  }
  if (background_) thread_ = std::thread([this] { Run(); });
  return Status::Ok();
}

Result<size_t> PageWriter::WriteBatch(CachedDatabase& database, Lgpos limit, uint64_t sequence,
                                      size_t most) {
  std::unique_lock lock(batch_mutex_);
  resumed_.wait(lock, [this] { return !paused_.load(); });
  return WriteBatchLocked(database, limit, sequence, most);
}

Result<size_t> PageWriter::WriteOldest(Lgpos limit, size_t most) {
  const std::lock_guard lock(batch_mutex_);
  if (paused_.load()) return size_t{0};
  pool_->ListByAge(limit, &candidates_);
  for (CachedDatabase* database : candidates_) {
    ASSIGN_OR_RETURN(const size_t written, WriteBatchLocked(*database, limit, ~uint64_t{0}, most));
    if (written > 0) return written;
  }
  return size_t{0};
}

Result<size_t> PageWriter::WriteBatchLocked(CachedDatabase& database, Lgpos limit,
                                            uint64_t sequence, size_t most) {
  RETURN_IF_ERROR(pool_->health());
  database.flush_list_->TakeOff(limit, sequence, std::min(most, batch_pages_), &taken_);
  CopyPages(database);
  if (!copies_.empty()) {
    if (const Status status = WriteCopies(database); !status.ok()) {
      // The pages stay marked as being written, so that they are never evicted: memory alone has
      // what they hold.
      database.flush_list_->FailFlight();
      return status;
    }
  }
  database.flush_list_->FinishFlight();
  pages_written_.fetch_add(copies_.size(), std::memory_order_relaxed);
  return copies_.size();
}

void PageWriter::Pause() {
  const std::lock_guard lock(batch_mutex_);
  paused_.store(true);
}

void PageWriter::Resume() {
  {
    const std::lock_guard lock(batch_mutex_);
    paused_.store(false);
  }
  resumed_.notify_all();
  Wake();
}

void PageWriter::CopyPages(CachedDatabase& database) {
  const size_t needed = batch_pages_ * database.page_size();
  if (buffer_.size() < needed) buffer_ = AlignedBuffer(needed);
  std::sort(taken_.begin(), taken_.end(),
            [](const FlushList::Entry& a, const FlushList::Entry& b) { return a.page < b.page; });
  copies_.clear();
  for (const FlushList::Entry& entry : taken_) {
    if (!TryCopy(database, entry)) database.flush_list_->PutBack(entry);
  }
}

bool PageWriter::TryCopy(CachedDatabase& database, const FlushList::Entry& entry) {
  std::atomic<uint64_t>& state = database.state(entry.page);
  uint64_t seen = state.load(std::memory_order_acquire);
  do {
    if (page_state::Latch(seen) == page_state::kExclusive) return false;
    if ((seen & page_state::kDirty) == 0) return true;  // A stale entry: nothing to write.
    DCHECK(page_state::IsReadable(seen));
    // Full of readers, or changed again since it was copied for this same batch.
    if (page_state::Latch(seen) == page_state::kLastShared) return false;
    if ((seen & page_state::kWriting) != 0) return false;
  } while (!state.compare_exchange_weak(seen, seen + 1, std::memory_order_acquire));

  std::byte* copy = buffer_.data() + copies_.size() * database.page_size();
  std::memcpy(copy, database.bytes(entry.page), database.page_size());
  // Nobody can make it dirty meanwhile: that takes the exclusive latch.
  state.fetch_xor(page_state::kDirty | page_state::kWriting);
  pool_->CountDirty(database, -1);
  database.ReleaseShared(entry.page);
  // A page of an old file gets the new checksum with the first change.
  const auto flags = LoadLittle<uint32_t>(copy + page_offset::kFlags);
  StoreLittle(copy + page_offset::kFlags, flags | page_flag::kNewChecksum);
  SealPage({copy, database.page_size()}, entry.page);
  copies_.push_back({entry, copy});
  return true;
}

Status PageWriter::WriteCopies(CachedDatabase& database) {
  DCHECK(!copies_.empty() && copies_.size() <= batch_pages_);
  if (const Status status = database.sink().EnsureDurable(); !status.ok()) {
    return pool_->Poison(database.file(), status,
                         "the log is not durable, so pages cannot be written");
  }
  uint64_t protection = 0;
  if (const Status status = WriteProtection(database, &protection); !status.ok()) {
    return pool_->Poison(database.file(), status,
                         "its pages could not be written to the double-write area");
  }
  if (const Status status = WriteInPlace(database); !status.ok()) {
    return pool_->Poison(database.file(), status, "pages could not be written");
  }
  // After a failed sync reads of the file may show anything: the pages stay in memory then.
  RETURN_IF_ERROR(SyncFile(database.file()));
  ClearWriting(database);
  if (double_write_ != nullptr) double_write_->Release(protection);
  return Status::Ok();
}

Status PageWriter::ClearProtection() {
  const std::lock_guard lock(batch_mutex_);
  // Every batch is durable in its places before the next one begins, unless one has failed.
  if (double_write_ == nullptr || !pool_->health().ok()) return Status::Ok();
  return double_write_->Clear();
}

Status PageWriter::WriteProtection(CachedDatabase& database, uint64_t* sequence) {
  if (double_write_ == nullptr) return Status::Ok();
  images_.clear();
  for (const Copy& copy : copies_) {
    images_.push_back(
        {database.identity_, copy.entry.page, Bytes(copy.bytes, database.page_size())});
  }
  ASSIGN_OR_RETURN(*sequence, double_write_->WriteBatch(images_));
  return Status::Ok();
}

Status PageWriter::WriteInPlace(CachedDatabase& database) {
  const uint32_t page_size = database.page_size();
  const auto queue = pool_->BorrowQueue();
  Status result;
  for (size_t first = 0; first < copies_.size();) {
    // Neighbours in the file are neighbours in the buffer: the entries were sorted.
    size_t end = first + 1;
    while (end < copies_.size() &&
           copies_[end].entry.page == copies_[first].entry.page + (end - first)) {
      ++end;
    }
    IoRequest request;
    request.kind = IoRequest::Kind::kWrite;
    request.file = &database.file();
    request.offset = FileOffsetOf(copies_[first].entry.page, page_size);
    request.buffer = copies_[first].bytes;
    request.length = (end - first) * page_size;
    request.done = [&result](Status status) {
      if (result.ok()) result = status;
    };
    queue->Submit(std::move(request));
    first = end;
  }
  queue->Wait(queue->in_flight());
  return result;
}

void PageWriter::ClearWriting(CachedDatabase& database) {
  for (const Copy& copy : copies_) {
    const uint64_t before = database.state(copy.entry.page).fetch_and(~page_state::kWriting);
    DCHECK((before & page_state::kWriting) != 0);
    static_cast<void>(before);
  }
}

Status PageWriter::SyncFile(File& file) {
  const Status status = file.Sync();
  return status.ok() ? status : pool_->Poison(file, status, "the file could not be synced");
}

void PageWriter::SetTarget(Lgpos keep_above) {
  target_.store(keep_above.Packed(), std::memory_order_release);
  Wake();
}

void PageWriter::Wake() {
  if (!background_ || woken_.exchange(true)) return;
  // The mutex orders the flag with the thread's look at it.
  { const std::lock_guard lock(wake_mutex_); }
  wake_.notify_all();
}

Lgpos PageWriter::WorkLimit() {
  if (paused_.load()) return {};
  if (pool_->IsMuchDirty()) return kLgposMax;
  const Lgpos target = Lgpos::FromPacked(target_.load(std::memory_order_acquire));
  return pool_->OldestDirty() < target ? target : Lgpos{};
}

void PageWriter::Run() {
  while (true) {
    {
      std::unique_lock lock(wake_mutex_);
      wake_.wait(lock, [&] { return stopping_ || woken_.load(); });
      if (stopping_) return;
      woken_.store(false);
    }
    for (Lgpos limit = WorkLimit(); !limit.IsNull(); limit = WorkLimit()) {
      const Result<size_t> written = WriteOldest(limit, batch_pages_);
      if (!written.ok()) return;  // Poisoned: nothing will be written any more.
      std::unique_lock lock(wake_mutex_);
      if (*written == 0) wake_.wait_for(lock, kRetryAfter, [&] { return stopping_; });
      if (stopping_) return;
    }
  }
}

}  // namespace contrail
