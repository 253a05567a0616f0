// RowText: records of one table as lines of JSON or CSV. It is made once for a table and then turns
// any number of records into text; a row costs what it holds, however many columns the table has.
//
// Thread rule: one thread.

#pragma once

#include <string>
#include <vector>

#include "engine/offline_reader.h"
#include "tools/row_output.h"

namespace contrail::tool {

enum class RowFormat { kJsonLines, kCsv };

class RowText {
 public:
  // `columns`: which, in this order in CSV; empty: all. They belong to the table, which outlives
  // this.
  RowText(OfflineReader& reader, const TableSchema& table, RowFormat format,
          std::vector<const ColumnSchema*> columns);

  // CSV's first line; empty for JSON.
  std::string Heading() const;
  // Appends the record's line with its line feed. On an error nothing is appended; only when the
  // file changes or fails while it is read may a line remain cut off, and is_cut() says so. A line
  // with large values is written in parts while it is made, so that memory does not grow with them.
  //
  // JSON: names sorted, null columns left out, several values a list exactly when the record stores
  // them as one. CSV: null is an empty field and an empty text is "", several values are joined by
  // semicolons.
  Status Append(const RecordView& record, RowOutput* out);
  // The same, held whole however large its values are. On an error nothing is appended.
  Status Append(const RecordView& record, std::string* out);
  bool is_cut() const { return is_cut_; }

 private:
  // A column that is asked for.
  struct Output {
    const ColumnSchema* column = nullptr;
    std::string name;  // As the format writes it.
  };
  // What a record holds of one.
  struct Cell {
    uint32_t output = 0;
    uint32_t tagged_position = kNotStored;  // Tagged columns: of the field.
  };
  static constexpr uint32_t kNotStored = UINT32_MAX;
  static constexpr uint32_t kNotAsked = UINT32_MAX;

  Status CollectCells(const RecordView& record);
  Status AppendLine(const RecordView& record, std::string* out);
  Status CheckLargeValues(const RecordView& record);
  Status AppendCell(const RecordView& record, const Cell& cell, std::string* out, bool* null);
  Status AppendLarge(const ColumnSchema& column, LongValueId id, uint32_t size, std::string* out);
  Status SpillLarge(std::string* out);
  Status AppendField(const ColumnSchema& column, const TaggedField& field, std::string* out);
  Status AppendValue(const ColumnSchema& column, const ColumnValue& value, std::string* out);
  Status AppendJson(const RecordView& record, std::string* out);
  Status AppendCsv(const RecordView& record, std::string* out);

  OfflineReader& reader_;
  const TableSchema& table_;
  RowFormat format_;
  std::vector<Output> outputs_;
  std::vector<uint32_t> output_of_;  // By position in columns() of the table.
  // Outputs to look at in every record: columns that are not tagged, and tagged ones with default.
  std::vector<uint32_t> always_;
  std::vector<Cell> cells_;
  std::vector<std::byte> bytes_;
  std::string field_;
  bool field_is_open_ = false;  // Its quote and a part of it are in the output.
  RowOutput* output_ = nullptr;  // Of the line that is being written in parts.
  std::vector<LongValueId> not_text_;  // Large values of the record that have no UTF-8.
  bool is_cut_ = false;
};

}  // namespace contrail::tool
