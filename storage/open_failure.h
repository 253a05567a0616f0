// Why a database file could not be opened or created, told as an event.

#pragma once

#include <string>

#include "storage/event.h"
#include "storage/file.h"
#include "storage/status.h"

namespace contrail {

// `why` is the error that opening `path` in `mode` gave. Looks again at what lies there (opening it
// once more, at most, and changing nothing) to tell a missing file from a directory, and a lock
// from missing rights. Returns what to answer: kDatabaseInvalidPath for kInvalidPath,
// kDatabaseDuplicate for kFileAlreadyExists, else `why`.
Status ReportOpenFailure(FileSystem& files, EventSink& events, const std::string& path,
                         FileMode mode, Status why);

}  // namespace contrail
