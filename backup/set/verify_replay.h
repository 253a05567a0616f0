// The whole proof of a backup: it is restored into a scratch folder, replayed, checked, and what
// every table holds is compared with what the backup has recorded.

#pragma once

#include <string>
#include <vector>

#include "backup/set/damage_mark.h"
#include "backup/set/restore_request.h"
#include "backup/set/set_manifest.h"
#include "storage/event.h"
#include "storage/file.h"

namespace contrail {

struct ReplayedTables {
  uint64_t compared = 0;  // Tables whose content is what the backup has recorded.
  uint64_t rows = 0;
  uint64_t not_recorded = 0;  // Of these the backup does not say what they held.
};

struct ReplayVerification {
  RestoreResult replay;
  size_t databases = 0;
  // False: the backup was to record no contents; the databases were checked, and nothing compared.
  bool has_contents = false;
  ReplayedTables tables;
  std::vector<SetFault> faults;
};

// Checks what RestoreSet has made in `folder` of the backup of this manifest, whose databases are
// those of `holder` (the backup of the chain that holds them). Faults say what is wrong with the
// backup; the status tells of errors of the verification itself.
Status VerifyRestored(FileSystem& files, EventSink& events, const std::string& folder,
                      const SetManifest& manifest, const SetManifest& holder,
                      const SetProgressCallback& progress, ReplayVerification* verification);

// Restores request.set_folder's backup request.number into request.to, which is to be empty and
// stays as it is afterwards, and verifies that. A restore that fails because the set is damaged is
// a fault.
Result<ReplayVerification> VerifyByReplay(FileSystem& files, EventSink& events,
                                          const RestoreSetRequest& request);

}  // namespace contrail
