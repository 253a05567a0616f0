// The queue of the simulated disk. Not for tests: they see storage/file.h.
//
// A transfer is counted, and its fate decided, at Submit; it happens at Wait. Until then a write is
// one that may be on the disk in part.

#pragma once

#include <vector>

#include "storage/file.h"
#include "tests/support/simulated_file_system.h"

namespace contrail::test {

class SimulatedQueue final : public IoQueue {
 public:
  SimulatedQueue(SimulatedFileSystem* files, size_t depth);
  ~SimulatedQueue() override;
  SimulatedQueue(const SimulatedQueue&) = delete;
  SimulatedQueue& operator=(const SimulatedQueue&) = delete;

  void Submit(IoRequest request) override;
  size_t Wait(size_t count) override;
  size_t in_flight() const override { return pending_.size(); }

 private:
  struct Pending {
    IoRequest request;
    Status fate;
    uint64_t write_number = 0;  // Of SimulatedInode::StartWrite; 0 when there is none.
  };

  Pending Start(IoRequest request);
  Status Finish(const Pending& pending);

  SimulatedFileSystem* const files_;
  const size_t depth_;
  std::vector<Pending> pending_;
};

}  // namespace contrail::test
