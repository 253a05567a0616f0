// FinishedDatabases: which databases a restore has made whole, kept in a file while their marks are
// taken off.
//
// The mark in the header tells a copy of a backup from any other database. When a restore of
// several databases is interrupted between the first mark and the last, the note alone tells a
// database that it has finished from one that has no business in a restore.

#pragma once

#include <string>
#include <vector>

#include "storage/database_header.h"
#include "storage/file.h"

namespace contrail {

class FinishedDatabases {
 public:
  // Empty when there is no file, or none of ours.
  static Result<FinishedDatabases> Read(FileSystem& files, const std::string& path);
  // Ok when there is none.
  static Status Remove(FileSystem& files, const std::string& path);

  // Reads the header of a database that recovery has left clean.
  Status Add(FileSystem& files, const std::string& database);
  // Durable, in place of an older one.
  Status Write(FileSystem& files, const std::string& path) const;
  // The same database, not opened by anybody since.
  bool Has(const DatabaseHeader& header) const;

 private:
  std::vector<std::string> lines_;
};

}  // namespace contrail
