// How the logs in a folder are named, for whoever has not been told.

#pragma once

#include <string>
#include <vector>

#include "storage/event.h"
#include "storage/status.h"

namespace contrail {

// `names`: of the files in the folder. As FindBaseName (log/checkpoint.h), with an event that names
// all of them when there are several.
Result<std::string> FindLogBaseName(EventSink& events, const std::string& folder,
                                    const std::vector<std::string>& names);

}  // namespace contrail
