// TableCursor: values into the copy buffer of an update.
//
// Long values that the update itself has made are changed in place. Any other is copied first, so
// that cancelling the update has nothing to undo but the copies.

#include <algorithm>

#include "engine/table_cursor.h"
#include "engine/value_compression.h"
#include "storage/check.h"

namespace contrail {
namespace {

// The most that kIntrinsic keeps in a record.
constexpr size_t kMaxForcedIntrinsicSize = 1024;
constexpr uint32_t kPartial =
    set_column_bit::kAppend | set_column_bit::kOverwrite | set_column_bit::kSize;

bool WantsCompression(const ColumnSchema& column, uint32_t flags) {
  if ((flags & set_column_bit::kUncompressed) != 0) return false;
  return (flags & set_column_bit::kCompressed) != 0 || column.Has(column_flag::kCompressed);
}

LongValueCoding CodingOf(const ColumnSchema& column, uint32_t flags) {
  return {WantsCompression(column, flags), column.is_unicode()};
}

}  // namespace

void TableCursor::NoteChanged(ColumnId column) {
  const auto end = changed_columns_.end();
  if (std::find(changed_columns_.begin(), end, column) == end) changed_columns_.push_back(column);
}

bool TableCursor::WasMadeHere(LongValueId id) const {
  return std::find(made_long_values_.begin(), made_long_values_.end(), id) !=
         made_long_values_.end();
}

Status TableCursor::NoteMade(LongValueId id) {
  if (made_long_values_.empty()) {
    // A rollback takes the long values away under the update: the update goes with them.
    context_->transaction->OnRollback(
        [weak = std::weak_ptr<TableCursor*>(self_), number = update_number_] {
          const auto cursor = weak.lock();
          if (cursor == nullptr || (*cursor)->update_number_ != number) return;
          if (!(*cursor)->updating_) (*cursor)->DropUpdate();
        });
  }
  made_long_values_.push_back(id);
  return Status::Ok();
}

Status TableCursor::DropIfMadeHere(const ColumnValue& value) {
  if (value.kind != ValueKind::kSeparated || !WasMadeHere(value.long_value)) return Status::Ok();
  const LongValueId id = value.long_value;
  std::erase(made_long_values_, id);
  return long_values_.Release(id);
}

Status TableCursor::SetColumn(ColumnId id, Bytes data, const SetArguments& arguments) {
  if (!update_prepared()) return Error::kUpdateNotPrepared;
  Refresh();
  RETURN_IF_ERROR(FindColumn(id).status());
  const ColumnSchema* column = update_definition_->schema().FindColumn(id);
  if (column == nullptr || column->deleted()) return Error::kColumnNotFound;
  const bool replace =
      update_ == PreparedUpdate::kReplace || update_ == PreparedUpdate::kReplaceNoLock;
  if (column->Has(column_flag::kAutoIncrement)) return Error::kInvalidColumnType;
  if (replace && column->Has(column_flag::kVersion)) return Error::kInvalidColumnType;
  const uint32_t flags = arguments.flags;
  if ((flags & kPartial) != 0 && !IsLongType(column->type)) return Error::kInvalidGrbit;
  NoteChanged(column->id);
  if ((flags & set_column_bit::kRevertToDefault) != 0) {
    RETURN_IF_ERROR(DropIfMadeHere(copy_.StoredValue(*column, arguments.itag_sequence)));
    return copy_.RevertToDefault(*column);
  }
  const bool null = data.empty() && (flags & (set_column_bit::kZeroLength | kPartial)) == 0;
  if (null) {
    RETURN_IF_ERROR(DropIfMadeHere(copy_.StoredValue(*column, arguments.itag_sequence)));
    return copy_.SetNull(*column, arguments.itag_sequence);
  }
  constexpr uint32_t kUnique =
      set_column_bit::kUniqueValues | set_column_bit::kUniqueNormalizedValues;
  if ((flags & kUnique) != 0 && copy_.HasEqualValue(*column, arguments.itag_sequence, data)) {
    return Error::kMultiValuedDuplicate;
  }
  if (!IsLongType(column->type)) return copy_.Set(*column, arguments.itag_sequence, data);
  // Long values go into the table at once, and its first one makes their tree.
  const RowChange change(*table_, *context_->transaction);
  RETURN_IF_ERROR(change.admitted());
  return SetLongColumn(*column, data, arguments);
}

Status TableCursor::SetLongColumn(const ColumnSchema& column, Bytes data,
                                  const SetArguments& arguments) {
  const uint32_t itag = arguments.itag_sequence;
  ColumnValue value;
  value.kind = ValueKind::kAbsent;
  // A part is changed of what a reader sees, which may be the default.
  if (itag != 0) value = copy_.Value(column, itag);
  if ((arguments.flags & kPartial) == 0) {
    RETURN_IF_ERROR(DropIfMadeHere(value));
    return SetWhole(column, itag, data, arguments.flags);
  }
  if (value.kind == ValueKind::kSeparated) {
    return ChangeSeparated(column, value, data, arguments);
  }
  return ChangeIntrinsic(column, value, data, arguments);
}

Status TableCursor::SetWhole(const ColumnSchema& column, uint32_t itag_sequence, Bytes value,
                             uint32_t flags) {
  if (column.max_size != 0 && value.size() > column.max_size) return Error::kColumnTooBig;
  if ((flags & set_column_bit::kIntrinsic) != 0) {
    if (value.size() > kMaxForcedIntrinsicSize) return Error::kColumnTooBig;
    return copy_.Set(column, itag_sequence, value);
  }
  if ((flags & set_column_bit::kSeparate) != 0 && value.size() > kLongValueReferenceSize) {
    return Separate(column, itag_sequence, value, flags);
  }
  // Only a column's first value may be stored compressed in a record.
  if (itag_sequence == 1 && WantsCompression(column, flags)) {
    compressed_.resize(value.size());
    const size_t size =
        value.size() <= kMaxXpressSize ? Compress(value, column.is_unicode(), compressed_) : 0;
    if (size != 0 && size <= kMaxIntrinsicSize) {
      return copy_.SetCompressed(column, itag_sequence, Bytes(compressed_).first(size));
    }
  }
  if (value.size() <= kMaxIntrinsicSize) return copy_.Set(column, itag_sequence, value);
  return Separate(column, itag_sequence, value, flags);
}

Status TableCursor::Separate(const ColumnSchema& column, uint32_t itag_sequence, Bytes value,
                             uint32_t flags) {
  ASSIGN_OR_RETURN(const LongValueId id, long_values_.Create(value, CodingOf(column, flags)));
  RETURN_IF_ERROR(NoteMade(id));
  return copy_.SetSeparated(column, itag_sequence, id);
}

// Append, overwrite or resize a value of the long value tree.
Status TableCursor::ChangeSeparated(const ColumnSchema& column, const ColumnValue& value,
                                    Bytes data, const SetArguments& arguments) {
  const LongValueCoding coding = CodingOf(column, arguments.flags);
  LongValueId id = value.long_value;
  ASSIGN_OR_RETURN(const uint32_t size, long_values_.Size(id));
  uint64_t end = uint64_t{size} + data.size();
  if ((arguments.flags & set_column_bit::kOverwrite) != 0) {
    end = uint64_t{arguments.offset} + data.size();
  } else if ((arguments.flags & set_column_bit::kSize) != 0) {
    end = arguments.size;
  }
  if (column.max_size != 0 && end > column.max_size) return Error::kColumnTooBig;
  if (!WasMadeHere(id)) {
    ASSIGN_OR_RETURN(id, long_values_.Copy(id, coding));
    RETURN_IF_ERROR(NoteMade(id));
    RETURN_IF_ERROR(copy_.SetSeparated(column, arguments.itag_sequence, id));
  }
  const bool truncate = (arguments.flags & set_column_bit::kSize) != 0;
  if ((arguments.flags & set_column_bit::kOverwrite) != 0) {
    return long_values_.Overwrite(id, arguments.offset, data, truncate, coding);
  }
  if (truncate) return long_values_.Resize(id, arguments.size, coding);
  return long_values_.Append(id, data, coding);
}

// The same for a value in the record (or none): put together in memory and set as a whole.
Status TableCursor::ChangeIntrinsic(const ColumnSchema& column, const ColumnValue& value,
                                    Bytes data, const SetArguments& arguments) {
  std::vector<std::byte> whole;
  if (!value.is_null()) {
    uint32_t size = 0;
    RETURN_IF_ERROR(ReadValue(value, 0, {}, &size));
    whole.resize(size);
    RETURN_IF_ERROR(ReadValue(value, 0, whole, &size));
  }
  const bool resize = (arguments.flags & set_column_bit::kSize) != 0;
  const bool overwrite = (arguments.flags & set_column_bit::kOverwrite) != 0;
  if (!overwrite && resize) {
    if (arguments.size > kMaxLongValueSize) return Error::kColumnTooBig;
    if (column.max_size != 0 && arguments.size > column.max_size) return Error::kColumnTooBig;
    whole.resize(arguments.size);
  } else {
    const uint64_t offset = overwrite ? arguments.offset : whole.size();
    const uint64_t end = offset + data.size();
    if (end > kMaxLongValueSize) return Error::kColumnTooBig;
    if (column.max_size != 0 && end > column.max_size) return Error::kColumnTooBig;
    if (end > whole.size() || resize) whole.resize(end);
    std::copy(data.begin(), data.end(), whole.begin() + static_cast<ptrdiff_t>(offset));
  }
  return SetWhole(column, arguments.itag_sequence, whole, arguments.flags);
}

}  // namespace contrail
