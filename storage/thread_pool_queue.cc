#include "storage/thread_pool_queue.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "storage/check.h"

namespace contrail {
namespace {

Status Transfer(const IoRequest& request) {
  DCHECK(request.file != nullptr);
  if (request.kind == IoRequest::Kind::kRead) {
    return request.file->Read(request.offset, {request.buffer, request.length});
  }
  return request.file->Write(request.offset, {request.buffer, request.length});
}

}  // namespace

ThreadPoolQueue::ThreadPoolQueue(size_t depth) : depth_(depth) { CHECK(depth_ > 0); }

ThreadPoolQueue::~ThreadPoolQueue() {
  Wait(in_flight_);
  // A completion may have submitted more.
  while (in_flight_ > 0) Wait(in_flight_);
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_arrived_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  CHECK(waiting_.empty() && finished_.empty());
}

void ThreadPoolQueue::Submit(IoRequest request) {
  CHECK(request.file != nullptr && request.done != nullptr);
  while (in_flight_ >= depth_) Wait(1);
  ++in_flight_;
  bool useful = false;
  {
    std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(request));
    useful = idle_threads_ < waiting_.size();
  }
  if (useful) StartThreadIfUseful();
  work_arrived_.notify_one();
}

void ThreadPoolQueue::StartThreadIfUseful() {
  if (threads_.size() >= std::min(depth_, kMaxThreads)) return;
  try {
    threads_.emplace_back([this] { Work(); });
  } catch (const std::system_error&) {
    // Out of threads: those that run do the work, and Wait does it when there are none.
  }
}

void ThreadPoolQueue::Work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_threads_;
    work_arrived_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    --idle_threads_;
    if (waiting_.empty()) return;
    IoRequest request = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    const Status status = Transfer(request);
    lock.lock();
    finished_.push_back({std::move(request.done), status});
    work_finished_.notify_one();
  }
}

size_t ThreadPoolQueue::Wait(size_t count) {
  size_t completed = 0;
  while (completed < count && in_flight_ > 0) {
    Completion completion;
    {
      std::unique_lock lock(mutex_);
      if (threads_.empty()) {
        CHECK(!waiting_.empty());
        const IoRequest request = std::move(waiting_.front());
        waiting_.pop_front();
        finished_.push_back({request.done, Transfer(request)});
      }
      work_finished_.wait(lock, [this] { return !finished_.empty(); });
      completion = std::move(finished_.front());
      finished_.pop_front();
    }
    --in_flight_;
    ++completed;
    completion.done(completion.status);  // May submit and wait itself.
  }
  return completed;
}

}  // namespace contrail
