// The databases that lie in a folder, by their headers.

#pragma once

#include <string>
#include <vector>

#include "storage/database_header.h"
#include "storage/event.h"
#include "storage/file.h"

namespace contrail {

struct FolderDatabase {
  std::string path;
  DatabaseHeader header;
};

class FolderDatabases {
 public:
  // Every file in the folder whose header can be read, in the order of the names; temporary
  // databases and whatever else an instance keeps are passed over. `folder` ends with a slash.
  static Result<FolderDatabases> Find(FileSystem& files, const std::string& folder);
  // One more file. kDatabaseCorrupted, errors of opening; with an event.
  Status Add(FileSystem& files, EventSink& events, const std::string& path);

  const std::vector<FolderDatabase>& all() const { return databases_; }
  // *.edb files that have no readable header.
  const std::vector<std::string>& unreadable() const { return unreadable_; }
  // The database of a signature; of several copies the one of this name. Null when there is none,
  // or several of other names.
  const FolderDatabase* Find(const Signature& signature, const std::string& name) const;

 private:
  std::vector<FolderDatabase> databases_;
  std::vector<std::string> unreadable_;
};

}  // namespace contrail
