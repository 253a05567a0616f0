// Tree: a B+tree of the .edb format, keyed by bytes in memcmp order, with prefix-compressed nodes.
//
// Reads are optimistic and latch nothing; a change latches one leaf. Splits, merges and space
// changes are serialised by the database's structure mutex. A non-unique tree orders by (key,
// data); its bookmark is key ++ data. The tree knows nothing of transactions: the engine decides
// through a ChangeGate, with the leaf latched, whether a change may happen, and records versions
// there.
//
// In a non-unique tree no key may be a proper prefix of another one (normalised index keys are made
// so): separators are cut out of key ++ data and would be ambiguous otherwise.
//
// Keys (with the data, in non-unique trees) are limited so that an internal page holds two
// separators: MaxBookmarkSize. The page format's own limit of a node is MaxNodeSize
// (storage/page_format.h).

#pragma once

#include <vector>

#include "storage/database.h"

namespace contrail {

// Half a page less the cost of two nodes; above what JET allows as a key and a primary key
// together.
constexpr size_t MaxBookmarkSize(uint32_t page_size) {
  return (PageCapacity(page_size) - 4) / 2 - 12;
}

}  // namespace contrail

namespace contrail {

// What the gate is shown: the node as it stands (absent: exists = false).
struct NodeState {
  bool exists = false;
  bool deleted = false;    // Present, but flagged deleted.
  bool versioned = false;  // The page says that the version store may know more.
  Bytes data;
};

// The engine's say in a change. Called with the leaf exclusively latched, so that page and version
// store change together as seen by readers (which validate the page after looking at the versions).
class ChangeGate {
 public:
  virtual ~ChangeGate() = default;
  // May the change happen? May be called again for the same change when a split comes between; has
  // no effect then that Applied could not take. Appends to *annotation what undo needs (may stay
  // empty). An error (kWriteConflict, kKeyDuplicate, kRecordDeleted...) stops the change; nothing
  // is changed.
  virtual Status Check(const NodeState& before, std::vector<std::byte>* annotation) = 0;
  // The change is in the page and in the log at `position`. Must not fail. `before` is still valid
  // and shows the state before the change.
  virtual void Applied(const NodeState& before, Lgpos position) = 0;
};

// An amount to be added to a number of 32 bits within a node's data, in two's complement.
struct NumberAddition {
  uint16_t offset = 0;  // Where the number begins, little endian.
  uint32_t amount = 0;

  bool LiesIn(Bytes data) const {
    return offset <= data.size() && sizeof(amount) <= data.size() - offset;
  }
  // `data` has the number.
  uint32_t Read(Bytes data) const { return LoadLittle<uint32_t>(data.data() + offset); }
};

class Tree {
 public:
  Tree(Database& database, PageNumber root, ObjectId object_id, bool unique)
      : database_(&database), root_(root), object_id_(object_id), unique_(unique) {}

  Database& database() const { return *database_; }
  PageNumber root() const { return root_; }
  ObjectId object_id() const { return object_id_; }
  bool unique() const { return unique_; }

  // Inserts a node with `flags`. A node that is there and not deleted: kKeyDuplicate unless the
  // gate says something else first. A deleted node with that bookmark is brought back with the new
  // data. With a null gate the change just happens (kKeyDuplicate still holds), without annotation.
  // kRecordTooBig when the node fits no page.
  Status Insert(MutationScratch*, Bytes key, Bytes data, uint8_t flags, ChangeGate*);
  // As Insert, for keys that mostly grow: tries the page of the last append first. `hint` belongs
  // to the caller (one per session and tree) and is updated.
  struct AppendHint {
    PageNumber leaf = 0;
  };
  Status Append(MutationScratch*, Bytes key, Bytes data, uint8_t flags, ChangeGate*,
                AppendHint* hint);
  // Unique trees only: replaces the data (and flags) of the node with this key. kRecordNotFound
  // when it is absent or deleted (the gate is asked first and can say kWriteConflict).
  Status Replace(MutationScratch*, Bytes key, Bytes data, uint8_t flags, ChangeGate*);
  // Unique trees only: adds to a number within the data of the node with this key, whatever it is
  // by the time the leaf is latched; the node gets `flags` beside its own. kRecordNotFound as
  // Replace; kDatabaseCorrupted when the data has no such number.
  Status Add(MutationScratch*, Bytes key, const NumberAddition&, uint8_t flags, ChangeGate*);
  // Sets the node's flags: delete (kDeleted | kVersioned), undelete (0). kRecordNotFound when
  // absent.
  Status SetFlags(MutationScratch*, Bytes key, Bytes data, uint8_t flags, ChangeGate*);
  // Physically removes the node and merges pages that became empty (or nearly, when cheap). Ok when
  // absent. `data` only matters in non-unique trees.
  Status Erase(MutationScratch*, Bytes key, Bytes data, ChangeGate*);
  // Clears a stale kVersioned hint; not logged. The gate's Check is asked with the leaf latched
  // (its annotation is dropped, Applied is not called); an error from it leaves the hint alone. Ok
  // when the node is absent.
  Status ClearVersioned(Bytes key, Bytes data, ChangeGate* gate = nullptr);

  struct Statistics {
    uint64_t leaf_pages = 0, internal_pages = 0, nodes = 0, deleted_nodes = 0, depth = 0;
  };
  Result<Statistics> Measure() const;

 private:
  Database* database_;
  PageNumber root_;
  ObjectId object_id_;
  bool unique_;
};

// A physical position in a tree. It owns a copy of the bookmark it stands on and finds its way back
// when the page has changed. Not thread safe. Shows every node, deleted ones too.
//
//   nowhere --Seek*/MoveFirst/MoveLast--> at a bookmark <--MoveNext/MovePrevious--> before the
//   first / after the last node
//
// "At a bookmark" does not promise that the node is (still) there: ReadCurrent tells. The moves
// start from the bookmark either way.
class TreeCursor {
 public:
  explicit TreeCursor(const Tree& tree) : tree_(tree) {}

  const Tree& tree() const { return tree_; }
  bool positioned() const { return place_ == Place::kAt; }

  // Stands on the first node with bookmark >= key ++ data (data empty: >= key). kRecordNotFound
  // when there is none (then it stands after the last node: MovePrevious works).
  Status SeekAtLeast(Bytes key, Bytes data = {});
  // Stands on the last node with key <= `key` (whatever its data), or < when strict.
  // kRecordNotFound when there is none (then it stands before the first node: MoveNext works).
  Status SeekAtMost(Bytes key, bool strict);
  // Stands on the node with exactly this bookmark, or kRecordNotFound and stands between. Unique
  // trees ignore `data`.
  Status SeekExact(Bytes key, Bytes data = {});
  Status MoveFirst();  // kRecordNotFound in an empty tree.
  Status MoveLast();
  Status MoveNext();      // kNoCurrentRecord past the end.
  Status MovePrevious();  // kNoCurrentRecord before the beginning.

  // Calls read(const NodeView&, const ReadGuard&) on the current node; may call it again when the
  // page changed meanwhile, so it must only fill in the caller's variables. Its Status is returned
  // after the page has been validated. kRecordNotFound when the node is not there any more
  // (erased).
  template <typename Read>
  Status ReadCurrent(Read&& read) {
    for (;;) {
      ReadGuard guard;
      uint32_t line = 0;
      RETURN_IF_ERROR(Locate(&guard, &line));
      const NodeView node = guard.page().node(line);
      const Status status = node.valid ? read(node, static_cast<const ReadGuard&>(guard))
                                       : Status(Error::kNodeCorrupted);
      const uint8_t flags = node.flags;
      if (!guard.Validate()) continue;
      flags_ = flags;
      return status;
    }
  }
  // The key of the current node: a copy kept by the cursor. Valid until the cursor moves.
  Bytes key() const { return {bookmark_.data(), key_size_}; }
  // Non-unique trees: the data, which is part of the bookmark. Unique trees: always empty (the data
  // may be long and may change: ReadCurrent).
  Bytes data() const { return {bookmark_.data() + key_size_, bookmark_.size() - key_size_}; }
  // The node's flags when the cursor last looked.
  uint8_t flags() const { return flags_; }
  // True when the page has not changed since the cursor came to stand on the node.
  bool CopyIsCurrent() const;

 private:
  enum class Place : uint8_t { kNowhere, kBeforeFirst, kAt, kAfterLast };
  // What StandOn must verify about the node it comes to against the bookmark it came from.
  enum class Order : uint8_t { kAny, kAfter, kAtLeast, kBefore, kAtMost };

  void SetBookmark(Bytes key, Bytes data);
  Status Locate(ReadGuard* guard, uint32_t* line);
  Status FindPlace(ReadGuard* guard, uint32_t* line, bool* equal);
  Status StandAtOrAfter(ReadGuard* guard, uint32_t line, Order order, bool* done);
  Status StandBefore(ReadGuard* guard, uint32_t line, Order order, bool* done);
  Status StandOn(const ReadGuard& guard, uint32_t line, Order order, bool* done);
  void LeaveAt(Place place);

  Tree tree_;
  Place place_ = Place::kNowhere;
  bool on_node_ = false;  // leaf_, version_ and line_ name the node of the bookmark.
  uint8_t flags_ = 0;
  PageNumber leaf_ = 0;
  uint64_t version_ = 0;
  uint32_t line_ = 0;
  size_t key_size_ = 0;
  std::vector<std::byte> bookmark_;
  std::vector<std::byte> spare_;  // Filled before the page is validated, then swapped.
};

}  // namespace contrail
