#include "log/log_event.h"

#include <absl/strings/str_format.h>

#include <utility>

#include "storage/check.h"

namespace contrail {

Status ReportLogError(EventSink& events, uint32_t id, Error error, std::string text,
                      const std::string& file, int64_t offset, std::string expected,
                      std::string found) {
  DCHECK(!Status(error).ok());
  Event event;
  event.id = id;
  event.severity = Severity::kError;
  event.text = std::move(text);
  event.file = file;
  event.offset = offset;
  event.expected = std::move(expected);
  event.found = std::move(found);
  event.error = static_cast<int32_t>(error);
  events.Report(event);
  return error;
}

std::string HexText(uint64_t value) { return absl::StrFormat("0x%x", value); }

}  // namespace contrail
