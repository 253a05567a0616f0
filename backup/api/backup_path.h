// The names that a client of a backup gives its files.

#pragma once

#include <string>

#include "engine/instance.h"

namespace contrail::api {

// The path that the backup knows the file by: absolute, and where it leads, through whatever links,
// to an attached database or into the log folder, the instance's own spelling. kInvalidParameter
// (no name), kInvalidPath.
Result<std::string> PathInBackup(Instance& engine, const char* name);

}  // namespace contrail::api
