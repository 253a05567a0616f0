// TransactionState: what a transaction has changed and when it committed; it outlives the session's
// transaction until no snapshot needs its versions. VersionArena: the memory of those versions.

#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "engine/version_store.h"
#include "storage/lgpos.h"

namespace contrail {

// Hands out memory that is given back all at once. Blocks grow from small ones, because under a
// long snapshot thousands of small transactions wait with their versions.
class VersionArena {
 public:
  static constexpr size_t kFirstBlockBytes = 1 << 10;
  static constexpr size_t kLargestBlockBytes = 64 << 10;
  static constexpr size_t kKeptBytes = 4 << 10;  // What Reset keeps for the next transaction.

  std::byte* Allocate(size_t size);
  void Reset();
  void Release();  // Keeps nothing.
  // Bytes of the blocks held.
  size_t reserved() const { return reserved_; }

 private:
  struct Block {
    std::unique_ptr<std::byte[]> memory;
    size_t size = 0;
  };
  std::vector<Block> blocks_;
  size_t used_ = 0;  // Of the last block.
  size_t reserved_ = 0;
};

struct TransactionState {
  // kUncommitted until the commit record is in the log.
  std::atomic<CommitTime> commit_time{kUncommitted};
  uint64_t id = 0;  // 0: nothing logged.
  Lgpos first_position = kLgposMax;
  VersionRecord* newest = nullptr;  // All changes, newest first.
  size_t version_count = 0;
  VersionArena arena;

  // After commit, when every snapshot sees it, in this order: unlink the versions, erase deleted
  // nodes, free dropped trees, run the actions. Each can be resumed when it failed.
  struct DroppedTree {
    Database* database = nullptr;
    PageNumber root = 0;
    ObjectId object_id = 0;
  };
  bool versions_unlinked = false;
  int failed_cleanups = 0;
  std::vector<DroppedTree> dropped_trees;
  std::vector<std::function<Status()>> actions;

  bool empty() const { return newest == nullptr && actions.empty(); }
  // Ready for another transaction.
  void Reset();
};

// A record in the state's arena and list, not linked into the store yet; key, data and image
// copied.
VersionRecord* NewVersion(TransactionState& state, ChangeKind kind, const Tree& tree, uint64_t hash,
                          Bytes key, Bytes data, const Bytes* image);

}  // namespace contrail
