#include "tests/support/sound_database.h"

#include <sstream>

#include "engine/check/database_check.h"
#include "storage/posix_file.h"
#include "tests/support/recording.h"
#include "tests/support/shared_data.h"

namespace contrail::test {
namespace {

class NoProgress final : public CheckProgress {
 public:
  void Begin(std::string_view, uint64_t) override {}
  void Advance(uint64_t) override {}
};

}  // namespace

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

std::string OutsideFindings(const std::string& path, const std::string& known) {
  if (SharedFolder().empty()) return "";
  const CommandResult result = RunEdbCheck({"check", path});
  if (result.exit_status == 0) return "";
  std::istringstream lines(result.output);
  std::string findings;
  std::string before;  // The last line counts the findings.
  for (std::string line; std::getline(lines, line); before = line) {
    if (before.empty()) continue;
    if (known.empty() || before.find(known) == std::string::npos) findings += before + "\n";
  }
  if (!result.errors.empty() || result.output.empty()) findings += "failed: " + result.errors;
  return findings.substr(0, 4000);
}

}  // namespace contrail::test
