// The verb `contrail backup history`.

#pragma once

#include "tools/verb.h"

namespace contrail::tool {

// Adds it below the verb `backup`; its callback stores the exit status.
void AddBackupHistoryVerb(CLI::App& backup, int* exit_status);

}  // namespace contrail::tool
