#include "backup/snapshot_timer.h"

#include <absl/synchronization/mutex.h>

#include <system_error>
#include <thread>
#include <utility>

namespace contrail {
namespace {

class WallClockTimer final : public SnapshotTimer {
 public:
  WallClockTimer(absl::Duration timeout, std::function<void()> expired) {
    thread_ = std::thread([this, timeout, expired = std::move(expired)] {
      {
        absl::MutexLock lock(&mutex_);
        if (mutex_.AwaitWithTimeout(absl::Condition(&cancelled_), timeout)) return;
      }
      expired();
    });
  }
  ~WallClockTimer() override {
    {
      absl::MutexLock lock(&mutex_);
      cancelled_ = true;
    }
    thread_.join();
  }

 private:
  absl::Mutex mutex_;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace

SnapshotTimers WallClockTimers() {
  return
      [](absl::Duration timeout, std::function<void()> expired) -> std::unique_ptr<SnapshotTimer> {
        try {
          return std::make_unique<WallClockTimer>(timeout, std::move(expired));
        } catch (const std::system_error&) {
          return nullptr;  // The system has no thread for us.
        }
      };
}

}  // namespace contrail
