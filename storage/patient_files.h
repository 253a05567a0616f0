// PatientFileSystem: another file system, but an exclusive open waits for a lock that somebody else
// holds. The locks of a process that has been killed outlive it for a moment: the kernel closes the
// files of its unfinished transfers when it gets to it.
//
// Thread rule: that of storage/file.h.

#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "storage/file.h"

namespace contrail {

class PatientFileSystem final : public FileSystem {
 public:
  using Pause = std::function<void(std::chrono::milliseconds)>;

  // Pauses, in sum, for `longest` before an open fails with kFileAccessDenied; not at all where the
  // caller has no right to the file. No pause of the caller's: the machine's clock. `inner`
  // outlives the object, its files and its queues are those of `inner`.
  PatientFileSystem(FileSystem& inner, std::chrono::milliseconds longest, Pause pause = nullptr)
      : inner_(inner), longest_(longest), pause_(std::move(pause)) {}

  // From now on no open waits. For whoever opens files while others wait for him.
  void StopWaiting() { longest_.store({}); }

  Result<std::unique_ptr<File>> Open(const std::string& path, const OpenOptions& options) override;
  std::unique_ptr<IoQueue> NewQueue(size_t depth) override { return inner_.NewQueue(depth); }
  Result<bool> Exists(const std::string& path) override { return inner_.Exists(path); }
  Status Rename(const std::string& from, const std::string& to) override {
    return inner_.Rename(from, to);
  }
  Status Remove(const std::string& path) override { return inner_.Remove(path); }
  Result<std::vector<std::string>> List(const std::string& directory) override {
    return inner_.List(directory);
  }
  Status CreateDirectories(const std::string& directory) override {
    return inner_.CreateDirectories(directory);
  }
  Status RemoveDirectory(const std::string& directory) override {
    return inner_.RemoveDirectory(directory);
  }
  Status SyncDirectory(const std::string& directory) override {
    return inner_.SyncDirectory(directory);
  }

 private:
  bool IsLocked(const std::string& path, FileMode mode);

  FileSystem& inner_;
  std::atomic<std::chrono::milliseconds> longest_;
  const Pause pause_;
};

}  // namespace contrail
