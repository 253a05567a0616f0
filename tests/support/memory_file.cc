#include "tests/support/memory_file.h"

#include <algorithm>
#include <deque>

namespace contrail::test {
namespace {

class Handle final : public File {
 public:
  Handle(std::vector<std::byte>& bytes, std::string path) : bytes_(bytes), path_(std::move(path)) {}

  Status Read(uint64_t offset, MutableBytes buffer) override {
    if (offset > bytes_.size() || buffer.size() > bytes_.size() - offset) {
      return Error::kFileIOBeyondEOF;
    }
    std::copy_n(bytes_.begin() + static_cast<ptrdiff_t>(offset), buffer.size(), buffer.begin());
    return Status::Ok();
  }
  Status Write(uint64_t offset, Bytes data) override {
    if (bytes_.size() < offset + data.size()) bytes_.resize(offset + data.size());
    std::copy(data.begin(), data.end(), bytes_.begin() + static_cast<ptrdiff_t>(offset));
    return Status::Ok();
  }
  Status Sync() override { return Status::Ok(); }
  Result<uint64_t> Size() override { return uint64_t{bytes_.size()}; }
  Status Resize(uint64_t size) override {
    bytes_.resize(size);
    return Status::Ok();
  }
  const std::string& path() const override { return path_; }

 private:
  std::vector<std::byte>& bytes_;
  std::string path_;
};

// Transfers when it is asked to wait.
class Queue final : public IoQueue {
 public:
  explicit Queue(size_t depth) : depth_(depth) {}
  ~Queue() override { Wait(waiting_.size()); }

  void Submit(IoRequest request) override {
    if (waiting_.size() == depth_) Wait(1);
    waiting_.push_back(std::move(request));
  }
  size_t Wait(size_t count) override {
    size_t done = 0;
    while (done < count && !waiting_.empty()) {
      const IoRequest request = std::move(waiting_.front());
      waiting_.pop_front();
      const bool read = request.kind == IoRequest::Kind::kRead;
      const MutableBytes buffer(request.buffer, request.length);
      request.done(read ? request.file->Read(request.offset, buffer)
                        : request.file->Write(request.offset, buffer));
      ++done;
    }
    return done;
  }
  size_t in_flight() const override { return waiting_.size(); }

 private:
  size_t depth_;
  std::deque<IoRequest> waiting_;
};

}  // namespace

Result<std::unique_ptr<File>> MemoryFile::Open(const std::string& path, const OpenOptions&) {
  return std::unique_ptr<File>(std::make_unique<Handle>(bytes_, path));
}

std::unique_ptr<IoQueue> MemoryFile::NewQueue(size_t depth) {
  return std::make_unique<Queue>(depth);
}

Status MemoryFile::Rename(const std::string&, const std::string&) {
  return Error::kFileAccessDenied;
}

Status MemoryFile::Remove(const std::string&) { return Error::kFileAccessDenied; }

Result<std::vector<std::string>> MemoryFile::List(const std::string&) {
  return std::vector<std::string>();
}

}  // namespace contrail::test
