// contrail space: where the pages of a database are.

#include <absl/strings/str_format.h>

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "engine/check/space_report.h"
#include "engine/offline_reader.h"
#include "storage/extent_tree.h"
#include "tools/progress.h"
#include "tools/verb.h"

namespace contrail::tool {
namespace {

using Json = nlohmann::ordered_json;

struct SpaceOptions {
  std::string file;
  bool extents = false;
  bool json = false;
  bool allow_dirty = false;
};

const char* KindText(TreeKind kind) {
  switch (kind) {
    case TreeKind::kDatabase:
      return "database";
    case TreeKind::kTable:
      return "table";
    case TreeKind::kIndex:
      return "index";
    case TreeKind::kLongValues:
      return "long values";
  }
  return "";
}

std::string ExtentText(const Extent& extent) {
  return extent.count == 1 ? std::to_string(extent.first)
                           : absl::StrFormat("%d-%d", extent.first, LastPage(extent));
}

Json DescribeExtents(const std::vector<Extent>& extents) {
  Json list = Json::array();
  for (const Extent& extent : extents) list.push_back({extent.first, extent.count});
  return list;
}

Json Describe(const TreeSpaceReport& tree) {
  return Json{{"table", tree.table},
              {"name", tree.name},
              {"kind", KindText(tree.kind)},
              {"object_id", tree.object_id},
              {"root", tree.root},
              {"parent", tree.parent},
              {"complete", tree.complete},
              {"owned_pages", tree.owned_pages},
              {"used_pages", tree.used_pages},
              {"space_tree_pages", tree.space_pages},
              {"available_pages", tree.available_pages},
              {"child_pages", tree.child_pages},
              {"lost_pages", tree.lost_pages},
              {"nodes", tree.nodes},
              {"owned", DescribeExtents(tree.owned)},
              {"available", DescribeExtents(tree.available)},
              {"lost", DescribeExtents(tree.lost)}};
}

void PrintExtents(const char* what, const std::vector<Extent>& extents) {
  if (extents.empty()) return;
  std::printf("    %s", what);
  for (const Extent& extent : extents) std::printf(" %s", ExtentText(extent).c_str());
  std::printf("\n");
}

void PrintTree(const TreeSpaceReport& tree, uint32_t page_size, bool extents) {
  const bool part = tree.kind == TreeKind::kIndex || tree.kind == TreeKind::kLongValues;
  std::string name = part ? "  " : "";
  name += tree.kind == TreeKind::kLongValues ? "(long values)" : Printable(tree.name);
  std::printf("%-40s %6u %7u %8llu %8llu %8llu %8llu %6llu %10s%s\n", name.c_str(), tree.object_id,
              tree.root, static_cast<unsigned long long>(tree.owned_pages),
              static_cast<unsigned long long>(tree.used_pages + tree.space_pages),
              static_cast<unsigned long long>(tree.child_pages),
              static_cast<unsigned long long>(tree.available_pages),
              static_cast<unsigned long long>(tree.lost_pages),
              BytesText(static_cast<double>(tree.owned_pages) * page_size).c_str(),
              tree.complete ? "" : "  (damaged)");
  if (extents) {
    PrintExtents("owned    ", tree.owned);
    PrintExtents("available", tree.available);
  }
  if (extents || tree.lost_pages != 0) PrintExtents("lost     ", tree.lost);
}

int RunSpace(const SpaceOptions& options) {
  TerminalEvents events(/*verbose=*/false);
  const Result<std::unique_ptr<OfflineReader>> reader = OfflineReader::Open(
      PosixFileSystem(), events, AbsolutePath(options.file), options.allow_dirty);
  if (!reader.ok()) return Fail(options.file, reader.status());
  Database& database = (*reader)->database();
  WarnIfDirty(options.file, database.header().state);
  const Result<SpaceReport> report = ReportSpace(database);
  if (!report.ok()) return Fail(options.file, report.status());
  bool good = true;
  uint64_t lost = 0;
  Json trees = Json::array();
  if (!options.json) {
    std::printf("%-40s %6s %7s %8s %8s %8s %8s %6s %10s\n", "pages of", "object", "root", "owned",
                "used", "children", "free", "lost", "size");
  }
  for (const TreeSpaceReport& tree : report->trees) {
    good = good && tree.complete;
    lost += tree.lost_pages;
    if (options.json) {
      trees.push_back(Describe(tree));
    } else {
      PrintTree(tree, report->page_size, options.extents);
    }
  }
  const uint64_t owned = report->trees.front().owned_pages;
  const uint64_t beyond = report->file_pages > owned ? report->file_pages - owned : 0;
  if (options.json) {
    const Json document{{"file", options.file},
                        {"page_size", report->page_size},
                        {"file_pages", report->file_pages},
                        {"owned_pages", owned},
                        {"never_used_pages", beyond},
                        {"lost_pages", lost},
                        {"trees", trees}};
    std::printf("%s\n", JsonText(document).c_str());
  } else {
    std::printf("%s pages of %u bytes in the file, %s owned, %s behind them not in use, %s lost\n",
                CountText(report->file_pages).c_str(), report->page_size, CountText(owned).c_str(),
                CountText(beyond).c_str(), CountText(lost).c_str());
  }
  if (lost != 0) {
    std::fprintf(stderr,
                 "hint: lost pages hold no data and cost nothing but room; `contrail "
                 "check` says more\n");
  }
  const bool whole = TellUnlessWhole(options.file, database);
  return good && whole && lost == 0 ? kGood : kFoundWrong;
}

}  // namespace

void AddSpaceVerb(CLI::App& application, int* exit_status) {
  auto options = std::make_shared<SpaceOptions>();
  CLI::App* verb = application.add_subcommand("space", "Show where the pages of a database are");
  verb->footer(
      "Examples:\n"
      "  contrail space mail.edb\n"
      "  contrail space mail.edb --extents\n"
      "  contrail space mail.edb --json\n\n"
      "For each tree: the pages it owns, those it uses, those its children own, those free to it, "
      "and those that have no use (lost, exit status 1). In JSON extents are [first page, pages].");
  verb->add_option("FILE", options->file, "Database file")->required();
  verb->add_flag("--extents", options->extents, "List every extent");
  verb->add_flag("--json", options->json, "Print JSON");
  verb->add_flag("--allow-dirty", options->allow_dirty,
                 "Read a database that was not shut down cleanly");
  verb->callback([options, exit_status] { *exit_status = RunSpace(*options); });
}

}  // namespace contrail::tool
