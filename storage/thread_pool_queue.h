// IoQueue over blocking calls on a few threads of its own: for machines whose kernel or container
// does not allow io_uring. Works with any File.
//
// Threads are started as transfers need them, up to min(depth, kMaxThreads), and end with the
// queue. Completion order is arbitrary.

#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "storage/file.h"

namespace contrail {

class ThreadPoolQueue final : public IoQueue {
 public:
  static constexpr size_t kMaxThreads = 16;

  explicit ThreadPoolQueue(size_t depth);
  ~ThreadPoolQueue() override;
  ThreadPoolQueue(const ThreadPoolQueue&) = delete;
  ThreadPoolQueue& operator=(const ThreadPoolQueue&) = delete;

  void Submit(IoRequest request) override;
  size_t Wait(size_t count) override;
  size_t in_flight() const override { return in_flight_; }

 private:
  struct Completion {
    std::function<void(Status)> done;
    Status status;
  };

  void Work();
  void StartThreadIfUseful();

  const size_t depth_;
  size_t in_flight_ = 0;  // Of the using thread alone.

  std::mutex mutex_;
  std::condition_variable work_arrived_;
  std::condition_variable work_finished_;
  std::deque<IoRequest> waiting_;     // Guarded by mutex_.
  std::deque<Completion> finished_;   // Guarded by mutex_.
  size_t idle_threads_ = 0;           // Guarded by mutex_.
  bool stopping_ = false;             // Guarded by mutex_.
  std::vector<std::thread> threads_;  // Of the using thread alone.
};

}  // namespace contrail
