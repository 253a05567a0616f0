#include "backup/set/table_content.h"

#include <algorithm>
#include <array>

#include "backup/set/content_hash.h"
#include "engine/table_cursor.h"
#include "engine/table_registry.h"

namespace contrail {
namespace {

constexpr uint64_t kRowsBetweenCalls = 1000;
constexpr size_t kValueBytes = 256 << 10;  // Of a long value at a time.
constexpr Error kRevoked = Error::kRecordDeleted;

class TableReader {
 public:
  TableReader(TableCursor& cursor, const ContentProgress& progress)
      : cursor_(cursor), progress_(progress), buffer_(kValueBytes) {}

  Status Read(TableContent* content);

 private:
  Status AddRow();
  Status AddColumn(const RecordView& record, const ColumnSchema& column);
  Status AddValue(const ColumnValue& value);
  void AddNumbers(std::array<uint64_t, 3> numbers) {
    hash_.Add(std::as_bytes(std::span<const uint64_t>(numbers)));
  }

  TableCursor& cursor_;
  const ContentProgress& progress_;
  ContentHash hash_;
  std::vector<std::byte> record_;
  std::vector<std::byte> buffer_;
};

Status TableReader::Read(TableContent* content) {
  Status status = cursor_.MoveFirst();
  for (; status.ok(); status = cursor_.MoveNext()) {
    if (content->rows++ % kRowsBetweenCalls == 0 && progress_ && !progress_(content->table)) {
      return Error::kTermInProgress;
    }
    if (cursor_.transaction().revoked()) return kRevoked;  // Nobody wants the rest.
    RETURN_IF_ERROR(AddRow());
  }
  content->hash = hash_.Text();
  return status.Is(Error::kNoCurrentRecord) ? Status::Ok() : status;
}

// Lengths go in with everything, so that no two rows look alike.
Status TableReader::AddRow() {
  ASSIGN_OR_RETURN(const Bytes key, cursor_.GetBookmark());
  AddNumbers({0, key.size(), 0});
  hash_.Add(key);
  ASSIGN_OR_RETURN(const RecordView found, cursor_.CopyRecord(0));
  // A copy of our own: reading a long value ends the cursor's.
  record_.assign(found.bytes().begin(), found.bytes().end());
  ASSIGN_OR_RETURN(const RecordView record,
                   RecordView::Open(found.schema(), found.layout(), record_));
  for (const ColumnSchema& column : record.schema().columns()) {
    if (!column.deleted()) RETURN_IF_ERROR(AddColumn(record, column));
  }
  return Status::Ok();
}

Status TableReader::AddColumn(const RecordView& record, const ColumnSchema& column) {
  ASSIGN_OR_RETURN(const uint32_t count, record.ValueCount(column));
  for (uint32_t itag = 1; itag <= count; ++itag) {
    ASSIGN_OR_RETURN(const ColumnValue value, record.Value(column, itag));
    if (value.is_null()) continue;
    AddNumbers({1, column.api_id(), itag});
    RETURN_IF_ERROR(AddValue(value));
  }
  return Status::Ok();
}

Status TableReader::AddValue(const ColumnValue& value) {
  if (value.kind == ValueKind::kInline) {
    AddNumbers({2, value.bytes.size(), 0});
    hash_.Add(value.bytes);
    return Status::Ok();
  }
  for (uint32_t offset = 0;;) {
    uint32_t left = 0;
    RETURN_IF_ERROR(cursor_.ReadValue(value, offset, buffer_, &left));
    if (offset == 0) AddNumbers({2, left, 0});
    const size_t count = std::min<size_t>(left, buffer_.size());
    hash_.Add(Bytes(buffer_).first(count));
    if (count == left) return Status::Ok();
    offset += static_cast<uint32_t>(count);
  }
}

}  // namespace

Status AddTablesToRead(Session& session, AttachedDatabase& attached, const std::string& database,
                       std::vector<TableToRead>* tables) {
  ASSIGN_OR_RETURN(const std::vector<CatalogRow> rows,
                   attached.catalog().Tables(session.transaction()));
  for (const CatalogRow& row : rows) {
    if ((row.flags & table_flag::kSystem) != 0) continue;
    tables->push_back({&attached, database, row.name, row.table, row.type_or_root});
  }
  return Status::Ok();
}

Status ReadTableContent(Session& session, const TableToRead& table, const ContentProgress& progress,
                        TableContent* content) {
  Transaction& transaction = session.transaction();
  *content = {table.database, table.name, 0, {}};
  ASSIGN_OR_RETURN(TableSchema schema, table.attached->tables().LoadSchema(transaction, table.id));
  if (transaction.revoked()) return kRevoked;
  // A table of our own, beside that of the registry: neither are we in anybody's way, nor does a
  // definition that has changed since reach us. The trees stay as long as the transaction.
  auto definition =
      std::make_shared<const TableDefinition>(table.attached->database(), std::move(schema));
  TableCursor cursor(std::make_shared<Table>(std::move(definition), transaction.manager(), nullptr),
                     session.context(), /*updatable=*/false);
  const Status status = TableReader(cursor, progress).Read(content);
  return transaction.revoked() ? Status(kRevoked) : status;
}

}  // namespace contrail
