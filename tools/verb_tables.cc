// contrail tables: the tables of a database with their columns and indexes.

#include <algorithm>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "engine/offline_reader.h"
#include "tools/column_text.h"
#include "tools/verb.h"

namespace contrail::tool {
namespace {

using Json = nlohmann::ordered_json;

struct TablesOptions {
  std::string file;
  bool json = false;
  bool allow_dirty = false;
  bool system = false;
};

Json DescribeIndex(const TableSchema& table, const IndexSchema& index) {
  Json segments = Json::array();
  for (const IndexSegment& segment : index.segments) {
    const ColumnSchema* column = table.FindColumn(segment.column);
    segments.push_back((segment.descending ? "-" : "+") + (column == nullptr ? "?" : column->name));
  }
  return Json{{"name", index.name},
              {"primary", index.is_primary()},
              {"unique", index.is_unique()},
              {"columns", segments}};
}

Json DescribeTable(OfflineReader& reader, const TableSchema& table) {
  Json columns = Json::array();
  for (const ColumnSchema& column : table.columns()) {
    if (column.deleted()) continue;
    columns.push_back({{"id", column.id}, {"name", column.name}, {"type", ColumnTypeText(column)}});
  }
  Json indexes = Json::array();
  for (const IndexSchema& index : table.indexes) indexes.push_back(DescribeIndex(table, index));
  const Tree tree(reader.database(), table.root_page, table.object_id, /*unique=*/true);
  const Result<Tree::Statistics> size = tree.Measure();
  Json rows = nullptr;
  if (size.ok()) rows = size->nodes - size->deleted_nodes;
  return Json{{"name", table.name},           {"rows", rows},       {"object_id", table.object_id},
              {"root_page", table.root_page}, {"columns", columns}, {"indexes", indexes}};
}

std::string NameOf(const Json& object) { return Printable(object["name"].get<std::string>()); }

void PrintTable(const Json& table) {
  std::printf("%s (%s rows)\n", NameOf(table).c_str(),
              table["rows"].is_null() ? "?" : table["rows"].dump().c_str());
  for (const Json& column : table["columns"]) {
    std::printf("  %5u  %-32s %s\n", column["id"].get<unsigned>(), NameOf(column).c_str(),
                column["type"].get<std::string>().c_str());
  }
  for (const Json& index : table["indexes"]) {
    std::string columns;
    for (const Json& column : index["columns"])
      columns += " " + Printable(column.get<std::string>());
    std::printf("  index  %-32s%s%s\n", NameOf(index).c_str(), columns.c_str(),
                index["primary"].get<bool>()  ? " (primary)"
                : index["unique"].get<bool>() ? " (unique)"
                                              : "");
  }
}

int RunTables(const TablesOptions& options) {
  TerminalEvents events(/*verbose=*/false);
  const Result<std::unique_ptr<OfflineReader>> reader = OfflineReader::Open(
      PosixFileSystem(), events, AbsolutePath(options.file), options.allow_dirty);
  if (!reader.ok()) return Fail(options.file, reader.status());
  WarnIfDirty(options.file, (*reader)->database().header().state);
  const Result<std::vector<TableSchema>> tables = (*reader)->Tables();
  if (!tables.ok()) return Fail(options.file, tables.status());
  Json list = Json::array();
  for (const TableSchema& table : *tables) {
    if ((table.flags & table_flag::kSystem) != 0 && !options.system) continue;
    list.push_back(DescribeTable(**reader, table));
  }
  const bool counted = std::none_of(list.begin(), list.end(),
                                    [](const Json& table) { return table["rows"].is_null(); });
  if (options.json) {
    std::printf("%s\n", JsonText(list).c_str());
  } else {
    for (const Json& table : list) PrintTable(table);
  }
  const bool whole = TellUnlessWhole(options.file, (*reader)->database());
  return counted && whole ? kGood : kFoundWrong;
}

}  // namespace

void AddTablesVerb(CLI::App& application, int* exit_status) {
  auto options = std::make_shared<TablesOptions>();
  CLI::App* verb = application.add_subcommand("tables", "List tables, their columns and indexes");
  verb->footer(
      "Examples:\n"
      "  contrail tables mail.edb\n"
      "  contrail tables mail.edb --system --json");
  verb->add_option("FILE", options->file, "Database file")->required();
  verb->add_flag("--json", options->json, "Print JSON");
  verb->add_flag("--system", options->system, "System tables too");
  verb->add_flag("--allow-dirty", options->allow_dirty,
                 "Read a database that was not shut down cleanly");
  verb->callback([options, exit_status] { *exit_status = RunTables(*options); });
}

}  // namespace contrail::tool
