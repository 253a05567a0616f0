// ListCursor: the temporary table in which an information call answers (JET_ColInfoList and its
// like): rows in memory, in the order they were added, read with JetMove and JetRetrieveColumn.
//
// Belongs to a JET_TABLEID; used with its session held.

#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "engine/column_type.h"
#include "engine/table_cursor.h"
#include "storage/bytes.h"
#include "storage/status.h"

namespace contrail::api {

class ListCursor {
 public:
  using Value = std::optional<std::vector<std::byte>>;  // Empty: null.

  // The ids of the columns are 1, 2, ... in this order.
  explicit ListCursor(std::vector<ColumnType> columns) : columns_(std::move(columns)) {}

  // One value per column.
  void AddRow(std::vector<Value> row);
  size_t row_count() const { return rows_.size(); }
  // To the first row; none: before it.
  void Rewind() { position_ = 0; }

  // JetMove. kNoCurrentRecord.
  Status Move(int32_t rows);
  // JetRetrieveColumn. kNoCurrentRecord, kColumnNotFound, kWarnColumnNull, kWarnBufferTruncated.
  Status Retrieve(ColumnId column, MutableBytes to, RetrieveArguments* arguments) const;
  // kColumnNotFound.
  Result<ColumnType> TypeOf(ColumnId column) const;

  template <typename T>
  static Value Number(T value) {
    const auto* bytes = reinterpret_cast<const std::byte*>(&value);
    return std::vector<std::byte>(bytes, bytes + sizeof(value));
  }
  static Value Text(std::string_view text) {
    const auto* bytes = reinterpret_cast<const std::byte*>(text.data());
    return std::vector<std::byte>(bytes, bytes + text.size());
  }
  static Value Binary(std::span<const std::byte> bytes) {
    return std::vector<std::byte>(bytes.begin(), bytes.end());
  }

 private:
  std::vector<ColumnType> columns_;
  std::vector<std::vector<Value>> rows_;
  int64_t position_ = 0;  // -1 before the first row, row_count() after the last.
};

}  // namespace contrail::api
