#include "engine/undo.h"

#include <mutex>

#include "storage/check.h"
#include "storage/space.h"

namespace contrail {
namespace {

// Stops a change from inside a gate without it being a failure; never leaves this file.
constexpr Error kNothingToDo = Error::kTaskDropped;

class CompensationGate final : public ChangeGate {
 public:
  CompensationGate(uint64_t transaction, VersionStore& store, VersionRecord* version)
      : transaction_(transaction), store_(store), version_(version) {}

  Status Check(const NodeState& before, std::vector<std::byte>* annotation) override {
    if (!before.exists) return Error::kRecordNotFound;
    annotation->clear();
    UndoRecord record;
    record.type = UndoRecord::Type::kCompensation;
    record.transaction = transaction_;
    AppendUndoRecord(record, annotation);
    return Status::Ok();
  }

  void Applied(const NodeState&, Lgpos) override {
    if (version_ != nullptr) store_.Unlink(version_);
  }

 private:
  uint64_t transaction_;
  VersionStore& store_;
  VersionRecord* version_;
};

class EraseGate final : public ChangeGate {
 public:
  EraseGate(const NodeName& name, VersionStore& store) : name_(name), store_(store) {}

  Status Check(const NodeState& before, std::vector<std::byte>* annotation) override {
    annotation->clear();
    if (!before.exists || !before.deleted) return kNothingToDo;
    return store_.FindNewest(name_, name_.Hash(), Viewer{}).any ? Status(kNothingToDo)
                                                                : Status::Ok();
  }
  void Applied(const NodeState&, Lgpos) override {}

 private:
  NodeName name_;
  VersionStore& store_;
};

}  // namespace

Status UndoChange(MutationScratch* scratch, const UndoTarget& target, uint64_t transaction,
                  VersionStore& store, VersionRecord* version) {
  CompensationGate gate(transaction, store, version);
  Tree tree = target.tree;
  constexpr uint8_t kGone = node_flag::kDeleted | node_flag::kVersioned;
  switch (target.kind) {
    case ChangeKind::kInsert:
      if (target.has_image) {
        RETURN_IF_ERROR(tree.Replace(scratch, target.key, target.image, kGone, &gate));
      } else {
        RETURN_IF_ERROR(tree.SetFlags(scratch, target.key, target.data, kGone, &gate));
      }
      // Recovery has no versions that would say so, but an image means that the node may be needed:
      // the next change to be undone can be its deletion.
      if (version == nullptr && target.has_image) return Status::Ok();
      // The change is undone; a node that stays, flagged deleted, only takes space.
      EraseIfUnversioned(scratch, tree, target.key, target.data, store).Ignore();
      return Status::Ok();
    case ChangeKind::kReplace:
      return tree.Replace(scratch, target.key, target.image, node_flag::kVersioned, &gate);
    case ChangeKind::kDelete:
      return tree.SetFlags(scratch, target.key, target.data, node_flag::kVersioned, &gate);
    case ChangeKind::kAdd: {
      ASSIGN_OR_RETURN(NumberAddition addition, LoadAddition(target.image));
      addition.amount = ~addition.amount + 1;  // Others' additions stay.
      return tree.Add(scratch, target.key, addition, node_flag::kVersioned, &gate);
    }
    case ChangeKind::kLock:
    case ChangeKind::kCreateTree:
    case ChangeKind::kDropTree:
      break;
  }
  CHECK(false);
  return Error::kInternalError;
}

Status EraseIfUnversioned(MutationScratch* scratch, Tree tree, Bytes key, Bytes data,
                          VersionStore& store) {
  EraseGate gate(NodeName{&tree.database(), tree.root(), key, data}, store);
  const Status status = tree.Erase(scratch, key, data, &gate);
  return status.Is(kNothingToDo) ? Status::Ok() : status;
}

Status FreeTree(MutationScratch* scratch, Database& database, PageNumber root,
                const UndoRecord& last_annotation) {
  for (bool done = false; !done;) {
    const std::lock_guard<std::mutex> lock(database.structure_mutex());
    Mutation mutation(database, scratch, Mutation::Kind::kStructural);
    RETURN_IF_ERROR(DestroyTree(mutation, root, &done));
    if (done) {
      std::vector<std::byte> annotation;
      AppendUndoRecord(last_annotation, &annotation);
      mutation.Annotate(annotation);
    }
    RETURN_IF_ERROR(mutation.Commit().status());
  }
  return Status::Ok();
}

Status LogAnnotation(MutationScratch* scratch, Database& database, const UndoRecord& annotation) {
  std::vector<std::byte> bytes;
  AppendUndoRecord(annotation, &bytes);
  Mutation mutation(database, scratch, Mutation::Kind::kSingle);
  mutation.Annotate(bytes);
  return mutation.Commit().status();
}

}  // namespace contrail
