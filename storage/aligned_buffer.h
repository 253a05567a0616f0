// A heap block aligned for direct I/O. Owns its memory; movable, not copyable.

#pragma once

#include <cstdlib>
#include <memory>

#include "storage/bytes.h"
#include "storage/check.h"
#include "storage/file.h"

namespace contrail {

class AlignedBuffer {
 public:
  AlignedBuffer() = default;
  // Zero-filled; `size` is rounded up to the alignment.
  explicit AlignedBuffer(size_t size) {
    size_ = (size + kDirectIoAlignment - 1) / kDirectIoAlignment * kDirectIoAlignment;
    memory_.reset(static_cast<std::byte*>(std::aligned_alloc(kDirectIoAlignment, size_)));
    CHECK(memory_ != nullptr);
    std::memset(memory_.get(), 0, size_);
  }

  std::byte* data() const { return memory_.get(); }
  size_t size() const { return size_; }
  MutableBytes span() const { return {memory_.get(), size_}; }

 private:
  struct Free {
    void operator()(std::byte* memory) const { std::free(memory); }
  };
  std::unique_ptr<std::byte, Free> memory_;
  size_t size_ = 0;
};

}  // namespace contrail
