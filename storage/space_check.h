// Whether every owned page has exactly one use: the equation of docs/format/space.md for each tree.

#pragma once

#include <string>
#include <vector>

#include "storage/space.h"
#include "storage/tree_check.h"

namespace contrail {

// A tree and the pages that its walk found (TreeCheck::pages, without those of its space trees).
struct TreeUse {
  std::string name;  // For findings.
  PageNumber root = 0;
  std::vector<PageNumber> pages;
};

// Checks the space of all trees of a database together; the database root (page 1) must be among
// them. Also walks each tree's space trees. The structure mutex is held by the caller. Appends to
// *findings; false when something was found.
bool CheckSpace(Database& database, const std::vector<TreeUse>& trees,
                std::vector<TreeFinding>* findings);

}  // namespace contrail
