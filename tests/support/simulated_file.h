// The open files of the simulated disk. Not for tests: they see storage/file.h.

#pragma once

#include <memory>
#include <string>

#include "storage/file.h"
#include "tests/support/simulated_file_system.h"

namespace contrail::test {

class SimulatedFile final : public File {
 public:
  // Takes the lock when `options` asks for it. The caller holds the file system's mutex.
  static Result<std::unique_ptr<SimulatedFile>> Make(SimulatedFileSystem* files, std::string path,
                                                     std::shared_ptr<SimulatedInode> inode,
                                                     const OpenOptions& options);
  ~SimulatedFile() override;
  SimulatedFile(const SimulatedFile&) = delete;
  SimulatedFile& operator=(const SimulatedFile&) = delete;

  Status Read(uint64_t offset, MutableBytes buffer) override;
  Status Write(uint64_t offset, Bytes data) override;
  Status Sync() override;
  Result<uint64_t> Size() override;
  Status Resize(uint64_t size) override;
  const std::string& path() const override { return path_; }

  SimulatedInode* inode() const { return inode_.get(); }
  bool writable() const { return options_.mode != FileMode::kReadOnly; }

 private:
  SimulatedFile(SimulatedFileSystem* files, std::string path, std::shared_ptr<SimulatedInode> inode,
                const OpenOptions& options);
  int* LockCount() const;

  SimulatedFileSystem* const files_;
  const std::string path_;
  const std::shared_ptr<SimulatedInode> inode_;
  const OpenOptions options_;
};

}  // namespace contrail::test
