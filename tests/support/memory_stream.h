// Byte streams in memory.

#pragma once

#include <algorithm>
#include <string>

#include "backup/set/byte_stream.h"

namespace contrail::test {

class MemorySink final : public ByteSink {
 public:
  Status Write(Bytes bytes) override {
    if (bytes_.size() + bytes.size() > limit_) return Error::kDiskFull;
    bytes_ += AsText(bytes);
    return Status::Ok();
  }
  Status Finish() override { return finish_; }

  const std::string& bytes() const { return bytes_; }
  // Takes no more than so many bytes.
  void set_limit(size_t limit) { limit_ = limit; }
  void set_finish(Status status) { finish_ = status; }

 private:
  std::string bytes_;
  size_t limit_ = SIZE_MAX;
  Status finish_;
};

// Gives pieces of at most `piece` bytes.
class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::string_view bytes, size_t piece = 1000)
      : left_(bytes), piece_(piece) {}
  Result<size_t> Read(MutableBytes buffer) override {
    const size_t count = std::min({buffer.size(), left_.size(), piece_});
    if (count > 0) std::memcpy(buffer.data(), left_.data(), count);
    left_.remove_prefix(count);
    return count;
  }

 private:
  std::string_view left_;
  const size_t piece_;
};

}  // namespace contrail::test
