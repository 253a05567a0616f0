// contrail recover: make the databases of a folder clean again by replaying their logs.

#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "storage/database_header.h"
#include "tools/jet_engine.h"
#include "tools/progress.h"
#include "tools/verb.h"

namespace contrail::tool {
namespace {

using Json = nlohmann::ordered_json;

struct RecoverOptions {
  std::string folder;
  std::string base_name = "edb";
  bool json = false;
};

struct DatabaseFile {
  std::string path;
  DatabaseState before = DatabaseState::kJustCreated;
  uint32_t page_size = 0;
};

struct ShownRecovery {
  Progress bar{Progress::StyleOf(stderr)};
  uint64_t log_bytes = 0;
};

// A status callback of the API has no argument of its own, so the bar is found through a function.
ShownRecovery& RecoveryShown() {
  static ShownRecovery shown;
  return shown;
}

JET_ERR ShowRecovery(JET_SESID, JET_SNP, JET_SNT what, void* data) {
  ShownRecovery& shown = RecoveryShown();
  if (what == JET_sntProgress && data != nullptr) {
    const auto* state = static_cast<const JET_SNPROG*>(data);
    if (state->cunitTotal != 0) {
      shown.bar.Set(shown.log_bytes * state->cunitDone / state->cunitTotal);
    }
  }
  return JET_errSuccess;
}

// The databases that lie in the folder, by their headers.
std::vector<DatabaseFile> FindDatabases(const std::string& folder) {
  std::vector<DatabaseFile> databases;
  std::error_code problem;
  for (const auto& entry : std::filesystem::directory_iterator(folder, problem)) {
    const std::string name = entry.path().extension().string();
    if (!entry.is_regular_file(problem) || name == ".log" || name == ".chk") continue;
    const auto file = PosixFileSystem().Open(entry.path(), {.mode = FileMode::kReadOnly});
    if (!file.ok()) continue;
    const Result<DatabaseHeader> header = ReadHeader(**file, DiscardEvents());
    if (header.ok()) databases.push_back({entry.path(), header->state, header->page_size});
  }
  return databases;
}

struct LogFacts {
  uint64_t bytes = 0;
  uint32_t file_kibibytes = 0;  // What every log file of the stream is as long as.
};

LogFacts FindLogs(const std::string& folder, const std::string& base_name) {
  LogFacts facts;
  std::error_code problem;
  for (const auto& entry : std::filesystem::directory_iterator(folder, problem)) {
    const std::string name = entry.path().filename();
    if (!name.starts_with(base_name) || entry.path().extension() != ".log") continue;
    const uint64_t size = entry.file_size(problem);
    facts.bytes += size;
    facts.file_kibibytes = static_cast<uint32_t>(size / 1024);
  }
  return facts;
}

const char* ChangeText(DatabaseState before, DatabaseState after) {
  if (before == after) return after == DatabaseState::kClean ? "was clean" : "NOT CLEAN";
  return after == DatabaseState::kClean ? "recovered, clean now" : "NOT CLEAN";
}

int Report(const RecoverOptions& options, const std::vector<DatabaseFile>& before, double seconds) {
  Json databases = Json::array();
  bool clean = true;
  for (const DatabaseFile& database : FindDatabases(options.folder)) {
    DatabaseState was = database.before;
    for (const DatabaseFile& old : before) {
      if (old.path == database.path) was = old.before;
    }
    clean = clean && database.before == DatabaseState::kClean;
    databases.push_back(
        {{"database", database.path}, {"result", ChangeText(was, database.before)}});
  }
  if (options.json) {
    const Json document{{"folder", options.folder}, {"seconds", seconds}, {"databases", databases}};
    std::printf("%s\n", JsonText(document).c_str());
  } else {
    for (const Json& database : databases) {
      std::printf("%s: %s\n", database["database"].get<std::string>().c_str(),
                  database["result"].get<std::string>().c_str());
    }
    std::printf(
        "done in %.1f s: every committed transaction of the logs in %s is in its database\n",
        seconds, options.folder.c_str());
  }
  return clean ? kGood : kFoundWrong;
}

int RunRecover(RecoverOptions options) {
  options.folder = AbsolutePath(options.folder);
  const std::vector<DatabaseFile> before = FindDatabases(options.folder);
  JetSettings settings;
  settings.folder = options.folder;
  settings.base_name = options.base_name;
  if (!before.empty()) settings.page_size = before.front().page_size;
  const LogFacts logs = FindLogs(options.folder, options.base_name);
  settings.log_kibibytes = logs.file_kibibytes;
  if (logs.bytes == 0) {
    std::fprintf(stderr,
                 "error: %s has no log files %s*.log\nhint: --base-name says how they are "
                 "named\n",
                 options.folder.c_str(), options.base_name.c_str());
    return kCouldNotRun;
  }
  settings.recovery_progress = ShowRecovery;
  const auto start = std::chrono::steady_clock::now();
  RecoveryShown().log_bytes = logs.bytes;
  RecoveryShown().bar.Begin("recovery", logs.bytes);
  Result<std::unique_ptr<JetEngine>> engine = JetEngine::Start(settings);
  RecoveryShown().bar.End();
  if (!engine.ok()) return Fail(options.folder, engine.status());
  const Status status = (*engine)->Stop();
  if (!status.ok()) return Fail(options.folder, status);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  return Report(options, before, took.count());
}

}  // namespace

void AddRecoverVerb(CLI::App& application, int* exit_status) {
  auto options = std::make_shared<RecoverOptions>();
  CLI::App* verb =
      application.add_subcommand("recover", "Replay the logs of a folder after a crash");
  verb->footer(
      "Examples:\n"
      "  contrail recover /var/lib/mail\n"
      "  contrail recover /var/lib/mail --base-name mail --json\n\n"
      "What a program does when it starts: the logs are replayed from the checkpoint, transactions "
      "that had not committed are undone, and the databases are clean afterwards.");
  verb->add_option("DIR", options->folder, "Folder with logs, checkpoint and databases")
      ->required()
      ->check(CLI::ExistingDirectory);
  verb->add_option("--base-name", options->base_name, "How log files begin (three letters)");
  verb->add_flag("--json", options->json, "Print JSON");
  verb->callback([options, exit_status] { *exit_status = RunRecover(*options); });
}

}  // namespace contrail::tool
