// TableCursor: retrieval from the index entry that the cursor stands on.
//
// What the entry's key still tells is taken from there. Otherwise the record is read, and for a
// multi-valued column the value that the entry stands for.

#include "engine/change_scope.h"
#include "engine/key_denormalizer.h"
#include "engine/table_cursor.h"

namespace contrail {

// kIndexNotFound: there is none, the table's rows are only numbered.
Result<TableCursor::EntryKey> TableCursor::FindEntryKey(uint32_t flags) {
  RETURN_IF_ERROR(RequireEntry());
  if (secondary_ != nullptr && (flags & retrieve_bit::kFromPrimaryBookmark) == 0) {
    return EntryKey{secondary_->schema, secondary_entries_->key()};
  }
  const IndexSchema* primary = definition_->primary_index();
  if (primary == nullptr) return Error::kIndexNotFound;
  RETURN_IF_ERROR(ReadRecordKey());
  return EntryKey{primary, record_key_};
}

Status TableCursor::RetrieveFromEntry(ColumnId id, MutableBytes to, RetrieveArguments* arguments,
                                      bool* done) {
  *done = false;
  uint32_t flags = arguments->flags;
  constexpr uint32_t kBoth = retrieve_bit::kFromIndex | retrieve_bit::kFromPrimaryBookmark;
  if ((flags & kBoth) == kBoth) return Error::kInvalidGrbit;
  ASSIGN_OR_RETURN(const ColumnSchema* column, FindColumn(id));
  if (secondary_ == nullptr) flags = retrieve_bit::kFromIndex;
  const Result<EntryKey> found = FindEntryKey(flags);
  if (!found.ok() && found.status().Is(Error::kIndexNotFound)) {
    arguments->itag_sequence = 1;
    return secondary_ == nullptr ? Status::Ok() : Status(Error::kColumnNotFound);
  }
  RETURN_IF_ERROR(found.status());
  const IndexSchema& index = *found->index;
  size_t position = 0;
  while (position < index.segments.size() &&
         definition_->schema().FindColumn(index.segments[position].column) != column) {
    ++position;
  }
  if (position == index.segments.size()) return Error::kColumnNotFound;
  if (index.tuple_limits && position == 0 && (flags & retrieve_bit::kTuple) == 0) {
    return Error::kIndexTuplesCannotRetrieveFromIndex;
  }
  value_.resize(kMaxKeyMost);
  const DenormalizedValue value =
      DenormalizeSegment(index, definition_->schema(), found->key, position, value_);
  const bool null = value.known && value.kind == SegmentValue::kNull;
  if (!value.known || (flags & retrieve_bit::kTag) != 0) {
    arguments->itag_sequence = 1;
    if (column->Has(column_flag::kMultiValued) && !null) {
      ASSIGN_OR_RETURN(arguments->itag_sequence, FindEntryValue(*found, *column));
    }
  }
  if (!value.known) return Status::Ok();
  *done = true;
  if (null) return Error::kWarnColumnNull;
  ColumnValue bytes;
  bytes.kind = ValueKind::kInline;
  bytes.bytes = Bytes(value_).first(value.size);
  return ReadValue(bytes, IsLongType(column->type) ? arguments->offset : 0, to,
                   &arguments->actual_size);
}

// The number of the column's value that the entry was made of.
Result<uint32_t> TableCursor::FindEntryValue(const EntryKey& entry, const ColumnSchema& column) {
  const std::vector<std::byte> key(entry.key.begin(), entry.key.end());
  RETURN_IF_ERROR(entries().CheckVisible());
  RETURN_IF_ERROR(CopyRecordBytes(&record_));
  ASSIGN_OR_RETURN(const RecordView record,
                   RecordView::Open(definition_->schema(), definition_->layout(), record_));
  ASSIGN_OR_RETURN(const uint32_t itag_sequence,
                   key_maker_.FindValue(*entry.index, record, &long_values_, key, column));
  return itag_sequence != 0 ? Result<uint32_t>(itag_sequence)
                            : Result<uint32_t>(Error::kSecondaryIndexCorrupted);
}

}  // namespace contrail
