// One file of the simulated disk: what is durable, what the page cache shows, and the changes
// between the two. The fault model is in tests/support/simulated_file_system.h.

#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <vector>

#include "tests/support/sparse_content.h"

namespace contrail::test {

enum class CrashPolicy {
  kDropUnsynced,  // Nothing that was not synced is there.
  kKeepUnsynced,  // Everything is there, also what was still being written.
  kMixed,         // Each change is there, not there, cut short or torn sector by sector.
  kTearLast,  // Everything is there, except that of each file's last write some sectors are lost.
};

class SimulatedInode {
 public:
  static constexpr size_t kSectorSize = 512;

  SimulatedInode() = default;
  explicit SimulatedInode(const SparseContent& content) : current_(content), durable_(content) {}

  const SparseContent& current() const { return current_; }

  void Write(uint64_t offset, Bytes data);
  void Resize(uint64_t size);
  // A write that has been submitted and not completed: not visible, not covered by Sync, and
  // perhaps on the disk. The number names it for FinishWrite.
  uint64_t StartWrite(uint64_t offset, Bytes data);
  void FinishWrite(uint64_t number, uint64_t offset, Bytes data);

  // What a failing write of `data` writes all the same: the first half, up to a sector's end.
  static Bytes ShortWrite(uint64_t offset, Bytes data);

  void Sync();
  // The unsynced changes stay visible, but no later Sync makes them durable.
  void FailSync();

  SparseContent AfterCrash(CrashPolicy policy, std::mt19937_64& random) const;

  // Open files with a lock of each kind.
  int exclusive_writers = 0;
  int exclusive_readers = 0;

 private:
  struct Change {
    uint64_t number = 0;
    bool in_flight = false;
    bool lost = false;             // A Sync has failed since.
    std::optional<uint64_t> size;  // The file's new size, when it changes.
    uint64_t first_sector = 0;
    uint64_t sector_count = 0;
    // The chunks that the sectors lie in, as they were after the change.
    std::vector<SparseContent::ChunkPointer> chunks;
  };

  static Change Capture(const SparseContent& after, uint64_t offset, size_t length);
  static void ApplySector(const Change& change, uint64_t sector, SparseContent* content);
  static void ApplySectors(const Change& change, uint64_t from, uint64_t to,
                           SparseContent* content);
  static void ApplyByPolicy(const Change& change, CrashPolicy policy, bool last,
                            std::mt19937_64& random, SparseContent* content);
  void Commit(const Change& change);

  SparseContent current_;
  SparseContent durable_;
  std::vector<Change> changes_;  // In the order they were made.
  uint64_t next_number_ = 1;
  bool diverged_ = false;  // current_ holds bytes that will never be durable.
};

}  // namespace contrail::test
