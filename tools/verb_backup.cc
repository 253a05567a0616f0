// contrail backup: back up into a set or a stream.

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "backup/set/back_up_folder.h"
#include "backup/set/descriptor_stream.h"
#include "storage/patient_files.h"
#include "tools/backup_verification.h"
#include "tools/lock_wait.h"
#include "tools/set_progress_bar.h"
#include "tools/verb.h"
#include "tools/verb_backup_history.h"
#include "tools/verb_backup_set.h"

namespace contrail::tool {
namespace {

using Json = nlohmann::ordered_json;

struct BackupOptions {
  std::string folder;
  std::string logs;
  std::string base_name;
  std::string set;
  std::string kind;
  bool incremental = false;
  bool content_hashes = false;
  bool truncate_for_detached = false;
  uint64_t max_rate = 0;
  std::string max_commit_latency;
  bool dry_run = false;
  bool json = false;

  bool to_stream() const { return set == "-"; }
};

BackupScope KindOf(const BackupOptions& options) {
  if (options.incremental) return BackupScope::kIncremental;
  const std::optional<BackupScope> kind = BackupKindOfName(options.kind);
  // Nobody here knows what becomes of a stream: unless asked for, no log goes for its sake.
  return kind.value_or(options.to_stream() ? BackupScope::kCopy : BackupScope::kFull);
}

// False after telling what is wrong.
bool MakeRequest(const BackupOptions& options, FolderBackupRequest* request) {
  request->folder = AbsolutePath(options.folder);
  if (!options.logs.empty()) request->log_folder = AbsolutePath(options.logs);
  request->base_name = options.base_name;
  if (!options.to_stream()) request->set.set_folder = AbsolutePath(options.set);
  request->set.kind = KindOf(options);
  request->set.record_contents = options.content_hashes;
  request->set.truncate_for_detached = options.truncate_for_detached;
  request->set.pace.bytes_per_second = options.max_rate;
  if (options.max_commit_latency.empty()) return true;
  // Nothing commits while the tool has the folder: an option that does nothing is a promise broken.
  std::fprintf(stderr,
               "error: --max-commit-latency has nothing to hold to: no program can commit into a "
               "folder while it is backed up here\nhint: --max-rate limits what the disk is asked "
               "for; a program that backs up while it runs sets max_commit_wait of "
               "contrail/backup.hpp\n");
  return false;
}

const char* StateName(DatabaseState state) {
  return state == DatabaseState::kClean ? "clean" : "not clean";
}

// What the set would say to such a backup; empty: nothing against it.
std::string Objection(const BackupOptions& options, const FolderBackupPlan& plan,
                      uint32_t* number) {
  *number = 1;
  if (options.to_stream()) return {};
  const Result<BackupSetReader> set = OpenSet(options.set);
  if (!set.ok() && !set.status().Is(Error::kFileNotFound)) return DescribeError(set.status());
  if (set.ok()) *number = set->NextNumber();
  if (*number == 0) return "no number is left for another backup in the set";
  if (HoldsDatabases(KindOf(options))) return {};
  const SetEntry* base = set.ok() ? set->NewestOfChain() : nullptr;
  if (base == nullptr) return "the set has no backup to go on from";
  const auto chain = set->ChainTo(base->manifest.number);
  if (!chain.ok()) return "the set has no sound backup to go on from";
  for (const SetEntry* entry : *chain) {
    if (entry->damaged) return "a backup that it would go on from is damaged";
  }
  for (const FolderBackupPlan::Database& database : plan.databases) {
    const std::vector<SetFile>& held = chain->front()->manifest.files;
    if (std::none_of(held.begin(), held.end(), [&](const SetFile& file) {
          return file.kind == SetFileKind::kDatabase && file.signature == database.signature;
        })) {
      return database.path + " is not in the full backup that it would go on from";
    }
  }
  return {};
}

int RunDry(const BackupOptions& options, const FolderBackupRequest& request) {
  TerminalEvents events(/*verbose=*/false);
  const Result<FolderBackupPlan> plan = PlanFolderBackup(PosixFileSystem(), events, request);
  if (!plan.ok()) return Fail(options.folder, plan.status());
  uint32_t number = 0;
  const std::string objection = Objection(options, *plan, &number);
  const char* kind = BackupKindName(request.set.kind);
  if (options.json) {
    Json databases = Json::array();
    for (const FolderBackupPlan::Database& database : plan->databases) {
      databases.push_back({{"path", database.path},
                           {"state", StateName(database.state)},
                           {"bytes", database.bytes}});
    }
    const Json document{{"dry_run", true},
                        {"kind", kind},
                        {"number", number},
                        {"possible", objection.empty()},
                        {"objection", objection},
                        {"databases", databases},
                        {"needs_recovery", plan->needs_recovery},
                        {"generation_low", plan->generation_low},
                        {"generation_high", plan->generation_high},
                        {"log_bytes", plan->log_bytes}};
    std::fprintf(options.to_stream() ? stderr : stdout, "%s\n", JsonText(document).c_str());
    return objection.empty() ? kGood : kCouldNotRun;
  }
  std::FILE* out = options.to_stream() ? stderr : stdout;
  for (const FolderBackupPlan::Database& database : plan->databases) {
    std::fprintf(out, "%s: %s, %s\n", Printable(database.path).c_str(), StateName(database.state),
                 BytesText(static_cast<double>(database.bytes)).c_str());
  }
  std::fprintf(out, "logs %u..%u, %s\n", plan->generation_low, plan->generation_high,
               BytesText(static_cast<double>(plan->log_bytes)).c_str());
  if (plan->needs_recovery) std::fprintf(out, "logs would be replayed first\n");
  if (!objection.empty()) {
    std::fprintf(out, "%s backup: would be refused: %s\n", kind, objection.c_str());
    return kCouldNotRun;
  }
  std::fprintf(out, "would make %s backup %u in %s; nothing has been changed\n", kind, number,
               options.set.c_str());
  return kGood;
}

void Report(const BackupOptions& options, const SetBackupResult& result) {
  // What comes on standard output is the stream then.
  std::FILE* out = options.to_stream() ? stderr : stdout;
  const char* kind = BackupKindName(result.manifest.kind);
  if (options.json) {
    const Json document{{"folder", result.folder},
                        {"number", result.manifest.number},
                        {"kind", kind},
                        {"files", result.manifest.files.size()},
                        {"tables_recorded", result.manifest.contents.size()},
                        {"tables_not_recorded", result.manifest.not_recorded.size()},
                        {"bytes", result.bytes},
                        {"stored_bytes", result.stored_bytes}};
    std::fprintf(out, "%s\n", JsonText(document).c_str());
    return;
  }
  const std::string number =
      options.to_stream() ? std::string() : " " + std::to_string(result.manifest.number);
  std::fprintf(out, "%s backup%s: %zu files, %s, %s stored, in %s\n", kind, number.c_str(),
               result.manifest.files.size(), BytesText(static_cast<double>(result.bytes)).c_str(),
               BytesText(static_cast<double>(result.stored_bytes)).c_str(),
               options.to_stream() ? "the stream" : result.folder.c_str());
  if (!result.manifest.has_contents) return;
  const size_t recorded = result.manifest.contents.size();
  std::fprintf(out, "recorded what %zu of %zu tables hold\n", recorded,
               recorded + result.manifest.not_recorded.size());
}

int RunBackup(const BackupOptions& options) {
  FolderBackupRequest request;
  if (!MakeRequest(options, &request)) return kCouldNotRun;
  if (options.dry_run) return RunDry(options, request);
  if (options.to_stream() && isatty(STDOUT_FILENO) != 0) {
    std::fprintf(stderr,
                 "error: standard output is a terminal: send the stream to a file or "
                 "another program\n");
    return kCouldNotRun;
  }
  TerminalEvents events(/*verbose=*/false);
  Progress bar(Progress::StyleOf(stderr));
  request.set.progress = ShowOn(bar);
  DescriptorSink sink(events, STDOUT_FILENO, "standard output");
  PatientFileSystem files(PosixFileSystem(), kLockWait);
  const Result<SetBackupResult> result = options.to_stream()
                                             ? BackUpFolderToStream(files, events, request, sink)
                                             : BackUpFolderToSet(files, events, request);
  bar.End();
  if (!result.ok()) return Fail(options.folder + " to " + options.set, result.status());
  Report(options, *result);
  return kGood;
}

void AddOptions(CLI::App* verb, const std::shared_ptr<BackupOptions>& options) {
  verb->add_option("DIR", options->folder, "Folder with databases, logs and checkpoint");
  verb->add_option("--logs", options->logs, "Folder with logs and checkpoint, when not DIR");
  verb->add_option("--base-name", options->base_name, "How log files begin (three letters)");
  verb->add_option("--to", options->set, "Folder of the backup set; - for standard output");
  CLI::Option* kind =
      verb->add_option("--kind", options->kind,
                       "full, incremental, differential or copy; else full, and copy for -")
          ->check(CLI::IsMember({"full", "incremental", "differential", "copy"}));
  verb->add_flag("--incremental", options->incremental, "The same as --kind incremental")
      ->excludes(kind);
  verb->add_flag("--content-hashes", options->content_hashes,
                 "Record what every table holds, for `backup verify --replay`; reads all rows");
  verb->add_flag("--truncate-for-detached", options->truncate_for_detached,
                 "Delete logs although a database that is not in DIR any more may need them");
  verb->add_option("--max-rate", options->max_rate, "Bytes per second at most: 500000, 20MB")
      ->transform(CLI::AsSizeValue(/*kb_is_1000=*/true))
      ->transform(CLI::Validator(
          [](std::string& text) {
            return text.find_first_of("123456789") == std::string::npos || text.front() == '-'
                       ? "not a rate above 0: " + text
                       : std::string();
          },
          ""));
  verb->add_option("--max-commit-latency", options->max_commit_latency,
                   "Refused: nobody commits into DIR meanwhile; for programs that back up");
  verb->add_flag("--dry-run", options->dry_run, "Say what would be done; change nothing");
  verb->add_flag("--json", options->json, "Print JSON (on standard error with --to -)");
}

}  // namespace

void AddBackupVerb(CLI::App& application, int* exit_status) {
  auto options = std::make_shared<BackupOptions>();
  CLI::App* verb =
      application.add_subcommand("backup", "Back up a folder's databases into a set or a stream");
  verb->footer(
      "Examples:\n"
      "  contrail backup /var/lib/mail --to /backup/mail\n"
      "  contrail backup /var/lib/mail --to /backup/mail --kind incremental\n"
      "  contrail backup /var/lib/mail --to /backup/mail --kind differential --dry-run\n"
      "  contrail backup /var/lib/mail --to /backup/mail --max-rate 20MB --content-hashes\n"
      "  contrail backup /var/lib/mail --to - | ssh store 'cat > mail.backup'\n"
      "  contrail backup /var/lib/mail --to /backup/mail --truncate-for-detached\n"
      "  contrail backup list /backup/mail\n"
      "  contrail backup verify /backup/mail --replay\n"
      "  contrail backup expire /backup/mail --keep-full 3\n"
      "  contrail backup history /var/lib/mail\n\n"
      "For databases that no program has open; a program backs up its own while it runs (see "
      "docs). A set is a folder: each backup in it has a manifest with the hash of every file and "
      "chunk, and the files as LZ4 frames that `lz4 -d` opens. A full backup begins a chain, an "
      "incremental one holds the logs since the one before; after both, logs may be deleted. A "
      "copy "
      "and a differential backup hold the same and change nothing. A stream needs no space "
      "anywhere; a full or incremental one deletes logs once its reader has taken the last byte, "
      "whatever becomes of it then: use `set -o pipefail`.");
  AddBackupSetVerbs(*verb, exit_status);
  AddBackupHistoryVerb(*verb, exit_status);
  AddOptions(verb, options);
  verb->callback([verb, options, exit_status] {
    if (!verb->get_subcommands().empty()) return;
    if (options->folder.empty()) throw CLI::RequiredError("DIR");
    if (options->set.empty()) throw CLI::RequiredError("--to SET");
    *exit_status = RunBackup(*options);
  });
}

}  // namespace contrail::tool
