#include "engine/event_log.h"

#include <absl/strings/str_cat.h>
#include <syslog.h>

#include <fstream>

#include "storage/log_time.h"

namespace contrail {
namespace {

const char* NameOf(Severity severity) {
  switch (severity) {
    case Severity::kInformation:
      return "information";
    case Severity::kWarning:
      return "warning";
    case Severity::kError:
      return "error";
  }
  return "event";
}

int SystemPriority(Severity severity) {
  switch (severity) {
    case Severity::kInformation:
      return LOG_INFO;
    case Severity::kWarning:
      return LOG_WARNING;
    case Severity::kError:
      return LOG_ERR;
  }
  return LOG_NOTICE;
}

}  // namespace

std::string FormatEvent(const Event& event) {
  std::string line = absl::StrCat(NameOf(event.severity), " ", event.id, ": ", event.text);
  if (!event.file.empty()) absl::StrAppend(&line, " file=", event.file);
  if (event.offset >= 0) absl::StrAppend(&line, " offset=", event.offset);
  if (!event.expected.empty()) absl::StrAppend(&line, " expected=", event.expected);
  if (!event.found.empty()) absl::StrAppend(&line, " found=", event.found);
  if (event.error != 0) absl::StrAppend(&line, " code=", event.error);
  return line;
}

void FileEventLog::Report(const Event& event) {
  const std::string line = absl::StrCat(LogTime::Now().ToText(), " ", FormatEvent(event), "\n");
  absl::MutexLock lock(&mutex_);
  std::ofstream file(path_, std::ios::app);
  file << line;
}

void SystemEventLog::Report(const Event& event) {
  syslog(LOG_USER | SystemPriority(event.severity), "%s: %s", name_.c_str(),
         FormatEvent(event).c_str());
}

}  // namespace contrail
