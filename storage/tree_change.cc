#include "storage/tree_change.h"

#include <array>

#include "storage/check.h"
#include "storage/tree_descent.h"
#include "storage/tree_space.h"
#include "storage/tree_structure.h"

namespace contrail {
namespace {

// Below this share of a page a leaf looks for a neighbour to join; two such make less than the
// share at which TreeStructure merges them.
constexpr uint32_t kSparsePercent = 30;
constexpr uint32_t kMergePercent = 60;

uint32_t UsedBytes(const PageView& page) {
  const uint32_t capacity = PageCapacity(page.page_size());
  return capacity - std::min<uint32_t>(capacity, page.free_bytes());
}

bool IsRightmostLeaf(const PageView& page, ObjectId object_id) {
  return IsPageOfTree(page, object_id) && page.is_leaf() && page.next() == 0;
}

}  // namespace

Status TreeChange::Judge(const PageView& page, Verdict* verdict) {
  bool equal = false;
  const Bytes data = OrderData();
  const uint32_t line = page.LowerBound(change_.key, tree_.unique() ? nullptr : &data, &equal);
  return JudgeAt(page, line, equal, verdict);
}

Status TreeChange::JudgeAt(const PageView& page, uint32_t line, bool equal, Verdict* verdict) {
  *verdict = Verdict();
  verdict->line = line;
  verdict->equal = equal;
  if (equal) {
    const NodeView node = page.node(line);
    if (!node.valid) return Error::kNodeCorrupted;
    verdict->before = {true, node.deleted(), node.versioned(), node.data};
  }
  if (change_.gate != nullptr) {
    scratch_->annotation.clear();
    RETURN_IF_ERROR(change_.gate->Check(verdict->before, &scratch_->annotation));
  }
  const bool present = equal && !verdict->before.deleted;
  switch (change_.kind) {
    case NodeChange::Kind::kInsert:
      return present ? Status(Error::kKeyDuplicate) : Status::Ok();
    case NodeChange::Kind::kReplace:
      return present ? Status::Ok() : Status(Error::kRecordNotFound);
    case NodeChange::Kind::kAdd:
      if (!present) return Error::kRecordNotFound;
      return change_.addition.LiesIn(verdict->before.data) ? Status::Ok()
                                                           : Status(Error::kDatabaseCorrupted);
    case NodeChange::Kind::kSetFlags:
      return equal ? Status::Ok() : Status(Error::kRecordNotFound);
    case NodeChange::Kind::kErase:
      verdict->nothing = !equal;
      return Status::Ok();
  }
  return Error::kInternalError;
}

// An insert that brings back a deleted node of a unique tree, whose data may have another length.
bool TreeChange::IsRevival(const Verdict& verdict) const {
  return change_.kind == NodeChange::Kind::kInsert && verdict.equal;
}

bool TreeChange::FitsLeaf(const PageView& page, const Verdict& verdict) const {
  switch (change_.kind) {
    case NodeChange::Kind::kInsert:
      if (!verdict.equal) return FitsInsert(page, change_.key, change_.data.size());
      [[fallthrough]];
    case NodeChange::Kind::kReplace:
      return !tree_.unique() || FitsReplace(page, verdict.line, change_.data.size());
    case NodeChange::Kind::kAdd:
    case NodeChange::Kind::kSetFlags:
      return true;
    case NodeChange::Kind::kErase:
      break;
  }
  return page.is_root() || page.line_count() > 1;
}

void TreeChange::ApplyAddition(Mutation* mutation, Mutation::PageIndex index, uint32_t line) {
  const NumberAddition& addition = change_.addition;
  const NodeView node = mutation->page(index).node(line);
  std::array<std::byte, sizeof(uint32_t)> number;
  StoreLittle(number.data(), addition.Read(node.data) + addition.amount);
  const auto flags = static_cast<uint8_t>((node.flags | change_.flags) & ~node_flag::kCompressed);
  const bool flagged = (node.flags & change_.flags) == change_.flags;
  mutation->Apply(index, PageOperation::ReplaceBytes(line, addition.offset, number));
  if (!flagged) mutation->Apply(index, PageOperation::SetNodeFlags(line, flags));
}

void TreeChange::Apply(Mutation* mutation, Mutation::PageIndex index, const Verdict& verdict) {
  const uint32_t line = verdict.line;
  switch (change_.kind) {
    case NodeChange::Kind::kInsert:
      if (!verdict.equal) {
        mutation->Apply(index,
                        PageOperation::InsertNode(line, change_.flags, change_.key, change_.data));
        return;
      }
      if (!tree_.unique()) {  // The data is part of the bookmark and so the same.
        mutation->Apply(index, PageOperation::SetNodeFlags(line, change_.flags));
        return;
      }
      [[fallthrough]];
    case NodeChange::Kind::kReplace:
      mutation->Apply(index, PageOperation::ReplaceNode(line, change_.flags, change_.data));
      return;
    case NodeChange::Kind::kAdd:
      ApplyAddition(mutation, index, line);
      return;
    case NodeChange::Kind::kSetFlags:
      mutation->Apply(index, PageOperation::SetNodeFlags(line, change_.flags));
      return;
    case NodeChange::Kind::kErase:
      mutation->Apply(index, PageOperation::DeleteNodes(line, 1));
      return;
  }
}

// The gate sees the former data after the page has changed: copy it out.
void TreeChange::KeepBefore(Verdict* verdict) {
  if (change_.gate == nullptr || verdict->before.data.empty()) return;
  scratch_->nodes.assign(verdict->before.data.begin(), verdict->before.data.end());
  verdict->before.data = scratch_->nodes;
}

Status TreeChange::Finish(Mutation* mutation, const Verdict& verdict) {
  if (change_.gate != nullptr) mutation->Annotate(scratch_->annotation);
  ASSIGN_OR_RETURN(const Lgpos position, mutation->CommitHoldingLatches());
  if (change_.gate != nullptr) change_.gate->Applied(verdict.before, position);
  mutation->Release();
  return Status::Ok();
}

// Of a node against the change's bookmark.
int TreeChange::Order(const NodeView& node) const {
  return tree_.unique() ? CompareKey(node, change_.key)
                        : CompareBookmark(node, change_.key, change_.data);
}

// Whether a latched page is the leaf that the bookmark belongs to, as far as the page alone can
// tell.
bool TreeChange::Covers(const PageView& page) const {
  if (!IsPageOfTree(page, tree_.object_id()) || !page.is_leaf()) return false;
  if (page.is_root()) return true;
  const uint32_t lines = page.line_count();
  if (lines == 0) return false;
  if (Order(page.node(0)) > 0) return false;
  return page.next() == 0 || Order(page.node(lines - 1)) >= 0;
}

Status TreeChange::LockLeaf(WriteGuard* lock) {
  CachedDatabase& pages = tree_.database().pages();
  for (;;) {
    ReadGuard leaf;
    RETURN_IF_ERROR(FindLeaf(tree_, Aim::kBookmark, change_.key, OrderData(), &leaf));
    const PageNumber number = leaf.number();
    if (pages.TryUpgrade(&leaf, lock)) return Status::Ok();
    // Somebody else is at work on the leaf. Wait for the latch; often the leaf is still the right
    // one. An error here means that the page has gone from the tree or shows again on the next
    // descent.
    Result<WriteGuard> waited = pages.Lock(number);
    if (!waited.ok() || !Covers(waited->page())) continue;
    *lock = std::move(waited).value();
    return Status::Ok();
  }
}

// Makes the change if the latched leaf has room. *done = false: it needs the structure mutex.
Status TreeChange::ChangeLeaf(WriteGuard leaf, Verdict* verdict, bool* done) {
  const PageView page = leaf.page();
  *done = verdict->nothing || FitsLeaf(page, *verdict);
  if (!*done || verdict->nothing) return Status::Ok();
  const bool overwrites = change_.kind == NodeChange::Kind::kReplace ||
                          change_.kind == NodeChange::Kind::kAdd ||
                          change_.kind == NodeChange::Kind::kErase;
  if (overwrites || IsRevival(*verdict)) KeepBefore(verdict);
  const PageNumber number = leaf.number();
  RETURN_IF_ERROR(CheckPageTime(tree_.database(), page, number));
  if (page.next() == 0) landed_ = number;
  Mutation mutation(tree_.database(), scratch_, Mutation::Kind::kSingle);
  const Mutation::PageIndex index = mutation.Adopt(std::move(leaf));
  Apply(&mutation, index, *verdict);
  if (change_.kind == NodeChange::Kind::kErase) NoteShrunkLeaf(number, mutation.page(index));
  return Finish(&mutation, *verdict);
}

Status TreeChange::ChangeStructure() {
  Database& database = tree_.database();
  const std::lock_guard hold(database.structure_mutex());
  Mutation mutation(database, scratch_, Mutation::Kind::kStructural);
  TreeSpace space(tree_.root());
  TreeStructure structure(mutation, {tree_.root(), tree_.object_id(), tree_.unique(), false},
                          space);
  TreePath path;
  RETURN_IF_ERROR(structure.Descend(change_.key, OrderData(), &path));
  ASSIGN_OR_RETURN(const Mutation::PageIndex leaf, mutation.Lock(path.back().page));
  Verdict verdict;
  RETURN_IF_ERROR(Judge(mutation.page(leaf), &verdict));
  if (verdict.nothing) return Status::Ok();
  KeepBefore(&verdict);
  if (FitsLeaf(mutation.page(leaf), verdict)) {
    Apply(&mutation, leaf, verdict);
  } else if (change_.kind == NodeChange::Kind::kErase) {
    bool removed = false;
    RETURN_IF_ERROR(structure.RemoveLeaf(path, &removed));
    if (!removed) Apply(&mutation, leaf, verdict);
  } else {
    const ListedNode node{change_.flags, change_.key, change_.data};
    const bool replaces = verdict.equal;
    RETURN_IF_ERROR(replaces ? structure.Replace(path, verdict.line, node)
                             : structure.Insert(path, verdict.line, node));
    const PageView page = mutation.page(leaf);
    if (page.is_leaf()) landed_ = page.next() != 0 ? page.next() : path.back().page;
  }
  return Finish(&mutation, verdict);
}

Status TreeChange::Run() {
  WriteGuard leaf;
  RETURN_IF_ERROR(LockLeaf(&leaf));
  Verdict verdict;
  RETURN_IF_ERROR(Judge(leaf.page(), &verdict));
  bool done = false;
  RETURN_IF_ERROR(ChangeLeaf(std::move(leaf), &verdict, &done));
  if (!done) return ChangeStructure();
  if (shrunk_leaf_ != 0) MergeAround();
  return Status::Ok();
}

Status TreeChange::RunAtEnd(Tree::AppendHint* hint) {
  DCHECK(change_.kind == NodeChange::Kind::kInsert);
  bool done = false;
  if (hint->leaf != 0) {
    Result<WriteGuard> leaf = tree_.database().pages().Lock(hint->leaf);
    if (leaf.ok() && IsRightmostLeaf(leaf->page(), tree_.object_id())) {
      const PageView page = leaf->page();
      const uint32_t lines = page.line_count();
      if (lines > 0 && Order(page.node(lines - 1)) < 0) {
        Verdict verdict;
        RETURN_IF_ERROR(JudgeAt(page, lines, false, &verdict));
        RETURN_IF_ERROR(ChangeLeaf(std::move(leaf).value(), &verdict, &done));
        if (done) return Status::Ok();
        RETURN_IF_ERROR(ChangeStructure());
        hint->leaf = landed_;
        return Status::Ok();
      }
    }
  }
  const Status status = Run();
  hint->leaf = landed_;
  return status;
}

void TreeChange::NoteShrunkLeaf(PageNumber number, const PageView& page) {
  const uint32_t used = UsedBytes(page);
  if (page.is_root() || used > PageCapacity(page.page_size()) * kSparsePercent / 100) return;
  shrunk_leaf_ = number;
  shrunk_used_ = used;
  shrunk_previous_ = page.previous();
  shrunk_next_ = page.next();
}

// Joins the leaf that has shrunk with a neighbour. The erase is committed: whatever goes wrong here
// changes nothing for the caller, and the tree is as it was (the mutation is abandoned).
void TreeChange::MergeAround() {
  Database& database = tree_.database();
  const uint32_t limit = PageCapacity(database.page_size()) * kMergePercent / 100;
  const auto small = [&](PageNumber number) {
    if (number == 0) return false;
    Result<ReadGuard> guard = database.pages().Read(number);
    return guard.ok() && UsedBytes(guard->page()) + shrunk_used_ <= limit && guard->Validate();
  };
  const bool into_next = small(shrunk_next_);
  if (!into_next && !small(shrunk_previous_)) return;
  const std::lock_guard hold(database.structure_mutex());
  Mutation mutation(database, scratch_, Mutation::Kind::kStructural);
  TreeSpace space(tree_.root());
  TreeStructure structure(mutation, {tree_.root(), tree_.object_id(), tree_.unique(), false},
                          space);
  TreePath path;
  if (!structure.Descend(change_.key, OrderData(), &path).ok() || path.size() < 2) return;
  bool merged = false;
  if (!into_next) {
    PathStep& parent = path[path.size() - 2];
    if (parent.line == 0) return;
    --parent.line;
    const Status status = LookAtPage(mutation, parent.page, [&](const PageView& page) {
      path.back().page = page.child(parent.line);
      return Status::Ok();
    });
    if (!status.ok()) return;
  }
  if (!structure.MergeIntoNext(path, &merged).ok() || !merged) return;
  // A log that is down poisons the pool; the next call of anybody tells.
  mutation.Commit().status().Ignore();
}

}  // namespace contrail
