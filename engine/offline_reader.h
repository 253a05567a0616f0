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
#include "engine/record_view.h"
#include "log/forwarding_log_writer.h"
#include "storage/database.h"

namespace contrail {

// One row. Valid during the visit.
struct OfflineRow {
  Bytes key;  // Of the primary tree.
  const RecordView& record;
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
  // All tables, system tables too, in the order of their names. When the catalog is damaged its
  // shadow is read; `used_shadow` then says so.
  Result<std::vector<TableSchema>> Tables();
  // The table of that name; kObjectNotFound.
  Result<TableSchema> FindTable(std::string_view name);

  // Rows in the order of the primary key. `visit` returning an error stops and is returned. A
  // record that is malformed is reported as an event and given to `damaged` (its key), then passed
  // over.
  Status ForEachRow(const TableSchema& table, const std::function<Status(const OfflineRow&)>& visit,
                    const std::function<void(Bytes key)>& damaged = nullptr);

  // The plain bytes of a value found in a row of `table`: decompressed, and fetched from the long
  // value tree where it is separated.
  Status ReadValue(const TableSchema& table, const ColumnValue& value,
                   std::vector<std::byte>* bytes);
  // Reads the separated values of a table. Valid until it is asked for another table's.
  LongValueStore& LongValuesOf(const TableSchema& table);

 private:
  OfflineReader() : log_(Signature()) {}

  NullLogWriter log_;
  std::unique_ptr<BufferPool> pool_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<TransactionManager> transactions_;
  std::unique_ptr<Transaction> transaction_;
  MutationScratch scratch_;
  OperationContext context_;
  std::unique_ptr<CatalogStore> catalog_;
  // Of the table whose values were read last.
  ObjectId long_value_table_ = 0;
  std::unique_ptr<Table> table_;
  std::unique_ptr<LongValueStore> long_values_;
};

}  // namespace contrail
