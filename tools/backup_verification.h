// `contrail backup verify`: a set, a stream, and a set by restoring it.

#pragma once

#include <string>

#include "backup/set/backup_set_reader.h"

namespace contrail::tool {

struct VerificationOptions {
  std::string set;  // "-": a stream from standard input.
  bool replay = false;
  std::string scratch;  // Where the scratch folder of a replay is made; empty: /var/tmp.
  uint32_t number = 0;
  bool dry_run = false;  // No mark is set or taken off.
  bool json = false;
};

// Returns the exit status.
int RunVerification(const VerificationOptions& options);

// kFileNotFound, kInvalidPath (no folder).
Result<BackupSetReader> OpenSet(const std::string& path);

}  // namespace contrail::tool
