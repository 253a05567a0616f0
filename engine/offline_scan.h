// OfflineScan: the nodes of one tree of a file that nobody changes, in key order, straight from the
// pages, with reads in flight ahead of it. It knows nothing of versions, and goes on behind damage:
// a page that cannot be read, or is of another tree, is told of and passed over with all below it.
//
// Memory: one page, and the children of one page of each level.

#pragma once

#include <functional>
#include <vector>

#include "storage/tree.h"

namespace contrail {

struct OfflineNode {
  PageNumber page = 0;
  Bytes key;
  Bytes data;
};

class OfflineScan {
 public:
  // False stops the scan. The node's bytes are valid during the call.
  using Visit = std::function<Result<bool>(const OfflineNode&)>;
  using Damaged = std::function<void(PageNumber page, Status why)>;

  explicit OfflineScan(const Tree& tree)
      : tree_(tree), buffer_(tree.database().page_size()), low_() {}

  // Nodes not flagged as deleted whose key is `low` or greater. Ok when all were visited or `visit`
  // stopped; an error of `visit` is returned. `damaged` may be null: then the first damage is.
  Status Run(Bytes low, const Visit& visit, const Damaged& damaged);

 private:
  // The children of one internal page that are still to be visited.
  struct Level {
    std::vector<PageNumber> children;
    size_t next = 0;
    size_t requested = 0;  // So many have been asked for.
    bool leaves = false;
  };

  Status LoadPage(PageNumber number, const bool* is_leaf);
  Status PushChildren(const PageView& page);
  Result<bool> VisitLeaf(PageNumber number, const PageView& page, const Visit& visit);
  void ReadAhead(Level& level);

  Tree tree_;
  std::vector<std::byte> buffer_;
  std::vector<std::byte> key_;
  Bytes low_;
  std::vector<Level> levels_;
  uint64_t pages_ = 0;
};

}  // namespace contrail
