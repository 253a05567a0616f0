// EventRelay: the event sink of one instance. It keeps the newest events, and passes on those that
// the instance's parameters ask for:
//
//   JET_paramEventSource        empty (default): nowhere. "file:PATH": appended to that file.
//                               Anything else: to syslog, under that name.
//   JET_paramEventLoggingLevel  0: nothing. Below 25: errors. Below 50: warnings too. Else all.
//   JET_paramNoInformationEvent no information, only warnings and errors.
//
// Nothing is ever printed: a library does not write to its program's terminal.
//
// Thread rule: thread safe.

#pragma once

#include <absl/synchronization/mutex.h>

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "storage/event.h"

namespace contrail::api {

class ParameterSet;

class EventRelay final : public EventSink {
 public:
  static constexpr size_t kKept = 200;

  void Configure(const ParameterSet& parameters);
  // Replaces where events go; null: nowhere.
  void SetTarget(std::shared_ptr<EventSink> target);
  void Report(const Event& event) override;

  // The newest events, oldest first, whatever the parameters say.
  std::vector<Event> Recent() const;
  void Clear();

 private:
  bool Wanted(Severity severity) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  std::deque<Event> recent_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<EventSink> target_ ABSL_GUARDED_BY(mutex_);
  uint64_t level_ ABSL_GUARDED_BY(mutex_) = 100;
  bool no_information_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace contrail::api
