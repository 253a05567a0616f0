// GatedFileSystem: another file system whose changes pass a WriteGate: writes, syncs, resizes,
// creation, renaming and removal wait while the gate is closed. Reads never do.
//
// A queue's write counts from Submit until its completion has run. A Submit that finds the gate
// closed first brings home what its queue has in flight, so that a closed gate never waits for a
// thread that waits for the gate.
//
// Thread rule: that of storage/file.h.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "storage/file.h"
#include "storage/write_gate.h"

namespace contrail {

class GatedFileSystem final : public FileSystem {
 public:
  // Both outlive the object; the object outlives its files and queues.
  GatedFileSystem(FileSystem& inner, WriteGate& gate) : inner_(inner), gate_(gate) {}

  Result<std::unique_ptr<File>> Open(const std::string& path, const OpenOptions& options) override;
  std::unique_ptr<IoQueue> NewQueue(size_t depth) override;
  Result<bool> Exists(const std::string& path) override { return inner_.Exists(path); }
  Status Rename(const std::string& from, const std::string& to) override;
  Status Remove(const std::string& path) override;
  Result<std::vector<std::string>> List(const std::string& directory) override {
    return inner_.List(directory);
  }
  Status CreateDirectories(const std::string& directory) override;
  Status RemoveDirectory(const std::string& directory) override;
  Status SyncDirectory(const std::string& directory) override;

 private:
  FileSystem& inner_;
  WriteGate& gate_;
};

}  // namespace contrail
