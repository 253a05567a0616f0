// Timers of snapshots that expire when a test says so.

#pragma once

#include <functional>
#include <memory>
#include <set>
#include <utility>

#include "backup/snapshot_timer.h"

namespace contrail::test {

class ManualTimers {
 public:
  // Valid as long as this object. One thread at a time.
  SnapshotTimers Maker() {
    return [this](absl::Duration timeout,
                  std::function<void()> expired) -> std::unique_ptr<SnapshotTimer> {
      last_timeout_ = timeout;
      if (refuse_) return nullptr;
      return std::make_unique<Timer>(*this, std::move(expired));
    };
  }
  // As a system without threads.
  void set_refuse(bool refuse) { refuse_ = refuse; }
  // The time of every timer that runs has come.
  void Expire() {
    const std::set<Timer*> due = running_;
    for (Timer* timer : due) timer->expired();
  }
  size_t running() const { return running_.size(); }
  absl::Duration last_timeout() const { return last_timeout_; }

 private:
  struct Timer final : SnapshotTimer {
    Timer(ManualTimers& all, std::function<void()> call) : timers(all), expired(std::move(call)) {
      timers.running_.insert(this);
    }
    ~Timer() override { timers.running_.erase(this); }
    ManualTimers& timers;
    const std::function<void()> expired;
  };

  std::set<Timer*> running_;
  bool refuse_ = false;
  absl::Duration last_timeout_;
};

}  // namespace contrail::test
