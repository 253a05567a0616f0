// contrail restore: from a backup set to databases that can be opened.

#include <unistd.h>

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "backup/set/descriptor_stream.h"
#include "backup/set/restore_plan.h"
#include "backup/set/restore_set.h"
#include "backup/set/restore_stream.h"
#include "storage/patient_files.h"
#include "tools/archive_restore.h"
#include "tools/lock_wait.h"
#include "tools/peeked_source.h"
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
  std::optional<std::string> to_time;
  std::optional<std::string> to_lgpos;
  bool dry_run = false;
  bool json = false;

  bool from_stream() const { return set == "-"; }
};

// False after telling what is wrong. An empty text is no point that may be passed over: a script
// whose variable is not set would restore what it wanted to keep out.
bool ReadPoint(const RestoreOptions& options, RestorePoint* point) {
  if (options.to_time.has_value()) {
    const Result<LogTime> time = ParseTime(*options.to_time);
    if (!time.ok()) {
      std::fprintf(stderr, "error: --to-time %s: not of the form 'YYYY-MM-DD HH:MM:SS[.mmm]'\n",
                   options.to_time->c_str());
      return false;
    }
    point->time = *time;
  }
  if (options.to_lgpos.has_value()) {
    const Result<Lgpos> position = ParseLgpos(*options.to_lgpos);
    if (!position.ok()) {
      std::fprintf(stderr,
                   "error: --to-lgpos %s: not of the form GENERATION:BLOCK:OFFSET (hexadecimal)\n",
                   options.to_lgpos->c_str());
      return false;
    }
    point->position = *position;
  }
  return true;
}

// What a restore would do, without a change.
int RunDry(const RestoreOptions& options, const RestoreSetRequest& request) {
  if (options.from_stream()) {
    std::fprintf(stderr,
                 "error: what a stream holds is known only when it has been read\nhint: `contrail "
                 "backup verify -` reads one and restores nothing\n");
    return kCouldNotRun;
  }
  TerminalEvents events(/*verbose=*/false);
  const Result<RestorePlan> plan = PlanRestore(PosixFileSystem(), events, request);
  if (!plan.ok()) return Fail(options.set, plan.status());
  if (options.json) {
    const Json document{{"dry_run", true},
                        {"possible", plan->objections.empty()},
                        {"objections", plan->objections},
                        {"warnings", plan->warnings},
                        {"backups", plan->backups},
                        {"databases", plan->databases},
                        {"bytes", plan->bytes},
                        {"generation_low", plan->generation_low},
                        {"generation_high", plan->generation_high}};
    std::printf("%s\n", JsonText(document).c_str());
  } else {
    for (const std::string& warning : plan->warnings) {
      std::fprintf(stderr, "warning: %s\n", warning.c_str());
    }
    for (const std::string& database : plan->databases) {
      std::printf("%s: would be restored\n", Printable(database).c_str());
    }
    std::printf("from %zu backups, %s to write, logs %u..%u to replay\n", plan->backups.size(),
                BytesText(static_cast<double>(plan->bytes)).c_str(), plan->generation_low,
                plan->generation_high);
    for (const std::string& objection : plan->objections) {
      std::printf("would be refused: %s\n", Printable(objection).c_str());
    }
    if (plan->objections.empty()) {
      std::printf(
          "nothing has been changed, and no file of the set has been read: `contrail "
          "backup verify` does\n");
    }
  }
  return plan->objections.empty() ? kGood : kCouldNotRun;
}

// What a program has made with contrail/backup.hpp.
int RestoreFromArchive(const RestoreOptions& options, ByteSource& source) {
  if (!options.logs.empty()) {
    std::fprintf(stderr,
                 "error: this stream is an archive of contrail/backup.hpp: --logs does not apply\n"
                 "hint: log files that lie in the folder of --to are replayed behind those of the "
                 "archive\n");
    return kCouldNotRun;
  }
  ArchiveRestore restore;
  restore.folder = AbsolutePath(options.to);
  restore.point = options.to_time.value_or(options.to_lgpos.value_or(""));
  restore.read = [&source](char* data, size_t size) -> ptrdiff_t {
    const Result<size_t> read = source.Read({reinterpret_cast<std::byte*>(data), size});
    return read.ok() ? static_cast<ptrdiff_t>(*read) : -1;
  };
  const ArchiveRestoreResult result = RestoreArchive(restore);
  if (result.error != 0) {
    return Fail("standard input, " + result.where, Status(static_cast<Error>(result.error)));
  }
  if (options.json) {
    const Json document{{"databases", result.databases}, {"archives", result.archives}};
    std::printf("%s\n", JsonText(document).c_str());
    return kGood;
  }
  for (const std::string& database : result.databases) {
    std::printf("%s: restored, clean\n", database.c_str());
  }
  std::printf("from %zu archives of contrail/backup.hpp\n", result.archives);
  return kGood;
}

Result<RestoreSetResult> Restore(const RestoreOptions& options, EventSink& events,
                                 const RestoreSetRequest& request, ByteSource& input) {
  PatientFileSystem files(PosixFileSystem(), kLockWait);
  if (!options.from_stream()) return RestoreSet(files, events, request);
  return RestoreStream(files, events, request, input, "standard input");
}

int RunRestore(const RestoreOptions& options) {
  RestorePoint point;
  if (!ReadPoint(options, &point)) return kCouldNotRun;
  if (options.from_stream() && options.number != 0) {
    std::fprintf(stderr, "error: --number chooses a backup of a set; a stream is taken whole\n");
    return kCouldNotRun;
  }
  if (options.from_stream() && isatty(STDIN_FILENO) != 0) {
    std::fprintf(stderr, "error: standard input is a terminal, not a backup stream\n");
    return kCouldNotRun;
  }
  TerminalEvents events(/*verbose=*/false);
  RestoreSetRequest request;
  if (!options.from_stream()) request.set_folder = AbsolutePath(options.set);
  request.to = AbsolutePath(options.to);
  if (!options.logs.empty()) request.surviving_logs = AbsolutePath(options.logs);
  request.number = options.number;
  request.point = point;
  if (options.dry_run) return RunDry(options, request);
  DescriptorSource input(events, STDIN_FILENO, "standard input");
  PeekedSource peeked(input, kArchiveHeadBytes);
  if (options.from_stream()) {
    const Result<Bytes> head = peeked.Peek();
    if (!head.ok()) return Fail("standard input", head.status());
    if (IsArchive(reinterpret_cast<const char*>(head->data()), head->size())) {
      return RestoreFromArchive(options, peeked);
    }
  }
  Progress bar(Progress::StyleOf(stderr));
  request.progress = ShowOn(bar);
  const Result<RestoreSetResult> result = Restore(options, events, request, peeked);
  bar.End();
  if (!result.ok()) return Fail(options.set, result.status());
  const RestoreResult& replay = result->replay;
  if (options.json) {
    Json document{{"databases", result->databases},
                  {"generation_low", replay.generation_low},
                  {"generation_high", replay.generation_high},
                  {"surviving_logs", replay.surviving_logs},
                  {"generation_end", replay.generation_end}};
    if (point.given()) {
      document["point"] = point.ToText();
      document["last_commit"] = LgposText(replay.last_commit);
      document["last_commit_time"] = replay.last_commit_time.ToText();
      document["new_log_stream"] = replay.new_stream.ToText();
    }
    std::printf("%s\n", JsonText(document).c_str());
    return kGood;
  }
  for (const std::string& database : result->databases) {
    std::printf("%s: restored, clean\n", Printable(database).c_str());
  }
  std::printf("replayed logs %u..%u of the set and %zu that survived, up to generation %u\n",
              replay.generation_low, replay.generation_high, replay.surviving_logs,
              replay.generation_end);
  if (point.given()) {
    std::printf(
        "the last commit taken in is that at %s, %s; a new log stream begins: make a full backup\n",
        LgposText(replay.last_commit).c_str(), replay.last_commit_time.ToText().c_str());
  }
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
      "  contrail restore /backup/mail --to /tmp/mail --number 3\n"
      "  contrail restore /backup/mail --to /tmp/mail --to-time '2026-11-22 11:16:07.123'\n"
      "  contrail restore /backup/mail --to /tmp/mail --to-lgpos 1A:3:F0\n"
      "  contrail restore /backup/mail --to /var/lib/mail --dry-run\n"
      "  ssh store cat mail.backup | contrail restore - --to /var/lib/mail\n"
      "  cat full.backup incremental.backup | contrail restore - --to /var/lib/mail\n\n"
      "The newest full backup and what follows it are brought back and replayed; with --logs also "
      "what was committed since, from log files that survived. A stream is written where it is "
      "needed as it comes; one that is cut off or altered anywhere is refused, and nothing "
      "stays but the folder and its lock. The archive that a program makes with "
      "contrail/backup.hpp is taken, too.\n\n"
      "--to-time (UTC) and --to-lgpos end the replay at the last commit at or before that moment "
      "or log position (`contrail log --records` shows both); what was not committed by then is "
      "undone. A new log stream begins there, which later logs of the old one cannot be mixed "
      "into. Logs of the old one that lie in the folder are moved to a folder timeline-...");
  verb->add_option("SET", options->set, "Folder of the backup set; - for a stream")->required();
  verb->add_option("--to", options->to, "Folder to restore into; made when missing")->required();
  verb->add_option("--logs", options->logs, "Folder with log files that survived");
  verb->add_option("--number", options->number, "Up to this backup of the set, not the newest")
      ->check(CLI::PositiveNumber);
  CLI::Option* time = verb->add_option("--to-time", options->to_time,
                                       "Not beyond 'YYYY-MM-DD HH:MM:SS[.mmm]', UTC");
  verb->add_option("--to-lgpos", options->to_lgpos,
                   "Not beyond GENERATION:BLOCK:OFFSET, hexadecimal")
      ->excludes(time);
  verb->add_flag("--dry-run", options->dry_run, "Say what would be done; change nothing");
  verb->add_flag("--json", options->json, "Print JSON");
  verb->callback([options, exit_status] { *exit_status = RunRestore(*options); });
}

}  // namespace contrail::tool
