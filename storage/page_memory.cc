#include "storage/page_memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <utility>

#include "storage/page_latch.h"

namespace contrail {
namespace {

constexpr uint64_t kSmallestReserve = uint64_t{1} << 27;
// The thread sanitizer keeps shadow memory for what is mapped, and one test maps many databases.
constexpr uint64_t kLargestReserve = kOptimisticReads ? uint64_t{1} << 46 : uint64_t{1} << 32;

static_assert(page_state::kEvicted == 0, "an untouched state word must mean an evicted page");
static_assert(sizeof(std::atomic<uint64_t>) == sizeof(uint64_t));
static_assert(std::atomic<uint64_t>::is_always_lock_free);

void* Map(uint64_t bytes) {
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  // A huge page would make one resident page cost 2 MiB. A kernel without huge pages refuses the
  // advice, which is as good.
  static_cast<void>(::madvise(memory, bytes, MADV_NOHUGEPAGE));
  return memory;
}

void Unmap(void* memory, uint64_t bytes) {
  if (memory != nullptr) CHECK(::munmap(memory, bytes) == 0);
}

}  // namespace

Result<PageMemory> PageMemory::Reserve(uint32_t page_size, uint64_t bytes) {
  CHECK(IsValidPageSize(page_size));
  // Page numbers have 32 bits and the last is kept free of use.
  bytes = std::min({bytes, kLargestReserve, uint64_t{0xffffffff} * page_size});
  bytes = std::max(bytes, kSmallestReserve) / kMaxPageSize * kMaxPageSize;
  for (; bytes >= kSmallestReserve; bytes /= 2) {
    const uint64_t pages = bytes / page_size;
    void* base = Map(bytes);
    if (base == nullptr) continue;
    void* states = Map(pages * sizeof(uint64_t));
    if (states == nullptr) {
      Unmap(base, bytes);
      continue;
    }
    PageMemory memory;
    memory.base_ = static_cast<std::byte*>(base);
    memory.states_ = static_cast<std::atomic<uint64_t>*>(states);
    memory.limit_ = static_cast<PageNumber>(pages);
    memory.page_size_ = page_size;
    return memory;
  }
  return Error::kOutOfMemory;
}

PageMemory::PageMemory(PageMemory&& other) noexcept
    : base_(std::exchange(other.base_, nullptr)),
      states_(std::exchange(other.states_, nullptr)),
      limit_(std::exchange(other.limit_, 0)),
      page_size_(std::exchange(other.page_size_, 0)) {}

PageMemory& PageMemory::operator=(PageMemory&& other) noexcept {
  std::swap(base_, other.base_);
  std::swap(states_, other.states_);
  std::swap(limit_, other.limit_);
  std::swap(page_size_, other.page_size_);
  return *this;
}

PageMemory::~PageMemory() {
  Unmap(base_, uint64_t{limit_} * page_size_);
  Unmap(states_, uint64_t{limit_} * sizeof(uint64_t));
}

void PageMemory::Release(PageNumber first, uint32_t count) const {
  CHECK(count > 0 && count <= limit_ && first <= limit_ - count);
  const int result = ::madvise(page(first), uint64_t{count} * page_size_, MADV_DONTNEED);
  CHECK(result == 0);
}

}  // namespace contrail
