// Log files and checkpoints as people read them. Each function prints and returns the exit status.

#pragma once

#include <string>

#include "storage/file.h"

namespace contrail::tool {

// Ours: the header alone; the header with what is in the file; with every record, one a line.
int ShowLogHeader(const std::string& path, bool json);
int ShowLog(const std::string& path, bool records, bool json);
int ShowCheckpoint(const std::string& path, bool json);

// Windows': recognised and described.
int ShowWindowsLog(const std::string& path, File& file, bool json);
int ShowWindowsCheckpoint(const std::string& path, File& file, bool json);

}  // namespace contrail::tool
