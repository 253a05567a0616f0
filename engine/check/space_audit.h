// Whether every page that the database owns has exactly one use, and whether the root page of every
// tree says the truth about its space. docs/format/space.md.

#pragma once

#include <vector>

#include "engine/check/catalog_check.h"
#include "storage/space_check.h"

namespace contrail {

// What the catalog says of a tree, beside the pages found in it.
struct SpaceSubject {
  TreeUse use;
  PageNumber parent = 0;
};

// The database root must be among the subjects; all of their walks were complete.
void AuditSpace(Database& database, std::vector<SpaceSubject> subjects, CheckReport* report);

}  // namespace contrail
