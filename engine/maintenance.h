// Maintenance: the background thread of an instance. It drops versions nobody needs, moves the
// checkpoint, keeps dirty pages within the checkpoint depth, and deletes old logs when logging is
// circular.

#pragma once

#include <absl/synchronization/mutex.h>

#include <atomic>
#include <thread>

#include "engine/held_logs.h"
#include "engine/instance.h"

namespace contrail {

class Maintenance {
 public:
  explicit Maintenance(Instance& instance) : instance_(instance), held_logs_(instance) {}
  ~Maintenance() { Stop(); }

  void Start();
  void Stop();  // Returns when the thread has ended.
  // One round; also what the thread does. Thread safe. Does nothing while paused.
  Status RunOnce();
  // Returns when no round is under way; none begins until Resume.
  void Pause();
  void Resume();
  // JET_bitStopServiceQuiesceCaches: nearly everything that is dirty is written soon, and what
  // becomes dirty from now on, so that a start after a crash has next to nothing to replay.
  void set_quiesce(bool quiesce) { quiesce_.store(quiesce, std::memory_order_relaxed); }

 private:
  void Loop();
  Status MoveCheckpoint();
  Status UpdateRequiredGenerations(uint32_t checkpoint_generation);
  Status DeleteOldGenerations(uint32_t below);

  Instance& instance_;
  std::thread thread_;
  absl::Mutex mutex_;
  bool stop_ ABSL_GUARDED_BY(mutex_) = false;
  std::atomic<bool> quiesce_{false};
  absl::Mutex round_mutex_;
  bool paused_ ABSL_GUARDED_BY(round_mutex_) = false;
  HeldLogs held_logs_ ABSL_GUARDED_BY(round_mutex_);
  Lgpos written_ ABSL_GUARDED_BY(round_mutex_);   // Position last written.
  Lgpos last_tip_ ABSL_GUARDED_BY(round_mutex_);  // The log's tip in the round before.
};

}  // namespace contrail
