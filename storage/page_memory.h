// PageMemory: the virtual range of one database, and the state words beside it.
//
// Both are reserved without memory behind them; the kernel supplies zero pages on first touch and
// takes them back in Release. Page n lies at n * page size of the range, so the range decides how
// large the database may become. Thread safe: everything here is a constant after Reserve.
//
// Memory beside the pages: 8 bytes for each page that was ever looked for, in units of 512 pages.
// That is at most 64 MiB for a database of 32 GiB with 4 KiB pages (256 GiB with 32 KiB), and grows
// by 1/512 of what is touched beyond; state words are not given back before the database is
// removed.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "storage/check.h"
#include "storage/page_format.h"
#include "storage/status.h"

namespace contrail {

class PageMemory {
 public:
  // `bytes` of pages at most; less where the process may not reserve that much, but never less than
  // an eighth of a GiB. kOutOfMemory when not even that can be had.
  static Result<PageMemory> Reserve(uint32_t page_size, uint64_t bytes);

  PageMemory() = default;
  PageMemory(PageMemory&& other) noexcept;
  PageMemory& operator=(PageMemory&& other) noexcept;
  ~PageMemory();

  std::byte* page(PageNumber number) const {
    DCHECK(number < limit_);
    return base_ + uint64_t{number} * page_size_;
  }
  std::atomic<uint64_t>& state(PageNumber number) const {
    DCHECK(number < limit_);
    return states_[number];
  }
  // Page numbers are smaller than this.
  PageNumber limit() const { return limit_; }
  uint32_t page_size() const { return page_size_; }

  // Gives the memory of `count` pages from `first` on back to the kernel; they read as zero after.
  void Release(PageNumber first, uint32_t count) const;

 private:
  std::byte* base_ = nullptr;
  std::atomic<uint64_t>* states_ = nullptr;
  PageNumber limit_ = 0;
  uint32_t page_size_ = 0;
};

}  // namespace contrail
