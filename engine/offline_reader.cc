#include "engine/offline_reader.h"

#include <absl/strings/str_cat.h>

#include "engine/catalog_schema.h"
#include "engine/compression_event.h"
#include "engine/event_ids.h"
#include "engine/first_entry.h"

namespace contrail {

Result<std::unique_ptr<OfflineReader>> OfflineReader::Open(FileSystem& files, EventSink& events,
                                                           const std::string& path,
                                                           bool allow_dirty, uint64_t cache_bytes) {
  std::unique_ptr<OfflineReader> reader(new OfflineReader(events));
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
  reader->catalog_ = std::make_unique<CatalogStore>(*reader->database_, *reader->transactions_);
  return reader;
}

OfflineReader::~OfflineReader() = default;

Result<std::vector<TableSchema>> OfflineReader::TablesOfCatalog() {
  ASSIGN_OR_RETURN(const std::vector<CatalogRow> rows, catalog_->Tables(*transaction_));
  std::vector<TableSchema> tables;
  for (const CatalogRow& row : rows) {
    ASSIGN_OR_RETURN(TableSchema table, catalog_->SchemaOf(*transaction_, row.table));
    tables.push_back(std::move(table));
  }
  return tables;
}

Result<TableSchema> OfflineReader::TableOfCatalog(std::string_view name) {
  ASSIGN_OR_RETURN(const CatalogRow row, catalog_->FindTable(*transaction_, name));
  return catalog_->SchemaOf(*transaction_, row.table);
}

Result<SalvagedTables> OfflineReader::Salvage(Status why) {
  events_.Report({.severity = Severity::kWarning,
                  .text = "The catalog is damaged; what it has lost is read from its shadow.",
                  .file = database_->path(),
                  .error = why.number()});
  return SalvageTables(*database_);
}

Result<std::vector<TableSchema>> OfflineReader::Tables() {
  Result<std::vector<TableSchema>> tables = TablesOfCatalog();
  if (tables.ok()) return tables;
  ASSIGN_OR_RETURN(SalvagedTables salvaged, Salvage(tables.status()));
  if (!salvaged.complete) return tables.status();
  return std::move(salvaged.tables);
}

Result<TableSchema> OfflineReader::FindTable(std::string_view name) {
  Result<TableSchema> table = TableOfCatalog(name);
  if (table.ok() || table.status().Is(Error::kObjectNotFound)) return table;
  ASSIGN_OR_RETURN(SalvagedTables salvaged, Salvage(table.status()));
  for (TableSchema& candidate : salvaged.tables) {
    if (NamesEqual(candidate.name, name)) return std::move(candidate);
  }
  return table.status();
}

Status OfflineReader::VisitRecord(const TableSchema& table, const OfflineNode& node,
                                  const RowVisit& visit, const DamageVisit& damaged) {
  const Result<RecordView> record =
      RecordView::Open(table, RecordLayoutOf(database_->page_size()), node.data);
  if (record.ok()) return visit({node.key, *record});
  if (!damaged) return record.status();
  damaged({node.page, node.key, record.status()});
  return Status::Ok();
}

Status OfflineReader::ForEachRow(const TableSchema& table, const RowVisit& visit,
                                 const DamageVisit& damaged, const OfflineRange* range) {
  if (range != nullptr && range->index != nullptr && !range->index->is_primary()) {
    return ForEachEntry(table, *range, visit, damaged);
  }
  const Bytes low = range != nullptr ? Bytes(range->low) : Bytes();
  const Bytes high = range != nullptr ? Bytes(range->high) : Bytes();
  OfflineScan scan(Tree(*database_, table.root_page, table.object_id, /*unique=*/true));
  OfflineScan::Damaged page_damaged;
  if (damaged) page_damaged = [&](PageNumber page, Status why) { damaged({page, {}, why}); };
  return scan.Run(
      low,
      [&](const OfflineNode& node) -> Result<bool> {
        if (!high.empty() && Compare(node.key, high) > 0) return false;
        RETURN_IF_ERROR(VisitRecord(table, node, visit, damaged));
        return true;
      },
      page_damaged);
}

// An index whose entry leads to no record is damaged there. A row with several entries in the range
// is visited at the first.
Status OfflineReader::ForEachEntry(const TableSchema& table, const OfflineRange& range,
                                   const RowVisit& visit, const DamageVisit& damaged) {
  const IndexSchema& index = *range.index;
  const VersionedTree rows(Tree(*database_, table.root_page, table.object_id, /*unique=*/true),
                           *transactions_);
  VersionedCursor cursor(rows, *transaction_);
  std::optional<FirstEntry> first;
  if (IndexKeyMaker::MayHaveManyKeys(index)) {
    first.emplace(table, index, RecordLayoutOf(database_->page_size()), range.low,
                  LongValuesOf(table));
  }
  OfflineScan scan(Tree(*database_, index.root_page, index.object_id, index.is_unique()));
  OfflineScan::Damaged page_damaged;
  if (damaged) page_damaged = [&](PageNumber page, Status why) { damaged({page, {}, why}); };
  return scan.Run(
      range.low,
      [&](const OfflineNode& entry) -> Result<bool> {
        if (!range.high.empty() && Compare(entry.key, range.high) > 0) return false;
        const Status found = cursor.SeekExact(entry.data);
        Result<Bytes> data = found.ok() ? cursor.Data() : Result<Bytes>(found);
        if (data.ok() && first && !first->IsFirst(entry.key, {0, entry.data, *data})) return true;
        if (data.ok()) {
          RETURN_IF_ERROR(VisitRecord(table, {0, entry.data, *data}, visit, damaged));
        } else if (damaged) {
          damaged({entry.page, entry.data, data.status()});
        } else {
          return data.status();
        }
        return true;
      },
      page_damaged);
}

OfflineLongValues::OfflineLongValues(Database& database, TransactionManager& transactions,
                                     const TableSchema& table)
    : transaction_(transactions),
      context_{.transaction = &transaction_, .scratch = &scratch_},
      table_(std::make_shared<const TableDefinition>(database, table), transactions, nullptr),
      store_(context_, table_) {}

std::unique_ptr<OfflineLongValues> OfflineReader::NewLongValues(const TableSchema& table) {
  return std::make_unique<OfflineLongValues>(*database_, *transactions_, table);
}

LongValueStore& OfflineReader::LongValuesOf(const TableSchema& table) {
  if (long_value_table_ != table.object_id) {
    long_values_ = NewLongValues(table);
    long_value_table_ = table.object_id;
  }
  return long_values_->store();
}

Result<uint32_t> OfflineReader::LongValueSize(const TableSchema& table, LongValueId id) {
  return LongValuesOf(table).Size(id);
}

Result<size_t> OfflineReader::ReadLongValue(const TableSchema& table, LongValueId id,
                                            uint32_t offset, MutableBytes to) {
  return LongValuesOf(table).Read(id, offset, to);
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
        return ExplainDecompression(size.status(), value.bytes,
                                    *long_values_->table().definition());
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
