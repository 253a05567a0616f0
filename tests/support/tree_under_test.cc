#include "tests/support/tree_under_test.h"

#include <absl/strings/str_cat.h>

#include <algorithm>

#include "storage/check.h"
#include "storage/space_check.h"

namespace contrail::test {

Tree TreesUnderTest::Make(PageNumber parent, NewTree tree) {
  Database& database = *host_.database;
  tree.object_id = database.NextObjectId();
  const std::lock_guard hold(database.structure_mutex());
  Mutation mutation(database, &host_.scratch, Mutation::Kind::kStructural);
  const auto root = CreateTree(mutation, parent, tree);
  CHECK(root.ok());
  CHECK(mutation.Commit().ok());
  trees_.push_back({*root, tree.object_id, tree.page_flags});
  return Tree(database, *root, tree.object_id, (tree.page_flags & page_flag::kNonUnique) == 0);
}

void TreesUnderTest::Destroy(PageNumber root) {
  Database& database = *host_.database;
  const std::lock_guard hold(database.structure_mutex());
  for (bool done = false; !done;) {
    Mutation mutation(database, &host_.scratch, Mutation::Kind::kStructural);
    CHECK(DestroyTree(mutation, root, &done).ok());
    CHECK(mutation.Commit().ok());
  }
  std::erase_if(trees_, [&](const Known& tree) { return tree.root == root; });
}

std::vector<TreeFinding> TreesUnderTest::Check() {
  Database& database = *host_.database;
  const std::lock_guard hold(database.structure_mutex());
  std::vector<TreeFinding> findings;
  std::vector<TreeUse> uses;
  for (const Known& tree : trees_) {
    TreeCheck check(database, {tree.root, tree.object_id, tree.page_flags});
    check.Run();
    findings.insert(findings.end(), check.findings().begin(), check.findings().end());
    uses.push_back({absl::StrCat("tree ", tree.root), tree.root, check.pages()});
  }
  CheckSpace(database, uses, &findings);
  return findings;
}

std::string TreesUnderTest::Unsound() {
  std::string text;
  for (const TreeFinding& finding : Check()) {
    if (text.size() > 2000) break;
    absl::StrAppend(&text, "page ", finding.page, ": ", finding.rule, ": expected ",
                    finding.expected, ", found ", finding.found, "\n");
  }
  return text;
}

}  // namespace contrail::test
