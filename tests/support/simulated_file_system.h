// A file system in memory for crash and fault tests: what was synced survives a power cut, the rest
// may be kept, dropped or torn, and any call can be made to fail.
//
// The fault model
// ---------------
// 1. A write is atomic per 512-byte sector and in no other way. Until a Sync of its file has
//    succeeded, each of its sectors is on the disk or not, independently of all others.
// 2. Changes of a file's size (Resize, extending writes) reach the disk in order, per file: a power
//    cut keeps a prefix of those since the last Sync. Bytes that were never written read as zeros.
// 3. Creation, rename and removal of names reach the disk in order (a metadata journal): a power
// cut
//    keeps a prefix of those that no SyncDirectory has made durable. SyncDirectory(d) makes durable
//    what happened to names in d, a rename counting for the directory of the new name, and whatever
//    happened to the same file before. A Sync of a file does not make its name durable.
//    Directories themselves (made, removed, renamed) are durable at once, with the names in them.
// 4. A Sync covers the writes that had completed when it was called. A write submitted to a queue
// and
//    not completed may be on the disk, in part or whole, whatever was synced meanwhile.
// 5. The operation under way when the power goes may have had its effect, like any unsynced one,
// and
//    reports kDiskIO. Every later operation fails with kDiskIO and does nothing.
// 6. A failed Sync makes nothing durable, and what it should have made durable never becomes so by
// a
//    later Sync, although reads go on showing it: what Linux does when write-back fails. Only
//    writing the bytes again helps.
// 7. A failed Write leaves the first half of its sectors written (a short write). Any other failed
//    operation has no effect.
// 8. Sectors do not rot and reads do not lie: tests that want damage change the image.
//
// Operations are counted from 1 in the order they start, a transfer on a queue at Submit. Size()
// and closing are not operations. Everything is deterministic for one thread of callers.
//
// Thread safe. Files and queues must not outlive the file system.

#pragma once

#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "storage/file.h"
#include "tests/support/disk_image.h"
#include "tests/support/fault_plan.h"
#include "tests/support/simulated_names.h"

namespace contrail::test {

class SimulatedFileSystem final : public FileSystem {
 public:
  SimulatedFileSystem() = default;
  // A machine that starts with this on its disk, all of it durable.
  explicit SimulatedFileSystem(const DiskImage& image) : names_(image) {}

  // --- Faults ---

  // How many operations of these kinds have started.
  uint64_t operations(OperationKinds kinds = kAnyOperation) const;
  // The next `operations` of these kinds happen; the power goes during the one that follows.
  void CrashAfter(uint64_t operations, OperationKinds kinds = kChangingOperations);
  void CutPower();
  bool power_gone() const;
  // Counted from now. One fault at a time: a second call replaces the first.
  void FailOperation(const Fault& fault);
  // Has the fault of FailOperation hit an operation?
  bool fault_fired() const;
  // Files may not hold more than this in sum (by size, holes included): else kDiskFull.
  void LimitCapacity(uint64_t bytes);
  // Queues complete in the order of submission with seed 0, else in an order drawn from the seed.
  void SetCompletionOrder(uint64_t seed);

  // --- Images ---

  // What a machine started after a power cut at this moment would find. Does not change anything:
  // ask for as many as you like. The same policy and seed give the same image.
  DiskImage Crash(CrashPolicy policy, uint64_t seed) const;
  // What reads show now.
  DiskImage Current() const;

  // --- FileSystem ---

  Result<std::unique_ptr<File>> Open(const std::string& path, const OpenOptions& options) override;
  std::unique_ptr<IoQueue> NewQueue(size_t depth) override;
  Result<bool> Exists(const std::string& path) override;
  Status Rename(const std::string& from, const std::string& to) override;
  Status Remove(const std::string& path) override;
  Result<std::vector<std::string>> List(const std::string& directory) override;
  Status CreateDirectories(const std::string& directory) override;
  Status RemoveDirectory(const std::string& directory) override;
  Status SyncDirectory(const std::string& directory) override;

 private:
  friend class SimulatedFile;
  friend class SimulatedQueue;
  using InodePointer = SimulatedNames::InodePointer;

  // All of these: the caller holds mutex_.
  template <typename Change>
  Status Perform(OperationKind kind, Change change);
  Result<InodePointer> FindOrCreate(const std::string& path, FileMode mode);
  bool Fits(const SimulatedInode& inode, uint64_t new_size) const;

  Status Read(const SimulatedInode& inode, uint64_t offset, MutableBytes buffer);
  Status Write(SimulatedInode* inode, uint64_t offset, Bytes data);
  Status Sync(SimulatedInode* inode);
  Status Resize(SimulatedInode* inode, uint64_t size);

  mutable std::mutex mutex_;
  SimulatedNames names_;
  FaultPlan plan_;
  uint64_t capacity_ = ~uint64_t{0};
  bool reorder_completions_ = false;
  std::mt19937_64 completion_random_;
  std::vector<std::unique_ptr<File>>
      abandoned_;  // Opened by a call that the power cut interrupted.
};

}  // namespace contrail::test
