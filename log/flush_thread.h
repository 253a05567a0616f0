// FlushThread: what happens to the log without anybody waiting for it. Lazy commits become durable
// in time, a buffer that fills up is emptied before it is full, the next generation's file is
// prepared, and the listener hears of new generations.
//
// Thread rule: everything is thread safe. The requests cost an atomic load when one is pending
// already.

#pragma once

#include <absl/synchronization/mutex.h>
#include <absl/time/time.h>

#include <atomic>
#include <functional>
#include <thread>
#include <vector>

#include "log/flight_schedule.h"
#include "log/generation_files.h"
#include "log/log_buffer.h"

namespace contrail {

class FlushThread {
 public:
  FlushThread(LogBuffer& buffer, GenerationFiles& files, FlightSchedule& schedule,
              absl::Duration lazy_interval);
  ~FlushThread();

  void Start();
  // Returns when the thread has ended. What was requested and not begun is dropped.
  void Stop();

  // What has been appended so far shall be durable within the lazy interval.
  void RequestLazyFlush() {
    if (!lazy_requested_.load(std::memory_order_seq_cst)) RaiseLazy();
  }
  // The buffer is half full.
  void RequestFlush() {
    if (!flush_requested_.load(std::memory_order_relaxed)) RaiseFlush();
  }
  void GenerationBegun(uint32_t generation);
  // Called on this thread. Returns when no call of the listener before is under way.
  void SetListener(std::function<void(uint32_t)> listener);
  // Calls the listener for what has not been told yet: for runs without the thread.
  void TellListener();

 private:
  void RaiseLazy();
  void RaiseFlush();
  void Run();
  bool HasWork() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Flush();
  void Prepare();

  LogBuffer& buffer_;
  GenerationFiles& files_;
  FlightSchedule& schedule_;
  const absl::Duration lazy_interval_;

  std::atomic<bool> lazy_requested_{false};
  std::atomic<bool> flush_requested_{false};

  absl::Mutex mutex_;
  bool stop_ ABSL_GUARDED_BY(mutex_) = false;
  bool flush_now_ ABSL_GUARDED_BY(mutex_) = false;
  bool prepare_ ABSL_GUARDED_BY(mutex_) = true;
  absl::Time deadline_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteFuture();
  std::vector<uint32_t> begun_ ABSL_GUARDED_BY(mutex_);

  absl::Mutex listener_mutex_;  // Taken before mutex_.
  std::function<void(uint32_t)> listener_ ABSL_GUARDED_BY(listener_mutex_);
  std::thread thread_;
};

}  // namespace contrail
