#include "engine/held_logs.h"

#include <absl/strings/str_cat.h>

#include <algorithm>

#include "engine/event_ids.h"

namespace contrail {
namespace {

std::string SizeText(uint64_t bytes) {
  constexpr uint64_t kMebi = uint64_t{1} << 20;
  return bytes >= kMebi ? absl::StrCat(bytes / kMebi, " MiB") : absl::StrCat(bytes >> 10, " KiB");
}

}  // namespace

void HeldLogs::Look() {
  const InstanceOptions& options = instance_.options();
  const uint32_t current = instance_.log().CurrentGeneration();
  BackupGate& gate = instance_.backup_gate();
  const uint32_t keep = gate.keep_generation();
  if (keep > current || !gate.may_be_stopped()) {
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
  const bool stopped = too_much && gate.GiveUpLogs();
  if (bytes < next_report_ && !stopped) return;
  Report(bytes, stopped);
  next_report_ = std::max(next_report_, bytes) * 2;
}

void HeldLogs::Report(uint64_t bytes, bool stopped) {
  const InstanceOptions& options = instance_.options();
  Event event;
  event.id = stopped ? event_id::kBackupHoldsTooMuchLog : event_id::kBackupHoldsLog;
  event.severity = Severity::kWarning;
  event.text = absl::StrCat("A running backup holds ", SizeText(bytes), " of log, from generation ",
                            first_, " on", stopped ? ", and has been stopped." : ".");
  event.file = options.log_path;
  if (stopped) {
    event.expected = absl::StrCat("at most ", SizeText(options.most_held_log_bytes));
    event.error = static_cast<int32_t>(Error::kBackupAbortByServer);
  }
  instance_.events().Report(event);
}

}  // namespace contrail
