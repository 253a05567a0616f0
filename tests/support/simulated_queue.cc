#include "tests/support/simulated_queue.h"

#include <mutex>
#include <utility>

#include "storage/check.h"
#include "tests/support/simulated_file.h"

namespace contrail::test {
namespace {

const SimulatedFile& FileOf(const IoRequest& request) {
  const auto* file = dynamic_cast<const SimulatedFile*>(request.file);
  CHECK(file != nullptr);
  return *file;
}

}  // namespace

SimulatedQueue::SimulatedQueue(SimulatedFileSystem* files, size_t depth)
    : files_(files), depth_(depth) {
  CHECK(depth_ > 0);
}

SimulatedQueue::~SimulatedQueue() {
  while (!pending_.empty()) Wait(pending_.size());
}

void SimulatedQueue::Submit(IoRequest request) {
  CHECK(request.done != nullptr);
  while (pending_.size() >= depth_) Wait(1);
  std::lock_guard lock(files_->mutex_);
  pending_.push_back(Start(std::move(request)));
}

SimulatedQueue::Pending SimulatedQueue::Start(IoRequest request) {
  const SimulatedFile& file = FileOf(request);
  const bool write = request.kind == IoRequest::Kind::kWrite;
  if (write && !file.writable()) return {std::move(request), Error::kFileAccessDenied};
  const Verdict verdict = files_->plan_.Decide(write ? kWriteOperation : kReadOperation);
  if (!write || (verdict.power_cut && !verdict.interrupted)) {
    return {std::move(request), verdict.status};
  }
  if (!files_->Fits(*file.inode(), request.offset + request.length)) {
    return {std::move(request), Error::kDiskFull};
  }
  const uint64_t number =
      file.inode()->StartWrite(request.offset, {request.buffer, request.length});
  return {std::move(request), verdict.status, number};
}

Status SimulatedQueue::Finish(const Pending& pending) {
  if (files_->plan_.power_gone()) return Error::kDiskIO;
  const IoRequest& request = pending.request;
  SimulatedInode* inode = FileOf(request).inode();
  if (pending.write_number != 0) {
    const Bytes data(request.buffer, request.length);
    inode->FinishWrite(pending.write_number, request.offset,
                       pending.fate.ok() ? data : SimulatedInode::ShortWrite(request.offset, data));
  }
  if (!pending.fate.ok() || request.kind == IoRequest::Kind::kWrite) return pending.fate;
  const uint64_t size = inode->current().size();
  if (request.offset > size || request.length > size - request.offset) {
    return Error::kFileIOBeyondEOF;
  }
  inode->current().Read(request.offset, {request.buffer, request.length});
  return Status::Ok();
}

size_t SimulatedQueue::Wait(size_t count) {
  size_t completed = 0;
  while (completed < count && !pending_.empty()) {
    Pending next;
    Status status;
    {
      std::lock_guard lock(files_->mutex_);
      const size_t index =
          files_->reorder_completions_ ? files_->completion_random_() % pending_.size() : 0;
      next = std::move(pending_[index]);
      pending_.erase(pending_.begin() + static_cast<ptrdiff_t>(index));
      status = Finish(next);
    }
    ++completed;
    next.request.done(status);  // May submit and wait itself.
  }
  return completed;
}

}  // namespace contrail::test
