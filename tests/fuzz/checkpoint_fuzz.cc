// Any bytes as a checkpoint file: reading stays within them and tells the truth; writing over them
// leaves a checkpoint that reads back.

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "log/checkpoint.h"

namespace {

using namespace contrail;

// A file system with one file, in memory.
class OneFile final : public FileSystem {
 public:
  explicit OneFile(std::vector<std::byte> content) : content_(std::move(content)) {}

  Result<std::unique_ptr<File>> Open(const std::string&, const OpenOptions&) override {
    return std::unique_ptr<File>(std::make_unique<Handle>(&content_));
  }
  std::unique_ptr<IoQueue> NewQueue(size_t) override { std::abort(); }
  Result<bool> Exists(const std::string&) override { return true; }
  Status Rename(const std::string&, const std::string&) override { return Status::Ok(); }
  Status Remove(const std::string&) override { return Status::Ok(); }
  Result<std::vector<std::string>> List(const std::string&) override {
    return std::vector<std::string>();
  }
  Status CreateDirectories(const std::string&) override { return Status::Ok(); }
  Status RemoveDirectory(const std::string&) override { return Status::Ok(); }
  Status SyncDirectory(const std::string&) override { return Status::Ok(); }

 private:
  class Handle final : public File {
   public:
    explicit Handle(std::vector<std::byte>* content) : content_(content) {}
    Status Read(uint64_t offset, MutableBytes buffer) override {
      if (offset + buffer.size() > content_->size()) return Error::kFileIOBeyondEOF;
      std::copy_n(content_->begin() + static_cast<ptrdiff_t>(offset), buffer.size(),
                  buffer.begin());
      return Status::Ok();
    }
    Status Write(uint64_t offset, Bytes data) override {
      if (content_->size() < offset + data.size()) content_->resize(offset + data.size());
      std::copy(data.begin(), data.end(), content_->begin() + static_cast<ptrdiff_t>(offset));
      return Status::Ok();
    }
    Status Sync() override { return Status::Ok(); }
    Result<uint64_t> Size() override { return uint64_t{content_->size()}; }
    Status Resize(uint64_t size) override {
      content_->resize(size);
      return Status::Ok();
    }
    const std::string& path() const override { return path_; }

   private:
    std::vector<std::byte>* content_;
    std::string path_ = "fuzzed";
  };

  std::vector<std::byte> content_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto* bytes = reinterpret_cast<const std::byte*>(data);
  OneFile files(std::vector<std::byte>(bytes, bytes + size));
  const Result<Checkpoint> found = ReadCheckpoint(files, DiscardEvents(), "fuzzed");
  Checkpoint checkpoint;
  checkpoint.position = {7, 8, 9};
  checkpoint.state.assign(bytes, bytes + std::min<size_t>(size, 1000));
  if (!WriteCheckpoint(files, "fuzzed", checkpoint).ok()) std::abort();
  const Result<Checkpoint> read = ReadCheckpoint(files, DiscardEvents(), "fuzzed");
  if (!read.ok() || read->position != checkpoint.position) std::abort();
  if (read->state != checkpoint.state) std::abort();
  if (found.ok() && read->sequence != found->sequence + 1) std::abort();
  return 0;
}
