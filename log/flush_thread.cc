#include "log/flush_thread.h"

#include <absl/time/clock.h>

#include <utility>

#include "storage/check.h"

namespace contrail {

FlushThread::FlushThread(LogBuffer& buffer, GenerationFiles& files, FlightSchedule& schedule,
                         absl::Duration lazy_interval)
    : buffer_(buffer), files_(files), schedule_(schedule), lazy_interval_(lazy_interval) {
  CHECK(lazy_interval >= absl::ZeroDuration());
}

FlushThread::~FlushThread() { Stop(); }

void FlushThread::Start() {
  CHECK(!thread_.joinable());
  thread_ = std::thread([this] { Run(); });
}

void FlushThread::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stop_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

void FlushThread::RaiseLazy() {
  // Only the first of many raises the deadline; Flush lowers the flag before it seals, so that what
  // was appended before a raised flag was seen is in the frame.
  if (lazy_requested_.exchange(true, std::memory_order_seq_cst)) return;
  absl::MutexLock lock(&mutex_);
  deadline_ = std::min(deadline_, absl::Now() + lazy_interval_);
}

void FlushThread::RaiseFlush() {
  if (flush_requested_.exchange(true, std::memory_order_relaxed)) return;
  absl::MutexLock lock(&mutex_);
  flush_now_ = true;
}

void FlushThread::GenerationBegun(uint32_t generation) {
  absl::MutexLock lock(&mutex_);
  begun_.push_back(generation);
  prepare_ = true;
}

void FlushThread::SetListener(std::function<void(uint32_t)> listener) {
  absl::MutexLock lock(&listener_mutex_);
  listener_ = std::move(listener);
}

void FlushThread::TellListener() {
  absl::MutexLock lock(&listener_mutex_);
  std::vector<uint32_t> begun;
  {
    absl::MutexLock list_lock(&mutex_);
    begun.swap(begun_);
  }
  if (listener_ == nullptr) return;
  for (const uint32_t generation : begun) listener_(generation);
}

bool FlushThread::HasWork() const {
  return stop_ || flush_now_ || prepare_ || !begun_.empty() || deadline_ != absl::InfiniteFuture();
}

void FlushThread::Run() {
  for (;;) {
    bool flush = false;
    bool prepare = false;
    bool tell = false;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(this, &FlushThread::HasWork));
      const auto urgent = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        return stop_ || flush_now_ || prepare_ || !begun_.empty();
      };
      // Only a lazy flush is left: gather more of them until it is due.
      if (!urgent()) mutex_.AwaitWithDeadline(absl::Condition(&urgent), deadline_);
      if (stop_) return;
      flush = flush_now_ || absl::Now() >= deadline_;
      prepare = prepare_;
      tell = !begun_.empty();
      if (flush) {
        flush_now_ = false;
        deadline_ = absl::InfiniteFuture();
      }
    }
    if (flush) Flush();
    if (tell) TellListener();
    if (prepare) Prepare();
  }
}

void FlushThread::Flush() {
  lazy_requested_.exchange(false, std::memory_order_seq_cst);
  flush_requested_.store(false, std::memory_order_relaxed);
  // Whoever waits for the log, or appends to it, gets the error; there is nobody to tell here.
  schedule_.WaitUntil(buffer_.EndOfRecords()).Ignore();
}

void FlushThread::Prepare() {
  const Result<bool> ready = files_.PrepareStep();
  if (ready.ok() && !*ready) return;
  // When it failed, the switch to the next generation tries again, and its error counts.
  absl::MutexLock lock(&mutex_);
  prepare_ = false;
}

}  // namespace contrail
