// TableCursor: retrieval of columns.

#include <algorithm>

#include "engine/change_scope.h"
#include "engine/compression_event.h"
#include "engine/table_cursor.h"
#include "storage/check.h"

namespace contrail {
namespace {

// Copies what fits of `value` from `offset` on and says how much there is.
Status CopyOut(Bytes value, uint32_t offset, MutableBytes to, uint32_t* actual_size) {
  const size_t left = offset < value.size() ? value.size() - offset : 0;
  *actual_size = static_cast<uint32_t>(left);
  const size_t copied = std::min(left, to.size());
  if (copied > 0) std::memcpy(to.data(), value.data() + offset, copied);
  return left > to.size() ? Status(Error::kWarnBufferTruncated) : Status::Ok();
}

}  // namespace

Status TableCursor::RetrieveColumn(ColumnId id, MutableBytes to, RetrieveArguments* arguments) {
  Refresh();
  arguments->actual_size = 0;
  constexpr uint32_t kFromEntry = retrieve_bit::kFromIndex | retrieve_bit::kFromPrimaryBookmark;
  const uint32_t flags = arguments->flags;
  if ((flags & retrieve_bit::kTuple) != 0 && (flags & retrieve_bit::kFromIndex) == 0) {
    return Error::kInvalidGrbit;
  }
  if ((flags & kFromEntry) != 0) {
    // Entry and record must be of one moment.
    const ReadScope scope(*context_->transaction);
    bool done = false;
    const Status status = RetrieveFromEntry(id, to, arguments, &done);
    if (done || !status.ok()) return status;
    arguments->flags = flags & ~(kFromEntry | retrieve_bit::kTuple);
    const Status from_record = RetrieveColumn(id, to, arguments);
    arguments->flags = flags;
    return from_record;
  }
  if (arguments->itag_sequence == 0) return Error::kBadItagSequence;
  if (id == 0) return RetrieveNthTagged(to, arguments);
  ASSIGN_OR_RETURN(const ColumnSchema* column, FindColumn(id));
  if ((arguments->flags & retrieve_bit::kCopy) != 0 && update_prepared()) {
    const ColumnValue value = copy_.Value(*column, arguments->itag_sequence);
    const bool hidden = value.is_default && (arguments->flags & retrieve_bit::kIgnoreDefault) != 0;
    if (value.is_null() || hidden) return Error::kWarnColumnNull;
    const ReadScope scope(*context_->transaction);
    return ReadValue(value, IsLongType(column->type) ? arguments->offset : 0, to,
                     &arguments->actual_size, retrieve_bit::kCopy);
  }
  RETURN_IF_ERROR(FindRecord());
  return RetrieveStored(*column, to, arguments);
}

// The hot path: the value goes from the page to the caller's buffer; what cannot be copied under
// the page's guard (compressed, separated) is finished afterwards.
Status TableCursor::RetrieveStored(const ColumnSchema& column, MutableBytes to,
                                   RetrieveArguments* arguments) {
  const uint32_t offset = IsLongType(column.type) ? arguments->offset : 0;
  const TableDefinition& definition = *definition_;
  ColumnValue value;
  Status outcome;
  RETURN_IF_ERROR(records_.ReadData([&](Bytes data) -> Status {
    ASSIGN_OR_RETURN(const RecordView record,
                     RecordView::Open(definition.schema(), definition.layout(), data));
    ASSIGN_OR_RETURN(value, record.Value(column, arguments->itag_sequence));
    if (value.kind == ValueKind::kInline) {
      outcome = CopyOut(value.bytes, offset, to, &arguments->actual_size);
    } else if (value.kind == ValueKind::kCompressed) {
      record_.assign(value.bytes.begin(), value.bytes.end());
    }
    return Status::Ok();
  }));
  const bool hidden = value.is_default && (arguments->flags & retrieve_bit::kIgnoreDefault) != 0;
  if (value.is_null() || hidden) {
    arguments->actual_size = 0;
    return Error::kWarnColumnNull;
  }
  if (value.kind == ValueKind::kInline) return outcome;
  if (value.kind == ValueKind::kCompressed) value.bytes = record_;
  if (value.kind == ValueKind::kSeparated && !context_->transaction->active()) {
    // Record and long value must be of one moment.
    const ReadScope scope(*context_->transaction);
    RETURN_IF_ERROR(FindRecord());
    return RetrieveStored(column, to, arguments);
  }
  return ReadValue(value, offset, to, &arguments->actual_size);
}

Status TableCursor::ReadValue(const ColumnValue& value, uint32_t offset, MutableBytes to,
                              uint32_t* actual_size, uint32_t flags) {
  *actual_size = 0;
  if (value.is_encrypted) return Error::kColumnNoEncryptionKey;
  switch (value.kind) {
    case ValueKind::kAbsent:
    case ValueKind::kNull:
      return Error::kWarnColumnNull;
    case ValueKind::kInline:
      return CopyOut(value.bytes, offset, to, actual_size);
    case ValueKind::kCompressed: {
      const Result<uint32_t> measured = DecompressedSize(value.bytes);
      if (!measured.ok()) {
        return ExplainDecompression(measured.status(), value.bytes, *definition_);
      }
      const uint32_t size = *measured;
      value_.resize(size);
      ASSIGN_OR_RETURN(const size_t written, Decompress(value.bytes, value_));
      if (written != size) return Error::kDecompressionFailed;
      return CopyOut(value_, offset, to, actual_size);
    }
    case ValueKind::kSeparated: {
      uint32_t size = 0;
      size_t copied = 0;
      const LongValuePatch* patch =
          (flags & retrieve_bit::kCopy) != 0 ? FindPatch(value.long_value) : nullptr;
      if (patch != nullptr) {
        size = patch->size();
        ASSIGN_OR_RETURN(copied, patch->Read(long_values_, offset, to));
      } else {
        ASSIGN_OR_RETURN(copied, long_values_.ReadWithSize(value.long_value, offset, to, &size));
      }
      *actual_size = size > offset ? size - offset : 0;
      return *actual_size > copied ? Status(Error::kWarnBufferTruncated) : Status::Ok();
    }
  }
  return Error::kInternalError;
}

Result<RecordView> TableCursor::CopyRecord(uint32_t flags) {
  Refresh();
  if ((flags & retrieve_bit::kCopy) != 0 && update_prepared()) {
    ASSIGN_OR_RETURN(const Bytes encoded, copy_.Encode(SIZE_MAX));
    return RecordView::Open(copy_.schema(), copy_.layout(), encoded);
  }
  RETURN_IF_ERROR(CopyRecordBytes(&record_));
  return RecordView::Open(definition_->schema(), definition_->layout(), record_);
}

Result<uint32_t> TableCursor::CountValues(ColumnId id, uint32_t flags) {
  Refresh();
  ASSIGN_OR_RETURN(const ColumnSchema* column, FindColumn(id));
  const bool stored_only = (flags & retrieve_bit::kIgnoreDefault) != 0;
  if ((flags & retrieve_bit::kCopy) != 0 && update_prepared()) {
    if (stored_only && copy_.StoredValue(*column).kind == ValueKind::kAbsent) return uint32_t{0};
    return copy_.ValueCount(*column);
  }
  ASSIGN_OR_RETURN(const RecordView record, CopyRecord(0));
  if (stored_only) {
    ASSIGN_OR_RETURN(const ColumnValue stored, record.StoredValue(*column));
    if (stored.kind == ValueKind::kAbsent) return uint32_t{0};
  }
  return record.ValueCount(*column);
}

Status TableCursor::RetrieveNthTagged(MutableBytes to, RetrieveArguments* arguments) {
  const ReadScope scope(*context_->transaction);
  ASSIGN_OR_RETURN(const RecordView record, CopyRecord(arguments->flags));
  const bool count_nulls = (arguments->flags & retrieve_bit::kNull) != 0;
  uint32_t wanted = arguments->itag_sequence;
  arguments->next_tagged = 0;
  for (uint32_t i = 0; i < record.tagged_count(); ++i) {
    ASSIGN_OR_RETURN(const TaggedField field, record.TaggedAt(i));
    uint32_t values = count_nulls ? 1 : 0;
    if (!field.is_null()) {
      ASSIGN_OR_RETURN(values, field.value_count());
    }
    if (wanted > values) {
      wanted -= values;
      continue;
    }
    const ColumnSchema* column = record.schema().FindColumn(field.column());
    arguments->next_tagged = column != nullptr ? column->api_id() : field.column();
    if (field.is_null()) return Error::kWarnColumnNull;
    ASSIGN_OR_RETURN(const ColumnValue value, field.Value(wanted));
    if ((arguments->flags & retrieve_bit::kTag) != 0) arguments->itag_sequence = wanted;
    return ReadValue(value, arguments->offset, to, &arguments->actual_size,
                     update_prepared() ? arguments->flags : 0);
  }
  return Error::kWarnColumnNull;
}

}  // namespace contrail
