// Where to cut a page in two, and which key prefixes the halves get. Pure computation on copies of
// nodes; nothing here touches a page. Rules: docs/format/tree.md.

#pragma once

#include <absl/container/inlined_vector.h>

#include <vector>

#include "storage/page_operation.h"

namespace contrail {

// A short byte string that outlives the page it was taken from.
using KeyCopy = absl::InlinedVector<std::byte, 64>;
inline KeyCopy CopyOf(Bytes bytes) { return {bytes.begin(), bytes.end()}; }
inline Bytes View(const KeyCopy& key) { return {key.data(), key.size()}; }

// The nodes of a page, copied out with their whole keys, plus at most one that does not fit yet.
class NodeCopies {
 public:
  explicit NodeCopies(const PageView& page);
  // As above with a new node at `line`, or (replace) with the data of that line exchanged.
  NodeCopies(const PageView& page, uint32_t line, const ListedNode& node, bool replace);

  size_t size() const { return nodes_.size(); }
  const ListedNode& operator[](size_t i) const { return nodes_[i]; }
  // The node list of [begin, end) as kFormat takes it.
  void WriteList(size_t begin, size_t end, std::vector<std::byte>* out) const;

 private:
  void Copy(const PageView& page);
  std::vector<std::byte> bytes_;
  std::vector<ListedNode> nodes_;  // Spans into bytes_, or the caller's for the new node.
};

// The prefix that saves most on nodes [begin, end), counting its own size; empty when none saves.
// A span into the nodes.
Bytes ChoosePrefix(const NodeCopies& nodes, size_t begin, size_t end);

// Page capacity that nodes [begin, end), the prefix and tag 0 take.
uint32_t PageCost(const NodeCopies& nodes, size_t begin, size_t end, Bytes prefix);

struct SplitPlan {
  size_t cut = 0;     // Nodes [0, cut) stay, [cut, size) move.
  Bytes left_prefix;  // Differs from the page's present one when it should be rebuilt.
  Bytes right_prefix;
};

struct SplitRequest {
  uint32_t capacity = 0;
  Bytes present_prefix;
  bool leaf = true;
  bool unique = true;
  // Nonzero: cut there if it fits (right edge: the new node alone goes right).
  size_t preferred_cut = 0;
};

// A prefix under which all nodes fit, so that no cut is needed; false when there is none. Unless
// `tight`, room for some more nodes must be left, so that a page is not rebuilt at every insert.
bool PlanPrefix(const NodeCopies& nodes, const SplitRequest& request, bool tight, Bytes* prefix);

// False when no cut makes both halves fit, which happens only when the new node is longer than half
// a page: then the page must be cut beside the node first.
bool PlanSplit(const NodeCopies& nodes, const SplitRequest& request, SplitPlan* plan);

// The shortest byte string above (left_key, left_data) and not above (right_key, right_data): a
// prefix of the right one's key (++ data in a non-unique tree), one byte longer than what both have
// in common. Empty when there is none (the keys are out of order).
KeyCopy ShortestSeparator(bool unique, const ListedNode& left, const ListedNode& right);

}  // namespace contrail
