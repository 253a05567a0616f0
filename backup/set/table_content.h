// What tables hold, as numbers to be compared: XXH3-128 over the rows of a table in the order of
// their keys, all values of all columns of each. Equal hashes: equal content, whatever pages it
// lies in. A backup records them at its end, and a restore of it can be held against them.

#pragma once

#include <functional>
#include <vector>

#include "backup/set/set_manifest.h"
#include "engine/attached_database.h"
#include "engine/session.h"

namespace contrail {

// Called with the name of the table that is being read, every thousand rows; false stops
// (kTermInProgress).
using ContentProgress = std::function<bool(const std::string& table)>;

// The tables of the database that programs have made, as the session's transaction, which is
// active, sees them, in the order of their names; added to `contents` under the signature
// `database`. A table that somebody uses exclusively, or has deleted meanwhile, is left out, with
// an event.
Status ReadTableContents(Session& session, AttachedDatabase& attached, const std::string& database,
                         const ContentProgress& progress, std::vector<TableContent>* contents);

}  // namespace contrail
