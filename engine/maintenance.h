// Maintenance: the background thread of an instance. It drops versions nobody needs, moves the
// checkpoint, keeps dirty pages within the checkpoint depth, and deletes old logs when logging is
// circular.

#pragma once

#include <absl/synchronization/mutex.h>

#include <thread>

#include "engine/instance.h"

namespace contrail {

class Maintenance {
 public:
  explicit Maintenance(Instance& instance) : instance_(instance) {}
  ~Maintenance() { Stop(); }

  void Start();
  void Stop();  // Returns when the thread has ended.
  // One round; also what the thread does. Thread safe.
  Status RunOnce();

 private:
  void Loop();
  Status MoveCheckpoint();
  Status UpdateRequiredGenerations(uint32_t checkpoint_generation);
  Status DeleteOldGenerations(uint32_t below);

  Instance& instance_;
  std::thread thread_;
  absl::Mutex mutex_;
  bool stop_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Mutex round_mutex_;
  Lgpos written_ ABSL_GUARDED_BY(round_mutex_);   // Position last written.
  Lgpos last_tip_ ABSL_GUARDED_BY(round_mutex_);  // The log's tip in the round before.
};

}  // namespace contrail
