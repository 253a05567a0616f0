#include "engine/api/list_table.h"

#include <algorithm>
#include <cstring>

#include "storage/check.h"

namespace contrail::api {

void ListCursor::AddRow(std::vector<Value> row) {
  CHECK(row.size() == columns_.size());
  rows_.push_back(std::move(row));
}

Status ListCursor::Move(int32_t rows) {
  const auto count = static_cast<int64_t>(rows_.size());
  int64_t target = position_ + rows;
  if (rows == move_bit::kFirst) target = 0;
  if (rows == move_bit::kLast) target = count - 1;
  position_ = std::clamp<int64_t>(target, -1, count);
  return position_ >= 0 && position_ < count ? Status::Ok() : Error::kNoCurrentRecord;
}

Result<ColumnType> ListCursor::TypeOf(ColumnId column) const {
  if (column == 0 || column > columns_.size()) return Error::kColumnNotFound;
  return columns_[column - 1];
}

Status ListCursor::Retrieve(ColumnId column, MutableBytes to, RetrieveArguments* arguments) const {
  if (position_ < 0 || position_ >= static_cast<int64_t>(rows_.size())) {
    return Error::kNoCurrentRecord;
  }
  RETURN_IF_ERROR(TypeOf(column).status());
  const Value& value = rows_[static_cast<size_t>(position_)][column - 1];
  arguments->actual_size = 0;
  if (!value.has_value()) return Error::kWarnColumnNull;
  const size_t from = std::min<size_t>(arguments->offset, value->size());
  const size_t size = value->size() - from;
  const size_t copied = std::min(size, to.size());
  if (copied != 0) std::memcpy(to.data(), value->data() + from, copied);
  arguments->actual_size = static_cast<uint32_t>(size);
  return copied < size ? Status(Error::kWarnBufferTruncated) : Status::Ok();
}

}  // namespace contrail::api
