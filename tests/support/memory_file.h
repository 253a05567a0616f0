// A file system with one file, in memory, for tests that open the same bytes very often. No
// durability, no faults (tests/support/simulated_file_system.h has both). Any path names the file.
//
// Thread rule: thread safe for reading.

#pragma once

#include <vector>

#include "storage/file.h"

namespace contrail::test {

class MemoryFile final : public FileSystem {
 public:
  explicit MemoryFile(std::vector<std::byte> bytes) : bytes_(std::move(bytes)) {}

  // May be changed while no handle is in use.
  std::vector<std::byte>& bytes() { return bytes_; }
  const std::vector<std::byte>& bytes() const { return bytes_; }

  Result<std::unique_ptr<File>> Open(const std::string& path, const OpenOptions&) override;
  std::unique_ptr<IoQueue> NewQueue(size_t depth) override;
  Result<bool> Exists(const std::string&) override { return true; }
  Status Rename(const std::string&, const std::string&) override;
  Status Remove(const std::string&) override;
  Result<std::vector<std::string>> List(const std::string&) override;
  Status CreateDirectories(const std::string&) override { return Status::Ok(); }
  Status RemoveDirectory(const std::string&) override { return Status::Ok(); }
  Status SyncDirectory(const std::string&) override { return Status::Ok(); }

 private:
  std::vector<std::byte> bytes_;
};

}  // namespace contrail::test
