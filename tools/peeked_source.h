// A byte stream whose first bytes can be looked at before it is read.

#pragma once

#include <algorithm>
#include <vector>

#include "backup/set/byte_stream.h"

namespace contrail::tool {

class PeekedSource final : public ByteSource {
 public:
  // The inner one outlives the object.
  PeekedSource(ByteSource& inner, size_t head_bytes) : inner_(inner), head_(head_bytes) {}

  // The first bytes, fewer when the stream ends before. Waits for them.
  Result<Bytes> Peek() {
    while (filled_ < head_.size()) {
      ASSIGN_OR_RETURN(const size_t count, inner_.Read(MutableBytes(head_).subspan(filled_)));
      if (count == 0) break;
      filled_ += count;
    }
    return Bytes(head_).first(filled_);
  }
  Result<size_t> Read(MutableBytes buffer) override {
    if (given_ == filled_) return inner_.Read(buffer);
    const size_t count = std::min(buffer.size(), filled_ - given_);
    std::copy_n(head_.begin() + static_cast<ptrdiff_t>(given_), count, buffer.begin());
    given_ += count;
    return count;
  }

 private:
  ByteSource& inner_;
  std::vector<std::byte> head_;
  size_t filled_ = 0;
  size_t given_ = 0;
};

}  // namespace contrail::tool
