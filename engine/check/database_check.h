// CheckDatabase: whether everything in a database file is as it has to be. The file is opened for
// reading only and not changed.
//
// Looked at: both header copies; the checksum and layout of every page the database owns; every
// tree; every record; every long value and its reference count; every index entry against its
// record; the catalog against its shadow and against MSysObjids; that every owned page has exactly
// one use. Keys of text that cannot be computed exactly are counted as skipped.
//
// Everything that can be done at the same time is: pages by pieces of the file, tables, and the
// trees of a table.
//
// Memory: the cache; 8 bytes for each page of the database; 16 bytes for each row of the tables
// that are being looked at whose index keys cannot be computed exactly; for an index that turns out
// wrong, 16 bytes for each of its entries.

#pragma once

#include <string>

#include "engine/check/check_progress.h"
#include "engine/check/check_report.h"
#include "storage/file.h"
#include "storage/status.h"

namespace contrail {

struct DatabaseCheckOptions {
  // A database that was not shut down cleanly is one finding, and of its contents only the pages
  // are looked at: log records not yet replayed may explain the rest. This looks at all of it.
  bool allow_dirty = false;
  uint64_t cache_bytes = 64 << 20;
};

// Ok when the check ran, whatever it found. Errors (after an event) when the file cannot be read as
// a database: those of Database::Open and File.
Status CheckDatabase(FileSystem& files, EventSink& events, const std::string& path,
                     const DatabaseCheckOptions& options, CheckProgress& progress,
                     CheckReport* report);

}  // namespace contrail
