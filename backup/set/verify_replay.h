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

// Why the faults of a replay are put down to the backup that they name.
enum class ReplayBlame {
  kItsFiles,       // Its stored files are not what its manifest says.
  kItself,         // It goes on from none, and a replay of it alone shows them.
  kItselfOrChain,  // The backups that it goes on from replay without any. Whether it is wrong, or
                   // they are in a way that shows only with it, cannot be told.
  kNotTold,        // It is the newest of those replayed; which one is wrong was not found out.
};

struct ReplayVerification {
  RestoreResult replay;
  size_t databases = 0;
  // False: the backup was to record no contents; the databases were checked, and nothing compared.
  bool has_contents = false;
  ReplayedTables tables;
  std::vector<SetFault> faults;
  // With faults: the backup that they are put down to, and why.
  uint32_t blamed = 0;
  ReplayBlame blame = ReplayBlame::kNotTold;
};

// Checks what RestoreSet has made in `folder` of the backup of this manifest, whose databases are
// those of `holder` (the backup of the chain that holds them). Faults say what is wrong with the
// backup; the status tells of errors of the verification itself.
Status VerifyRestored(FileSystem& files, EventSink& events, const std::string& folder,
                      const SetManifest& manifest, const SetManifest& holder,
                      const SetProgressCallback& progress, ReplayVerification* verification);

// Restores request.set_folder's backup request.number into request.to, which is to be empty and
// stays as it is afterwards, and verifies that. A restore that fails because the set is damaged is
// a fault. After any fault the backups that this one goes on from are read, and replayed one after
// the other, in folders beside request.to that are gone afterwards: the oldest one that is not good
// by itself is to blame.
Result<ReplayVerification> VerifyByReplay(FileSystem& files, EventSink& events,
                                          const RestoreSetRequest& request);

}  // namespace contrail
