#include "engine/offline_reader.h"

#include <absl/strings/str_cat.h>

#include "engine/catalog_schema.h"
#include "engine/compression_event.h"
#include "engine/event_ids.h"

namespace contrail {

Result<std::unique_ptr<OfflineReader>> OfflineReader::Open(FileSystem& files, EventSink& events,
                                                           const std::string& path,
                                                           bool allow_dirty, uint64_t cache_bytes) {
  std::unique_ptr<OfflineReader> reader(new OfflineReader());
  BufferPoolOptions options;
  options.cache_bytes = cache_bytes;
  options.background_writer = false;
  ASSIGN_OR_RETURN(reader->pool_, BufferPool::Create(files, events, reader->log_, options));
  ASSIGN_OR_RETURN(reader->database_,
                   Database::Open(files, *reader->pool_, events, path, /*read_only=*/true,
                                  /*expected_page_size=*/0, reader->log_));
  const DatabaseState state = reader->database_->header().state;
  if (state != DatabaseState::kClean && !allow_dirty) {
    events.Report({.id = event_id::kDatabaseDirty,
                   .severity = Severity::kError,
                   .text = "The database was not shut down cleanly; what it shows may be of "
                           "different moments.",
                   .file = path,
                   .offset = 52,
                   .expected = "state 3 (clean)",
                   .found = absl::StrCat("state ", static_cast<uint32_t>(state)),
                   .error = static_cast<int32_t>(Error::kDatabaseDirtyShutdown)});
    return Error::kDatabaseDirtyShutdown;
  }
  reader->transactions_ = std::make_unique<TransactionManager>(reader->log_, events);
  reader->transaction_ = std::make_unique<Transaction>(*reader->transactions_);
  reader->context_ = {.transaction = reader->transaction_.get(), .scratch = &reader->scratch_};
  reader->catalog_ = std::make_unique<CatalogStore>(*reader->database_, *reader->transactions_);
  return reader;
}

OfflineReader::~OfflineReader() = default;

Result<std::vector<TableSchema>> OfflineReader::Tables() {
  ASSIGN_OR_RETURN(const std::vector<CatalogRow> rows, catalog_->Tables(*transaction_));
  std::vector<TableSchema> tables;
  for (const CatalogRow& row : rows) {
    ASSIGN_OR_RETURN(TableSchema table, FindTable(row.name));
    tables.push_back(std::move(table));
  }
  return tables;
}

Result<TableSchema> OfflineReader::FindTable(std::string_view name) {
  ASSIGN_OR_RETURN(const CatalogRow row, catalog_->FindTable(*transaction_, name));
  return catalog_->SchemaOf(*transaction_, row.table);
}

Status OfflineReader::ForEachRow(const TableSchema& table,
                                 const std::function<Status(const OfflineRow&)>& visit,
                                 const std::function<void(Bytes key)>& damaged) {
  const VersionedTree tree(Tree(*database_, table.root_page, table.object_id, /*unique=*/true),
                           *transactions_);
  const RecordLayout layout = RecordLayoutOf(database_->page_size());
  VersionedCursor cursor(tree, *transaction_);
  Status status = cursor.MoveFirst();
  while (status.ok()) {
    ASSIGN_OR_RETURN(const Bytes bytes, cursor.Data());
    const Result<RecordView> record = RecordView::Open(table, layout, bytes);
    if (record.ok()) {
      RETURN_IF_ERROR(visit({cursor.key(), *record}));
    } else if (damaged) {
      damaged(cursor.key());
    } else {
      return record.status();
    }
    status = cursor.MoveNext();
  }
  const bool ended = status.Is(Error::kNoCurrentRecord) || status.Is(Error::kRecordNotFound);
  return ended ? Status::Ok() : status;
}

LongValueStore& OfflineReader::LongValuesOf(const TableSchema& table) {
  if (long_value_table_ != table.object_id) {
    table_ = std::make_unique<Table>(std::make_shared<const TableDefinition>(*database_, table),
                                     *transactions_, nullptr);
    long_values_ = std::make_unique<LongValueStore>(context_, *table_);
    long_value_table_ = table.object_id;
  }
  return *long_values_;
}

Status OfflineReader::ReadValue(const TableSchema& table, const ColumnValue& value,
                                std::vector<std::byte>* bytes) {
  switch (value.kind) {
    case ValueKind::kAbsent:
    case ValueKind::kNull:
      bytes->clear();
      return Status::Ok();
    case ValueKind::kInline:
      bytes->assign(value.bytes.begin(), value.bytes.end());
      return Status::Ok();
    case ValueKind::kCompressed: {
      const Result<uint32_t> size = DecompressedSize(value.bytes);
      if (!size.ok()) {
        LongValuesOf(table);  // Opens the table.
        return ExplainDecompression(size.status(), value.bytes, *table_->definition());
      }
      bytes->resize(*size);
      return Decompress(value.bytes, *bytes).status();
    }
    case ValueKind::kSeparated: {
      LongValueStore& long_values = LongValuesOf(table);
      ASSIGN_OR_RETURN(const uint32_t size, long_values.Size(value.long_value));
      bytes->resize(size);
      ASSIGN_OR_RETURN(const size_t read, long_values.Read(value.long_value, 0, *bytes));
      return read == size ? Status::Ok() : Status(Error::kLVCorrupted);
    }
  }
  return Error::kInternalError;
}

}  // namespace contrail
