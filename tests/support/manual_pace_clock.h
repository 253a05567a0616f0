// A clock for backup/pace.h that only moves when somebody sleeps, or the test turns it.

#pragma once

#include <gtest/gtest.h>

#include "backup/pace.h"

namespace contrail::test {

class ManualPaceClock final : public PaceClock {
 public:
  absl::Time Now() override { return now_; }
  void Sleep(absl::Duration duration) override {
    EXPECT_GT(duration, absl::ZeroDuration());
    now_ += duration;
    slept_ += duration;
    if (on_sleep) on_sleep();
  }
  void Advance(absl::Duration duration) { now_ += duration; }
  absl::Duration slept() const { return slept_; }

  std::function<void()> on_sleep;

 private:
  absl::Time now_ = absl::FromUnixSeconds(1'000'000);
  absl::Duration slept_;
};

}  // namespace contrail::test
