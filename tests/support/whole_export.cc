#include "tests/support/whole_export.h"

#include <algorithm>

#include "engine/offline_reader.h"

namespace contrail::test {
namespace {

constexpr uint64_t kCacheBytes = 4 << 20;

void Append(Bytes bytes, std::string* text) {
  const auto size = static_cast<uint32_t>(bytes.size());
  text->append(reinterpret_cast<const char*>(&size), sizeof size);
  text->append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

Status AppendRow(OfflineReader& reader, const TableSchema& table, const OfflineRow& row,
                 std::string* text) {
  Append(row.key, text);
  std::vector<std::byte> bytes;
  for (const ColumnSchema& column : table.columns()) {
    if (column.deleted()) continue;
    ASSIGN_OR_RETURN(const uint32_t count, row.record.ValueCount(column));
    for (uint32_t itag = 1; itag <= count; ++itag) {
      ASSIGN_OR_RETURN(const ColumnValue value, row.record.Value(column, itag));
      if (value.is_null()) continue;
      RETURN_IF_ERROR(reader.ReadValue(table, value, &bytes));
      *text += column.name + ' ' + std::to_string(itag) + ' ';
      Append(bytes, text);
    }
  }
  return Status::Ok();
}

ExportedTable ExportTable(OfflineReader& reader, const TableSchema& table) {
  ExportedTable exported;
  const Status status = reader.ForEachRow(
      table,
      [&](const OfflineRow& row) -> Status {
        std::string text;
        RETURN_IF_ERROR(AppendRow(reader, table, row, &text));
        exported.rows.push_back(std::move(text));
        return Status::Ok();
      },
      [&](const OfflineDamage&) { exported.whole = false; });
  if (!status.ok()) exported.whole = false;
  return exported;
}

}  // namespace

bool WholeExport::whole() const {
  return opened.ok() && std::all_of(tables.begin(), tables.end(),
                                    [](const auto& table) { return table.second.whole; });
}

WholeExport ExportEverything(FileSystem& files, EventSink& events, const std::string& path) {
  WholeExport exported;
  const Result<std::unique_ptr<OfflineReader>> reader =
      OfflineReader::Open(files, events, path, /*allow_dirty=*/false, kCacheBytes);
  exported.opened = reader.status();
  if (!reader.ok()) return exported;
  const Result<std::vector<TableSchema>> tables = (*reader)->Tables();
  exported.opened = tables.status();
  if (!tables.ok()) return exported;
  for (const TableSchema& table : *tables) {
    exported.tables[table.name] = ExportTable(**reader, table);
  }
  return exported;
}

std::string FindWrongValue(const WholeExport& expected, const WholeExport& found) {
  if (!found.opened.ok()) return "";
  for (const auto& [name, table] : found.tables) {
    const auto right = expected.tables.find(name);
    if (right == expected.tables.end()) return "a table that is not: " + name;
    auto from = right->second.rows.begin();
    for (const std::string& row : table.rows) {
      from = std::find(from, right->second.rows.end(), row);
      if (from == right->second.rows.end()) return "a row that is not, in " + name;
      ++from;
    }
    if (table.whole && table.rows.size() != right->second.rows.size()) {
      return "rows are missing and nothing says so, in " + name;
    }
  }
  if (found.tables.size() != expected.tables.size()) return "a table is missing";
  return "";
}

}  // namespace contrail::test
