// The directories of the simulated disk. The fault model is in
// tests/support/simulated_file_system.h.

#pragma once

#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "storage/status.h"
#include "tests/support/disk_image.h"
#include "tests/support/simulated_inode.h"

namespace contrail::test {

// All paths are normal (NormalPath).
class SimulatedNames {
 public:
  using InodePointer = std::shared_ptr<SimulatedInode>;

  SimulatedNames() = default;
  explicit SimulatedNames(const DiskImage& image);

  InodePointer Find(const std::string& path) const;
  bool IsDirectory(const std::string& path) const { return directories_.contains(path); }
  std::vector<std::string> List(const std::string& directory) const;
  const std::map<std::string, InodePointer>& files() const { return files_; }

  Result<InodePointer> Create(const std::string& path);
  Status Rename(const std::string& from, const std::string& to);
  Status Remove(const std::string& path);
  Status CreateDirectories(const std::string& directory);
  Status RemoveDirectory(const std::string& directory);
  Status SyncDirectory(const std::string& directory);

  DiskImage AfterCrash(CrashPolicy policy, std::mt19937_64& random) const;
  DiskImage Current() const;

 private:
  using Names = std::map<std::string, InodePointer>;

  // Makes `to` name `inode` (unless empty), and `from` name it no longer (unless empty).
  struct Change {
    std::string from;
    std::string to;
    InodePointer inode;
  };

  static void Apply(const Change& change, Names* names);
  static const std::string& TouchedPath(const Change& change);
  void Record(Change change);
  Status RenameDirectory(const std::string& from, const std::string& to);

  Names files_;
  Names durable_files_;
  std::vector<Change> changes_;                // Not durable yet, in order.
  std::set<std::string> directories_ = {"/"};  // Durable at once.
};

}  // namespace contrail::test
