#include "storage/uring_queue.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "storage/check.h"
#include "storage/posix_error.h"
#include "storage/posix_file.h"

namespace contrail {
namespace {

// The kernel's limit for a ring without IORING_SETUP_CLAMP.
constexpr size_t kMaxRingEntries = 32768;
// A transfer's length is an unsigned int of which the kernel uses less than 2 GiB.
constexpr size_t kMaxTransfer = size_t{1} << 30;

// The part of the request that the kernel has not done.
Status FinishBlocking(const IoRequest& request, size_t transferred) {
  CHECK(transferred <= request.length);
  const uint64_t offset = request.offset + transferred;
  const size_t length = request.length - transferred;
  if (request.kind == IoRequest::Kind::kRead) {
    return request.file->Read(offset, {request.buffer + transferred, length});
  }
  return request.file->Write(offset, {request.buffer + transferred, length});
}

Status Outcome(const IoRequest& request, int result) {
  if (result >= 0) {
    const size_t transferred = static_cast<size_t>(result);
    if (transferred == request.length) return Status::Ok();
    // A short transfer may stop inside a block: start over from the block's first byte.
    return FinishBlocking(request, transferred / kDirectIoAlignment * kDirectIoAlignment);
  }
  switch (-result) {
    case EINTR:
    case EAGAIN:
    case ECANCELED:
    case EINVAL:
      return FinishBlocking(request, 0);
    default:
      return StatusFromErrno(-result);
  }
}

}  // namespace

std::unique_ptr<IoQueue> UringQueue::Create(size_t depth) {
  if (depth > kMaxRingEntries) return nullptr;
  std::unique_ptr<UringQueue> queue(new UringQueue(depth));
  if (!queue->ring_made_) return nullptr;
  return queue;
}

UringQueue::UringQueue(size_t depth) : depth_(depth), slots_(depth) {
  CHECK(depth_ > 0);
  free_slots_.reserve(depth_);
  for (size_t slot = depth_; slot > 0; --slot) {
    free_slots_.push_back(static_cast<uint32_t>(slot - 1));
  }
  ring_made_ = io_uring_queue_init(static_cast<unsigned>(depth_), &ring_, 0) == 0;
}

UringQueue::~UringQueue() {
  while (in_flight_ > 0) Wait(in_flight_);
  if (ring_made_) io_uring_queue_exit(&ring_);
}

void UringQueue::Submit(IoRequest request) {
  CHECK(request.file != nullptr && request.done != nullptr);
  while (in_flight_ >= depth_) Wait(1);
  CHECK(!free_slots_.empty());
  const uint32_t slot = free_slots_.back();
  free_slots_.pop_back();
  slots_[slot] = std::move(request);
  ++in_flight_;
  if (!SendToKernel(slot)) finished_.push_back({slot, FinishBlocking(slots_[slot], 0)});
}

// False when this transfer is not for the kernel.
bool UringQueue::SendToKernel(uint32_t slot) {
  const IoRequest& request = slots_[slot];
  const auto* file = dynamic_cast<const PosixFile*>(request.file);
  if (file == nullptr || request.length > kMaxTransfer ||
      !file->Transferable(request.offset, request.buffer, request.length)) {
    return false;
  }
  io_uring_sqe* entry = io_uring_get_sqe(&ring_);
  if (entry == nullptr) return false;
  const auto length = static_cast<unsigned>(request.length);
  if (request.kind == IoRequest::Kind::kRead) {
    io_uring_prep_read(entry, file->descriptor(), request.buffer, length, request.offset);
  } else {
    io_uring_prep_write(entry, file->descriptor(), request.buffer, length, request.offset);
  }
  io_uring_sqe_set_data64(entry, slot);
  // An entry that the kernel did not take now (EAGAIN, EBUSY) goes along with the next call; Wait
  // submits too, so none is left behind.
  static_cast<void>(io_uring_submit(&ring_));
  return true;
}

UringQueue::Finished UringQueue::NextFinished() {
  if (!finished_.empty()) {
    const Finished finished = finished_.front();
    finished_.pop_front();
    return finished;
  }
  io_uring_cqe* completion = nullptr;
  for (;;) {
    const int outcome = io_uring_peek_cqe(&ring_, &completion);
    if (outcome == 0) break;
    const int submitted = io_uring_submit_and_wait(&ring_, 1);
    // Anything else means that the ring is broken while the kernel may own buffers of ours.
    CHECK(submitted >= 0 || submitted == -EINTR || submitted == -EAGAIN || submitted == -EBUSY);
  }
  const auto slot = static_cast<uint32_t>(io_uring_cqe_get_data64(completion));
  const int result = completion->res;
  io_uring_cqe_seen(&ring_, completion);
  CHECK(slot < slots_.size());
  return {slot, Outcome(slots_[slot], result)};
}

size_t UringQueue::Wait(size_t count) {
  size_t completed = 0;
  while (completed < count && in_flight_ > 0) {
    const Finished finished = NextFinished();
    const std::function<void(Status)> done = std::move(slots_[finished.slot].done);
    slots_[finished.slot] = IoRequest();
    free_slots_.push_back(finished.slot);
    --in_flight_;
    ++completed;
    done(finished.status);  // May submit and wait itself.
  }
  return completed;
}

}  // namespace contrail
