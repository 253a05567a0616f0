// One change of one node, from finding its leaf to committing: the parts that Insert, Append,
// Replace, Add, SetFlags and Erase share.

#pragma once

#include "storage/tree.h"

namespace contrail {

struct NodeChange {
  enum class Kind : uint8_t { kInsert, kReplace, kAdd, kSetFlags, kErase };
  Kind kind = Kind::kInsert;
  uint8_t flags = 0;
  Bytes key;
  Bytes data;
  ChangeGate* gate = nullptr;
  NumberAddition addition;  // kAdd
};

class TreeChange {
 public:
  TreeChange(const Tree& tree, MutationScratch* scratch, const NodeChange& change)
      : tree_(tree), scratch_(scratch), change_(change) {}

  // Finds the leaf and makes the change, splitting or merging as needed.
  Status Run();
  // As Run, but tries the rightmost leaf of the last time first.
  Status RunAtEnd(Tree::AppendHint* hint);

 private:
  // What the gate and the tree's own rules made of the change on a latched leaf.
  struct Verdict {
    bool nothing = false;  // Ok without a change.
    bool equal = false;
    uint32_t line = 0;
    NodeState before;
  };

  Bytes OrderData() const { return tree_.unique() ? Bytes() : change_.data; }
  int Order(const NodeView& node) const;
  Status Judge(const PageView& page, Verdict* verdict);
  Status JudgeAt(const PageView& page, uint32_t line, bool equal, Verdict* verdict);
  bool IsRevival(const Verdict& verdict) const;
  bool FitsLeaf(const PageView& page, const Verdict& verdict) const;
  void ApplyAddition(Mutation* mutation, Mutation::PageIndex index, uint32_t line);
  void Apply(Mutation* mutation, Mutation::PageIndex index, const Verdict& verdict);
  void KeepBefore(Verdict* verdict);
  Status Finish(Mutation* mutation, const Verdict& verdict);
  Status LockLeaf(WriteGuard* lock);
  bool Covers(const PageView& page) const;
  Status ChangeLeaf(WriteGuard leaf, Verdict* verdict, bool* done);
  Status ChangeStructure();
  void NoteShrunkLeaf(PageNumber number, const PageView& page);
  void MergeAround();

  const Tree& tree_;
  MutationScratch* scratch_;
  const NodeChange& change_;
  PageNumber landed_ = 0;       // The rightmost leaf, if the node went there.
  PageNumber shrunk_leaf_ = 0;  // A leaf that may be worth merging, with its neighbours.
  PageNumber shrunk_previous_ = 0;
  PageNumber shrunk_next_ = 0;
  uint32_t shrunk_used_ = 0;
};

}  // namespace contrail
