#include "storage/space_check.h"

#include <absl/container/flat_hash_map.h>
#include <absl/strings/str_cat.h>

#include <algorithm>

#include "storage/check.h"
#include "storage/extent_tree.h"
#include "storage/space_header.h"

namespace contrail {
namespace {

// A piece of a tree's space and what it is used for.
struct Use {
  Extent extent;
  std::string what;
};

struct TreeSpaceState {
  const TreeUse* tree = nullptr;
  bool readable = false;
  SpaceMap map;
  std::vector<Use> uses;
};

std::string Show(const Extent& extent) {
  return extent.count == 1 ? absl::StrCat("page ", extent.first)
                           : absl::StrCat("pages ", extent.first, "..", LastPage(extent));
}

void AddPages(std::vector<PageNumber> pages, const std::string& what, std::vector<Use>* uses) {
  std::sort(pages.begin(), pages.end());
  for (const PageNumber page : pages) {
    if (!uses->empty() && uses->back().what == what && LastPage(uses->back().extent) + 1 == page) {
      ++uses->back().extent.count;
    } else {
      uses->push_back({{page, 1}, what});
    }
  }
}

void AddExtents(const std::vector<Extent>& extents, const std::string& what,
                std::vector<Use>* uses) {
  for (const Extent& extent : extents) uses->push_back({extent, what});
}

bool ByFirst(const Use& a, const Use& b) { return a.extent.first < b.extent.first; }

// Sorts, reports overlaps, and joins what lies together.
std::vector<Extent> Cover(std::vector<Use> uses, const std::string& tree,
                          std::vector<TreeFinding>* findings) {
  std::sort(uses.begin(), uses.end(), ByFirst);
  std::vector<Extent> cover;
  const Use* before = nullptr;
  for (const Use& use : uses) {
    if (!cover.empty() && use.extent.first <= LastPage(cover.back())) {
      findings->push_back({use.extent.first, absl::StrCat(tree, ": use of a page"), "only one",
                           absl::StrCat(before->what, " and ", use.what)});
    }
    if (!cover.empty() && use.extent.first <= LastPage(cover.back()) + 1) {
      const PageNumber last = std::max(LastPage(cover.back()), LastPage(use.extent));
      cover.back().count = last - cover.back().first + 1;
    } else {
      cover.push_back(use.extent);
    }
    before = &use;
  }
  return cover;
}

// What lies in `whole` and not in `part`; both sorted and joined.
std::vector<Extent> Difference(const std::vector<Extent>& whole, const std::vector<Extent>& part) {
  std::vector<Extent> result;
  size_t i = 0;
  for (const Extent& extent : whole) {
    uint64_t from = extent.first;
    const uint64_t end = uint64_t{extent.first} + extent.count;
    while (i < part.size() && LastPage(part[i]) < from) ++i;
    for (size_t k = i; k < part.size() && part[k].first < end; ++k) {
      if (part[k].first > from) {
        result.push_back(
            {static_cast<PageNumber>(from), static_cast<uint32_t>(part[k].first - from)});
      }
      from = std::max<uint64_t>(from, uint64_t{LastPage(part[k])} + 1);
    }
    if (from < end)
      result.push_back({static_cast<PageNumber>(from), static_cast<uint32_t>(end - from)});
  }
  return result;
}

void CompareCover(const TreeSpaceState& state, std::vector<TreeFinding>* findings) {
  const std::string& name = state.tree->name;
  std::vector<Use> owned_uses;
  AddExtents(state.map.owned, "an owned extent", &owned_uses);
  const std::vector<Extent> owned = Cover(owned_uses, name, findings);
  const std::vector<Extent> used = Cover(state.uses, name, findings);
  for (const Extent& leak : Difference(owned, used)) {
    findings->push_back(
        {leak.first, absl::StrCat(name, ": use of owned ", Show(leak)), "one", "none"});
  }
  for (const Extent& foreign : Difference(used, owned)) {
    findings->push_back(
        {foreign.first, absl::StrCat(name, ": ", Show(foreign), " in use"), "owned", "not owned"});
  }
}

// The extent trees are ordinary trees and have to keep their rules.
void CheckExtentTrees(Database& database, PageNumber root, std::vector<TreeFinding>* findings) {
  Result<ReadGuard> guard = database.pages().Read(root);
  if (!guard.ok()) return;
  const auto header = SpaceHeader::Load(guard->page().external_header());
  TreeSubject subject;
  subject.object_id = guard->page().object_id();
  subject.page_flags = (guard->page().flags() & page_flag::kTreeMask) | page_flag::kSpaceTree;
  if (!guard->Validate() || !header || !header->multiple_extents()) return;
  for (const PageNumber tree : {header->owned_root(), header->available_root()}) {
    subject.root = tree;
    TreeCheck check(database, subject);
    check.Run();
    findings->insert(findings->end(), check.findings().begin(), check.findings().end());
  }
}

}  // namespace

bool CheckSpace(Database& database, const std::vector<TreeUse>& trees,
                std::vector<TreeFinding>* findings) {
  const size_t before = findings->size();
  absl::flat_hash_map<PageNumber, size_t> index;
  std::vector<TreeSpaceState> states(trees.size());
  for (size_t i = 0; i < trees.size(); ++i) {
    states[i].tree = &trees[i];
    index[trees[i].root] = i;
    CheckExtentTrees(database, trees[i].root, findings);
    Result<SpaceMap> map = ReadSpaceMap(database, trees[i].root);
    states[i].readable = map.ok();
    if (!map.ok()) {
      findings->push_back({trees[i].root, absl::StrCat(trees[i].name, ": space can be read"), "yes",
                           absl::StrCat("error ", map.status().number())});
      continue;
    }
    states[i].map = std::move(map).value();
    for (const WrongExtent& wrong : states[i].map.wrong) {
      findings->push_back({wrong.root, absl::StrCat(trees[i].name, ": pages held for splits"),
                           absl::StrCat("at most ", wrong.last, ", up to page ", wrong.last),
                           absl::StrCat(wrong.count)});
    }
    AddPages(trees[i].pages, "the tree", &states[i].uses);
    AddPages(states[i].map.space_tree_pages, "its space trees", &states[i].uses);
    AddExtents(states[i].map.available, "available", &states[i].uses);
  }
  for (const TreeSpaceState& state : states) {
    if (!state.readable || state.map.parent == 0) continue;
    const auto parent = index.find(state.map.parent);
    if (parent == index.end()) {
      findings->push_back({state.tree->root, absl::StrCat(state.tree->name, ": parent"),
                           "the root of a tree", absl::StrCat("page ", state.map.parent)});
      continue;
    }
    AddExtents(state.map.owned, state.tree->name, &states[parent->second].uses);
  }
  for (const TreeSpaceState& state : states) {
    if (state.readable) CompareCover(state, findings);
  }
  return findings->size() == before;
}

}  // namespace contrail
