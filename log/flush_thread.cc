#include "log/flush_thread.h"

#include <utility>

#include "storage/check.h"

namespace contrail {

FlushThread::FlushThread(LogBuffer& buffer, GenerationFiles& files, FlightSchedule& schedule,
                         std::chrono::milliseconds lazy_interval)
    : buffer_(buffer), files_(files), schedule_(schedule), lazy_interval_(lazy_interval) {
  CHECK(lazy_interval.count() >= 0);
}

FlushThread::~FlushThread() { Stop(); }

void FlushThread::Start() {
  CHECK(!thread_.joinable());
  thread_ = std::thread([this] { Run(); });
}

void FlushThread::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  work_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void FlushThread::RaiseLazy() {
  // Only the first of many raises the deadline; Flush lowers the flag before it seals, so that what
  // was appended before a raised flag was seen is in the frame.
  if (lazy_requested_.exchange(true, std::memory_order_seq_cst)) return;
  {
    const std::lock_guard lock(mutex_);
    if (!deadline_.has_value()) deadline_ = Clock::now() + lazy_interval_;
  }
  work_.notify_one();
}

void FlushThread::RaiseFlush() {
  if (flush_requested_.exchange(true, std::memory_order_relaxed)) return;
  {
    const std::lock_guard lock(mutex_);
    flush_now_ = true;
  }
  work_.notify_one();
}

void FlushThread::GenerationBegun(uint32_t generation) {
  {
    const std::lock_guard lock(mutex_);
    begun_.push_back(generation);
    prepare_ = true;
  }
  work_.notify_one();
}

void FlushThread::SetListener(std::function<void(uint32_t)> listener) {
  const std::lock_guard lock(listener_mutex_);
  listener_ = std::move(listener);
}

void FlushThread::TellListener() {
  const std::lock_guard lock(listener_mutex_);
  std::vector<uint32_t> begun;
  {
    const std::lock_guard list_lock(mutex_);
    begun.swap(begun_);
  }
  if (listener_ == nullptr) return;
  for (const uint32_t generation : begun) listener_(generation);
}

bool FlushThread::HasUrgentWork() const {
  return stop_ || flush_now_ || prepare_ || !begun_.empty();
}

void FlushThread::Run() {
  for (;;) {
    bool flush = false;
    bool prepare = false;
    bool tell = false;
    {
      std::unique_lock lock(mutex_);
      work_.wait(lock, [this] { return HasUrgentWork() || deadline_.has_value(); });
      // Only a lazy flush is left: gather more of them until it is due.
      if (!HasUrgentWork()) work_.wait_until(lock, *deadline_, [this] { return HasUrgentWork(); });
      if (stop_) return;
      flush = flush_now_ || (deadline_.has_value() && Clock::now() >= *deadline_);
      prepare = prepare_;
      tell = !begun_.empty();
      if (flush) {
        flush_now_ = false;
        deadline_.reset();
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
  const std::lock_guard lock(mutex_);
  prepare_ = false;
}

}  // namespace contrail
