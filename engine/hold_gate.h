// HoldGate: where changes of data wait while a snapshot freezes the instance. They pass it before
// they latch or lock anything, so that those who wait here keep nobody from reading.
//
// Thread rule: thread safe.

#pragma once

#include <atomic>

namespace contrail {

class HoldGate {
 public:
  // Before a change begins. One load while the gate is open.
  void Pass() const {
    while (held_.load(std::memory_order_acquire)) held_.wait(true, std::memory_order_acquire);
  }
  bool held() const { return held_.load(std::memory_order_acquire); }
  // Changes that have passed go on.
  void Hold() { held_.store(true, std::memory_order_seq_cst); }
  void Release() {
    held_.store(false, std::memory_order_release);
    held_.notify_all();
  }

 private:
  std::atomic<bool> held_{false};
};

}  // namespace contrail
