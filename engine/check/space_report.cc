#include "engine/check/space_report.h"

#include <algorithm>
#include <map>

#include "storage/check.h"
#include "storage/extent_tree.h"

namespace contrail {
namespace {

bool ByFirst(const Extent& a, const Extent& b) { return a.first < b.first; }

uint64_t PagesOf(const std::vector<Extent>& extents) {
  uint64_t pages = 0;
  for (const Extent& extent : extents) pages += extent.count;
  return pages;
}

void AddPages(const std::vector<PageNumber>& pages, std::vector<Extent>* extents) {
  for (const PageNumber page : pages) extents->push_back({page, 1});
}

// What of `owned` no extent of `used` covers. Sorts both.
std::vector<Extent> Uncovered(std::vector<Extent> owned, std::vector<Extent> used) {
  std::sort(owned.begin(), owned.end(), ByFirst);
  std::sort(used.begin(), used.end(), ByFirst);
  std::vector<Extent> rest;
  size_t i = 0;
  for (const Extent& extent : owned) {
    uint64_t from = extent.first;
    const uint64_t end = from + extent.count;
    for (; i < used.size() && used[i].first < end; ++i) {
      if (used[i].first > from) {
        rest.push_back(
            {static_cast<PageNumber>(from), static_cast<uint32_t>(used[i].first - from)});
      }
      from = std::max<uint64_t>(from, uint64_t{LastPage(used[i])} + 1);
      if (from >= end) break;  // It may reach into the extent that follows.
    }
    if (from < end) {
      rest.push_back({static_cast<PageNumber>(from), static_cast<uint32_t>(end - from)});
    }
  }
  return rest;
}

class SpaceSurvey {
 public:
  explicit SpaceSurvey(Database& database) : database_(database) {}

  void Add(const NamedTree& tree, TreeKind kind, const std::string& table,
           const std::string& name) {
    TreeSpaceReport report;
    report.table = table;
    report.name = name;
    report.kind = kind;
    report.object_id = tree.subject.object_id;
    report.root = tree.subject.root;
    report.parent = tree.parent;
    TreeCheck walk(database_, tree.subject);
    walk.Run();
    report.complete = walk.complete();
    report.nodes = walk.nodes() - walk.deleted_nodes();
    report.used_pages = walk.pages().size();
    std::vector<Extent> uses;
    AddPages(walk.pages(), &uses);
    if (Result<SpaceMap> map = ReadSpaceMap(database_, report.root); map.ok()) {
      report.space_pages = map->space_tree_pages.size();
      AddPages(map->space_tree_pages, &uses);
      uses.insert(uses.end(), map->available.begin(), map->available.end());
      report.owned = std::move(map->owned);
      report.available = std::move(map->available);
    } else {
      report.complete = false;
    }
    report.owned_pages = PagesOf(report.owned);
    report.available_pages = PagesOf(report.available);
    std::vector<Extent>& of_parent = child_extents_[report.parent];
    of_parent.insert(of_parent.end(), report.owned.begin(), report.owned.end());
    uses_.push_back(std::move(uses));
    trees_.push_back(std::move(report));
  }

  std::vector<TreeSpaceReport> Finish() {
    for (size_t i = 0; i < trees_.size(); ++i) {
      TreeSpaceReport& tree = trees_[i];
      const std::vector<Extent>& children = child_extents_[tree.root];
      tree.child_pages = PagesOf(children);
      uses_[i].insert(uses_[i].end(), children.begin(), children.end());
      tree.lost = Uncovered(tree.owned, std::move(uses_[i]));
      tree.lost_pages = PagesOf(tree.lost);
    }
    return std::move(trees_);
  }

 private:
  Database& database_;
  std::vector<TreeSpaceReport> trees_;
  std::vector<std::vector<Extent>> uses_;                    // As trees_.
  std::map<PageNumber, std::vector<Extent>> child_extents_;  // By the parent's root.
};

}  // namespace

Result<SpaceReport> ReportSpace(Database& database) {
  const std::lock_guard lock(database.structure_mutex());
  CheckReport findings;  // Told by `contrail check`, not here.
  CatalogCheck catalog(database, &findings);
  if (!catalog.Read()) return Error::kCatalogCorrupted;
  SpaceReport report;
  report.page_size = database.page_size();
  ASSIGN_OR_RETURN(const uint64_t bytes, database.file().Size());
  report.file_pages = bytes / report.page_size > 2 ? bytes / report.page_size - 2 : 0;
  SpaceSurvey survey(database);
  const PageNumber root = catalog_place::kDatabaseRootPage;
  survey.Add({"database root", {root, catalog_place::kDatabaseObjectId, 0}, 0}, TreeKind::kDatabase,
             "", "database root");
  for (const NamedTable& table : catalog.Tables()) {
    survey.Add(table.rows, TreeKind::kTable, table.name, table.name);
    for (const NamedTable::Index& index : table.indexes) {
      survey.Add(index.tree, TreeKind::kIndex, table.name, index.name);
    }
    if (table.long_values) {
      survey.Add(*table.long_values, TreeKind::kLongValues, table.name, table.name);
    }
  }
  report.trees = survey.Finish();
  return report;
}

}  // namespace contrail
