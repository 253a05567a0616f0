#include "engine/index_builder.h"

#include "engine/index_key.h"
#include "engine/long_value.h"

namespace contrail {
Status BuildIndex(OperationContext& context, TransactionManager& manager, const TableSchema& table,
                  const IndexSchema& index, const Tree& tree, EntrySort& sort) {
  Database& database = tree.database();
  VersionedTree rows(Tree(database, table.root_page, table.object_id, /*unique=*/true), manager);

  Table opened(std::make_shared<const TableDefinition>(database, table), manager, nullptr);
  LongValueStore long_values(context, opened);
  const RecordLayout layout = RecordLayoutOf(database.page_size());
  IndexKeyMaker maker;
  IndexKeySet keys;
  VersionedCursor cursor(rows, *context.transaction);
  Status status = cursor.MoveFirst();
  while (status.ok()) {
    ASSIGN_OR_RETURN(const Bytes record, cursor.Data());
    ASSIGN_OR_RETURN(const RecordView view,
                     RecordView::Open(opened.definition()->schema(), layout, record));
    RETURN_IF_ERROR(maker.MakeKeys(index, view, &long_values, keys));
    if (index.is_unique() && keys.repeated()) return Error::kKeyDuplicate;
    for (size_t i = 0; i < keys.size(); ++i) RETURN_IF_ERROR(sort.Add(keys[i], cursor.key()));
    status = cursor.MoveNext();
  }
  if (!status.Is(Error::kNoCurrentRecord) && !status.Is(Error::kRecordNotFound)) return status;
  // Nobody else knows the tree, and a rollback frees it as a whole.
  Tree entries = tree;
  Tree::AppendHint hint;
  return sort.ForEach([&](Bytes key, Bytes primary_key) {
    return entries.Append(context.scratch, key, primary_key, /*flags=*/0, nullptr, &hint);
  });
}

}  // namespace contrail
