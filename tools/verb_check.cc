// contrail check: is everything in a database file as it has to be?

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "engine/check/database_check.h"
#include "tools/file_use.h"
#include "tools/progress.h"
#include "tools/verb.h"

namespace contrail::tool {
namespace {

using Json = nlohmann::ordered_json;

struct CheckOptions {
  std::string file;
  bool json = false;
  bool allow_dirty = false;
};

class ShownCheckProgress final : public CheckProgress {
 public:
  explicit ShownCheckProgress(Progress::Style style) : progress_(style) {}
  void Begin(std::string_view part, uint64_t total) override { progress_.Begin(part, total); }
  void Advance(uint64_t bytes) override { progress_.Advance(bytes); }
  void End() { progress_.End(); }

 private:
  Progress progress_;
};

// What to do about what was found. In a database that is in use there are no logs to be replayed.
const char* Next(Remedy remedy, bool in_use) {
  return in_use && remedy == Remedy::kReplayLogs ? kInUseAdvice : Advice(remedy);
}

Json Describe(const CheckFinding& finding, bool in_use) {
  Json place = finding.page;
  if (finding.page == 0) place = finding.place;
  return Json{{"page", place},
              {"what", finding.what},
              {"expected", finding.expected},
              {"found", finding.found},
              {"next", Next(finding.remedy, in_use)}};
}

void PrintJson(const std::string& file, const CheckReport& report, bool in_use) {
  Json findings = Json::array();
  for (const CheckFinding& finding : report.findings()) {
    findings.push_back(Describe(finding, in_use));
  }
  const Json document{{"file", file},
                      {"sound", report.sound()},
                      {"findings", findings},
                      {"findings_left_out", report.left_out()},
                      {"checked", report.checked()},
                      {"skipped", report.skipped()}};
  std::printf("%s\n", JsonText(document).c_str());
}

std::string Listing(const std::map<std::string, uint64_t>& counts) {
  std::string text;
  for (const auto& [subject, count] : counts) {
    if (count == 0) continue;
    text += (text.empty() ? "" : ", ") + CountText(count) + " " + subject;
  }
  return text;
}

void PrintText(const CheckReport& report, bool in_use) {
  std::set<Remedy> remedies;
  for (const CheckFinding& finding : report.findings()) {
    std::printf("%s\n", Printable(finding.ToText()).c_str());
    remedies.insert(finding.remedy);
  }
  for (const Remedy remedy : remedies) {
    std::printf("hint: %s\n", Next(remedy, in_use));
  }
  const uint64_t total = report.findings().size() + report.left_out();
  std::string line = total == 0   ? "sound"
                     : total == 1 ? "1 finding"
                                  : CountText(total) + " findings";
  if (report.left_out() != 0) line += " (" + CountText(report.left_out()) + " not shown)";
  line += ": " + Listing(report.checked());
  if (!report.skipped().empty()) line += "; skipped " + Listing(report.skipped());
  std::printf("%s\n", line.c_str());
}

int RunCheck(const CheckOptions& options) {
  TerminalEvents events(/*verbose=*/false);
  ShownCheckProgress progress(Progress::StyleOf(stderr));
  CheckReport report;
  const Status status = CheckDatabase(PosixFileSystem(), events, AbsolutePath(options.file),
                                      {.allow_dirty = options.allow_dirty}, progress, &report);
  progress.End();
  if (!status.ok()) return Fail(options.file, status);
  const bool in_use = IsInUse(options.file);
  if (options.json) {
    PrintJson(options.file, report, in_use);
  } else {
    PrintText(report, in_use);
  }
  return report.sound() ? kGood : kFoundWrong;
}

}  // namespace

void AddCheckVerb(CLI::App& application, int* exit_status) {
  auto options = std::make_shared<CheckOptions>();
  CLI::App* verb = application.add_subcommand("check", "Verify everything in a database");
  verb->footer(
      "Examples:\n"
      "  contrail check mail.edb\n"
      "  contrail check mail.edb --json > findings.json\n"
      "  contrail check crashed.edb --allow-dirty\n\n"
      "Header, checksums, trees, records, long values, indexes, the use of every page, and the "
      "catalog against its shadow. One finding a line; hints say what to do next. The file is not "
      "changed.");
  verb->add_option("FILE", options->file, "Database file")->required();
  verb->add_flag("--json", options->json, "Print JSON");
  verb->add_flag("--allow-dirty", options->allow_dirty,
                 "Look at all of a database that was not shut down cleanly");
  verb->callback([options, exit_status] { *exit_status = RunCheck(*options); });
}

}  // namespace contrail::tool
