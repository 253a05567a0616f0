// Verification of a backup stream while it goes by: what BackupSetReader::Verify does for a set.

#pragma once

#include <vector>

#include "backup/set/byte_stream.h"
#include "backup/set/damage_mark.h"
#include "backup/set/set_manifest.h"
#include "backup/set/set_progress.h"
#include "storage/event.h"

namespace contrail {

struct StreamVerification {
  std::vector<SetManifest> backups;  // Those that were whole.
  std::vector<SetFault> faults;      // Of pages, logs and their order.
};

// kReadVerifyFailure, with an event, when the stream is cut off or altered; kTermInProgress; errors
// of the source.
Result<StreamVerification> VerifyStream(EventSink& events, ByteSource& source,
                                        const std::string& name,
                                        const SetProgressCallback& progress);

}  // namespace contrail
