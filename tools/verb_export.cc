// contrail export: the rows of tables as JSON lines or CSV.

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "engine/text_order.h"
#include "tools/progress.h"
#include "tools/row_range.h"
#include "tools/standard_output.h"
#include "tools/table_export.h"
#include "tools/verb.h"

namespace contrail::tool {
namespace {

using Json = nlohmann::ordered_json;

struct ExportOptions {
  std::string file;
  std::string table;
  std::string format = "jsonl";
  std::vector<std::string> columns;
  std::optional<std::string> range;
  std::string folder;
  bool all = false;
  bool system = false;
  bool json = false;
  bool allow_dirty = false;
  std::optional<uint64_t> limit;
  std::string sort_tables;

  RowFormat row_format() const { return format == "csv" ? RowFormat::kCsv : RowFormat::kJsonLines; }
};

int Misused(const std::string& what, const std::string& hint) {
  std::fprintf(stderr, "error: %s\nhint: %s\n", what.c_str(), hint.c_str());
  return kCouldNotRun;
}

int TellDamaged(const ExportCount& count) {
  if (count.damaged() == 0) return kGood;
  std::fprintf(stderr,
               "error: %s damaged records and %s damaged pages were left out\n"
               "hint: `contrail check` says what is wrong\n",
               CountText(count.damaged_records).c_str(), CountText(count.damaged_pages).c_str());
  return kFoundWrong;
}

// False after telling which column there is not.
bool FindColumns(const ExportOptions& options, const TableSchema& table,
                 std::vector<const ColumnSchema*>* columns) {
  for (const std::string& name : options.columns) {
    const ColumnSchema* column = table.FindColumn(name);
    if (column == nullptr) {
      Misused("table " + table.name + " has no column \"" + name + "\"",
              "`contrail tables FILE` lists the columns");
      return false;
    }
    if (std::find(columns->begin(), columns->end(), column) != columns->end()) {
      Misused("column \"" + name + "\" is asked for twice", "once is enough");
      return false;
    }
    columns->push_back(column);
  }
  return true;
}

// Lets keys be made of the text of the table's indexes. False after telling why the tables of
// --sort-tables are of no use.
bool AttachOrders(const ExportOptions& options, EventSink& events, TableSchema* table) {
  std::shared_ptr<const SortTables> tables;
  if (!options.sort_tables.empty()) {
    Result<std::shared_ptr<const SortTables>> read =
        SortTables::Read(PosixFileSystem(), AbsolutePath(options.sort_tables), events);
    if (!read.ok()) {
      Fail(options.sort_tables, read.status());
      return false;
    }
    tables = std::move(read).value();
  }
  TextOrders(std::move(tables)).Attach(*table);
  return true;
}

int ExportOne(OfflineReader& reader, EventSink& events, const ExportOptions& options) {
  Result<TableSchema> table = reader.FindTable(options.table);
  if (!table.ok()) return Fail(options.file + ", table " + options.table, table.status());
  if (!AttachOrders(options, events, &*table)) return kCouldNotRun;
  ExportRequest request;
  request.format = options.row_format();
  request.limit = options.limit;
  if (!FindColumns(options, *table, &request.columns)) return kCouldNotRun;
  OfflineRange range;
  if (options.range) {
    std::string problem;
    Result<OfflineRange> parsed = ParseRowRange(*table, *options.range, &problem);
    if (!parsed.ok()) {
      Fail("--where-range: " + problem, parsed.status());
      std::fprintf(stderr, "hint: --where-range 'INDEX=LO..HI'; `contrail tables` lists indexes\n");
      return kCouldNotRun;
    }
    range = std::move(parsed).value();
    request.range = &range;
  }
  RowOutput output;
  ExportCount count;
  const Status status = ExportTable(reader, *table, request, output, &count);
  if (!output.status().ok()) {
    if (ReaderIsGone()) EndLikeABrokenPipe();
    return Fail("standard output", output.status());
  }
  if (!status.ok()) return Fail(options.file + ", table " + options.table, status);
  return TellDamaged(count);
}

void PrintExported(const std::vector<ExportedTable>& done, bool json) {
  Json list = Json::array();
  for (const ExportedTable& table : done) {
    if (json) {
      list.push_back({{"table", table.name},
                      {"file", table.file},
                      {"rows", table.count.rows},
                      {"damaged_records", table.count.damaged_records},
                      {"damaged_pages", table.count.damaged_pages},
                      {"error", table.status.number()}});
    } else if (table.status.ok()) {
      std::printf("%12s rows  %s\n", CountText(table.count.rows).c_str(), table.file.c_str());
    }
  }
  if (json) {
    std::printf("%s\n", JsonText(list).c_str());
  }
}

int ExportAll(OfflineReader& reader, const ExportOptions& options) {
  Result<std::vector<TableSchema>> tables = reader.Tables();
  if (!tables.ok()) return Fail(options.file, tables.status());
  if (!options.system) {
    std::erase_if(
        *tables, [](const TableSchema& table) { return (table.flags & table_flag::kSystem) != 0; });
  }
  std::error_code problem;
  std::filesystem::create_directories(options.folder, problem);
  if (problem) return Misused(options.folder + ": " + problem.message(), "--to names a folder");
  const std::vector<ExportedTable> done = ExportTables({.database = AbsolutePath(options.file),
                                                        .folder = options.folder,
                                                        .format = options.row_format(),
                                                        .allow_dirty = options.allow_dirty},
                                                       *tables);
  PrintExported(done, options.json);
  ExportCount total;
  bool written = true;
  for (const ExportedTable& table : done) {
    if (!table.status.ok()) {
      Fail(table.unwritten ? table.file : options.file + ", table " + table.name, table.status);
      written = false;
    }
    total.damaged_records += table.count.damaged_records;
    total.damaged_pages += table.count.damaged_pages;
  }
  const int damaged = TellDamaged(total);
  return written ? damaged : kCouldNotRun;
}

int RunExport(const ExportOptions& options) {
  if (options.all == !options.table.empty()) {
    return Misused("name one table, or give --all",
                   "contrail export FILE TABLE, or "
                   "contrail export FILE --all --to DIR");
  }
  if (options.json && !options.all && options.format == "csv") {
    return Misused("--json and --format csv are two forms of the same rows",
                   "leave one of them out");
  }
  const bool partial = !options.columns.empty() || options.range || options.limit;
  if (options.all && (options.folder.empty() || partial)) {
    return Misused("--all exports whole tables to a folder",
                   "contrail export FILE --all --to DIR [--system] [--format csv]");
  }
  TerminalEvents events(/*verbose=*/false);
  const Result<std::unique_ptr<OfflineReader>> reader = OfflineReader::Open(
      PosixFileSystem(), events, AbsolutePath(options.file), options.allow_dirty);
  if (!reader.ok()) return Fail(options.file, reader.status());
  WarnIfDirty(options.file, (*reader)->database().header().state);
  const int exported =
      options.all ? ExportAll(**reader, options) : ExportOne(**reader, events, options);
  const bool whole = TellUnlessWhole(options.file, (*reader)->database());
  return exported == kGood && !whole ? kFoundWrong : exported;
}

// What is wrong with the text as a number of rows. What is too large is found later.
std::string NotACount(const std::string& text) {
  const bool digits = !text.empty() && text.find_first_not_of("0123456789") == text.npos;
  return digits ? "" : "\"" + text + "\" is not a number of rows";
}

}  // namespace

void AddExportVerb(CLI::App& application, int* exit_status) {
  auto options = std::make_shared<ExportOptions>();
  CLI::App* verb = application.add_subcommand("export", "Print the rows of a table, or of all");
  verb->footer(
      "Examples:\n"
      "  contrail export mail.edb Messages > messages.jsonl\n"
      "  contrail export mail.edb Messages --format csv --columns Id,Subject --limit 10\n"
      "  contrail export mail.edb Messages --where-range 'ByDate=2026-01-01..2026-01-31 23:59'\n"
      "  contrail export mail.edb Messages --where-range 'ByFolder=7,\"Re: x\"..7'\n"
      "  contrail export mail.edb --all --system --to exported\n\n"
      "Rows come in primary key order, or that of the range's index, one JSON object a line with "
      "the columns sorted by name. Null columns are left out; in CSV null is an empty field and an "
      "empty text is \"\". Records that cannot be read are told of and left out (exit status 1). "
      "The file is not changed.");
  verb->add_option("FILE", options->file, "Database file")->required();
  verb->add_option("TABLE", options->table, "Table name");
  CLI::Option* all = verb->add_flag("--all", options->all, "Every table, into the folder of --to");
  verb->add_option("--to", options->folder, "Folder for --all")->needs(all);
  verb->add_flag("--system", options->system, "With --all: system tables too")->needs(all);
  verb->add_option("--columns", options->columns, "Only these columns")->delimiter(',');
  verb->add_option("--where-range", options->range,
                   "INDEX=LO..HI: rows whose key lies in this range; either end may be missing");
  verb->add_option("--format", options->format, "jsonl or csv")
      ->check(CLI::IsMember({"jsonl", "csv"}));
  verb->add_flag("--json", options->json, "Rows as JSON lines; with --all: a summary as JSON");
  verb->add_option("--limit", options->limit, "Stop after this many rows")->check(NotACount);
  verb->add_option("--sort-tables", options->sort_tables,
                   "Windows' SortDefault.nls, for ranges of Unicode text that is not ASCII");
  verb->add_flag("--allow-dirty", options->allow_dirty,
                 "Read a database that was not shut down cleanly");
  verb->callback([options, exit_status] { *exit_status = RunExport(*options); });
}

}  // namespace contrail::tool
