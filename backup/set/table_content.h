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

struct TableToRead {
  AttachedDatabase* attached = nullptr;
  std::string database;  // Its signature.
  std::string name;
  ObjectId id = 0;
  PageNumber root = 0;
};

// The tables of a database that programs have made, as the session's transaction sees them, in the
// order of their names.
Status AddTablesToRead(Session& session, AttachedDatabase& attached, const std::string& database,
                       std::vector<TableToRead>* tables);

// What a table holds as the session's transaction sees it, whoever uses it now, exclusively or not,
// changes its definition or deletes it: nobody notices. A transaction whose snapshot has been
// revoked gets an error, any.
Status ReadTableContent(Session& session, const TableToRead& table, const ContentProgress& progress,
                        TableContent* content);

}  // namespace contrail
