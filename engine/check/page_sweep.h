// Reads a database file from end to end in large pieces and verifies every page by itself: its
// checksum, its layout, and what the header says about the highest numbers in use. Every processor
// takes pieces, and verifies one while its next ones are being read.

#pragma once

#include "engine/check/check_progress.h"
#include "engine/check/check_report.h"
#include "storage/database_header.h"
#include "storage/file.h"

namespace contrail {

struct PageSweepSubject {
  File* file = nullptr;  // Opened for direct I/O, or any other way.
  DatabaseHeader header;
  PageNumber last_page = 0;  // The last one that the database owns.
};

void SweepPages(FileSystem& files, const PageSweepSubject& subject, CheckProgress& progress,
                CheckReport* report);

}  // namespace contrail
