// Writes that fail as they would on a broken disk, on the machine's own file system: the process
// may not write behind a size in any file.

#pragma once

#include <esent.h>

#include <cstdint>
#include <string>

namespace contrail::test {

// No file of the process can be written at or behind this offset while the object lives.
class WriteLimit {
 public:
  explicit WriteLimit(uint64_t bytes);
  ~WriteLimit();
  WriteLimit(const WriteLimit&) = delete;
  WriteLimit& operator=(const WriteLimit&) = delete;

 private:
  uint64_t before_ = 0;
};

// The process's open descriptors of the file cannot be written through any more.
void MakeReadOnly(const std::string& path);

// Makes the instance lose its pages, but not its log, whose generations are shorter than 512 KiB.
void LosePages(JET_SESID session, JET_DBID database);

}  // namespace contrail::test
