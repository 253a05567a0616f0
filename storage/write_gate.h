// WriteGate: counts the changes of files that are under way, and keeps all of them back while it is
// closed. Behind a closed gate nothing on the disk moves: what can be copied then is one moment.
//
// Thread rule: thread safe. Close and Open come in turns, from one thread at a time.

#pragma once

#include <atomic>
#include <cstdint>

namespace contrail {

class WriteGate {
 public:
  // Waits while the gate is closed.
  void Enter() {
    if (TryEnter()) return;
    waiting_.fetch_add(1, std::memory_order_acq_rel);
    do {
      state_.wait(state_.load(std::memory_order_acquire) | kClosed);
    } while (!TryEnter());
    waiting_.fetch_sub(1, std::memory_order_acq_rel);
  }
  // False, and nothing is counted, while it is closed.
  bool TryEnter() {
    uint64_t state = state_.load(std::memory_order_relaxed);
    do {
      if ((state & kClosed) != 0) return false;
    } while (!state_.compare_exchange_weak(state, state + 1, std::memory_order_acq_rel,
                                           std::memory_order_relaxed));
    return true;
  }
  void Leave() {
    // Whoever closes waits for the last one; those in Enter look at the number, too.
    if ((state_.fetch_sub(1, std::memory_order_acq_rel) & kClosed) != 0) state_.notify_all();
  }
  // Returns when nothing that had entered is under way.
  void Close() {
    uint64_t state = state_.fetch_or(kClosed, std::memory_order_acq_rel) | kClosed;
    while (state != kClosed) {
      state_.wait(state);
      state = state_.load(std::memory_order_acquire);
    }
  }
  void Open() {
    state_.fetch_and(~kClosed, std::memory_order_acq_rel);
    state_.notify_all();
  }
  // How many wait in Enter.
  uint32_t waiting() const { return waiting_.load(std::memory_order_acquire); }
  bool closed() const { return (state_.load(std::memory_order_acquire) & kClosed) != 0; }

 private:
  static constexpr uint64_t kClosed = uint64_t{1} << 63;
  std::atomic<uint64_t> state_{0};  // How many are under way, and kClosed.
  std::atomic<uint32_t> waiting_{0};
};

// Holds a place in the gate.
class WritePass {
 public:
  explicit WritePass(WriteGate& gate) : gate_(gate) { gate_.Enter(); }
  ~WritePass() { gate_.Leave(); }
  WritePass(const WritePass&) = delete;
  WritePass& operator=(const WritePass&) = delete;

 private:
  WriteGate& gate_;
};

}  // namespace contrail
