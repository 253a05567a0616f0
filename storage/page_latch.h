// The state word of a page: version, latch and residence in 64 bits, one word per page of a
// database.
//
//   bits 0..7    latch: 0 free, 1..252 shared holders, 253 exclusive, 254 evicted, 255 loading
//   bit  8       dirty
//   bit  9       referenced (second chance of the clock)
//   bits 16..63  version, raised by every exclusive release and by eviction
//
// Optimistic readers read the word, read the page, and read the word again: equal version and no
// exclusive holder means that what they saw was whole.

#pragma once

#include <atomic>
#include <cstdint>

namespace contrail {

// Optimistic reads are data races by the letter of the language. The thread sanitizer's builds take
// shared latches instead, so that all other races still show.
#if defined(__SANITIZE_THREAD__)
inline constexpr bool kOptimisticReads = false;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
inline constexpr bool kOptimisticReads = false;
#else
inline constexpr bool kOptimisticReads = true;
#endif
#else
inline constexpr bool kOptimisticReads = true;
#endif

namespace page_state {
inline constexpr uint64_t kLatchMask = 0xff;
inline constexpr uint64_t kMaxShared = 252;
inline constexpr uint64_t kExclusive = 253;
inline constexpr uint64_t kEvicted = 254;
inline constexpr uint64_t kLoading = 255;
inline constexpr uint64_t kDirty = 1 << 8;
inline constexpr uint64_t kReferenced = 1 << 9;
inline constexpr uint64_t kVersionOne = 1 << 16;
constexpr uint64_t Latch(uint64_t state) { return state & kLatchMask; }
constexpr uint64_t Version(uint64_t state) { return state >> 16; }
}  // namespace page_state

}  // namespace contrail
