// The state word of a page: version, latch and residence in 64 bits, one word per page of a
// database.
//
//   bits 0..7    latch: 0 evicted, 1 free, 2..253 shared (holders + 1), 254 exclusive, 255 loading
//   bit  8       dirty: changed since it was last copied for writing
//   bit  9       referenced (second chance of the clock)
//   bit  10      writing: a copy is on its way to the file, so the page must not be read from there
//   bits 16..63  version, raised by every exclusive release and by eviction
//
// An untouched word is zero, so "evicted" is zero: the words of a database are never initialised.
// Optimistic readers read the word, read the page, and read the word again: equal version and a
// latch that is free or shared mean that what they saw was whole.

#pragma once

#include <atomic>
#include <cstdint>

namespace contrail {

// Optimistic reads are data races by the letter of the language. In the thread sanitizer's builds a
// ReadGuard copies the page under a shared latch instead, so that all other races still show. It
// holds no latch there either, so that no build can deadlock where another cannot.
#if defined(__SANITIZE_THREAD__)
#define CONTRAIL_OPTIMISTIC_READS 0
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define CONTRAIL_OPTIMISTIC_READS 0
#endif
#endif
#ifndef CONTRAIL_OPTIMISTIC_READS
#define CONTRAIL_OPTIMISTIC_READS 1
#endif
inline constexpr bool kOptimisticReads = CONTRAIL_OPTIMISTIC_READS != 0;

namespace page_state {
inline constexpr uint64_t kLatchMask = 0xff;
inline constexpr uint64_t kEvicted = 0;
inline constexpr uint64_t kFree = 1;
inline constexpr uint64_t kLastShared = 253;
inline constexpr uint64_t kExclusive = 254;
inline constexpr uint64_t kLoading = 255;
inline constexpr uint64_t kDirty = 1 << 8;
inline constexpr uint64_t kReferenced = 1 << 9;
inline constexpr uint64_t kWriting = 1 << 10;
inline constexpr uint64_t kVersionOne = 1 << 16;
constexpr uint64_t Latch(uint64_t state) { return state & kLatchMask; }
constexpr uint64_t Version(uint64_t state) { return state >> 16; }
// Resident and not exclusively held: free or shared.
constexpr bool IsReadable(uint64_t state) {
  return static_cast<uint8_t>(state - kFree) <= kLastShared - kFree;
}
constexpr uint64_t WithLatch(uint64_t state, uint64_t latch) {
  return (state & ~kLatchMask) | latch;
}

// Keeps the reads of a page between the two reads of its word, and the writes of a page behind the
// moment it was latched.
inline void ReadFence() {
#if CONTRAIL_OPTIMISTIC_READS
  std::atomic_thread_fence(std::memory_order_acquire);
#endif
}
inline void WriteFence() {
#if CONTRAIL_OPTIMISTIC_READS
  std::atomic_thread_fence(std::memory_order_release);
#endif
}
}  // namespace page_state

}  // namespace contrail
