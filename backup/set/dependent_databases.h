// Databases that need the logs which a restore into their folder would take over, and that it does
// not restore: afterwards nobody would replay these logs for them.

#pragma once

#include <set>
#include <string>
#include <vector>

#include "storage/file.h"

namespace contrail {

struct LogFolder {
  std::string path;  // Ends with a slash.
  std::string base_name;
  std::string signature;  // Of the log stream, as text.
};

// Paths of those that are not clean and belong to the stream: in the folder, and where the newest
// log says that databases were attached. `restored`: signatures that do not count. Errors of
// listing the folder.
Result<std::vector<std::string>> FindDependentDatabases(FileSystem& files, const LogFolder& logs,
                                                        const std::set<std::string>& restored);

// One sentence: why they are in the way, and what to do.
extern const char kDependentDatabaseText[];

}  // namespace contrail
