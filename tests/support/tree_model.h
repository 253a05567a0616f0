// What a tree should hold, and comparisons of a tree with it.

#pragma once

#include <map>
#include <string>
#include <utility>

#include "storage/tree.h"

namespace contrail::test {

// Bookmark (key, data) -> the node. In a unique tree the bookmark's second part stays empty.
struct ModelNode {
  std::string data;
  bool deleted = false;
};

class TreeModel {
 public:
  using Bookmark = std::pair<std::string, std::string>;
  explicit TreeModel(bool unique) : unique_(unique) {}

  Bookmark Name(const std::string& key, const std::string& data) const {
    return {key, unique_ ? std::string() : data};
  }
  std::map<Bookmark, ModelNode> nodes;

  // Compares all nodes forwards, then backwards; text of the first difference, or empty.
  std::string Differs(const Tree& tree) const;
  // Compares what the cursor stands on (status: what it returned) with a place in the model.
  std::string DiffersAt(TreeCursor& cursor, Status status,
                        std::map<Bookmark, ModelNode>::const_iterator expected) const;

 private:
  bool unique_;
};

}  // namespace contrail::test
