// TreeCursor: seeks and moves.
//
// Each attempt looks at pages optimistically, copies the node it arrives at into spare_, validates,
// and only then becomes what the cursor shows. An attempt that met a change starts again from the
// bookmark, which is never lost.

#include <absl/strings/str_cat.h>

#include "storage/check.h"
#include "storage/tree_damage.h"
#include "storage/tree_descent.h"

namespace contrail {
namespace {

// Leaves without a node are rare and short-lived; more of them in a row than this is a loop.
constexpr uint32_t kMaxEmptyLeaves = 1 << 20;

uint32_t FindLine(const PageView& page, bool unique, Bytes key, Bytes data, bool* equal) {
  return page.LowerBound(key, unique ? nullptr : &data, equal);
}

Status ReportLoop(const Tree& tree, const ReadGuard& guard) {
  return ReportTreeDamage(tree.database(), guard.number(), Error::kBadPageLink,
                          "neighbour links of leaves", "an end", "a loop of empty leaves");
}

}  // namespace

void TreeCursor::SetBookmark(Bytes key, Bytes data) {
  // Through spare_, because the arguments may be the cursor's own key() and data().
  spare_.assign(key.begin(), key.end());
  if (!tree_.unique()) spare_.insert(spare_.end(), data.begin(), data.end());
  key_size_ = key.size();
  bookmark_.swap(spare_);
  place_ = Place::kAt;
  on_node_ = false;
}

void TreeCursor::LeaveAt(Place place) {
  place_ = place;
  on_node_ = false;
}

bool TreeCursor::CopyIsCurrent() const {
  if (place_ != Place::kAt || !on_node_) return false;
  ReadGuard guard;
  return tree_.database().pages().ReadIfUnchanged(leaf_, version_, &guard);
}

// A guard on the leaf and line where the bookmark is (*equal) or would be inserted.
Status TreeCursor::FindPlace(ReadGuard* guard, uint32_t* line, bool* equal) {
  DCHECK(place_ == Place::kAt);
  if (on_node_ && tree_.database().pages().ReadIfUnchanged(leaf_, version_, guard)) {
    *line = line_;
    *equal = true;
    return Status::Ok();
  }
  RETURN_IF_ERROR(FindLeaf(tree_, Aim::kBookmark, key(), data(), guard));
  *line = FindLine(guard->page(), tree_.unique(), key(), data(), equal);
  return Status::Ok();
}

Status TreeCursor::Locate(ReadGuard* guard, uint32_t* line) {
  if (place_ != Place::kAt) return Error::kNoCurrentRecord;
  for (;;) {
    bool equal = false;
    RETURN_IF_ERROR(FindPlace(guard, line, &equal));
    if (!guard->Validate()) continue;
    on_node_ = equal;
    if (!equal) return Error::kRecordNotFound;
    leaf_ = guard->number();
    version_ = guard->version();
    line_ = *line;
    return Status::Ok();
  }
}

// Copies the node at `line` and comes to stand on it. *done = false when the page changed
// meanwhile.
Status TreeCursor::StandOn(const ReadGuard& guard, uint32_t line, Order order, bool* done) {
  const NodeView node = guard.page().node(line);
  const size_t key_size = node.key_size();
  const size_t data_size = tree_.unique() ? 0 : node.data.size();
  spare_.resize(key_size + data_size);
  node.CopyKey(spare_.data());
  if (data_size != 0) std::memcpy(spare_.data() + key_size, node.data.data(), data_size);
  *done = guard.Validate();
  if (!*done) return Status::Ok();
  if (!node.valid) {
    return ReportTreeDamage(tree_.database(), guard.number(), Error::kNodeCorrupted,
                            absl::StrCat("node ", line), "a node", "other bytes");
  }
  if (order != Order::kAny) {
    const Bytes new_key(spare_.data(), key_size);
    int compared = Compare(new_key, key());
    if (compared == 0 && order != Order::kAtMost) {
      compared = Compare(Bytes(spare_).subspan(key_size), data());
    }
    const bool good =
        (order == Order::kAfter && compared > 0) || (order == Order::kAtLeast && compared >= 0) ||
        (order == Order::kBefore && compared < 0) || (order == Order::kAtMost && compared <= 0);
    if (!good) {
      return ReportTreeDamage(tree_.database(), guard.number(), Error::kBadPageLink,
                              "order of keys across leaves", "ascending", "not ascending");
    }
  }
  bookmark_.swap(spare_);
  key_size_ = key_size;
  flags_ = node.flags;
  leaf_ = guard.number();
  version_ = guard.version();
  line_ = line;
  on_node_ = true;
  place_ = Place::kAt;
  return Status::Ok();
}

// Stands on `line`, or on the first node of the leaves to the right. At the end: kRecordNotFound
// with *done set.
Status TreeCursor::StandAtOrAfter(ReadGuard* guard, uint32_t line, Order order, bool* done) {
  for (uint32_t hops = 0; line >= guard->page().line_count(); ++hops) {
    if (hops == kMaxEmptyLeaves) return ReportLoop(tree_, *guard);
    ASSIGN_OR_RETURN(const Neighbour outcome, MoveToNextLeaf(tree_, guard));
    *done = outcome == Neighbour::kNone;
    if (*done) return Error::kRecordNotFound;
    if (outcome == Neighbour::kChanged) return Status::Ok();
    line = 0;
  }
  return StandOn(*guard, line, order, done);
}

// Stands on the node before `line`, going to the left when there is none on the page.
Status TreeCursor::StandBefore(ReadGuard* guard, uint32_t line, Order order, bool* done) {
  for (uint32_t hops = 0; line == 0; ++hops) {
    if (hops == kMaxEmptyLeaves) return ReportLoop(tree_, *guard);
    ASSIGN_OR_RETURN(const Neighbour outcome, MoveToPreviousLeaf(tree_, guard));
    *done = outcome == Neighbour::kNone;
    if (*done) return Error::kRecordNotFound;
    if (outcome == Neighbour::kChanged) return Status::Ok();
    line = guard->page().line_count();
  }
  return StandOn(*guard, line - 1, order, done);
}

Status TreeCursor::SeekAtLeast(Bytes key, Bytes data) {
  SetBookmark(key, data);
  for (bool done = false;;) {
    ReadGuard guard;
    uint32_t line = 0;
    bool equal = false;
    RETURN_IF_ERROR(FindPlace(&guard, &line, &equal));
    const Status status = StandAtOrAfter(&guard, line, Order::kAtLeast, &done);
    if (done || !status.ok()) return status;
  }
}

Status TreeCursor::SeekAtMost(Bytes key, bool strict) {
  SetBookmark(key, {});
  const Aim aim = strict || tree_.unique() ? Aim::kBookmark : Aim::kAfterKey;
  const Order order = strict ? Order::kBefore : Order::kAtMost;
  for (bool done = false;;) {
    ReadGuard guard;
    RETURN_IF_ERROR(FindLeaf(tree_, aim, this->key(), {}, &guard));
    uint32_t line = 0;
    if (strict) {
      bool equal = false;
      line = guard.page().LowerBound(this->key(), nullptr, &equal);
    } else {
      line = LineAfterKey(guard.page(), this->key());
    }
    const Status status = StandBefore(&guard, line, order, &done);
    if (status.Is(Error::kRecordNotFound)) LeaveAt(Place::kBeforeFirst);
    if (done || !status.ok()) return status;
  }
}

Status TreeCursor::SeekExact(Bytes key, Bytes data) {
  SetBookmark(key, data);
  for (bool done = false;;) {
    ReadGuard guard;
    uint32_t line = 0;
    bool equal = false;
    RETURN_IF_ERROR(FindPlace(&guard, &line, &equal));
    if (!equal) {
      if (guard.Validate()) return Error::kRecordNotFound;
      continue;
    }
    // StandOn would copy what the bookmark has already.
    flags_ = guard.page().node(line).flags;
    done = guard.Validate();
    if (!done) continue;
    leaf_ = guard.number();
    version_ = guard.version();
    line_ = line;
    on_node_ = true;
    return Status::Ok();
  }
}

Status TreeCursor::MoveFirst() {
  LeaveAt(Place::kNowhere);
  for (bool done = false;;) {
    ReadGuard guard;
    RETURN_IF_ERROR(FindLeaf(tree_, Aim::kBookmark, {}, {}, &guard));
    const Status status = StandAtOrAfter(&guard, 0, Order::kAny, &done);
    if (done || !status.ok()) return status;
  }
}

Status TreeCursor::MoveLast() {
  LeaveAt(Place::kNowhere);
  for (bool done = false;;) {
    ReadGuard guard;
    RETURN_IF_ERROR(FindLeaf(tree_, Aim::kLast, {}, {}, &guard));
    const uint32_t lines = guard.page().line_count();
    const Status status = StandBefore(&guard, lines, Order::kAny, &done);
    if (done || !status.ok()) return status;
  }
}

Status TreeCursor::MoveNext() {
  if (place_ == Place::kNowhere || place_ == Place::kAfterLast) return Error::kNoCurrentRecord;
  if (place_ == Place::kBeforeFirst) {
    const Status status = MoveFirst();
    if (!status.Is(Error::kRecordNotFound)) return status;
    LeaveAt(Place::kAfterLast);
    return Error::kNoCurrentRecord;
  }
  for (bool done = false;;) {
    ReadGuard guard;
    uint32_t line = 0;
    bool equal = false;
    RETURN_IF_ERROR(FindPlace(&guard, &line, &equal));
    const Status status = StandAtOrAfter(&guard, equal ? line + 1 : line, Order::kAfter, &done);
    if (done && status.Is(Error::kRecordNotFound)) {
      LeaveAt(Place::kAfterLast);
      return Error::kNoCurrentRecord;
    }
    if (done || !status.ok()) return status;
  }
}

Status TreeCursor::MovePrevious() {
  if (place_ == Place::kNowhere || place_ == Place::kBeforeFirst) return Error::kNoCurrentRecord;
  if (place_ == Place::kAfterLast) {
    const Status status = MoveLast();
    if (!status.Is(Error::kRecordNotFound)) return status;
    LeaveAt(Place::kBeforeFirst);
    return Error::kNoCurrentRecord;
  }
  for (bool done = false;;) {
    ReadGuard guard;
    uint32_t line = 0;
    bool equal = false;
    RETURN_IF_ERROR(FindPlace(&guard, &line, &equal));
    const Status status = StandBefore(&guard, line, Order::kBefore, &done);
    if (done && status.Is(Error::kRecordNotFound)) {
      LeaveAt(Place::kBeforeFirst);
      return Error::kNoCurrentRecord;
    }
    if (done || !status.ok()) return status;
  }
}

}  // namespace contrail
