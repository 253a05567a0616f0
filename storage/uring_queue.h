// IoQueue over io_uring: transfers of PosixFile go to the kernel without a thread of ours.
//
// Whatever is out of the ordinary is finished by the blocking calls of File, which know every case:
// requests that direct I/O cannot take as they are, files that are not PosixFile, short transfers,
// interrupted or cancelled ones, and EINVAL of a file system that refuses direct I/O late. The
// kernel cancels what a thread has in flight when that thread ends; such transfers are then done
// again. Completion order is arbitrary.

#pragma once

#include <liburing.h>

#include <deque>
#include <memory>
#include <vector>

#include "storage/file.h"

namespace contrail {

class UringQueue final : public IoQueue {
 public:
  // Null when the kernel does not give us a ring.
  static std::unique_ptr<IoQueue> Create(size_t depth);

  ~UringQueue() override;
  UringQueue(const UringQueue&) = delete;
  UringQueue& operator=(const UringQueue&) = delete;

  void Submit(IoRequest request) override;
  size_t Wait(size_t count) override;
  size_t in_flight() const override { return in_flight_; }

 private:
  explicit UringQueue(size_t depth);

  struct Finished {
    uint32_t slot;
    Status status;
  };

  bool SendToKernel(uint32_t slot);
  Finished NextFinished();

  const size_t depth_;
  io_uring ring_ = {};
  bool ring_made_ = false;
  std::vector<IoRequest> slots_;  // Indexed by the user data of a transfer.
  std::vector<uint32_t> free_slots_;
  std::deque<Finished> finished_;  // Done without the kernel, to be reported by Wait.
  size_t in_flight_ = 0;
};

}  // namespace contrail
