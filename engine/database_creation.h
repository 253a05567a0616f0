// Creating a database file: the storage skeleton and the catalog every new database starts with.
// Deterministic in its arguments, so that recovery can repeat a logged creation.

#pragma once

#include <string>

#include "storage/database.h"

namespace contrail {

// Leaves a clean, synced file behind, or (after an error) none. kDatabaseDuplicate when it exists
// and `overwrite` is false.
Status CreateDatabaseFile(FileSystem& files, EventSink& events, const std::string& path,
                          const CreateDatabaseOptions& options, bool overwrite);

}  // namespace contrail
