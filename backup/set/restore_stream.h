// From a backup stream to databases that can be attached, in one pass: what comes is written where
// it is needed, and nowhere else.

#pragma once

#include "backup/set/byte_stream.h"
#include "backup/set/restore_request.h"
#include "storage/event.h"
#include "storage/file.h"

namespace contrail {

// As RestoreSet. The stream begins with a backup that holds databases; incremental and differential
// ones may follow. A stream that is cut off or altered anywhere is refused (kReadVerifyFailure) and
// leaves nothing in the folder. `name` of the source is for events.
Result<RestoreSetResult> RestoreStream(FileSystem& files, EventSink& events,
                                       const RestoreSetRequest& request, ByteSource& source,
                                       const std::string& name);

}  // namespace contrail
