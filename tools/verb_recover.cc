// contrail recover: make the databases of a folder clean again by replaying their logs.

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "engine/folder_databases.h"
#include "engine/instance.h"
#include "log/log_files.h"
#include "storage/file_path.h"
#include "storage/patient_files.h"
#include "tools/file_kind.h"
#include "tools/lock_wait.h"
#include "tools/progress.h"
#include "tools/verb.h"

namespace contrail::tool {
namespace {

using Json = nlohmann::ordered_json;

struct RecoverOptions {
  std::string folder;
  std::string base_name = "edb";
  std::vector<std::string> databases;  // Elsewhere than in the folder.
  bool ignore_missing = false;
  bool dry_run = false;
  bool json = false;
};

// The databases that recovery may touch: those of the folder and those that were named.
Result<FolderDatabases> FindDatabases(const RecoverOptions& options, EventSink& events) {
  ASSIGN_OR_RETURN(FolderDatabases found, FolderDatabases::Find(PosixFileSystem(), options.folder));
  for (const std::string& path : options.databases) {
    RETURN_IF_ERROR(found.Add(PosixFileSystem(), events, path));
  }
  return found;
}

struct LogFacts {
  uint64_t bytes = 0;
  LogFileHeader header;  // Of the newest.
};

Result<LogFacts> FindLogs(const RecoverOptions& options, EventSink& events) {
  FileSystem& files = PosixFileSystem();
  ASSIGN_OR_RETURN(LogListing listing,
                   ListLogFiles(files, events, options.folder, options.base_name));
  if (listing.has_current) listing.archived.push_back(listing.current);
  if (listing.archived.empty()) {
    std::fprintf(stderr,
                 "error: %s has no log files %s*.log\nhint: --base-name says how they are "
                 "named\n",
                 options.folder.c_str(), options.base_name.c_str());
    return Error::kMissingLogFile;
  }
  LogFacts facts;
  std::error_code problem;
  for (const LogFileInfo& file : listing.archived) {
    facts.bytes += std::filesystem::file_size(file.path, problem);
  }
  ASSIGN_OR_RETURN(facts.header, ReadLogFileHeader(files, events, listing.archived.back().path));
  return facts;
}

// The engine refuses these too, but only here somebody sees which file it was. False after telling.
bool CheckLogsAreOurs(const std::string& folder, const std::string& base_name) {
  std::error_code problem;
  for (const auto& entry : std::filesystem::directory_iterator(folder, problem)) {
    const std::string name = entry.path().filename();
    if (!name.starts_with(base_name) || entry.path().extension() != ".log") continue;
    const auto file = PosixFileSystem().Open(entry.path(), {.mode = FileMode::kReadOnly});
    const Result<FileKind> kind = file.ok() ? KindOfFile(**file) : Result<FileKind>(file.status());
    if (!kind.ok() || *kind != FileKind::kWindowsLog) continue;
    Fail(entry.path().string() + " is a log file of Windows' ESE", Error::kBadLogVersion);
    std::fprintf(stderr,
                 "hint: `contrail log` describes it; replay it on Windows (`esentutl /r`) and "
                 "bring the clean database here\n");
    return false;
  }
  return true;
}

const char* ChangeText(DatabaseState before, DatabaseState after) {
  if (after != DatabaseState::kClean) return "NOT CLEAN";
  return before == after ? "was clean" : "recovered, clean now";
}

DatabaseState StateOf(const FolderDatabases& databases, const std::string& path) {
  for (const FolderDatabase& database : databases.all()) {
    if (database.path == path) return database.header.state;
  }
  return DatabaseState::kJustCreated;  // It was not there.
}

int Report(const RecoverOptions& options, const FolderDatabases& before,
           const FolderDatabases& after, double seconds) {
  Json databases = Json::array();
  bool clean = true;
  for (const FolderDatabase& database : after.all()) {
    const DatabaseState state = database.header.state;
    clean = clean && state == DatabaseState::kClean;
    databases.push_back({{"database", database.path},
                         {"result", ChangeText(StateOf(before, database.path), state)}});
  }
  for (const std::string& path : after.unreadable()) {
    clean = false;
    databases.push_back({{"database", path}, {"result", "HEADER DAMAGED"}});
  }
  if (options.json) {
    const Json document{{"folder", options.folder},
                        {"seconds", seconds},
                        {"clean", clean},
                        {"databases", databases}};
    std::printf("%s\n", JsonText(document).c_str());
    return clean ? kGood : kFoundWrong;
  }
  for (const Json& database : databases) {
    std::printf("%s: %s\n", Printable(database["database"].get<std::string>()).c_str(),
                database["result"].get<std::string>().c_str());
  }
  if (clean) {
    std::printf(
        "done in %.1f s: every committed transaction of the logs in %s is in its database\n",
        seconds, options.folder.c_str());
  } else {
    std::printf(
        "done in %.1f s: a database above is not clean; the logs in %s are not those that it "
        "needs, or its header is damaged\n",
        seconds, options.folder.c_str());
  }
  return clean ? kGood : kFoundWrong;
}

// What recovery would find, without a change.
int ReportDry(const RecoverOptions& options, const LogFacts& logs, const FolderDatabases& found) {
  Json databases = Json::array();
  for (const FolderDatabase& database : found.all()) {
    const bool clean = database.header.state == DatabaseState::kClean;
    const bool of_stream = database.header.log_signature == logs.header.signature;
    databases.push_back({{"database", database.path},
                         {"result", clean       ? "is clean"
                                    : of_stream ? "would be recovered"
                                                : "NOT CLEAN, needs other logs"}});
  }
  for (const std::string& path : found.unreadable()) {
    databases.push_back({{"database", path}, {"result", "HEADER DAMAGED"}});
  }
  if (options.json) {
    const Json document{{"folder", options.folder},
                        {"dry_run", true},
                        {"log_bytes", logs.bytes},
                        {"databases", databases}};
    std::printf("%s\n", JsonText(document).c_str());
    return kGood;
  }
  for (const Json& database : databases) {
    std::printf("%s: %s\n", Printable(database["database"].get<std::string>()).c_str(),
                database["result"].get<std::string>().c_str());
  }
  std::printf("%s of logs, up to generation %u; nothing has been changed\n",
              BytesText(static_cast<double>(logs.bytes)).c_str(), logs.header.generation);
  return kGood;
}

int RunRecover(RecoverOptions options) {
  TerminalEvents events(/*verbose=*/false);
  options.folder = WithSlash(AbsolutePath(options.folder));
  for (std::string& path : options.databases) path = AbsolutePath(path);
  if (!CheckLogsAreOurs(options.folder, options.base_name)) return kCouldNotRun;
  const Result<LogFacts> logs = FindLogs(options, events);
  if (logs.status().Is(Error::kMissingLogFile)) return kCouldNotRun;
  if (!logs.ok()) return Fail(options.folder, logs.status());
  const Result<FolderDatabases> before = FindDatabases(options, events);
  if (!before.ok()) return Fail(options.folder, before.status());
  if (options.dry_run) return ReportDry(options, *logs, *before);

  InstanceOptions settings;
  settings.system_path = settings.log_path = settings.temporary_path = options.folder;
  settings.base_name = options.base_name;
  settings.page_size = logs->header.page_size;
  settings.log_generation_bytes = logs->header.file_bytes;
  settings.recovery_folder = options.folder;
  settings.recovery_databases = options.databases;
  settings.recovery_leaves_out_missing = options.ignore_missing;
  const auto start = std::chrono::steady_clock::now();
  Progress bar(Progress::StyleOf(stderr));
  bar.Begin("recovery", logs->bytes);
  PatientFileSystem files(PosixFileSystem(), kLockWait);
  Instance instance(files, events, settings);
  Status status = instance.Initialize([&](const RedoProgress& progress) {
    bar.Set(progress.bytes_done);
    return true;
  });
  if (status.ok()) status = instance.Terminate(TerminateMode::kComplete);
  bar.End();
  if (!status.ok()) {
    if (status.Is(Error::kFileNotFound)) {
      std::fprintf(stderr,
                   "hint: databases are looked for in %s, not where they lay when the logs were "
                   "written; name one that lies elsewhere with --database, or recover the others "
                   "without it with --ignore-missing\n",
                   options.folder.c_str());
    }
    return Fail(options.folder, status);
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  const Result<FolderDatabases> after = FindDatabases(options, events);
  if (!after.ok()) return Fail(options.folder, after.status());
  return Report(options, *before, *after, took.count());
}

}  // namespace

void AddRecoverVerb(CLI::App& application, int* exit_status) {
  auto options = std::make_shared<RecoverOptions>();
  CLI::App* verb =
      application.add_subcommand("recover", "Replay the logs of a folder after a crash");
  verb->footer(
      "Examples:\n"
      "  contrail recover /var/lib/mail\n"
      "  contrail recover /var/lib/mail --base-name mail --json\n"
      "  contrail recover /var/lib/mail --dry-run\n"
      "  contrail recover /var/log/mail --database /var/lib/mail/mail.edb\n\n"
      "What a program does when it starts: the logs are replayed from the checkpoint, transactions "
      "that had not committed are undone, and the databases are clean afterwards. Databases are "
      "known "
      "by their signatures and looked for in DIR alone, so that a copied folder can be recovered "
      "without a look at the one it was copied from.");
  verb->add_option("DIR", options->folder, "Folder with logs, checkpoint and databases")
      ->required()
      ->check(CLI::ExistingDirectory);
  verb->add_option("--base-name", options->base_name, "How log files begin (three letters)");
  verb->add_option("--database", options->databases, "A database that lies elsewhere");
  verb->add_flag("--ignore-missing", options->ignore_missing,
                 "Recover the others when a database is missing: only a restore brings it back");
  verb->add_flag("--dry-run", options->dry_run, "Say what there is to do; change nothing");
  verb->add_flag("--json", options->json, "Print JSON");
  verb->callback([options, exit_status] { *exit_status = RunRecover(*options); });
}

}  // namespace contrail::tool
