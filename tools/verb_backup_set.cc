#include "tools/verb_backup_set.h"

#include <cstdio>
#include <memory>

#include "backup/set/expire_set.h"
#include "tools/backup_verification.h"
#include "tools/progress.h"
#include "tools/verb.h"

namespace contrail::tool {
namespace {

using Json = nlohmann::ordered_json;

struct SetVerbOptions {
  std::string set;
  bool json = false;
  VerificationOptions verification;
  ExpireRequest expire;
};

// What a set's entry is, for whoever reads JSON.
Json Describe(const SetEntry& entry) {
  Json files = Json::array();
  for (const SetFile& file : entry.manifest.files) {
    files.push_back({{"name", file.name}, {"bytes", file.bytes}, {"stored", file.stored_bytes}});
  }
  return Json{{"number", entry.manifest.number},
              {"kind", BackupKindName(entry.manifest.kind)},
              {"created", entry.manifest.created},
              {"folder", entry.folder},
              {"previous", entry.manifest.previous_number},
              {"generation_low", entry.manifest.generation_low},
              {"generation_high", entry.manifest.generation_high},
              {"bytes", entry.manifest.TotalBytes()},
              {"stored_bytes", entry.manifest.StoredBytes()},
              {"content_hashes", entry.manifest.has_contents},
              {"tables_recorded", entry.manifest.contents.size()},
              {"tables_not_recorded", entry.manifest.not_recorded.size()},
              {"damaged", !entry.sound() && !entry.of_other_format()},
              {"error", entry.status.number()},
              {"files", files}};
}

int RunList(const SetVerbOptions& options) {
  const Result<BackupSetReader> set = OpenSet(options.set);
  if (!set.ok()) return Fail(options.set, set.status());
  bool sound = true;
  Json list = Json::array();
  for (const SetEntry& entry : set->entries()) {
    sound = sound && entry.sound();
    list.push_back(Describe(entry));
    if (options.json) continue;
    std::printf("%6u  %-12s %-28s logs %u..%u  %9s  %9s stored%s\n", entry.manifest.number,
                BackupKindName(entry.manifest.kind), entry.manifest.created.c_str(),
                entry.manifest.generation_low, entry.manifest.generation_high,
                BytesText(static_cast<double>(entry.manifest.TotalBytes())).c_str(),
                BytesText(static_cast<double>(entry.manifest.StoredBytes())).c_str(),
                entry.no_folder           ? "  NO FOLDER"
                : entry.of_other_format() ? "  OTHER FORMAT"
                : !entry.status.ok()      ? "  DAMAGED MANIFEST"
                : entry.damaged           ? "  DAMAGED"
                                          : "");
  }
  if (options.json) std::printf("%s\n", JsonText(list).c_str());
  if (!options.json && list.empty()) std::printf("%s has no backups\n", options.set.c_str());
  return sound ? kGood : kFoundWrong;
}

int RunExpire(const SetVerbOptions& options) {
  TerminalEvents events(/*verbose=*/false);
  ExpireRequest request = options.expire;
  request.set_folder = AbsolutePath(options.set);
  const Result<ExpireResult> result = ExpireBackups(PosixFileSystem(), events, request);
  if (!result.ok()) return Fail(options.set, result.status());
  Json expired = Json::array();
  uint64_t bytes = 0;
  for (const ExpiredBackup& backup : result->expired) {
    bytes += backup.stored_bytes;
    expired.push_back({{"number", backup.number},
                       {"kind", BackupKindName(backup.kind)},
                       {"stored_bytes", backup.stored_bytes}});
  }
  const bool enough = result->sound_full >= request.keep_full;
  if (options.json) {
    const Json document{{"set", options.set},
                        {"dry_run", request.dry_run},
                        {"keep_full", request.keep_full},
                        {"sound_full", result->sound_full},
                        {"expired", expired},
                        {"kept", result->kept}};
    std::printf("%s\n", JsonText(document).c_str());
    return kGood;
  }
  for (const ExpiredBackup& backup : result->expired) {
    std::printf("%s backup %u: %s\n", BackupKindName(backup.kind), backup.number,
                request.dry_run ? "would be removed" : "removed");
  }
  std::printf("%zu backups%s, %s; %zu stay\n", result->expired.size(),
              request.dry_run ? " would go" : " gone",
              BytesText(static_cast<double>(bytes)).c_str(), result->kept);
  if (!enough) {
    std::printf("there are %u sound full backups, fewer than %u: nothing goes\n",
                result->sound_full, request.keep_full);
  }
  return kGood;
}

using SetVerbPointer = std::shared_ptr<SetVerbOptions>;

CLI::App* AddVerb(CLI::App& parent, const char* name, const char* what,
                  const SetVerbPointer& options, int (*run)(const SetVerbOptions&),
                  int* exit_status) {
  CLI::App* verb = parent.add_subcommand(name, what);
  verb->add_option("SET", options->set, "Folder of the backup set")->required();
  verb->add_flag("--json", options->json, "Print JSON");
  verb->callback([options, run, exit_status] { *exit_status = run(*options); });
  return verb;
}

void AddVerify(CLI::App& backup, int* exit_status) {
  auto options = std::make_shared<SetVerbOptions>();
  CLI::App* verb = AddVerb(
      backup, "verify", "Read a set, or a stream from standard input, and verify it", options,
      [](const SetVerbOptions& chosen) {
        VerificationOptions verification = chosen.verification;
        verification.set = chosen.set;
        verification.json = chosen.json;
        return RunVerification(verification);
      },
      exit_status);
  verb->footer(
      "Examples:\n"
      "  contrail backup verify /backup/mail\n"
      "  contrail backup verify /backup/mail --number 3 --json\n"
      "  contrail backup verify /backup/mail --replay\n"
      "  contrail backup verify /backup/mail --replay --scratch /big/disk\n"
      "  contrail backup verify /backup/mail --dry-run\n"
      "  ssh store cat mail.backup | contrail backup verify -\n\n"
      "Every hash of every file and chunk, every page checksum, every frame of every log and their "
      "order are looked at; nothing is restored. A backup that is found damaged is marked so in "
      "the set: later backups do not go on from it, and it does not count for `expire`. When the "
      "cause has been mended (a file was copied back) and the whole set proves good, the mark goes "
      "again.\n"
      "--replay also restores the newest backup (or that of --number) into a scratch folder, "
      "replays its logs, checks every database, compares what each table holds with what the "
      "backup recorded (`contrail backup --content-hashes`), and removes the scratch folder.");
  CLI::Option* replay = verb->add_flag("--replay", options->verification.replay,
                                       "Restore into a scratch folder, too");
  verb->add_flag("--dry-run", options->verification.dry_run, "Set no mark and take none off");
  verb->add_option("--scratch", options->verification.scratch,
                   "Where the scratch folder is made; else /var/tmp")
      ->needs(replay);
  verb->add_option("--number", options->verification.number,
                   "Only this backup and those it goes on from")
      ->check(CLI::PositiveNumber);
}

void AddExpire(CLI::App& backup, int* exit_status) {
  auto options = std::make_shared<SetVerbOptions>();
  CLI::App* verb =
      AddVerb(backup, "expire", "Remove old backups from a set", options, RunExpire, exit_status);
  verb->footer(
      "Examples:\n"
      "  contrail backup expire /backup/mail --keep-full 3 --dry-run\n"
      "  contrail backup expire /backup/mail --keep-full 3\n\n"
      "The newest full backups that are sound stay, as many as --keep-full says, and whatever is "
      "newer than the oldest of these or needed by something that stays. A backup that is damaged "
      "or marked so does not count. With fewer sound full backups than that, nothing goes.");
  verb->add_option("--keep-full", options->expire.keep_full, "How many full backups stay")
      ->required()
      ->check(CLI::Range(1u, 1'000'000u));
  verb->add_flag("--dry-run", options->expire.dry_run, "Say what would go; change nothing");
}

}  // namespace

void AddBackupSetVerbs(CLI::App& backup, int* exit_status) {
  AddVerify(backup, exit_status);
  auto options = std::make_shared<SetVerbOptions>();
  CLI::App* list =
      AddVerb(backup, "list", "List the backups of a set", options, RunList, exit_status);
  list->footer(
      "Examples:\n  contrail backup list /backup/mail\n"
      "  contrail backup list /backup/mail --json\n\n"
      "Exit status 1 when a backup's manifest is damaged or the backup is marked as damaged.");
  AddExpire(backup, exit_status);
}

}  // namespace contrail::tool
