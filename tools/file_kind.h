// What kind of file somebody has named, by its first page.

#pragma once

#include "storage/file.h"
#include "storage/status.h"

namespace contrail::tool {

enum class FileKind { kDatabase, kLog, kWindowsLog, kCheckpoint, kWindowsCheckpoint, kFlushMap };

// A file that is none of the others counts as a database: opening it as one then tells what is
// wrong with it. Errors of File.
Result<FileKind> KindOfFile(File& file);

// Whether a file of Windows whose header is a page like a database's, with its type at the same
// place, is whole.
bool IsWholeHeader(Bytes page);

}  // namespace contrail::tool
