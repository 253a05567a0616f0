// contrail header: the fields of a database header by name.

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "storage/database_header.h"
#include "tools/verb.h"

namespace contrail::tool {
namespace {

struct HeaderOptions {
  std::string file;
  bool json = false;
};

using Json = nlohmann::ordered_json;

Json Position(const Lgpos& position) {
  if (position.IsNull()) return nullptr;
  return Json{
      {"generation", position.generation}, {"block", position.block}, {"offset", position.offset}};
}

Json Moment(const LogTime& time) {
  if (time.IsNull()) return nullptr;
  return time.ToText();
}

Json Backup(const BackupInfo& backup) {
  if (backup.IsNull()) return nullptr;
  return Json{{"mark", Position(backup.mark)},
              {"time", Moment(backup.time)},
              {"generation_low", backup.generation_low},
              {"generation_high", backup.generation_high}};
}

const char* StateName(DatabaseState state) {
  switch (state) {
    case DatabaseState::kJustCreated:
      return "just created";
    case DatabaseState::kDirty:
      return "dirty (needs its logs)";
    case DatabaseState::kClean:
      return "clean";
    case DatabaseState::kBeingConverted:
      return "being converted";
    case DatabaseState::kForceDetached:
      return "force detached";
    case DatabaseState::kIncrementalReseed:
      return "incremental reseed in progress";
    case DatabaseState::kDirtyAndPatched:
      return "dirty and patched";
    case DatabaseState::kRevertInProgress:
      return "revert in progress";
  }
  return "unknown";
}

Json Describe(const DatabaseHeader& header) {
  return Json{
      {"state", StateName(header.state)},
      {"format_version", header.version},
      {"format_update", header.update},
      {"format_update_minor", header.update_minor},
      {"created_version", header.created_version},
      {"created_update", header.created_update},
      {"page_size", header.page_size},
      {"signature", header.signature.ToText()},
      {"log_signature", header.log_signature.ToText()},
      {"database_id", header.database_id},
      {"dbtime", header.dbtime},
      {"last_object_id", header.last_object_id},
      {"consistent_position", Position(header.consistent_position)},
      {"consistent_time", Moment(header.consistent_time)},
      {"attach_position", Position(header.attach_position)},
      {"attach_time", Moment(header.attach_time)},
      {"detach_position", Position(header.detach_position)},
      {"detach_time", Moment(header.detach_time)},
      {"generation_min_required", header.generation_min_required},
      {"generation_max_required", header.generation_max_required},
      {"generation_max_committed", header.generation_max_committed},
      {"last_full_backup", Backup(header.last_full_backup)},
      {"last_incremental_backup", Backup(header.last_incremental_backup)},
      {"last_copy_backup", Backup(header.last_copy_backup)},
      {"last_differential_backup", Backup(header.last_differential_backup)},
      {"current_full_backup", Backup(header.current_full_backup)},
      {"bits_corrected", header.corrected_checksums.count},
      {"bad_checksums", header.bad_checksums.count},
      {"repair_count", header.repair_count},
      {"os_version", std::to_string(header.os_major) + "." + std::to_string(header.os_minor) + "." +
                         std::to_string(header.os_build)},
  };
}

std::string PlainText(const Json& value) {
  if (value.is_null()) return "none";
  if (value.is_string()) return value.get<std::string>();
  return value.dump();
}

int RunHeader(const HeaderOptions& options) {
  TerminalEvents events(/*verbose=*/false);
  Result<std::unique_ptr<File>> file =
      PosixFileSystem().Open(AbsolutePath(options.file), {.mode = FileMode::kReadOnly});
  if (!file.ok()) return Fail(options.file, file.status());
  const Result<DatabaseHeader> header = ReadHeader(**file, events);
  if (!header.ok()) return Fail(options.file, header.status());
  const Json fields = Describe(*header);
  if (options.json) {
    std::printf("%s\n", fields.dump(2).c_str());
    return kGood;
  }
  for (const auto& [name, value] : fields.items()) {
    std::printf("%-26s %s\n", name.c_str(), PlainText(value).c_str());
  }
  return kGood;
}

}  // namespace

void AddHeaderVerb(CLI::App& application, int* exit_status) {
  auto options = std::make_shared<HeaderOptions>();
  CLI::App* verb = application.add_subcommand("header", "Print a database's header");
  verb->footer(
      "Examples:\n"
      "  contrail header mail.edb\n"
      "  contrail header mail.edb --json");
  verb->add_option("FILE", options->file, "Database file")->required();
  verb->add_flag("--json", options->json, "Print JSON");
  verb->callback([options, exit_status] { *exit_status = RunHeader(*options); });
}

}  // namespace contrail::tool
