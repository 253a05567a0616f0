// contrail backup history: what a folder knows of the backups of its databases.

#include "tools/verb_backup_history.h"

#include <absl/strings/str_cat.h>

#include <cstdio>
#include <memory>

#include "backup/backup_history.h"
#include "backup/restore_point.h"
#include "backup/set/set_kind.h"
#include "tools/header_fields.h"

namespace contrail::tool {
namespace {

struct HistoryOptions {
  std::string folder;
  std::string logs;
  std::string base_name;
  bool records = false;
  bool json = false;
};

const char* EndName(LoggedBackupEnd end) {
  switch (end) {
    case LoggedBackupEnd::kInForce:
      return "in force";
    case LoggedBackupEnd::kAborted:
      return "aborted";
    case LoggedBackupEnd::kUnfinished:
      return "unfinished";
  }
  return "?";
}

std::string PositionText(const Lgpos& position) {
  return position.IsNull() ? "-" : LgposText(position);
}

Json PositionJson(const Lgpos& position) {
  return position.IsNull() ? Json(nullptr) : Json(PositionText(position));
}

std::string RangeText(uint32_t low, uint32_t end) {
  return end > low ? absl::StrCat(low, "-", end - 1) : "none";
}

FieldList DescribeStamps(const DatabaseHeader& header) {
  FieldList list;
  list.Group("stamps");
  const auto add = [&list](const char* name, const BackupInfo& stamp, BackupType type) {
    list.Add(name, stamp);
    if (!stamp.IsNull()) list.Add(absl::StrCat(name, " type"), BackupTypeName(type));
  };
  add("last full backup", header.last_full_backup, header.last_full_backup_type);
  add("last incremental backup", header.last_incremental_backup,
      header.last_incremental_backup_type);
  add("last copy backup", header.last_copy_backup, header.last_copy_backup_type);
  add("last differential backup", header.last_differential_backup,
      header.last_differential_backup_type);
  list.Add("current full backup", header.current_full_backup);
  return list;
}

FieldList DescribeCheckpoint(const BackupHistory& history) {
  FieldList list;
  list.Group("checkpoint");
  list.Add("position", history.checkpoint);
  list.Add("last full backup", history.last_full.position);
  list.Add("last full backup time", history.last_full.time);
  list.Add("last incremental backup", history.last_incremental.position);
  list.Add("last incremental backup time", history.last_incremental.time);
  return list;
}

Json Describe(const LoggedBackup& backup) {
  return Json{{"kind", BackupKindName(backup.scope)},
              {"type", BackupTypeName(backup.type)},
              {"end", EndName(backup.end)},
              {"begin", PositionJson(backup.begin)},
              {"begin_time", TimeJson(backup.begin_time)},
              {"stop", PositionJson(backup.stop)},
              {"stop_time", TimeJson(backup.stop_time)},
              {"generation_low", backup.generation_low},
              {"generation_high", backup.generation_high},
              {"truncated_low", backup.truncated_low},
              {"truncated_end", backup.truncated_end},
              {"databases", backup.databases}};
}

Json Describe(const LoggedBackupRecord& logged) {
  const BackupRecord& record = logged.record;
  Json line{{"position", PositionText(logged.position)}, {"time", TimeJson(record.time)},
            {"phase", BackupPhaseName(record.phase)},    {"kind", BackupKindName(record.scope)},
            {"type", BackupTypeName(record.type)},       {"generation_low", record.generation_low},
            {"generation_high", record.generation_high}, {"mark", PositionJson(record.mark)}};
  if (record.phase == BackupPhase::kUpdate) line["database"] = logged.database;
  return line;
}

void PrintJson(const HistoryOptions& options, const BackupHistory& history) {
  Json databases = Json::array();
  for (const FolderDatabase& database : history.databases) {
    databases.push_back({{"path", database.path},
                         {"signature", database.header.signature.ToText()},
                         {"state", StateText(database.header.state)},
                         {"stamps", DescribeStamps(database.header).ToJson()}});
  }
  Json backups = Json::array();
  for (const LoggedBackup& backup : history.backups) backups.push_back(Describe(backup));
  Json records = Json::array();
  for (const LoggedBackupRecord& record : history.records) records.push_back(Describe(record));
  const Json document{
      {"folder", options.folder},
      {"databases", databases},
      {"checkpoint", history.has_checkpoint ? DescribeCheckpoint(history).ToJson() : Json(nullptr)},
      {"logs",
       {{"generation_low", history.generation_low}, {"generation_high", history.generation_high}}},
      {"backups", backups},
      {"records", records},
      {"unreadable", history.unreadable}};
  std::printf("%s\n", JsonText(document).c_str());
}

void PrintBackup(const LoggedBackup& backup) {
  const LogTime& time = backup.stop_time.IsNull() ? backup.begin_time : backup.stop_time;
  std::printf("  %-28s %-12s %-11s %-10s", time.ToText().c_str(), BackupKindName(backup.scope),
              BackupTypeName(backup.type), EndName(backup.end));
  if (backup.generation_low != 0) {
    std::printf("  logs %u-%u, deleted %s", backup.generation_low, backup.generation_high,
                RangeText(backup.truncated_low, backup.truncated_end).c_str());
  }
  std::printf("\n");
  for (const std::string& database : backup.databases) {
    std::printf("      %s\n", Printable(database).c_str());
  }
}

void PrintRecord(const LoggedBackupRecord& logged) {
  const BackupRecord& record = logged.record;
  std::printf("  %-14s %-28s %-12s %-12s", PositionText(logged.position).c_str(),
              record.time.ToText().c_str(), BackupPhaseName(record.phase),
              BackupKindName(record.scope));
  if (record.phase == BackupPhase::kUpdate) {
    std::printf("  %s: generations %u-%u, mark %s", Printable(logged.database).c_str(),
                record.generation_low, record.generation_high, PositionText(record.mark).c_str());
  } else if (record.phase == BackupPhase::kTruncate) {
    std::printf("  generations %s",
                RangeText(record.generation_low, record.generation_high).c_str());
  }
  std::printf("\n");
}

void PrintText(const HistoryOptions& options, const BackupHistory& history) {
  for (const FolderDatabase& database : history.databases) {
    std::printf("%s (%s)\n", Printable(database.path).c_str(),
                StateText(database.header.state).c_str());
    DescribeStamps(database.header).Print();
  }
  if (history.has_checkpoint) {
    std::printf("%s\n", history.checkpoint_path.c_str());
    DescribeCheckpoint(history).Print();
  }
  if (history.generation_low == 0) {
    std::printf("no logs\n");
  } else {
    std::printf("backups in the logs of generations %u-%u\n", history.generation_low,
                history.generation_high);
    if (history.backups.empty()) std::printf("  none\n");
  }
  for (const LoggedBackup& backup : history.backups) PrintBackup(backup);
  if (options.records) {
    std::printf("records\n");
    for (const LoggedBackupRecord& record : history.records) PrintRecord(record);
  }
  for (const std::string& path : history.unreadable) {
    std::printf("UNREADABLE: %s\n", Printable(path).c_str());
  }
}

int RunHistory(const HistoryOptions& options) {
  TerminalEvents events(/*verbose=*/false);
  BackupHistoryRequest request;
  request.folder = AbsolutePath(options.folder);
  if (!options.logs.empty()) request.log_folder = AbsolutePath(options.logs);
  request.base_name = options.base_name;
  const Result<BackupHistory> history = ReadBackupHistory(PosixFileSystem(), events, request);
  if (!history.ok()) return Fail(options.folder, history.status());
  if (options.json) {
    PrintJson(options, *history);
  } else {
    PrintText(options, *history);
  }
  return history->unreadable.empty() ? kGood : kFoundWrong;
}

}  // namespace

void AddBackupHistoryVerb(CLI::App& backup, int* exit_status) {
  auto options = std::make_shared<HistoryOptions>();
  CLI::App* verb =
      backup.add_subcommand("history", "Show which backups a folder's databases have had");
  verb->footer(
      "Examples:\n"
      "  contrail backup history /var/lib/mail\n"
      "  contrail backup history /var/lib/mail --records\n"
      "  contrail backup history /var/lib/mail --json\n\n"
      "The stamps in each database's header, the last full and incremental backup that the "
      "checkpoint knows, and the backups that the logs tell of, in order: whether each is in "
      "force, which logs it copied and which it deleted. Nothing is changed, and the databases may "
      "be open. Exit status 1 when a file cannot be read.");
  verb->add_option("DIR", options->folder, "Folder with databases, logs and checkpoint")
      ->required();
  verb->add_option("--logs", options->logs, "Folder with logs and checkpoint, when not DIR");
  verb->add_option("--base-name", options->base_name, "How log files begin (three letters)");
  verb->add_flag("--records", options->records, "Also every backup record of the logs");
  verb->add_flag("--json", options->json, "Print JSON (always with the records)");
  verb->callback([options, exit_status] { *exit_status = RunHistory(*options); });
}

}  // namespace contrail::tool
