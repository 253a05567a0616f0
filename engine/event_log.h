// Where events go: a file, the system's log, a function. One line per event, the same everywhere.
//
// Thread rule: every sink is thread safe. None of them fails: an event that cannot be written is
// lost, since there is nobody left to tell.

#pragma once

#include <absl/synchronization/mutex.h>

#include <functional>
#include <string>

#include "storage/event.h"

namespace contrail {

// "error 454: The instance could not be started. file=/d/edb.jtx offset=4096 expected=... found=...
// code=-528". Fields that an event does not have are left out.
std::string FormatEvent(const Event& event);

// Appends lines that begin with the time in UTC. The file is opened for each event, so that it may
// be moved away at any time.
class FileEventLog final : public EventSink {
 public:
  explicit FileEventLog(std::string path) : path_(std::move(path)) {}
  void Report(const Event& event) override;

 private:
  const std::string path_;
  absl::Mutex mutex_;
};

// syslog(3), with the given name before each line.
class SystemEventLog final : public EventSink {
 public:
  explicit SystemEventLog(std::string name) : name_(std::move(name)) {}
  void Report(const Event& event) override;

 private:
  const std::string name_;
};

class CallbackEventLog final : public EventSink {
 public:
  using Callback = std::function<void(const Event&)>;
  explicit CallbackEventLog(Callback callback) : callback_(std::move(callback)) {}
  void Report(const Event& event) override { callback_(event); }

 private:
  const Callback callback_;
};

}  // namespace contrail
