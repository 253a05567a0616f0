#include "tests/support/sound_database.h"

#include "engine/check/database_check.h"
#include "storage/posix_file.h"
#include "tests/support/recording.h"
#include "tests/support/shared_data.h"

namespace contrail::test {
std::string OwnFindings(const std::string& path) {
  RecordingEvents events;
  NoProgress progress;
  CheckReport report;
  const Status status = CheckDatabase(PosixFileSystem(), events, path, {}, progress, &report);
  std::string text;
  if (!status.ok()) text = "error " + std::to_string(status.number()) + "\n";
  for (const CheckFinding& finding : report.findings()) text += finding.ToText() + "\n";
  return text;
}

std::string OutsideFindings(const std::string& path) {
  if (SharedFolder().empty()) return "";
  const CommandResult result = RunEdbCheck({"check", path});
  return result.exit_status == 0 ? "" : "found: " + result.output.substr(0, 4000) + result.errors;
}

}  // namespace contrail::test
