#include "backup/page_read_ahead.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <cstring>

#include "backup/backup_events.h"
#include "storage/check.h"
#include "storage/event_id.h"
#include "storage/page_checksum.h"
#include "storage/page_format.h"

namespace contrail {

PageReadAhead::PageReadAhead(FileSystem& files, EventSink& events, CachedDatabase& pages,
                             PageNumber first, PageNumber last, const ReadAheadOptions& options)
    : files_(files),
      events_(events),
      pages_(pages),
      last_(last),
      page_size_(pages.page_size()),
      options_(options),
      chunk_pages_(static_cast<PageNumber>(options.read_bytes / pages.page_size())),
      next_start_(first),
      next_taken_(first) {
  CHECK(chunk_pages_ > 0 && options.reads_ahead > 0);
  thread_ = std::thread([this] { Run(); });
}

PageReadAhead::~PageReadAhead() {
  Abort();
  thread_.join();
}

void PageReadAhead::Abort() {
  absl::MutexLock lock(&mutex_);
  abort_ = true;
}

Result<size_t> PageReadAhead::Read(MutableBytes buffer) {
  CHECK(buffer.size() % page_size_ == 0);
  absl::MutexLock lock(&mutex_);
  size_t given = 0;
  request_ = buffer;
  while (failure_.ok() && !abort_ && given < buffer.size() && next_taken_ <= last_) {
    mutex_.Await(absl::Condition(this, &PageReadAhead::HasNews));
    if (abort_ || chunks_.empty() || !chunks_.front()->ready) continue;
    Chunk& chunk = *chunks_.front();
    if (!chunk.status.ok()) {
      failure_ = chunk.status;
      break;
    }
    const PageNumber count =
        std::min(chunk.count - chunk.taken, static_cast<PageNumber>(request_.size() / page_size_));
    const std::byte* from = chunk.memory + PageBytes(chunk.taken);
    if (from != request_.data()) std::memcpy(request_.data(), from, PageBytes(count));
    chunk.taken += count;
    next_taken_ += count;
    given += PageBytes(count);
    request_ = request_.subspan(PageBytes(count));
    if (chunk.taken < chunk.count) continue;
    if (chunk.slot.has_value()) {
      idle_slots_.push_back(std::move(*chunk.slot));
      --slots_used_;
    }
    chunks_.pop_front();
  }
  // Reads into the caller's memory must have ended before it is the caller's again.
  request_ = {};
  const auto no_direct_reads = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return std::all_of(chunks_.begin(), chunks_.end(),
                       [](const auto& chunk) { return chunk->slot.has_value() || chunk->ready; });
  };
  mutex_.Await(absl::Condition(&no_direct_reads));
  if (!failure_.ok()) return failure_;
  if (abort_) return Error::kBackupAbortByServer;
  return given;
}

bool PageReadAhead::HasNews() const {
  return abort_ || (!chunks_.empty() && chunks_.front()->ready);
}

std::byte* PageReadAhead::DirectTarget(PageNumber count) const {
  const size_t offset = PageBytes(next_start_ - next_taken_);
  if (request_.size() < offset || request_.size() - offset < PageBytes(count)) return nullptr;
  std::byte* target = request_.data() + offset;
  return reinterpret_cast<uintptr_t>(target) % kDirectIoAlignment == 0 ? target : nullptr;
}

bool PageReadAhead::MayStart() const {
  if (!failure_.ok() || next_start_ > last_) return false;
  const PageNumber count = std::min(chunk_pages_, last_ - next_start_ + 1);
  return slots_used_ < options_.reads_ahead || DirectTarget(count) != nullptr;
}

bool PageReadAhead::HasWork() const { return abort_ || MayStart(); }

PageReadAhead::Chunk* PageReadAhead::StartNext() {
  auto chunk = std::make_unique<Chunk>();
  chunk->first = next_start_;
  chunk->count = std::min(chunk_pages_, last_ - next_start_ + 1);
  chunk->memory = DirectTarget(chunk->count);
  if (chunk->memory == nullptr) {
    if (idle_slots_.empty()) {
      idle_slots_.emplace_back(PageBytes(chunk_pages_));
    }
    chunk->slot = std::move(idle_slots_.back());
    idle_slots_.pop_back();
    ++slots_used_;
    chunk->memory = chunk->slot->data();
  }
  next_start_ += chunk->count;
  chunks_.push_back(std::move(chunk));
  return chunks_.back().get();
}

void PageReadAhead::Run() {
  const std::unique_ptr<IoQueue> queue = files_.NewQueue(options_.reads_ahead * 2);
  std::vector<Chunk*> arrived;
  while (true) {
    Chunk* next = nullptr;
    {
      absl::MutexLock lock(&mutex_);
      if (queue->in_flight() == 0) {
        mutex_.Await(absl::Condition(this, &PageReadAhead::HasWork));
      }
      if (abort_) break;
      if (MayStart()) next = StartNext();
    }
    if (next != nullptr) {
      Submit(next, queue.get(), &arrived);
    } else {
      queue->Wait(1);
    }
    Settle(&arrived, queue.get());
  }
  queue->Wait(queue->in_flight());
  absl::MutexLock lock(&mutex_);
  for (const auto& chunk : chunks_) {
    if (!chunk->ready) chunk->status = Error::kBackupAbortByServer;
    chunk->ready = true;
  }
}

Status PageReadAhead::CheckInFile(Chunk* chunk) {
  const uint64_t offset = FileOffsetOf(chunk->first, page_size_);
  const size_t length = PageBytes(chunk->count);
  ASSIGN_OR_RETURN(const uint64_t size, pages_.file().Size());
  if (size >= offset + length) return Status::Ok();
  // The engine never counts a page as the database's before the file has room for it.
  return ReportFailure(events_, event_id::kPageDataMissing, Error::kFileIOBeyondEOF,
                       "A database that is being backed up has been cut off.", pages_.file().path(),
                       absl::StrCat(offset + length, " bytes"), absl::StrCat(size, " bytes"));
}

void PageReadAhead::Submit(Chunk* chunk, IoQueue* queue, std::vector<Chunk*>* arrived) {
  chunk->status = CheckInFile(chunk);
  if (!chunk->status.ok()) {
    arrived->push_back(chunk);
    return;
  }
  chunk->exclusion = pages_.ExcludeWrites(chunk->first, chunk->first + chunk->count - 1);
  IoRequest request;
  request.file = &pages_.file();
  request.offset = FileOffsetOf(chunk->first, page_size_);
  request.buffer = chunk->memory;
  request.length = PageBytes(chunk->count);
  request.done = [chunk, arrived](Status status) {
    chunk->exclusion = {};
    chunk->status = status;
    arrived->push_back(chunk);
  };
  queue->Submit(std::move(request));
}

void PageReadAhead::Settle(std::vector<Chunk*>* arrived, IoQueue* queue) {
  std::vector<Chunk*> bad;
  for (Chunk* chunk : *arrived) {
    if (chunk->status.ok()) chunk->status = VerifyPages(chunk, /*report=*/false);
    if (chunk->status.ok()) {
      Publish(chunk);  // From here on it may be gone.
    } else {
      bad.push_back(chunk);
    }
  }
  arrived->clear();
  if (bad.empty()) return;
  // Nobody's writes wait for a retry: what is in flight comes home first.
  queue->Wait(queue->in_flight());
  Settle(arrived, queue);
  for (Chunk* chunk : bad) {
    chunk->status = Retry(chunk);
    Publish(chunk);
  }
}

void PageReadAhead::Publish(Chunk* chunk) {
  absl::MutexLock lock(&mutex_);
  chunk->ready = true;
}

Status PageReadAhead::VerifyPages(Chunk* chunk, bool report) {
  for (PageNumber i = 0; i < chunk->count; ++i) {
    const MutableBytes page(chunk->memory + PageBytes(i), page_size_);
    const PageNumber number = chunk->first + i;
    const ChecksumState state = VerifyPage(page, number);
    if (state == ChecksumState::kGood || state == ChecksumState::kUninitialised) continue;
    const bool corrected = state == ChecksumState::kCorrected;
    if (corrected || report) {
      events_.Report({.id = corrected ? event_id::kPageCorrected : event_id::kPageChecksum,
                      .severity = corrected ? Severity::kWarning : Severity::kError,
                      .text = corrected ? "A wrong bit of a page was mended while it was backed up."
                                        : "A page that is being backed up has a wrong checksum.",
                      .file = pages_.file().path(),
                      .offset = static_cast<int64_t>(FileOffsetOf(number, page_size_)),
                      .expected = corrected ? "" : absl::StrCat(ComputedChecksum(page, number)),
                      .found = corrected ? "" : absl::StrCat(StoredChecksum(page)),
                      .error = corrected ? 0 : static_cast<int32_t>(Error::kReadVerifyFailure)});
    }
    if (!corrected) return Error::kReadVerifyFailure;
  }
  return Status::Ok();
}

Status PageReadAhead::Retry(Chunk* chunk) {
  Status status = chunk->status;
  for (int attempt = 1; attempt <= options_.retries; ++attempt) {
    {
      absl::MutexLock lock(&mutex_);
      if (mutex_.AwaitWithTimeout(absl::Condition(&abort_), options_.retry_pause * attempt)) {
        return Error::kBackupAbortByServer;
      }
    }
    status = CheckInFile(chunk);
    if (status.ok()) {
      const WriteExclusion exclusion =
          pages_.ExcludeWrites(chunk->first, chunk->first + chunk->count - 1);
      status = pages_.file().Read(FileOffsetOf(chunk->first, page_size_),
                                  {chunk->memory, PageBytes(chunk->count)});
    }
    if (status.ok()) status = VerifyPages(chunk, attempt == options_.retries);
    if (!status.ok()) continue;
    events_.Report({.id = event_id::kReadSucceededAfterRetries,
                    .severity = Severity::kWarning,
                    .text = absl::StrCat("A read succeeded after ", attempt, " more attempts."),
                    .file = pages_.file().path(),
                    .offset = static_cast<int64_t>(FileOffsetOf(chunk->first, page_size_))});
    return status;
  }
  return status;
}

}  // namespace contrail
