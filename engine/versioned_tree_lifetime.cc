// Creation and removal of trees under a transaction.

#include <mutex>

#include "engine/transaction_manager.h"
#include "engine/undo.h"
#include "engine/versioned_tree.h"
#include "storage/space.h"

namespace contrail {

Result<PageNumber> CreateVersionedTree(OperationContext& context, TransactionManager& manager,
                                       Database& database, PageNumber parent_root,
                                       const TreeDescription& description) {
  Transaction& transaction = *context.transaction;
  RETURN_IF_ERROR(transaction.PrepareChange(true));
  NewTree request;
  request.object_id = description.object_id;
  request.page_flags = description.page_flags;
  request.initial_pages = description.initial_pages;
  request.multiple_extents = description.multiple_extents;
  UndoRecord undo;
  undo.type = UndoRecord::Type::kCreateTree;
  undo.transaction = transaction.id();
  undo.object_id = description.object_id;
  {
    const std::lock_guard<std::mutex> lock(database.structure_mutex());
    Mutation mutation(database, context.scratch, Mutation::Kind::kStructural);
    ASSIGN_OR_RETURN(undo.root, CreateTree(mutation, parent_root, request));
    std::vector<std::byte> annotation;
    AppendUndoRecord(undo, &annotation);
    mutation.Annotate(annotation);
    RETURN_IF_ERROR(mutation.Commit().status());
  }
  const Tree tree(database, undo.root, description.object_id, description.unique);
  manager.implementation().AddVersion(*transaction.state(), ChangeKind::kCreateTree, tree, 0, {},
                                      {}, nullptr);
  return undo.root;
}

Status DropVersionedTree(OperationContext& context, TransactionManager& manager, Database& database,
                         PageNumber, PageNumber root, ObjectId object_id) {
  Transaction& transaction = *context.transaction;
  RETURN_IF_ERROR(transaction.PrepareChange(true));
  UndoRecord undo;
  undo.type = UndoRecord::Type::kDropTree;
  undo.transaction = transaction.id();
  undo.root = root;
  undo.object_id = object_id;
  RETURN_IF_ERROR(LogAnnotation(context.scratch, database, undo));
  const Tree tree(database, root, object_id, true);
  manager.implementation().AddVersion(*transaction.state(), ChangeKind::kDropTree, tree, 0, {}, {},
                                      nullptr);
  return Status::Ok();
}

}  // namespace contrail
