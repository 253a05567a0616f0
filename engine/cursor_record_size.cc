// TableCursor: what a record weighs (JetGetRecordSize).

#include "engine/change_scope.h"
#include "engine/table_cursor.h"
#include "engine/value_compression.h"

namespace contrail {
namespace {

// What the entry of a tagged column takes beside its values.
constexpr uint64_t kTaggedOverhead = record_format::kTaggedEntrySize + 1;

void AddNonTagged(const RecordView& record, RecordSize* size) {
  const uint32_t fixed = record.last_fixed();
  const uint32_t variable = record.last_variable() - (kFirstVariableColumn - 1);
  size->non_tagged_columns += fixed + variable;
  size->overhead += record_format::kHeaderSize + record_format::NullBitmapSize(fixed) +
                    sizeof(uint16_t) * variable;
}

}  // namespace

Status TableCursor::AddRecordSize(uint32_t flags, RecordSize* size) {
  const ReadScope scope(*context_->transaction);
  const bool copy = (flags & record_size_bit::kInCopyBuffer) != 0;
  const bool local = (flags & record_size_bit::kLocal) != 0;
  if (copy && !update_prepared()) return Error::kUpdateNotPrepared;
  ASSIGN_OR_RETURN(const RecordView record, CopyRecord(copy ? retrieve_bit::kCopy : 0));
  AddNonTagged(record, size);
  for (const ColumnSchema& column : record.schema().columns()) {
    if (column.is_tagged() || column.deleted()) continue;
    ASSIGN_OR_RETURN(const ColumnValue value, record.StoredValue(column));
    if (value.is_null()) continue;
    size->data += value.bytes.size();
    size->data_compressed += value.bytes.size();
  }
  for (uint32_t i = 0; i < record.tagged_count(); ++i) {
    ASSIGN_OR_RETURN(const TaggedField field, record.TaggedAt(i));
    ++size->tagged_columns;
    size->overhead += kTaggedOverhead;
    if (field.is_null()) continue;
    ASSIGN_OR_RETURN(const uint32_t values, field.value_count());
    size->multi_values += values - 1;
    for (uint32_t itag = 1; itag <= values; ++itag) {
      ASSIGN_OR_RETURN(const ColumnValue value, field.Value(itag));
      if (value.kind == ValueKind::kSeparated) {
        ++size->long_values;
        size->overhead += kLongValueReferenceSize;
        if (local) continue;
        const LongValuePatch* patch = copy ? FindPatch(value.long_value) : nullptr;
        ASSIGN_OR_RETURN(const uint32_t bytes, patch != nullptr
                                                   ? Result<uint32_t>(patch->size())
                                                   : long_values_.Size(value.long_value));
        size->long_value_data += bytes;
        size->long_value_data_compressed += bytes;
        size->long_value_overhead += kLongValueRootSize + kLongValueReferenceSize;
        continue;
      }
      size->data_compressed += value.bytes.size();
      if (value.kind == ValueKind::kCompressed) {
        ++size->compressed_columns;
        ASSIGN_OR_RETURN(const uint32_t bytes, DecompressedSize(value.bytes));
        size->data += bytes;
      } else {
        size->data += value.bytes.size();
      }
    }
  }
  return Status::Ok();
}

}  // namespace contrail
