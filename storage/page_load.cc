// Bringing pages into memory: claim, read, verify, publish. A claimed page is in state kLoading, so
// its bytes belong to the claiming thread alone.

#include <absl/strings/str_cat.h>

#include <algorithm>

#include "storage/buffer_pool.h"
#include "storage/cached_database.h"
#include "storage/event_id.h"
#include "storage/page_checksum.h"
#include "storage/resident_set.h"

namespace contrail {
namespace {

bool IsAllZero(const std::byte* bytes, size_t size) {
  return bytes[0] == std::byte{0} && std::memcmp(bytes, bytes + 1, size - 1) == 0;
}

}  // namespace

Result<CachedDatabase::Loaded> CachedDatabase::TryLoad(PageNumber number, LoadMode mode,
                                                       uint64_t latch) {
  if (number == 0 || number >= memory_.limit()) {
    return ReportUnusable(number, event_id::kPageDataMissing, Error::kPageNotInitialized,
                          "a page was referred to that cannot exist", memory_.limit(), number);
  }
  // Room first: making it may write pages, and nobody should wait for this page meanwhile.
  RETURN_IF_ERROR(pool_->MakeRoom(page_size()));
  uint64_t seen = state(number).load(std::memory_order_relaxed);
  if (page_state::Latch(seen) != page_state::kEvicted ||
      !state(number).compare_exchange_strong(
          seen, page_state::WithLatch(seen, page_state::kLoading), std::memory_order_acquire)) {
    pool_->residents().Unreserve(page_size());
    return Loaded::kRaced;
  }
  page_state::WriteFence();
  Result<Loaded> loaded = Fill(number, mode);
  if (!loaded.ok()) {
    AbandonLoad(number);
    return loaded;
  }
  if (*loaded == Loaded::kMended && rewrites_mended_pages_) {
    // Dirty from the first moment, and marked under the exclusive latch as any other.
    PublishLoaded(number, page_state::kExclusive);
    MarkDirtySlow(number);
    if (latch != page_state::kExclusive) {
      state(number).fetch_add(page_state::kVersionOne - page_state::kExclusive + latch);
      if (waiters_.load() != 0) WakeWaiters(number);
    }
  } else {
    PublishLoaded(number, latch);
  }
  return loaded;
}

void CachedDatabase::PublishLoaded(PageNumber number, uint64_t latch) {
  pool_->residents().Insert(*this, number);
  uint64_t seen = state(number).load(std::memory_order_relaxed);
  DCHECK(page_state::Latch(seen) == page_state::kLoading);
  seen = page_state::WithLatch(seen, latch) | page_state::kReferenced;
  state(number).store(seen);
  if (waiters_.load() != 0) WakeWaiters(number);
}

void CachedDatabase::AbandonLoad(PageNumber number) {
  memory_.Release(number, 1);
  pool_->residents().Unreserve(page_size());
  LeaveEvicted(number);
}

Result<CachedDatabase::Loaded> CachedDatabase::Fill(PageNumber number, LoadMode mode) {
  if (mode == LoadMode::kNew) {
    DCHECK(IsAllZero(bytes(number), page_size()));
    return Loaded::kAsZeros;
  }
  const Status read = file_->Read(FileOffsetOf(number, page_size()), {bytes(number), page_size()});
  pool_->CountRead(1);
  if (read.Is(Error::kFileIOBeyondEOF)) {
    std::memset(bytes(number), 0, page_size());  // The file may end within the page.
  } else if (!read.ok()) {
    return ReportUnusable(number, event_id::kReadError, read.error(), "a page could not be read", 0,
                          0);
  }
  return VerifyLoaded(number, mode);
}

Result<CachedDatabase::Loaded> CachedDatabase::VerifyLoaded(PageNumber number, LoadMode mode) {
  const bool redo = mode != LoadMode::kRead;
  const MutableBytes page(bytes(number), page_size());
  Status failure;
  Loaded success = Loaded::kFromFile;
  switch (VerifyPage(page, number)) {
    case ChecksumState::kUninitialised:
      if (redo) return Loaded::kAsZeros;
      return ReportUnusable(number, event_id::kPageDataMissing, Error::kPageNotInitialized,
                            "a page that is referred to was never written", 0, 0);
    case ChecksumState::kCorrected:
      corrected_pages_.fetch_add(1, std::memory_order_relaxed);
      pool_->ReportCorrected(*file_, FileOffsetOf(number, page_size()), number);
      success = Loaded::kMended;
      break;
    case ChecksumState::kGood:
      break;
    case ChecksumState::kBad:
      bad_pages_.fetch_add(1, std::memory_order_relaxed);
      failure = ReportUnusable(number, event_id::kPageChecksum, Error::kReadVerifyFailure,
                               "a page read from the file fails its checksum",
                               ComputedChecksum(page, number), StoredChecksum(page));
      break;
  }
  if (failure.ok()) {
    if (const char* damage = view(number).FindDamage(); damage != nullptr) {
      failure =
          ReportUnusable(number, event_id::kPageMalformed, Error::kDatabaseCorrupted, damage, 0, 0);
    }
  }
  if (failure.ok()) return success;
  if (mode != LoadMode::kRedoTolerant) return failure;
  std::memset(page.data(), 0, page.size());
  return Loaded::kAsZeros;
}

Status CachedDatabase::ReportUnusable(PageNumber number, uint32_t event, Error error,
                                      const char* text, uint64_t expected, uint64_t found) const {
  Event report;
  report.id = event;
  report.severity = Severity::kError;
  report.text = absl::StrCat("Page ", number, ": ", text, ".");
  report.file = file_->path();
  report.offset = static_cast<int64_t>(FileOffsetOf(number, page_size()));
  if (expected != found) {
    report.expected = absl::StrCat("0x", absl::Hex(expected, absl::kZeroPad16));
    report.found = absl::StrCat("0x", absl::Hex(found, absl::kZeroPad16));
  }
  report.error = static_cast<int32_t>(error);
  pool_->events().Report(report);
  return error;
}

void CachedDatabase::Prefetch(std::span<const PageNumber> pages) {
  constexpr size_t kMostPages = 256;
  // The page's memory is then this thread's to fill, and accounted for.
  const auto claim = [this](PageNumber number) {
    if (number == 0 || number >= memory_.limit()) return false;
    uint64_t seen = state(number).load(std::memory_order_relaxed);
    if (page_state::Latch(seen) != page_state::kEvicted) return false;
    if (!pool_->MakeRoom(page_size()).ok()) return false;
    const bool claimed = state(number).compare_exchange_strong(
        seen, page_state::WithLatch(seen, page_state::kLoading), std::memory_order_acquire);
    if (!claimed) pool_->residents().Unreserve(page_size());
    if (claimed) page_state::WriteFence();
    return claimed;
  };
  const auto queue = pool_->BorrowQueue();
  // Pages that follow each other in the file, and so in memory, are one transfer.
  const auto submit = [this, &queue](PageNumber first, uint32_t count) {
    pool_->CountRead(count);
    IoRequest request;
    request.kind = IoRequest::Kind::kRead;
    request.file = file_;
    request.offset = FileOffsetOf(first, page_size());
    request.buffer = bytes(first);
    request.length = size_t{count} * page_size();
    request.done = [this, first, count](Status status) {
      for (PageNumber number = first; number < first + count; ++number) {
        // What is wrong with the page is reported when somebody really wants it.
        const bool good =
            status.ok() &&
            VerifyPageReadOnly({bytes(number), page_size()}, number) == ChecksumState::kGood &&
            view(number).FindDamage() == nullptr;
        good ? PublishLoaded(number, page_state::kFree) : AbandonLoad(number);
      }
    };
    queue->Submit(std::move(request));
  };
  PageNumber first = 0;
  uint32_t count = 0;
  for (const PageNumber number : pages.first(std::min(pages.size(), kMostPages))) {
    if (!claim(number)) continue;
    if (count != 0 && number != first + count) {
      submit(first, count);
      count = 0;
    }
    if (count++ == 0) first = number;
  }
  if (count != 0) submit(first, count);
  queue->Wait(queue->in_flight());
}

}  // namespace contrail
