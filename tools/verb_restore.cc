// contrail restore: from a backup set to databases that can be opened.

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "backup/set/restore_set.h"
#include "tools/set_progress_bar.h"
#include "tools/verb.h"

namespace contrail::tool {
namespace {

using Json = nlohmann::ordered_json;

struct RestoreOptions {
  std::string set;
  std::string to;
  std::string logs;
  uint32_t number = 0;
  bool json = false;
};

int RunRestore(const RestoreOptions& options) {
  TerminalEvents events(/*verbose=*/false);
  Progress bar(Progress::StyleOf(stderr));
  RestoreSetRequest request;
  request.set_folder = AbsolutePath(options.set);
  request.to = AbsolutePath(options.to);
  if (!options.logs.empty()) request.surviving_logs = AbsolutePath(options.logs);
  request.number = options.number;
  request.progress = ShowOn(bar);
  const Result<RestoreSetResult> result = RestoreSet(PosixFileSystem(), events, request);
  bar.End();
  if (!result.ok()) return Fail(options.set, result.status());
  const RestoreResult& replay = result->replay;
  if (options.json) {
    const Json document{{"databases", result->databases},
                        {"generation_low", replay.generation_low},
                        {"generation_high", replay.generation_high},
                        {"surviving_logs", replay.surviving_logs},
                        {"generation_end", replay.generation_end}};
    std::printf("%s\n", JsonText(document).c_str());
    return kGood;
  }
  for (const std::string& database : result->databases) {
    std::printf("%s: restored, clean\n", database.c_str());
  }
  std::printf("replayed logs %u..%u of the set and %zu that survived, up to generation %u\n",
              replay.generation_low, replay.generation_high, replay.surviving_logs,
              replay.generation_end);
  return kGood;
}

}  // namespace

void AddRestoreVerb(CLI::App& application, int* exit_status) {
  auto options = std::make_shared<RestoreOptions>();
  CLI::App* verb = application.add_subcommand("restore", "Restore databases from a backup set");
  verb->footer(
      "Examples:\n"
      "  contrail restore /backup/mail --to /var/lib/mail\n"
      "  contrail restore /backup/mail --to /var/lib/mail --logs /mnt/old-disk/mail\n"
      "  contrail restore /backup/mail --to /tmp/mail --number 3\n\n"
      "The newest full backup and what follows it are brought back and replayed; with --logs also "
      "what was committed since, from log files that survived.");
  verb->add_option("SET", options->set, "Folder of the backup set")->required();
  verb->add_option("--to", options->to, "Folder to restore into; made when missing")->required();
  verb->add_option("--logs", options->logs, "Folder with log files that survived");
  verb->add_option("--number", options->number, "Up to this backup of the set, not the newest");
  verb->add_flag("--json", options->json, "Print JSON");
  verb->callback([options, exit_status] { *exit_status = RunRestore(*options); });
}

}  // namespace contrail::tool
