// LeafScan: every node of a tree that is not flagged as deleted, in key order, straight from the
// pages that a TreeCheck has walked. It sees what is in the file and nothing of versions, and goes
// on behind damage.

#pragma once

#include <functional>
#include <span>
#include <vector>

#include "storage/database.h"

namespace contrail {

struct LeafNode {
  PageNumber page = 0;
  Bytes key;
  Bytes data;
};

// Calls `visit` for every node of a sound leaf that is not flagged as deleted. `key`: room for a
// key, to be used again. The node's bytes are valid during the call.
template <typename Visit>
void ForEachNode(PageNumber number, const PageView& page, std::vector<std::byte>* key,
                 Visit&& visit) {
  const Bytes prefix = page.prefix();
  for (uint32_t line = 0; line < page.line_count(); ++line) {
    const NodeView node = page.DecodeNode(line, prefix);
    if (!node.valid || node.deleted()) continue;
    key->resize(node.key_size());
    node.CopyKey(key->data());
    visit(LeafNode{number, *key, node.data});
  }
}

class LeafScan {
 public:
  // `pages`: TreeCheck::pages(). Outlives the scan.
  LeafScan(Database& database, std::span<const PageNumber> pages)
      : database_(database), pages_(pages), buffer_(database.page_size()) {}

  // Pages that cannot be read are passed over: TreeCheck has told of them. The node's bytes are
  // valid during the call.
  void Run(const std::function<void(const LeafNode&)>& visit);

 private:
  bool ReadPage(PageNumber number);

  Database& database_;
  std::span<const PageNumber> pages_;
  std::vector<std::byte> buffer_;
  std::vector<std::byte> key_;
};

}  // namespace contrail
