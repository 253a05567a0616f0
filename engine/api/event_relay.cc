#include "engine/api/event_relay.h"

#include <esent.h>

#include "engine/api/parameter_set.h"
#include "engine/event_log.h"

namespace contrail::api {
namespace {

std::shared_ptr<EventSink> TargetFor(const std::string& source) {
  constexpr std::string_view kFile = "file:";
  if (source.empty()) return nullptr;
  if (source.starts_with(kFile)) {
    return std::make_shared<FileEventLog>(source.substr(kFile.size()));
  }
  return std::make_shared<SystemEventLog>(source);
}

}  // namespace

void EventRelay::Configure(const ParameterSet& parameters) {
  std::shared_ptr<EventSink> target = TargetFor(parameters.text(JET_paramEventSource));
  absl::MutexLock lock(&mutex_);
  if (target != nullptr) target_ = std::move(target);
  level_ = parameters.number(JET_paramEventLoggingLevel);
  no_information_ = parameters.flag(JET_paramNoInformationEvent);
}

void EventRelay::SetTarget(std::shared_ptr<EventSink> target) {
  absl::MutexLock lock(&mutex_);
  target_ = std::move(target);
}

bool EventRelay::Wanted(Severity severity) const {
  switch (severity) {
    case Severity::kInformation:
      return level_ >= JET_EventLoggingLevelMedium && !no_information_;
    case Severity::kWarning:
      return level_ >= JET_EventLoggingLevelLow;
    case Severity::kError:
      return level_ >= JET_EventLoggingLevelMin;
  }
  return false;
}

void EventRelay::Report(const Event& event) {
  std::shared_ptr<EventSink> target;
  {
    absl::MutexLock lock(&mutex_);
    if (recent_.size() == kKept) recent_.pop_front();
    recent_.push_back(event);
    if (Wanted(event.severity)) target = target_;
  }
  if (target != nullptr) target->Report(event);
}

std::vector<Event> EventRelay::Recent() const {
  absl::MutexLock lock(&mutex_);
  return {recent_.begin(), recent_.end()};
}

void EventRelay::Clear() {
  absl::MutexLock lock(&mutex_);
  recent_.clear();
}

}  // namespace contrail::api
