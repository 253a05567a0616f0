// Which databases a sequence of logs speaks of, and where it says that they lie.

#pragma once

#include <map>
#include <string>

#include "log/log_reader.h"
#include "storage/database_header.h"

namespace contrail {

class LoggedDatabases {
 public:
  // Reads all of the logs. The header of the first one names what was attached then.
  static Result<LoggedDatabases> Find(FileSystem& files, EventSink& events,
                                      const LogSource& source);

  // The path under which the database was attached last; null when the logs do not know it.
  const std::string* PathOf(const Signature& signature) const;
  // All of them: the signature's text, and the path.
  const std::map<std::string, std::string>& paths() const { return paths_; }

 private:
  std::map<std::string, std::string> paths_;  // By the signature's text.
};

}  // namespace contrail
