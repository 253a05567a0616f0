// The verbs of `contrail backup` that look at a set or a stream: list, verify, expire.

#pragma once

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "backup/set/backup_set_reader.h"

namespace contrail::tool {

// The number of bytes in a manifest's files.
uint64_t BytesOf(const SetManifest& manifest, bool stored);
// What a set's entry is, for whoever reads JSON.
nlohmann::ordered_json Describe(const SetEntry& entry);

void AddBackupSetVerbs(CLI::App& backup, int* exit_status);

}  // namespace contrail::tool
