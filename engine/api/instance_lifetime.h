// Starting and ending the engine behind an instance.

#pragma once

#include <map>
#include <string>

#include "engine/api/call_scope.h"

namespace contrail::api {

struct StartRequest {
  JET_GRBIT flags = 0;  // JetInit2
  // Where recovery finds databases: logged path to actual path, both absolute.
  std::map<std::string, std::string> recovery_paths;
  JET_PFNSTATUS status = nullptr;
};

// JetInit. kAlreadyInitialized, kInitInProgress, kSystemPathInUse, kLogFilePathInUse, errors of
// recovery. The instance stays as it was when it fails.
Status StartInstance(ApiInstance& instance, const StartRequest& request);

// JetTerm2. kInvalidGrbit, kBackupInProgress, kTooManyActiveUsers and kRestoreInProgress leave the
// instance as it is; after anything else it is gone.
Status EndInstance(ApiInstance& instance, JET_GRBIT flags);

}  // namespace contrail::api
