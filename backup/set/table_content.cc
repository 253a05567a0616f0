#include "backup/set/table_content.h"

#include <algorithm>
#include <array>

#include "backup/backup_events.h"
#include "backup/set/content_hash.h"
#include "engine/event_ids.h"
#include "engine/instance.h"
#include "engine/table_cursor.h"
#include "engine/table_registry.h"

namespace contrail {
namespace {

constexpr uint64_t kRowsBetweenCalls = 1000;
constexpr size_t kValueBytes = 256 << 10;  // Of a long value at a time.

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

Status ReadTable(Session& session, AttachedDatabase& attached, const CatalogRow& row,
                 const ContentProgress& progress, TableContent* content) {
  ASSIGN_OR_RETURN(std::shared_ptr<Table> table,
                   attached.tables().Open(session.context(), row.name, /*exclusive=*/false));
  Status status;
  {
    TableCursor cursor(std::move(table), session.context(), /*updatable=*/false);
    status = TableReader(cursor, progress).Read(content);
  }
  attached.tables().Close(row.table, nullptr);
  return status;
}

}  // namespace

Status ReadTableContents(Session& session, AttachedDatabase& attached, const std::string& database,
                         const ContentProgress& progress, std::vector<TableContent>* contents) {
  ASSIGN_OR_RETURN(const std::vector<CatalogRow> tables,
                   attached.catalog().Tables(session.transaction()));
  for (const CatalogRow& row : tables) {
    if ((row.flags & table_flag::kSystem) != 0) continue;
    TableContent content{database, row.name, 0, {}};
    const Status status = ReadTable(session, attached, row, progress, &content);
    if (status.Is(Error::kTableLocked) || status.Is(Error::kObjectNotFound)) {
      session.instance().events().Report(
          {.id = event_id::kDatabaseLeavesBackup,
           .severity = Severity::kWarning,
           .text = "The content of a table is not recorded: somebody uses it exclusively, or has "
                   "deleted it: " +
                   row.name,
           .file = attached.path(),
           .error = status.number()});
      continue;
    }
    RETURN_IF_ERROR(status);
    contents->push_back(std::move(content));
  }
  return Status::Ok();
}

}  // namespace contrail
