// The tables of a database whose catalog is damaged: both copies are read as far as they go, and
// what one has lost the other gives.

#pragma once

#include <vector>

#include "engine/schema.h"
#include "storage/database.h"

namespace contrail {

struct SalvagedTables {
  std::vector<TableSchema> tables;  // In the order of their names.
  // False: there are tables of which too little is left to read their rows.
  bool complete = true;
};

// Page errors of the file only where nothing at all can be read.
Result<SalvagedTables> SalvageTables(Database& database);

}  // namespace contrail
