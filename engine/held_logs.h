// HeldLogs: how much log a running backup keeps from being deleted. A client that stops reading
// does not stop the engine, and log goes on being written: this says so, in events, each time the
// amount has doubled (from 64 MiB on, or from half of what is allowed), and stops the backup when
// it is more than the instance allows (InstanceOptions::most_held_log_bytes). A surrogate backup,
// which has its logs elsewhere, is not looked at.
//
// Thread rule: one thread at a time.

#pragma once

#include "engine/instance.h"

namespace contrail {

class HeldLogs {
 public:
  static constexpr uint64_t kFirstReport = uint64_t{64} << 20;

  explicit HeldLogs(Instance& instance) : instance_(instance) {}

  // To be called now and then.
  void Look();

 private:
  void Report(uint64_t bytes, bool stopped);

  Instance& instance_;
  bool watching_ = false;
  uint32_t first_ = 0;  // The lowest generation that is held.
  uint64_t next_report_ = 0;
};

}  // namespace contrail
