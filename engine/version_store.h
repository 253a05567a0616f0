// The version store: what nodes were before changes that some transaction may not see yet. In
// memory only; docs/architecture.md, "Transactions".
//
// Several transactions may add to the same number at a time (ChangeKind::kAdd). The page has the
// sum of all additions, undone ones taken back; a viewer's state is that less what it does not see.
//
// Invariants
// 1. A bucket's chain holds, per node, its versions from the newest to the oldest.
// 2. A version is linked and unlinked (by undo) while the node's leaf is latched exclusively;
// cleanup
//    unlinks without a latch, versions that every snapshot sees, newest first.
// 3. Who made a change saw every older one of its node, but that additions need not see additions.
//    So below a version of another kind that a viewer sees there is nothing that it does not see.
// 4. A version's memory belongs to its transaction's arena and is given back after it was unlinked.
//
// Thread rule: thread safe; a chain is walked and changed under its bucket's latch, which is held
// for a few loads and at most one copy of a node.

#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <vector>

#include "storage/tree.h"

namespace contrail {

using CommitTime = uint64_t;
inline constexpr CommitTime kUncommitted = ~CommitTime{0};

struct TransactionState;

enum class ChangeKind : uint8_t {
  kInsert = 1,
  kReplace = 2,
  kDelete = 3,
  kLock = 4,
  kCreateTree = 5,  // These two are entries of a transaction's list only, never in a chain.
  kDropTree = 6,
  kAdd = 8,  // To a number in the node's data. Changes of this kind do not conflict.
};

// Names a node: its tree and bookmark. `data` is the node's data in a non-unique tree, else empty.
struct NodeName {
  Database* database = nullptr;
  PageNumber root = 0;
  Bytes key;
  Bytes data;

  uint64_t Hash() const;
};

// One change of one node. Followed in memory by the key, the bookmark's data part and the image.
struct VersionRecord {
  VersionRecord* older = nullptr;  // In the bucket's chain, both ways: a node changed often under
  VersionRecord* newer = nullptr;  // a long snapshot has a long one, unlinked from its far end.
  VersionRecord* previous = nullptr;  // In the transaction's list: the change made before this one.
  TransactionState* owner = nullptr;
  Database* database = nullptr;
  uint64_t hash = 0;
  PageNumber root = 0;
  ObjectId object_id = 0;
  uint16_t image_size = 0;
  uint16_t key_size = 0;
  uint16_t data_size = 0;
  // These three are set once: a session's largest transaction is a matter of this structure's size.
  ChangeKind kind : 6 = ChangeKind::kInsert;
  bool unique : 1 = true;
  // The node had data before that its page does not hold any more: always for a replace, and for an
  // insert over a deleted node that may still be needed.
  bool has_image : 1 = false;
  bool linked = false;

  const std::byte* bytes() const { return reinterpret_cast<const std::byte*>(this + 1); }
  Bytes key() const { return {bytes(), key_size}; }
  Bytes data() const { return {bytes() + key_size, data_size}; }
  Bytes image() const { return {bytes() + key_size + data_size, image_size}; }
  NodeName name() const { return {database, root, key(), data()}; }
  Tree tree() const { return Tree(*database, root, object_id, unique); }
};
static_assert(sizeof(VersionRecord) == 64);

// What a version of kAdd has as its image, and the undo record of an addition.
inline constexpr size_t kStoredAdditionSize = 6;
std::array<std::byte, kStoredAdditionSize> StoreAddition(const NumberAddition& addition);
// kDatabaseCorrupted when the bytes are none.
Result<NumberAddition> LoadAddition(Bytes stored);

// Who looks: sees its own changes and those committed at or before the snapshot.
struct Viewer {
  const TransactionState* self = nullptr;
  CommitTime snapshot = 0;
};

enum class Seen {
  kAbsent,  // The viewer sees no such node.
  kPage,    // The node as the page has it.
  kImage,   // An older state, copied out.
};

class VersionStore {
 public:
  VersionStore();

  // One load; true means that no chain holds anything.
  bool empty() const { return count_.load(std::memory_order_acquire) == 0; }
  size_t count() const { return count_.load(std::memory_order_acquire); }

  // What the viewer sees of a node that the page shows as present, deleted or not. Call between
  // reading the page and validating it. `data` is the node's in the page; `image` may be null when
  // only presence is asked for. An image is for nothing when the viewer has no snapshot and
  // unlinked_to() has come to be later than his time.
  Seen See(const NodeName& name, const Viewer& viewer, bool deleted_in_page, Bytes data,
           std::vector<std::byte>* image) const;

  // The rest under the leaf's exclusive latch (see invariant 2).
  struct Newest {
    bool any = false;  // There are versions of the node.
    // The newest one that is no addition is neither the viewer's nor visible to it; is the
    // viewer's.
    bool conflict = false;
    bool own = false;
    bool unseen_addition = false;  // There is one above it that the viewer does not see.
  };
  // `to_add`: conflict and own only have to tell whether something may be added.
  Newest FindNewest(const NodeName& name, uint64_t hash, const Viewer& viewer,
                    bool to_add = false) const;
  void Link(VersionRecord* version);
  void Unlink(VersionRecord* version);

  // To be called before versions of that commit are unlinked, in the order of commits. Nobody who
  // holds a snapshot has an older one. Who reads without may come across a part of a transaction's
  // versions, and part of its additions makes no state that ever was.
  void BeginUnlinking(CommitTime time) { unlinked_to_.store(time, std::memory_order_release); }
  // Load it after the reads.
  CommitTime unlinked_to() const { return unlinked_to_.load(std::memory_order_acquire); }

  // Drops every version of a database, whoever owns it: abrupt ends only.
  void DropAll(const Database& database);

 private:
  struct Bucket {
    std::atomic<VersionRecord*> newest{nullptr};
    std::atomic<uint32_t> latch{0};
  };
  class BucketLatch;
  static constexpr size_t kBuckets = size_t{1} << 16;

  static void TakeBackUnseen(const VersionRecord* from, uint64_t hash, const NodeName& name,
                             const Viewer& viewer, MutableBytes data);
  Bucket& BucketOf(uint64_t hash) const { return buckets_[hash & (kBuckets - 1)]; }

  std::unique_ptr<Bucket[]> buckets_;
  std::atomic<size_t> count_{0};
  std::atomic<CommitTime> unlinked_to_{0};
};

}  // namespace contrail
