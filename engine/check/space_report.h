// Where the pages of a database are: for each tree what it owns, what of that it uses, what is
// available to it, what its children have, and what has no use at all. docs/format/space.md.

#pragma once

#include <string>
#include <vector>

#include "engine/check/catalog_check.h"
#include "storage/space.h"

namespace contrail {

enum class TreeKind { kDatabase, kTable, kIndex, kLongValues };

struct TreeSpaceReport {
  std::string table;  // "" for the database root.
  std::string name;   // Of the index; else that of the table.
  TreeKind kind = TreeKind::kDatabase;
  ObjectId object_id = 0;
  PageNumber root = 0;
  PageNumber parent = 0;
  // False: a page of the tree or of its space cannot be read, so the numbers are too low.
  bool complete = true;
  uint64_t owned_pages = 0;
  uint64_t used_pages = 0;   // By the tree.
  uint64_t space_pages = 0;  // By its extent trees.
  uint64_t available_pages = 0;
  uint64_t child_pages = 0;  // Owned by the trees whose space comes from this one.
  uint64_t lost_pages = 0;   // Owned and none of these.
  uint64_t nodes = 0;
  std::vector<Extent> owned;
  std::vector<Extent> available;
  std::vector<Extent> lost;
};

struct SpaceReport {
  uint32_t page_size = 0;
  uint64_t file_pages = 0;  // Behind the two header pages.
  // The database root first, then tables by object id, each with its indexes and long values.
  std::vector<TreeSpaceReport> trees;
};

// kCatalogCorrupted when neither copy of the catalog can be read.
Result<SpaceReport> ReportSpace(Database& database);

}  // namespace contrail
