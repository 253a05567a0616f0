// OfflineReader: tables and rows of a database file that no instance has open, for tools. The file
// is opened for reading only; nothing of it is changed.
//
// Thread rule: one thread.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/catalog_store.h"
#include "engine/long_value.h"
#include "engine/offline_catalog.h"
#include "engine/offline_scan.h"
#include "engine/record_view.h"
#include "log/forwarding_log_writer.h"
#include "storage/database.h"

namespace contrail {

// One row. Valid during the visit.
struct OfflineRow {
  Bytes key;  // Of the primary tree.
  const RecordView& record;
};

// Something of a table that cannot be read.
struct OfflineDamage {
  PageNumber page = 0;
  Bytes key;  // Of the record; empty when the whole page is of no use.
  Status status;
};

// Rows by an index: those whose key lies from `low` to `high`, both included. Empty: no bound.
struct OfflineRange {
  const IndexSchema* index = nullptr;  // Of the table; null: the order of the primary key.
  std::vector<std::byte> low;
  std::vector<std::byte> high;
};

// Reads separated values of one table. One for each thread that does.
class OfflineLongValues {
 public:
  OfflineLongValues(Database& database, TransactionManager& transactions, const TableSchema& table);
  LongValueStore& store() { return store_; }
  const Table& table() const { return table_; }

 private:
  Transaction transaction_;
  MutationScratch scratch_;
  OperationContext context_;
  Table table_;
  LongValueStore store_;
};

class OfflineReader {
 public:
  // kDatabaseDirtyShutdown unless clean or `allow_dirty`; errors of Database::Open. `cache_bytes`
  // bounds the memory for pages.
  static Result<std::unique_ptr<OfflineReader>> Open(FileSystem& files, EventSink& events,
                                                     const std::string& path, bool allow_dirty,
                                                     uint64_t cache_bytes = 32 << 20);
  ~OfflineReader();

  Database& database() { return *database_; }
  // All tables, system tables too, in the order of their names. When the catalog is damaged (an
  // event says so) they are read from it and its shadow together; the error of the catalog when
  // some are lost in both.
  Result<std::vector<TableSchema>> Tables();
  // The table of that name, in the same way, whatever became of others; kObjectNotFound.
  Result<TableSchema> FindTable(std::string_view name);

  // Rows in the order of the primary key, or those of `range` in the order of its index, each once.
  // `visit` returning an error stops and is returned. Pages and records that cannot be read are
  // given to `damaged`, then passed over; without it the first is an error. Memory does not grow
  // with the table.
  using RowVisit = std::function<Status(const OfflineRow&)>;
  using DamageVisit = std::function<void(const OfflineDamage&)>;
  Status ForEachRow(const TableSchema& table, const RowVisit& visit,
                    const DamageVisit& damaged = nullptr, const OfflineRange* range = nullptr);

  // The plain bytes of a value found in a row of `table`: decompressed, and fetched from the long
  // value tree where it is separated.
  Status ReadValue(const TableSchema& table, const ColumnValue& value,
                   std::vector<std::byte>* bytes);
  // Of a separated value of `table`: its size as its root gives it, and its bytes from `offset` on,
  // fewer than asked for only at its end. kLVCorrupted.
  Result<uint32_t> LongValueSize(const TableSchema& table, LongValueId id);
  Result<size_t> ReadLongValue(const TableSchema& table, LongValueId id, uint32_t offset,
                               MutableBytes to);
  // For a thread of its own; does not outlive the reader. From any thread.
  std::unique_ptr<OfflineLongValues> NewLongValues(const TableSchema& table);

 private:
  explicit OfflineReader(EventSink& events) : events_(events), log_(Signature()) {}
  Result<std::vector<TableSchema>> TablesOfCatalog();
  Result<TableSchema> TableOfCatalog(std::string_view name);
  Result<SalvagedTables> Salvage(Status why);
  LongValueStore& LongValuesOf(const TableSchema& table);
  Status VisitRecord(const TableSchema& table, const OfflineNode& node, const RowVisit& visit,
                     const DamageVisit& damaged);
  Status ForEachEntry(const TableSchema& table, const OfflineRange& range, const RowVisit& visit,
                      const DamageVisit& damaged);

  EventSink& events_;
  NullLogWriter log_;
  std::unique_ptr<BufferPool> pool_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<TransactionManager> transactions_;
  std::unique_ptr<Transaction> transaction_;
  std::unique_ptr<CatalogStore> catalog_;
  // Of the table whose values were read last.
  ObjectId long_value_table_ = 0;
  std::unique_ptr<OfflineLongValues> long_values_;
};

}  // namespace contrail
