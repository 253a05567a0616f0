// Everything that a database holds, read as a tool reads it: every row of every table, system
// tables too, with every value in full.
//
// Thread rule: one thread.

#pragma once

#include <map>
#include <string>
#include <vector>

#include "storage/event.h"
#include "storage/file.h"

namespace contrail::test {

struct ExportedTable {
  std::vector<std::string> rows;  // In the order of their keys: key, columns, values.
  bool whole = true;              // False: an error ended it, or a record was reported as damaged.
};

struct WholeExport {
  Status opened;  // Of the file and its catalog; with an error there are no tables.
  std::map<std::string, ExportedTable> tables;

  bool whole() const;
};

// Errors and damage go into the result, and to `events`.
WholeExport ExportEverything(FileSystem& files, EventSink& events, const std::string& path);

// What `found` has that is not in `expected`, or has as if it were whole and is not; empty when
// nothing found is wrong.
std::string FindWrongValue(const WholeExport& expected, const WholeExport& found);

}  // namespace contrail::test
