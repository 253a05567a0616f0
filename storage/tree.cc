#include "storage/tree.h"

#include "storage/check.h"
#include "storage/tree_change.h"
#include "storage/tree_damage.h"
#include "storage/tree_descent.h"

namespace contrail {
namespace {

// Whether a node of this size can live in the tree at all.
bool IsStorable(const Tree& tree, Bytes key, Bytes data) {
  const uint32_t page_size = tree.database().page_size();
  const size_t bookmark = key.size() + (tree.unique() ? 0 : data.size());
  // Two bytes of key length, no prefix; the first node of a page must fit whatever the prefix is.
  return bookmark <= MaxBookmarkSize(page_size) &&
         key.size() + data.size() + 2 <= MaxNodeSize(page_size);
}

}  // namespace

Status Tree::Insert(MutationScratch* scratch, Bytes key, Bytes data, uint8_t flags,
                    ChangeGate* gate) {
  if (!IsStorable(*this, key, data)) return Error::kRecordTooBig;
  const NodeChange change{NodeChange::Kind::kInsert, flags, key, data, gate};
  return TreeChange(*this, scratch, change).Run();
}

Status Tree::Append(MutationScratch* scratch, Bytes key, Bytes data, uint8_t flags,
                    ChangeGate* gate, AppendHint* hint) {
  DCHECK(hint != nullptr);
  if (!IsStorable(*this, key, data)) return Error::kRecordTooBig;
  const NodeChange change{NodeChange::Kind::kInsert, flags, key, data, gate};
  return TreeChange(*this, scratch, change).RunAtEnd(hint);
}

Status Tree::Replace(MutationScratch* scratch, Bytes key, Bytes data, uint8_t flags,
                     ChangeGate* gate) {
  DCHECK(unique_);
  if (!IsStorable(*this, key, data)) return Error::kRecordTooBig;
  const NodeChange change{NodeChange::Kind::kReplace, flags, key, data, gate};
  return TreeChange(*this, scratch, change).Run();
}

Status Tree::SetFlags(MutationScratch* scratch, Bytes key, Bytes data, uint8_t flags,
                      ChangeGate* gate) {
  DCHECK((flags & node_flag::kCompressed) == 0);
  const NodeChange change{NodeChange::Kind::kSetFlags, flags, key, data, gate};
  return TreeChange(*this, scratch, change).Run();
}

Status Tree::Erase(MutationScratch* scratch, Bytes key, Bytes data, ChangeGate* gate) {
  const NodeChange change{NodeChange::Kind::kErase, 0, key, data, gate};
  return TreeChange(*this, scratch, change).Run();
}

Status Tree::ClearVersioned(Bytes key, Bytes data, ChangeGate* gate) {
  const Bytes order_data = unique_ ? Bytes() : data;
  for (;;) {
    ReadGuard leaf;
    RETURN_IF_ERROR(FindLeaf(*this, Aim::kBookmark, key, order_data, &leaf));
    WriteGuard lock;
    if (!database_->pages().TryUpgrade(&leaf, &lock)) continue;
    const PageView page = lock.page();
    bool equal = false;
    const uint32_t line = page.LowerBound(key, unique_ ? nullptr : &order_data, &equal);
    if (!equal) return Status::Ok();
    const NodeView node = page.node(line);
    if (gate != nullptr) {
      std::vector<std::byte> dropped;
      const NodeState state{true, node.deleted(), node.versioned(), node.data};
      RETURN_IF_ERROR(gate->Check(state, &dropped));
    }
    if (!node.versioned()) return Status::Ok();
    // A hint: the page is not dirty by it, has no new dbtime, and redo may bring it back.
    const auto flags = static_cast<uint8_t>(node.flags & node_flag::kDeleted);
    return ApplyOperation(PageOperation::SetNodeFlags(line, flags), lock.bytes(),
                          database_->page_size());
  }
}

namespace {

// Adds up one level from its leftmost page on; *below becomes the leftmost page of the next level.
Status MeasureLevel(Database& database, PageNumber first, Tree::Statistics* sum,
                    PageNumber* below) {
  *below = 0;
  const uint64_t limit = uint64_t{database.last_page()} + 1;
  uint64_t pages = 0;
  for (PageNumber number = first; number != 0;) {
    if (++pages > limit) {
      return ReportTreeDamage(database, number, Error::kBadPageLink, "neighbour links of a level",
                              "an end", "a loop");
    }
    Result<ReadGuard> guard = database.pages().Read(number);
    if (!guard.ok()) return guard.status();
    const PageView page = guard->page();
    const bool leaf = page.is_leaf();
    const uint32_t lines = page.line_count();
    const PageNumber next = page.next();
    const PageNumber child = leaf || number != first ? 0 : page.child(0);
    uint64_t deleted = 0;
    for (uint32_t line = 0; leaf && line < lines; ++line) deleted += page.node(line).deleted();
    if (!guard->Validate()) {
      --pages;
      continue;
    }
    if (number == first) *below = child;
    (leaf ? sum->leaf_pages : sum->internal_pages) += 1;
    if (leaf) sum->nodes += lines;
    sum->deleted_nodes += deleted;
    number = next;
  }
  return Status::Ok();
}

}  // namespace

Result<Tree::Statistics> Tree::Measure() const {
  const std::lock_guard hold(database_->structure_mutex());
  Statistics sum;
  for (PageNumber first = root_; first != 0;) {
    if (++sum.depth > kMaxTreeDepth) {
      return ReportTreeDamage(*database_, root_, Error::kDatabaseCorrupted, "depth of a tree",
                              "at most 16", "more");
    }
    PageNumber below = 0;
    RETURN_IF_ERROR(MeasureLevel(*database_, first, &sum, &below));
    first = below;
  }
  return sum;
}

}  // namespace contrail
