// The size of a tree: internal pages counted from the root down, leaves along their links.

#include <algorithm>

#include "storage/tree.h"
#include "storage/tree_damage.h"
#include "storage/tree_descent.h"

namespace contrail {
namespace {

// The caller holds the structure mutex: internal pages stand still.
class TreeMeasure {
 public:
  explicit TreeMeasure(Database& database) : database_(database) {}

  // `depth` counts from 1, the root's.
  Status CountInternal(PageNumber number, uint32_t depth);
  Status CountLeaves();
  const Tree::Statistics& sum() const { return sum_; }

 private:
  struct Look {
    bool leaf = false;
    bool parent_of_leaf = false;
    uint32_t lines = 0;
    PageNumber child = 0;
  };

  Result<Look> LookAtChild(PageNumber number, uint32_t line) const;
  Status CountPage(PageNumber number);

  Database& database_;
  uint64_t pages_ = 0;
  PageNumber first_leaf_ = 0;
  Tree::Statistics sum_;
};

// A tree has no more pages than its database: damaged pointers cannot make the count endless.
Status TreeMeasure::CountPage(PageNumber number) {
  if (++pages_ <= uint64_t{database_.last_page()} + 1) return Status::Ok();
  return ReportTreeDamage(database_, number, Error::kBadPageLink, "page pointers of a tree",
                          "an end", "a loop");
}

Result<TreeMeasure::Look> TreeMeasure::LookAtChild(PageNumber number, uint32_t line) const {
  for (;;) {
    Result<ReadGuard> guard = database_.pages().Read(number);
    if (!guard.ok()) return guard.status();
    const PageView page = guard->page();
    Look look{page.is_leaf(), page.is_parent_of_leaf(), page.line_count(), 0};
    if (!look.leaf && line < look.lines) look.child = page.child(line);
    if (guard->Validate()) return look;
  }
}

Status TreeMeasure::CountInternal(PageNumber number, uint32_t depth) {
  if (depth > kMaxTreeDepth) {
    return ReportTreeDamage(database_, number, Error::kDatabaseCorrupted, "depth of a tree",
                            "at most 16", "more");
  }
  sum_.depth = std::max<uint64_t>(sum_.depth, depth);
  ASSIGN_OR_RETURN(Look look, LookAtChild(number, 0));
  if (look.leaf || look.parent_of_leaf) {
    if (first_leaf_ == 0) first_leaf_ = look.leaf ? number : look.child;
    if (look.leaf) return Status::Ok();
    sum_.depth = std::max<uint64_t>(sum_.depth, depth + 1);
  }
  RETURN_IF_ERROR(CountPage(number));
  sum_.internal_pages += 1;
  if (look.parent_of_leaf) return Status::Ok();
  for (uint32_t line = 0; line < look.lines; ++line) {
    if (line != 0) {
      ASSIGN_OR_RETURN(look, LookAtChild(number, line));
    }
    if (look.child != 0) RETURN_IF_ERROR(CountInternal(look.child, depth + 1));
  }
  return Status::Ok();
}

Status TreeMeasure::CountLeaves() {
  for (PageNumber number = first_leaf_; number != 0;) {
    Result<ReadGuard> guard = database_.pages().Read(number);
    if (!guard.ok()) return guard.status();
    const PageView page = guard->page();
    const uint32_t lines = page.line_count();
    const PageNumber next = page.next();
    uint64_t deleted = 0;
    for (uint32_t line = 0; line < lines; ++line) deleted += page.node(line).deleted();
    if (!guard->Validate()) continue;
    RETURN_IF_ERROR(CountPage(number));
    sum_.leaf_pages += 1;
    sum_.nodes += lines;
    sum_.deleted_nodes += deleted;
    number = next;
  }
  return Status::Ok();
}

}  // namespace

Result<Tree::Statistics> Tree::Measure() const {
  const std::lock_guard hold(database_->structure_mutex());
  TreeMeasure measure(*database_);
  RETURN_IF_ERROR(measure.CountInternal(root_, 1));
  RETURN_IF_ERROR(measure.CountLeaves());
  return measure.sum();
}

}  // namespace contrail
