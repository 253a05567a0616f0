// Both copies of the database header: whole, equal, and making sense for the state of the file.
// docs/format/database_header.md.

#pragma once

#include "engine/check/check_report.h"
#include "storage/file.h"

namespace contrail {

// `page_size` is that of the copy that could be read. kFileIOBeyondEOF and other errors of File.
Status CheckHeader(File& file, uint32_t page_size, bool allow_dirty, CheckReport* report);

}  // namespace contrail
