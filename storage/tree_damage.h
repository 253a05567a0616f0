// How a tree tells of a page that cannot be what its neighbours say it is.

#pragma once

#include <string>

#include "storage/database.h"

namespace contrail {

// Reports an event that names file, offset, the rule, what was expected and found, and returns
// `error` (kBadPageLink, kDatabaseCorrupted, ...). Only for pages whose bytes are known to be whole
// (validated or latched).
Status ReportTreeDamage(Database& database, PageNumber page, Error error, const std::string& rule,
                        const std::string& expected, const std::string& found);

}  // namespace contrail
