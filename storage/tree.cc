#include "storage/tree.h"

#include "storage/check.h"
#include "storage/tree_change.h"
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
  const NodeChange change{NodeChange::Kind::kInsert, flags, key, data, gate, {}};
  return TreeChange(*this, scratch, change).Run();
}

Status Tree::Append(MutationScratch* scratch, Bytes key, Bytes data, uint8_t flags,
                    ChangeGate* gate, AppendHint* hint) {
  DCHECK(hint != nullptr);
  if (!IsStorable(*this, key, data)) return Error::kRecordTooBig;
  const NodeChange change{NodeChange::Kind::kInsert, flags, key, data, gate, {}};
  return TreeChange(*this, scratch, change).RunAtEnd(hint);
}

Status Tree::Replace(MutationScratch* scratch, Bytes key, Bytes data, uint8_t flags,
                     ChangeGate* gate) {
  DCHECK(unique_);
  if (!IsStorable(*this, key, data)) return Error::kRecordTooBig;
  const NodeChange change{NodeChange::Kind::kReplace, flags, key, data, gate, {}};
  return TreeChange(*this, scratch, change).Run();
}

Status Tree::Add(MutationScratch* scratch, Bytes key, const NumberAddition& addition, uint8_t flags,
                 ChangeGate* gate) {
  DCHECK(unique_);
  const NodeChange change{NodeChange::Kind::kAdd, flags, key, {}, gate, addition};
  return TreeChange(*this, scratch, change).Run();
}

Status Tree::SetFlags(MutationScratch* scratch, Bytes key, Bytes data, uint8_t flags,
                      ChangeGate* gate) {
  DCHECK((flags & node_flag::kCompressed) == 0);
  const NodeChange change{NodeChange::Kind::kSetFlags, flags, key, data, gate, {}};
  return TreeChange(*this, scratch, change).Run();
}

Status Tree::Erase(MutationScratch* scratch, Bytes key, Bytes data, ChangeGate* gate) {
  const NodeChange change{NodeChange::Kind::kErase, 0, key, data, gate, {}};
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

}  // namespace contrail
