// The verbs of `contrail backup` that look at a set or a stream: list, verify, expire.

#pragma once

#include <CLI/CLI.hpp>

namespace contrail::tool {

void AddBackupSetVerbs(CLI::App& backup, int* exit_status);

}  // namespace contrail::tool
