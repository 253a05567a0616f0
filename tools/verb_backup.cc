// contrail backup: back up into a set; verify a set; list what is in it.

#include <absl/strings/str_format.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "backup/set/back_up_folder.h"
#include "backup/set/backup_set_reader.h"
#include "tools/set_progress_bar.h"
#include "tools/verb.h"
#include "tools/verb_backup_history.h"

namespace contrail::tool {
namespace {

using Json = nlohmann::ordered_json;

struct BackupOptions {
  std::string folder;
  std::string logs;
  std::string base_name;
  std::string set;
  bool incremental = false;
  bool truncate_for_detached = false;
  bool json = false;
};

const char* KindName(BackupKind kind) {
  return kind == BackupKind::kIncremental ? "incremental" : "full";
}

uint64_t Bytes(const SetManifest& manifest, bool stored) {
  uint64_t bytes = 0;
  for (const SetFile& file : manifest.files) bytes += stored ? file.stored_bytes : file.bytes;
  return bytes;
}

Json Describe(const SetEntry& entry) {
  Json files = Json::array();
  for (const SetFile& file : entry.manifest.files) {
    files.push_back({{"name", file.name}, {"bytes", file.bytes}, {"stored", file.stored_bytes}});
  }
  return Json{{"number", entry.manifest.number},
              {"kind", KindName(entry.manifest.kind)},
              {"created", entry.manifest.created},
              {"folder", entry.folder},
              {"generation_low", entry.manifest.generation_low},
              {"generation_high", entry.manifest.generation_high},
              {"bytes", Bytes(entry.manifest, false)},
              {"stored_bytes", Bytes(entry.manifest, true)},
              {"error", entry.status.number()},
              {"files", files}};
}

int RunBackup(const BackupOptions& options) {
  TerminalEvents events(/*verbose=*/false);
  Progress bar(Progress::StyleOf(stderr));
  FolderBackupRequest request;
  request.folder = AbsolutePath(options.folder);
  if (!options.logs.empty()) request.log_folder = AbsolutePath(options.logs);
  request.base_name = options.base_name;
  request.set.set_folder = AbsolutePath(options.set);
  request.set.kind = options.incremental ? BackupKind::kIncremental : BackupKind::kFull;
  request.set.truncate_for_detached = options.truncate_for_detached;
  request.set.progress = ShowOn(bar);
  const Result<SetBackupResult> result = BackUpFolderToSet(PosixFileSystem(), events, request);
  bar.End();
  if (!result.ok()) return Fail(options.folder, result.status());
  if (options.json) {
    const Json document{{"folder", result->folder},
                        {"number", result->manifest.number},
                        {"kind", KindName(result->manifest.kind)},
                        {"bytes", result->bytes},
                        {"stored_bytes", result->stored_bytes}};
    std::printf("%s\n", JsonText(document).c_str());
    return kGood;
  }
  std::printf("%s backup %u: %zu files, %s, %s stored, in %s\n", KindName(result->manifest.kind),
              result->manifest.number, result->manifest.files.size(),
              BytesText(static_cast<double>(result->bytes)).c_str(),
              BytesText(static_cast<double>(result->stored_bytes)).c_str(), result->folder.c_str());
  return kGood;
}

Result<BackupSetReader> OpenSet(const BackupOptions& options) {
  const std::string path = AbsolutePath(options.set);
  if (!std::filesystem::is_directory(path)) {
    return std::filesystem::exists(path) ? Error::kInvalidPath : Error::kFileNotFound;
  }
  return BackupSetReader::Open(PosixFileSystem(), DiscardEvents(), path);
}

int RunList(const BackupOptions& options) {
  const Result<BackupSetReader> set = OpenSet(options);
  if (!set.ok()) return Fail(options.set, set.status());
  bool sound = true;
  Json list = Json::array();
  for (const SetEntry& entry : set->entries()) {
    sound = sound && entry.status.ok();
    list.push_back(Describe(entry));
    if (options.json) continue;
    std::printf("%6u  %-12s %-28s logs %u..%u  %9s  %9s stored%s\n", entry.manifest.number,
                KindName(entry.manifest.kind), entry.manifest.created.c_str(),
                entry.manifest.generation_low, entry.manifest.generation_high,
                BytesText(static_cast<double>(Bytes(entry.manifest, false))).c_str(),
                BytesText(static_cast<double>(Bytes(entry.manifest, true))).c_str(),
                entry.status.ok() ? "" : "  DAMAGED MANIFEST");
  }
  if (options.json) std::printf("%s\n", JsonText(list).c_str());
  if (!options.json && list.empty()) std::printf("%s has no backups\n", options.set.c_str());
  return sound ? kGood : kFoundWrong;
}

int RunVerify(const BackupOptions& options) {
  const Result<BackupSetReader> set = OpenSet(options);
  if (!set.ok()) return Fail(options.set, set.status());
  if (set->entries().empty()) return Fail(options.set, Error::kFileNotFound);
  Progress bar(Progress::StyleOf(stderr));
  std::vector<SetFault> faults;
  const Status status = set->Verify(ShowOn(bar), &faults);
  bar.End();
  if (!status.ok()) return Fail(options.set, status);
  Json list = Json::array();
  for (const SetFault& fault : faults) {
    list.push_back({{"backup", fault.number},
                    {"file", fault.file},
                    {"what", fault.what},
                    {"error", fault.status.number()}});
    if (options.json) continue;
    std::printf("backup %u: %s: %s %s\n", fault.number, fault.file.c_str(), fault.what.c_str(),
                DescribeError(fault.status).c_str());
  }
  if (options.json) {
    const Json document{{"set", options.set},
                        {"backups", set->entries().size()},
                        {"sound", faults.empty()},
                        {"faults", list}};
    std::printf("%s\n", JsonText(document).c_str());
  } else if (faults.empty()) {
    std::printf("sound: %zu backups, every file as its manifest says, every page and log checked\n",
                set->entries().size());
  } else {
    std::printf(
        "hint: restores up to the backup before a damaged one still work; make a new full "
        "backup\n");
  }
  return faults.empty() ? kGood : kFoundWrong;
}

void AddSetVerb(CLI::App& parent, const char* name, const char* what, const char* examples,
                const std::shared_ptr<BackupOptions>& options,
                const std::function<int(const BackupOptions&)>& run, int* exit_status) {
  CLI::App* verb = parent.add_subcommand(name, what);
  verb->footer(examples);
  verb->add_option("SET", options->set, "Folder of the backup set")->required();
  verb->add_flag("--json", options->json, "Print JSON");
  verb->callback([options, run, exit_status] { *exit_status = run(*options); });
}

}  // namespace

void AddBackupVerb(CLI::App& application, int* exit_status) {
  auto options = std::make_shared<BackupOptions>();
  CLI::App* verb = application.add_subcommand("backup", "Back up a folder's databases into a set");
  verb->footer(
      "Examples:\n"
      "  contrail backup /var/lib/mail --to /backup/mail\n"
      "  contrail backup /var/lib/mail --to /backup/mail --incremental\n"
      "  contrail backup /var/lib/mail --to /backup/mail --truncate-for-detached\n"
      "  contrail backup list /backup/mail\n"
      "  contrail backup verify /backup/mail\n"
      "  contrail backup history /var/lib/mail\n\n"
      "For databases that no program has open; a program backs up its own while it runs (see "
      "docs). A set is a folder: each backup in it has a manifest with the hash of every file, and "
      "the files as LZ4 frames that `lz4 -d` opens.");
  AddSetVerb(*verb, "verify", "Read a whole set and verify it",
             "Examples:\n  contrail backup verify /backup/mail\n"
             "  contrail backup verify /backup/mail --json",
             options, RunVerify, exit_status);
  AddSetVerb(*verb, "list", "List the backups of a set",
             "Examples:\n  contrail backup list /backup/mail\n"
             "  contrail backup list /backup/mail --json",
             options, RunList, exit_status);
  AddBackupHistoryVerb(*verb, exit_status);
  verb->add_option("DIR", options->folder, "Folder with databases, logs and checkpoint");
  verb->add_option("--logs", options->logs, "Folder with logs and checkpoint, when not DIR");
  verb->add_option("--base-name", options->base_name, "How log files begin (three letters)");
  verb->add_option("--to", options->set, "Folder of the backup set");
  verb->add_flag("--incremental", options->incremental, "Only the logs since the last backup");
  verb->add_flag("--truncate-for-detached", options->truncate_for_detached,
                 "Delete logs although a database that is not in DIR any more may need them");
  verb->add_flag("--json", options->json, "Print JSON");
  verb->callback([verb, options, exit_status] {
    if (!verb->get_subcommands().empty()) return;
    if (options->folder.empty()) throw CLI::RequiredError("DIR");
    if (options->set.empty()) throw CLI::RequiredError("--to SET");
    *exit_status = RunBackup(*options);
  });
}

}  // namespace contrail::tool
