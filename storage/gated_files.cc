#include "storage/gated_files.h"

#include <utility>

#include "storage/check.h"

namespace contrail {
namespace {

class GatedFile final : public File {
 public:
  GatedFile(std::unique_ptr<File> inner, WriteGate& gate) : inner_(std::move(inner)), gate_(gate) {}

  Status Read(uint64_t offset, MutableBytes buffer) override {
    return inner_->Read(offset, buffer);
  }
  Status Write(uint64_t offset, Bytes data) override {
    const WritePass pass(gate_);
    return inner_->Write(offset, data);
  }
  Status Sync() override {
    const WritePass pass(gate_);
    return inner_->Sync();
  }
  Result<uint64_t> Size() override { return inner_->Size(); }
  Status Resize(uint64_t size) override {
    const WritePass pass(gate_);
    return inner_->Resize(size);
  }
  const std::string& path() const override { return inner_->path(); }

  File* inner() const { return inner_.get(); }

 private:
  const std::unique_ptr<File> inner_;
  WriteGate& gate_;
};

class GatedQueue final : public IoQueue {
 public:
  GatedQueue(std::unique_ptr<IoQueue> inner, WriteGate& gate)
      : inner_(std::move(inner)), gate_(gate) {}

  void Submit(IoRequest request) override {
    auto* file = dynamic_cast<GatedFile*>(request.file);
    CHECK(file != nullptr);
    request.file = file->inner();
    if (request.kind == IoRequest::Kind::kWrite) {
      if (!gate_.TryEnter()) {
        inner_->Wait(inner_->in_flight());
        gate_.Enter();
      }
      request.done = [gate = &gate_, done = std::move(request.done)](Status status) {
        gate->Leave();
        done(status);
      };
    }
    inner_->Submit(std::move(request));
  }
  size_t Wait(size_t count) override { return inner_->Wait(count); }
  size_t in_flight() const override { return inner_->in_flight(); }

 private:
  const std::unique_ptr<IoQueue> inner_;
  WriteGate& gate_;
};

bool Creates(FileMode mode) {
  return mode == FileMode::kCreateNew || mode == FileMode::kCreateOrTruncate;
}

}  // namespace

Result<std::unique_ptr<File>> GatedFileSystem::Open(const std::string& path,
                                                    const OpenOptions& options) {
  std::unique_ptr<File> inner;
  if (Creates(options.mode)) {
    const WritePass pass(gate_);
    ASSIGN_OR_RETURN(inner, inner_.Open(path, options));
  } else {
    ASSIGN_OR_RETURN(inner, inner_.Open(path, options));
  }
  return std::unique_ptr<File>(std::make_unique<GatedFile>(std::move(inner), gate_));
}

std::unique_ptr<IoQueue> GatedFileSystem::NewQueue(size_t depth) {
  return std::make_unique<GatedQueue>(inner_.NewQueue(depth), gate_);
}

Status GatedFileSystem::Rename(const std::string& from, const std::string& to) {
  const WritePass pass(gate_);
  return inner_.Rename(from, to);
}

Status GatedFileSystem::Remove(const std::string& path) {
  const WritePass pass(gate_);
  return inner_.Remove(path);
}

Status GatedFileSystem::CreateDirectories(const std::string& directory) {
  const WritePass pass(gate_);
  return inner_.CreateDirectories(directory);
}

Status GatedFileSystem::RemoveDirectory(const std::string& directory) {
  const WritePass pass(gate_);
  return inner_.RemoveDirectory(directory);
}

Status GatedFileSystem::SyncDirectory(const std::string& directory) {
  const WritePass pass(gate_);
  return inner_.SyncDirectory(directory);
}

}  // namespace contrail
