#include "engine/held_logs.h"

#include <absl/strings/str_cat.h>

#include <algorithm>

#include "engine/event_ids.h"

namespace contrail {

void HeldLogs::Look() {
  const InstanceOptions& options = instance_.options();
  const uint32_t current = instance_.log().CurrentGeneration();
  const uint32_t keep = instance_.backup_gate().keep_generation();
  if (keep > current) {
    watching_ = false;
    return;
  }
  if (!watching_) {
    watching_ = true;
    // An incremental backup keeps all logs, which were there before it.
    first_ = keep == 0 ? current : keep;
    next_report_ = options.most_held_log_bytes == 0
                       ? kFirstReport
                       : std::min(kFirstReport, options.most_held_log_bytes / 2);
  }
  const uint64_t bytes = uint64_t{current - first_} * options.log_generation_bytes;
  const bool too_much = options.most_held_log_bytes != 0 && bytes > options.most_held_log_bytes;
  if (bytes < next_report_ && !too_much) return;
  Report(bytes, too_much);
  next_report_ = std::max(next_report_, bytes) * 2;
  if (too_much) instance_.backup_gate().GiveUpLogs();
}

void HeldLogs::Report(uint64_t bytes, bool too_much) {
  const InstanceOptions& options = instance_.options();
  Event event;
  event.id = too_much ? event_id::kBackupHoldsTooMuchLog : event_id::kBackupHoldsLog;
  event.severity = Severity::kWarning;
  event.text = absl::StrCat("A running backup holds ", bytes >> 20, " MiB of log, from generation ",
                            first_, " on", too_much ? ", and is stopped." : ".");
  event.file = options.log_path;
  if (too_much) {
    event.expected = absl::StrCat("at most ", options.most_held_log_bytes >> 20, " MiB");
    event.error = static_cast<int32_t>(Error::kBackupAbortByServer);
  }
  instance_.events().Report(event);
}

}  // namespace contrail
