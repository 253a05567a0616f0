#include "engine/index_builder.h"

#include <algorithm>

#include "engine/index_key.h"
#include "engine/long_value.h"

namespace contrail {
namespace {

// Memory for one sorted run. Larger tables are built from several runs; only the first is inserted
// in one rising sequence.
constexpr size_t kRunBytes = 64 << 20;

class EntryRun {
 public:
  bool Full() const { return heap_.size() >= kRunBytes; }
  bool Empty() const { return entries_.empty(); }
  void Clear() {
    heap_.clear();
    entries_.clear();
  }
  void Add(Bytes key, Bytes primary_key) {
    entries_.push_back({heap_.size(), static_cast<uint32_t>(key.size()),
                        static_cast<uint32_t>(primary_key.size())});
    heap_.insert(heap_.end(), key.begin(), key.end());
    heap_.insert(heap_.end(), primary_key.begin(), primary_key.end());
  }
  Status InsertSorted(OperationContext& context, VersionedTree& tree, Tree::AppendHint* hint) {
    std::sort(entries_.begin(), entries_.end(), [this](const Entry& a, const Entry& b) {
      const int order = Compare(Key(a), Key(b));
      return order != 0 ? order < 0 : Compare(PrimaryKey(a), PrimaryKey(b)) < 0;
    });
    for (const Entry& entry : entries_) {
      RETURN_IF_ERROR(tree.Insert(context, Key(entry), PrimaryKey(entry), hint));
    }
    return Status::Ok();
  }

 private:
  struct Entry {
    size_t offset;
    uint32_t key_size;
    uint32_t primary_size;
  };
  Bytes Key(const Entry& entry) const { return {heap_.data() + entry.offset, entry.key_size}; }
  Bytes PrimaryKey(const Entry& entry) const {
    return {heap_.data() + entry.offset + entry.key_size, entry.primary_size};
  }

  std::vector<std::byte> heap_;
  std::vector<Entry> entries_;
};

}  // namespace

Status BuildIndex(OperationContext& context, TransactionManager& manager, const TableSchema& table,
                  const IndexSchema& index, const Tree& tree) {
  Database& database = tree.database();
  VersionedTree rows(Tree(database, table.root_page, table.object_id, /*unique=*/true), manager);

  Table opened(std::make_shared<const TableDefinition>(database, table), manager, nullptr);
  LongValueStore long_values(context, opened);
  const RecordLayout layout = RecordLayoutOf(database.page_size());
  VersionedTree entries(tree, manager);
  IndexKeyMaker maker;
  IndexKeySet keys;
  EntryRun run;
  Tree::AppendHint hint;
  VersionedCursor cursor(rows, *context.transaction);
  Status status = cursor.MoveFirst();
  while (status.ok()) {
    ASSIGN_OR_RETURN(const Bytes record, cursor.Data());
    ASSIGN_OR_RETURN(const RecordView view,
                     RecordView::Open(opened.definition()->schema(), layout, record));
    RETURN_IF_ERROR(maker.MakeKeys(index, view, &long_values, keys));
    for (size_t i = 0; i < keys.size(); ++i) run.Add(keys[i], cursor.key());
    if (run.Full()) {
      RETURN_IF_ERROR(run.InsertSorted(context, entries, &hint));
      run.Clear();
    }
    status = cursor.MoveNext();
  }
  if (!status.Is(Error::kNoCurrentRecord) && !status.Is(Error::kRecordNotFound)) return status;
  return run.InsertSorted(context, entries, &hint);
}

}  // namespace contrail
