// Exporting tables of a database file: one to standard output, or all to a folder, several at once.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/offline_reader.h"
#include "tools/row_output.h"
#include "tools/row_text.h"

namespace contrail::tool {

struct ExportRequest {
  RowFormat format = RowFormat::kJsonLines;
  std::vector<const ColumnSchema*> columns;  // Empty: all.
  const OfflineRange* range = nullptr;       // Null: all rows.
  std::optional<uint64_t> limit;             // Rows at most.
};

struct ExportCount {
  uint64_t rows = 0;
  // Records, and pages with all that they held, that could not be read. Each has been told of on
  // standard error.
  uint64_t damaged_records = 0;
  uint64_t damaged_pages = 0;

  uint64_t damaged() const { return damaged_records + damaged_pages; }
};

// Errors are those of writing; damage is counted and passed over.
Status ExportTable(OfflineReader& reader, const TableSchema& table, const ExportRequest& request,
                   RowOutput& output, ExportCount* count);

struct FolderExport {
  std::string database;
  std::string folder;
  RowFormat format = RowFormat::kJsonLines;
  bool allow_dirty = false;
};
struct ExportedTable {
  std::string name;
  std::string file;
  ExportCount count;
  Status status;
  bool unwritten = false;  // It is the file that the error is about.
};
// One file for each table, named after it, written by as many threads as there are processors. The
// result is in the order of `tables`.
std::vector<ExportedTable> ExportTables(const FolderExport& where,
                                        const std::vector<TableSchema>& tables);

// A table's name as a file name: what a path cannot hold becomes %XX.
std::string FileNameOf(const std::string& table, RowFormat format);

}  // namespace contrail::tool
