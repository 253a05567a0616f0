// TableCursor: values into the copy buffer of an update.
//
// Long values that the update itself has made are changed in place. Changes of parts of any other
// wait in memory for the update to be made (engine/long_value_patch.h); where that cannot be, the
// value is copied first. So cancelling the update has nothing to undo but what it made.

#include <algorithm>

#include "engine/change_scope.h"
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

bool IsNull(Bytes data, uint32_t flags) {
  return data.empty() && (flags & (set_column_bit::kZeroLength | kPartial)) == 0;
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

void TableCursor::NoteMade(LongValueId id) {
  // A rollback takes the long value away under the update: the update goes with it.
  context_->transaction->Watch(*this);
  made_long_values_.push_back(id);
}

// What ended in an inner level is as before when that one is rolled back, but for the update, which
// does not come back: long values that it made in an outer level have nobody then.
void TableCursor::ReleaseAfterRollback(std::vector<LongValueId> made) {
  Transaction& transaction = *context_->transaction;
  if (made.empty() || transaction.level() <= 1) return;
  transaction.OnRollback([context = context_, table = table_, made = std::move(made)] {
    if (context->transaction->level() <= 1) return;  // They go with everything else.
    // A failure leaves unused space behind and nothing else.
    LongValueStore(*context, *table).ReleaseThosePresent(made).Ignore();
  });
}

Status TableCursor::DropMade(std::span<const LongValueId> ids) {
  for (const LongValueId id : ids) {
    RETURN_IF_ERROR(long_values_.Release(id));
    std::erase(made_long_values_, id);
  }
  return Status::Ok();
}

// What this update made and will refer to no more. A column of one value has it replaced whatever
// the itagSequence; in others 0 adds a value.
void TableCursor::FindReplacedValues(const ColumnSchema& column, const SetArguments& arguments,
                                     std::vector<LongValueId>* made) const {
  uint32_t first = arguments.itag_sequence;
  if (!column.Has(column_flag::kMultiValued)) first = 1;
  uint32_t last = first;
  if ((arguments.flags & set_column_bit::kRevertToDefault) != 0) {
    first = 1;
    last = copy_.ValueCount(column);
  }
  for (uint32_t itag = std::max(first, 1u); itag <= last; ++itag) {
    const ColumnValue value = copy_.StoredValue(column, itag);
    if (value.kind != ValueKind::kSeparated || !WasMadeHere(value.long_value)) continue;
    made->push_back(value.long_value);
  }
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
  if ((flags & kPartial) != 0 && (flags & set_column_bit::kUnique) != 0)
    return Error::kInvalidGrbit;
  if ((flags & kPartial) != 0 && !IsLongType(column->type)) return Error::kInvalidGrbit;
  NoteChanged(column->id);
  if (IsLongType(column->type)) {
    // Long values go into the table at once, and its first one makes their tree.
    const RowChange change(*table_, *context_->transaction);
    RETURN_IF_ERROR(change.admitted());
    return SetLongColumn(*column, data, arguments);
  }
  if ((flags & set_column_bit::kRevertToDefault) != 0) return copy_.RevertToDefault(*column);
  if (IsNull(data, flags)) return copy_.SetNull(*column, arguments.itag_sequence);
  RETURN_IF_ERROR(CheckUniqueValue(*column, data, arguments));
  return copy_.Set(*column, arguments.itag_sequence, data);
}

// Whether the value may get too long for the record. Says yes rather than no.
bool TableCursor::MaySeparate(const ColumnSchema& column, Bytes data,
                              const SetArguments& arguments) const {
  if ((arguments.flags & set_column_bit::kSeparate) != 0) return true;
  uint64_t size = std::max<uint64_t>(data.size(), arguments.size);
  if ((arguments.flags & kPartial) != 0 && arguments.itag_sequence != 0) {
    const ColumnValue value = copy_.Value(column, arguments.itag_sequence);
    if (value.kind == ValueKind::kCompressed) return true;
    size += value.bytes.size();
  }
  return size > kMaxIntrinsicSize;
}

// Happens whole or not at all: what it made in the long value tree goes again when it fails, and
// what the update made before and refers to no more goes when it succeeds.
Status TableCursor::SetLongColumn(const ColumnSchema& column, Bytes data,
                                  const SetArguments& arguments) {
  std::vector<LongValueId> replaced;
  // A part is changed of the value that is there; with 0 there is none.
  const bool part = (arguments.flags & kPartial) != 0 && arguments.itag_sequence != 0;
  if (!part && !made_long_values_.empty()) FindReplacedValues(column, arguments, &replaced);
  // Outside of a transaction there are no long values to be made, but perhaps some to be dropped.
  const bool active = context_->transaction->active();
  if (!active && replaced.empty()) return SetLongValue(column, data, arguments);
  // The tree stays, whatever becomes of this value.
  if (active && MaySeparate(column, data, arguments)) {
    RETURN_IF_ERROR(table_->LongValueTree(*context_).status());
  }
  std::optional<RecordBuilder> saved;
  if (!replaced.empty()) saved = copy_;
  const std::vector<LongValueId> made = made_long_values_;
  ChangeScope scope(*context_->transaction);
  RETURN_IF_ERROR(scope.Begin());
  Status status = SetLongValue(column, data, arguments);
  if (status.ok()) status = DropMade(replaced);
  updating_ = true;
  status = scope.Finish(status);
  updating_ = false;
  if (status.ok()) {
    ReleaseAfterRollback(std::move(replaced));
    return status;
  }
  if (saved) copy_ = std::move(*saved);
  made_long_values_ = made;
  return status;
}

Status TableCursor::SetLongValue(const ColumnSchema& column, Bytes data,
                                 const SetArguments& arguments) {
  const uint32_t itag = arguments.itag_sequence;
  if ((arguments.flags & set_column_bit::kRevertToDefault) != 0) {
    return copy_.RevertToDefault(column);
  }
  if (IsNull(data, arguments.flags)) return copy_.SetNull(column, itag);
  RETURN_IF_ERROR(CheckUniqueValue(column, data, arguments));
  if ((arguments.flags & kPartial) == 0) return SetWhole(column, itag, data, arguments.flags);
  ColumnValue value;
  value.kind = ValueKind::kAbsent;
  // A part is changed of what a reader sees, which may be the default.
  if (itag != 0) value = copy_.Value(column, itag);
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
  NoteMade(id);
  return copy_.SetSeparated(column, itag_sequence, id);
}

// Append, overwrite or resize a value of the long value tree.
Status TableCursor::ChangeSeparated(const ColumnSchema& column, const ColumnValue& value,
                                    Bytes data, const SetArguments& arguments) {
  const LongValueCoding coding = CodingOf(column, arguments.flags);
  LongValueId id = value.long_value;
  const LongValuePatch* const made = FindPatch(id);
  uint32_t size = 0;
  if (made != nullptr) {
    size = made->size();
  } else {
    ASSIGN_OR_RETURN(size, long_values_.Size(id));
  }
  uint64_t end = uint64_t{size} + data.size();
  if ((arguments.flags & set_column_bit::kOverwrite) != 0) {
    end = uint64_t{arguments.offset} + data.size();
  } else if ((arguments.flags & set_column_bit::kSize) != 0) {
    end = arguments.size;
  }
  if (end > kMaxLongValueSize) return Error::kColumnTooBig;
  if (column.max_size != 0 && end > column.max_size) return Error::kColumnTooBig;
  const bool overwrite = (arguments.flags & set_column_bit::kOverwrite) != 0;
  if (overwrite && arguments.offset > size) return Error::kColumnNoChunk;
  if (!context_->transaction->active()) return Error::kNotInTransaction;
  const bool truncate = (arguments.flags & set_column_bit::kSize) != 0;
  const uint32_t offset = overwrite ? arguments.offset : size;
  const bool only_size = truncate && !overwrite;
  if (!WasMadeHere(id)) {
    ASSIGN_OR_RETURN(LongValuePatch* const patch,
                     PatchFor(column, id, size, only_size ? 0 : data.size()));
    if (patch != nullptr) {
      if (only_size) {
        patch->Resize(arguments.size, coding);
      } else {
        patch->Overwrite(offset, data, truncate, coding);
      }
      return Status::Ok();
    }
    ASSIGN_OR_RETURN(id, long_values_.Copy(id, coding));
    NoteMade(id);
    if (made != nullptr) RETURN_IF_ERROR(made->Apply(long_values_, id));
  }
  RETURN_IF_ERROR(only_size ? long_values_.Resize(id, arguments.size, coding)
                            : long_values_.Overwrite(id, offset, data, truncate, coding));
  if (id == value.long_value) return Status::Ok();
  RETURN_IF_ERROR(copy_.SetSeparated(column, arguments.itag_sequence, id));
  std::erase_if(patches_,
                [&](const LongValuePatch& patch) { return patch.id() == value.long_value; });
  return Status::Ok();
}

// The same for a value in the record (or none). What may stay in the record is put together in
// memory; a long result goes into the long value tree piece by piece, whatever its size.
Status TableCursor::ChangeIntrinsic(const ColumnSchema& column, const ColumnValue& value,
                                    Bytes data, const SetArguments& arguments) {
  std::vector<std::byte> whole;
  if (!value.is_null()) {
    uint32_t size = 0;
    RETURN_IF_ERROR(ReadValue(value, 0, {}, &size));
    whole.resize(size);
    RETURN_IF_ERROR(ReadValue(value, 0, whole, &size));
  }
  const uint32_t flags = arguments.flags;
  const bool truncate = (flags & set_column_bit::kSize) != 0;
  const bool overwrite = (flags & set_column_bit::kOverwrite) != 0;
  const bool only_size = truncate && !overwrite;
  const uint64_t offset = overwrite ? arguments.offset : whole.size();
  if (offset > whole.size()) return Error::kColumnNoChunk;
  uint64_t end = only_size ? arguments.size : offset + data.size();
  if (!truncate) end = std::max<uint64_t>(end, whole.size());
  if (end > kMaxLongValueSize) return Error::kColumnTooBig;
  if (column.max_size != 0 && end > column.max_size) return Error::kColumnTooBig;
  const bool intrinsic = (flags & set_column_bit::kIntrinsic) != 0;
  if (intrinsic && end > kMaxForcedIntrinsicSize) return Error::kColumnTooBig;
  const size_t most = WantsCompression(column, flags) ? kMaxXpressSize : kMaxIntrinsicSize;
  if (intrinsic || end <= most) {
    whole.resize(end);
    if (!only_size)
      std::copy(data.begin(), data.end(), whole.begin() + static_cast<ptrdiff_t>(offset));
    return SetWhole(column, arguments.itag_sequence, whole, flags);
  }
  const LongValueCoding coding = CodingOf(column, flags);
  ASSIGN_OR_RETURN(const LongValueId id, long_values_.Create(whole, coding));
  NoteMade(id);
  const auto size = static_cast<uint32_t>(end);
  RETURN_IF_ERROR(only_size ? long_values_.Resize(id, size, coding)
                            : long_values_.Overwrite(id, static_cast<uint32_t>(offset), data,
                                                     truncate, coding));
  return copy_.SetSeparated(column, arguments.itag_sequence, id);
}

}  // namespace contrail
