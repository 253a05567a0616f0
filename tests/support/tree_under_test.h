// Trees in a database under test, and the checks that every test of trees and space ends with.

#pragma once

#include <string>
#include <vector>

#include "storage/space.h"
#include "storage/tree.h"
#include "storage/tree_check.h"
#include "tests/support/database_under_test.h"

namespace contrail::test {

inline constexpr PageNumber kDatabaseRoot = 1;

class TreesUnderTest {
 public:
  explicit TreesUnderTest(DatabaseUnderTest& host) : host_(host) {}

  // Makes a tree below `parent`; the object id is the next one.
  Tree Make(PageNumber parent, NewTree tree = {});
  // A tree that was made elsewhere.
  void Know(PageNumber root, ObjectId object_id, uint32_t page_flags) {
    trees_.push_back({root, object_id, page_flags});
  }
  // Returns the tree's pages to its parent.
  void Destroy(PageNumber root);
  // Every rule of every tree, and the space of all of them together.
  std::vector<TreeFinding> Check();
  // As text, at most a few lines; empty when sound.
  std::string Unsound();

 private:
  struct Known {
    PageNumber root;
    ObjectId object_id;
    uint32_t page_flags;
  };
  DatabaseUnderTest& host_;
  std::vector<Known> trees_{{kDatabaseRoot, 1, 0}};
};

}  // namespace contrail::test
