// FlushThread: what happens to the log without anybody waiting for it. Lazy commits become durable
// in time, a buffer that fills up is emptied before it is full, the next generation's file is
// prepared, and the listener hears of new generations.
//
// Thread rule: everything is thread safe. The requests cost an atomic load when one is pending
// already.

#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "log/flight_schedule.h"
#include "log/generation_files.h"
#include "log/log_buffer.h"

namespace contrail {

class FlushThread {
 public:
  FlushThread(LogBuffer& buffer, GenerationFiles& files, FlightSchedule& schedule,
              std::chrono::milliseconds lazy_interval);
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
  using Clock = std::chrono::steady_clock;
  bool HasUrgentWork() const;  // Under mutex_.
  void Flush();
  void Prepare();

  LogBuffer& buffer_;
  GenerationFiles& files_;
  FlightSchedule& schedule_;
  const std::chrono::milliseconds lazy_interval_;

  std::atomic<bool> lazy_requested_{false};
  std::atomic<bool> flush_requested_{false};

  std::mutex mutex_;  // Guards what follows, down to begun_.
  std::condition_variable work_;
  bool stop_ = false;
  bool flush_now_ = false;
  bool prepare_ = true;
  std::optional<Clock::time_point> deadline_;  // Of a lazy flush.
  std::vector<uint32_t> begun_;

  std::mutex listener_mutex_;  // Guards listener_ and its calls. Taken before mutex_.
  std::function<void(uint32_t)> listener_;
  std::thread thread_;
};

}  // namespace contrail
