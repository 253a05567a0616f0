#include "engine/transaction_manager.h"
#include "engine/versioned_tree.h"

namespace contrail {

VersionedCursor::VersionedCursor(const VersionedTree& tree, Transaction& transaction)
    : cursor_(tree.tree()),
      transaction_(&transaction),
      store_(&tree.manager().implementation().store()) {}

Status VersionedCursor::CheckVisible() {
  // The flags were copied with the bookmark, from a validated page. Without any, nobody has changed
  // the node in a way that some transaction may not see.
  if ((cursor_.flags() & (node_flag::kVersioned | node_flag::kDeleted)) == 0) return Status::Ok();
  const Viewer viewer = transaction_->viewer();
  bool gone = false;
  const Status status = cursor_.ReadCurrent([&](const NodeView& node, const ReadGuard&) {
    gone = store_->See(Name(), viewer, node.deleted(), {}, nullptr) == Seen::kAbsent;
    return Status::Ok();
  });
  if (!status.ok() && !status.Is(Error::kRecordNotFound)) return status;
  return gone || !status.ok() ? Status(Error::kRecordDeleted) : Status::Ok();
}

Status VersionedCursor::SettleForward(Status status, Error at_end) {
  while (status.ok()) {
    const Status visible = CheckVisible();
    if (!visible.Is(Error::kRecordDeleted)) return visible;
    status = cursor_.MoveNext();
  }
  const bool end = status.Is(Error::kRecordNotFound) || status.Is(Error::kNoCurrentRecord);
  return end ? Status(at_end) : status;
}

Status VersionedCursor::SettleBackward(Status status, Error at_end) {
  while (status.ok()) {
    const Status visible = CheckVisible();
    if (!visible.Is(Error::kRecordDeleted)) return visible;
    status = cursor_.MovePrevious();
  }
  const bool end = status.Is(Error::kRecordNotFound) || status.Is(Error::kNoCurrentRecord);
  return end ? Status(at_end) : status;
}

Status VersionedCursor::SeekAtLeast(Bytes key, Bytes data) {
  return SettleForward(cursor_.SeekAtLeast(key, data), Error::kRecordNotFound);
}

Status VersionedCursor::SeekAtMost(Bytes key, bool strict) {
  return SettleBackward(cursor_.SeekAtMost(key, strict), Error::kRecordNotFound);
}

Status VersionedCursor::SeekExact(Bytes key, Bytes data) {
  RETURN_IF_ERROR(cursor_.SeekExact(key, data));
  const Status visible = CheckVisible();
  return visible.Is(Error::kRecordDeleted) ? Status(Error::kRecordNotFound) : visible;
}

Status VersionedCursor::MoveFirst() {
  return SettleForward(cursor_.MoveFirst(), Error::kRecordNotFound);
}

Status VersionedCursor::MoveLast() {
  return SettleBackward(cursor_.MoveLast(), Error::kRecordNotFound);
}

Status VersionedCursor::MoveNext() {
  return SettleForward(cursor_.MoveNext(), Error::kNoCurrentRecord);
}

Status VersionedCursor::MovePrevious() {
  return SettleBackward(cursor_.MovePrevious(), Error::kNoCurrentRecord);
}

Result<Bytes> VersionedCursor::Data() {
  RETURN_IF_ERROR(ReadData([this](Bytes data) {
    copy_.assign(data.begin(), data.end());
    return Status::Ok();
  }));
  return Bytes(copy_);
}

}  // namespace contrail
