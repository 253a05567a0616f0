// The numbers a table hands out: auto-increment values, sequential keys, long value ids.

#include <algorithm>
#include <limits>

#include "engine/long_value_format.h"
#include "engine/record_view.h"
#include "engine/table.h"
#include "storage/check.h"

namespace contrail {
namespace {

// Hands out counter's numbers; the first caller finds where they start.
template <typename FindLargest>
Result<uint64_t> TakeNext(std::atomic<uint64_t>& counter, absl::Mutex& first_use,
                          FindLargest&& find_largest) {
  if (counter.load(std::memory_order_acquire) == 0) {
    const absl::MutexLock lock(&first_use);
    if (counter.load(std::memory_order_acquire) == 0) {
      ASSIGN_OR_RETURN(const uint64_t largest, find_largest());
      counter.store(largest + 1, std::memory_order_release);
    }
  }
  return counter.fetch_add(1, std::memory_order_relaxed);
}

uint64_t LargestOf(ColumnType type) {
  switch (type) {
    case ColumnType::kLong:
      return std::numeric_limits<int32_t>::max();
    case ColumnType::kUnsignedLong:
      return std::numeric_limits<uint32_t>::max();
    default:
      return std::numeric_limits<int64_t>::max();
  }
}

// Reads the column of the record the cursor stands on, whoever wrote it and whether or not it is
// deleted: a number once given stays given. 0 for null.
Result<uint64_t> ReadNumber(TreeCursor& cursor, const TableDefinition& definition,
                            const ColumnSchema& column) {
  uint64_t number = 0;
  RETURN_IF_ERROR(cursor.ReadCurrent([&](const NodeView& node, const ReadGuard&) -> Status {
    number = 0;
    ASSIGN_OR_RETURN(const RecordView record,
                     RecordView::Open(definition.schema(), definition.layout(), node.data));
    ASSIGN_OR_RETURN(const ColumnValue value, record.Value(column));
    if (value.kind != ValueKind::kInline) return Status::Ok();
    int64_t found = 0;
    if (value.bytes.size() == 4) {
      found = column.type == ColumnType::kUnsignedLong
                  ? int64_t{LoadLittle<uint32_t>(value.bytes.data())}
                  : LoadLittle<int32_t>(value.bytes.data());
    } else if (value.bytes.size() == 8) {
      found = LoadLittle<int64_t>(value.bytes.data());
    }
    number = found > 0 ? static_cast<uint64_t>(found) : 0;
    return Status::Ok();
  }));
  return number;
}

bool BeginsWith(const IndexSchema& index, ColumnId column) {
  return !index.segments.empty() && index.segments[0].column == column &&
         index.conditional_columns.empty() && !index.tuple_limits.has_value();
}

Status MoveToLargest(TreeCursor& cursor, const IndexSchema& index) {
  return index.segments[0].descending ? cursor.MoveFirst() : cursor.MoveLast();
}

Result<uint64_t> ScanForLargest(const TableDefinition& definition, const ColumnSchema& column) {
  uint64_t largest = 0;
  TreeCursor cursor(definition.primary_tree());
  Status status = cursor.MoveFirst();
  for (; status.ok(); status = cursor.MoveNext()) {
    const Result<uint64_t> number = ReadNumber(cursor, definition, column);
    if (number.status().Is(Error::kRecordNotFound)) continue;
    if (!number.ok()) return number.status();
    largest = std::max(largest, *number);
  }
  const bool end = status.Is(Error::kRecordNotFound) || status.Is(Error::kNoCurrentRecord);
  return end ? Result<uint64_t>(largest) : Result<uint64_t>(status);
}

// The key of a tree's last node; empty when it has none.
Status LastKey(const Tree& tree, std::vector<std::byte>* key) {
  key->clear();
  TreeCursor cursor(tree);
  const Status status = cursor.MoveLast();
  if (status.Is(Error::kRecordNotFound)) return Status::Ok();
  RETURN_IF_ERROR(status);
  key->assign(cursor.key().begin(), cursor.key().end());
  return Status::Ok();
}

}  // namespace

Result<uint64_t> Table::FindLargestAutoIncrement() const {
  const auto definition = this->definition();
  if (definition->auto_increment_column() == nullptr) return Error::kColumnNotFound;
  const ColumnSchema& column = *definition->auto_increment_column();
  const IndexSchema* primary = definition->primary_index();
  if (primary != nullptr && BeginsWith(*primary, column.id)) {
    TreeCursor cursor(definition->primary_tree());
    const Status status = MoveToLargest(cursor, *primary);
    if (status.Is(Error::kRecordNotFound)) return uint64_t{0};
    RETURN_IF_ERROR(status);
    return ReadNumber(cursor, *definition, column);
  }
  for (const TableDefinition::SecondaryIndex& index : definition->secondary_indexes()) {
    if (!BeginsWith(*index.schema, column.id)) continue;
    TreeCursor entry(index.tree);
    const Status status = MoveToLargest(entry, *index.schema);
    if (status.Is(Error::kRecordNotFound)) return uint64_t{0};
    RETURN_IF_ERROR(status);
    std::vector<std::byte> key;
    RETURN_IF_ERROR(entry.ReadCurrent([&key](const NodeView& node, const ReadGuard&) {
      key.assign(node.data.begin(), node.data.end());
      return Status::Ok();
    }));
    TreeCursor record(definition->primary_tree());
    const Status found = record.SeekExact(key);
    if (found.ok()) return ReadNumber(record, *definition, column);
    if (!found.Is(Error::kRecordNotFound)) return found;
    break;  // A deleted entry whose record is gone already: look at all.
  }
  return ScanForLargest(*definition, column);
}

Result<uint64_t> Table::NextAutoIncrement() {
  ASSIGN_OR_RETURN(const uint64_t next, TakeNext(next_auto_increment_, first_use_mutex_,
                                                 [this] { return FindLargestAutoIncrement(); }));
  const auto definition = this->definition();
  if (definition->auto_increment_column() == nullptr) return Error::kColumnNotFound;
  if (next > LargestOf(definition->auto_increment_column()->type)) {
    return Error::kOutOfAutoincrementValues;
  }
  return next;
}

Result<uint32_t> Table::NextSequentialKey() {
  ASSIGN_OR_RETURN(const uint64_t next,
                   TakeNext(next_sequential_key_, first_use_mutex_, [this]() -> Result<uint64_t> {
                     std::vector<std::byte> key;
                     RETURN_IF_ERROR(LastKey(definition()->primary_tree(), &key));
                     if (key.empty()) return uint64_t{0};
                     if (key.size() != sizeof(uint32_t)) return Error::kDatabaseCorrupted;
                     return uint64_t{LoadBig32(key.data())};
                   }));
  if (next > std::numeric_limits<uint32_t>::max()) return Error::kOutOfSequentialIndexValues;
  return static_cast<uint32_t>(next);
}

Result<LongValueId> Table::NextLongValueId(const Tree& tree) {
  ASSIGN_OR_RETURN(const uint64_t next,
                   TakeNext(next_long_value_id_, first_use_mutex_, [&tree]() -> Result<uint64_t> {
                     std::vector<std::byte> key;
                     RETURN_IF_ERROR(LastKey(tree, &key));
                     if (key.empty()) return uint64_t{0};
                     ASSIGN_OR_RETURN(const LongValuePosition last, DecodeLongValueKey(key));
                     return last.id;
                   }));
  if (next > kMaxLongValueId) return Error::kOutOfLongValueIDs;
  return next;
}

}  // namespace contrail
