#include "backup/log_base_name.h"

#include "backup/backup_events.h"
#include "log/checkpoint.h"

namespace contrail {

Result<std::string> FindLogBaseName(EventSink& events, const std::string& folder,
                                    const std::vector<std::string>& names) {
  Result<std::string> found = FindBaseName(names);
  if (found.ok()) return found;
  std::string several;
  for (const std::string& name : names) {
    if (!name.ends_with(CheckpointFileName(""))) continue;
    several += (several.empty() ? "" : ", ") + name;
  }
  return ReportFailure(events, event_id::kBackupFails, found.status(),
                       "The folder has the checkpoints of several logs: say how those that are "
                       "meant are named (--base-name).",
                       folder, "one checkpoint", several);
}

}  // namespace contrail
