// Sinks that remember: events, and log records as a log would keep them.

#pragma once

#include <functional>
#include <mutex>
#include <vector>

#include "storage/event.h"
#include "storage/redo_sink.h"

namespace contrail::test {

class RecordingEvents final : public EventSink {
 public:
  void Report(const Event& event) override {
    {
      const std::lock_guard lock(mutex_);
      events_.push_back(event);
    }
    if (on_report) on_report(event);
  }
  std::vector<Event> events() const {
    const std::lock_guard lock(mutex_);
    return events_;
  }
  // The last event with this id; one with id 0 when there is none.
  Event Last(uint32_t id) const {
    const std::lock_guard lock(mutex_);
    for (auto event = events_.rbegin(); event != events_.rend(); ++event) {
      if (event->id == id) return *event;
    }
    return {};
  }

  // Called behind each, by whoever reports it. Set while nobody does.
  std::function<void(const Event&)> on_report;

 private:
  mutable std::mutex mutex_;
  std::vector<Event> events_;
};

// A log in memory. Position k of the log is Lgpos{1, k / 4096, k % 4096}.
class RecordingSink final : public RedoSink {
 public:
  static Lgpos PositionOf(size_t record) {
    return {1, static_cast<uint16_t>(record / 4096), static_cast<uint16_t>(record % 4096)};
  }

  Result<Lgpos> Append(Bytes mutation) override {
    const std::lock_guard lock(mutex_);
    if (!failure_.ok()) return failure_;
    records_.emplace_back(mutation.begin(), mutation.end());
    return PositionOf(records_.size() - 1);
  }
  Lgpos Tip() const override {
    const std::lock_guard lock(mutex_);
    return PositionOf(records_.size());
  }
  Status EnsureDurable() override {
    if (before_durable) before_durable();
    const std::lock_guard lock(mutex_);
    if (failure_.ok()) durable_ = records_.size();
    return failure_;
  }
  size_t MaxRecordSize() const override { return max_record_size; }

  std::vector<std::vector<std::byte>> records() const {
    const std::lock_guard lock(mutex_);
    return records_;
  }
  size_t durable() const {
    const std::lock_guard lock(mutex_);
    return durable_;
  }
  void Fail(Status status) {
    const std::lock_guard lock(mutex_);
    failure_ = status;
  }

  // Set before the sink is shared.
  std::function<void()> before_durable;
  size_t max_record_size = size_t{1} << 24;

 private:
  mutable std::mutex mutex_;
  std::vector<std::vector<std::byte>> records_;
  size_t durable_ = 0;
  Status failure_;
};

}  // namespace contrail::test
