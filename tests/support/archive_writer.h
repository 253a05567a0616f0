// Archives of contrail/backup.hpp for tests that also include the engine's headers, which that one
// cannot stand beside.

#pragma once

#include <string>

namespace contrail::test {

// Opens the database in `live` and writes full.tar and then incremental.tar into `to`. A JET
// number.
int WriteArchives(const std::string& live, const std::string& database, const std::string& to);

}  // namespace contrail::test
