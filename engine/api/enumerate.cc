#include "engine/api/enumerate.h"
#include "engine/change_scope.h"

#include <vector>

#include "engine/api/buffers.h"
#include "engine/api/call_scope.h"

namespace contrail::api {
namespace {

constexpr JET_GRBIT kKnownFlags =
    JET_bitEnumerateCopy | JET_bitEnumerateIgnoreDefault | JET_bitEnumeratePresenceOnly |
    JET_bitEnumerateTaggedOnly | JET_bitEnumerateCompressOutput |
    JET_bitEnumerateIgnoreUserDefinedDefault | JET_bitEnumerateInRecordOnly;

// Collects a record's values. Long values are read once the record has been gone through, since
// reading them may end the view of it.
class Enumerator {
 public:
  Enumerator(TableCursor& cursor, const EnumerateRequest& request)
      : cursor_(cursor), request_(request) {}
  ~Enumerator() {
    for (void* block : blocks_) request_.allocate(request_.allocate_context, block, 0);
  }
  Enumerator(const Enumerator&) = delete;
  Enumerator& operator=(const Enumerator&) = delete;

  Status Run(const RecordView& record);
  // Hands the result over; nothing is freed afterwards.
  void Release(uint32_t* count, JET_ENUMCOLUMN** columns) {
    *count = static_cast<uint32_t>(columns_.size());
    *columns = result_;
    blocks_.clear();
  }

 private:
  struct Value {
    uint32_t itag_sequence = 0;
    JET_ERR err = JET_errSuccess;
    ColumnValue value;
  };
  struct Column {
    ColumnId id = 0;
    JET_ERR err = JET_errSuccess;
    std::vector<Value> values;
  };

  bool Has(JET_GRBIT flag) const { return (request_.flags & flag) != 0; }
  Status CollectAll(const RecordView& record);
  Status CollectRequested(const RecordView& record, const JET_ENUMCOLUMNID& wanted);
  Status CollectValues(const RecordView& record, const ColumnSchema& column, Column* to);
  Status CollectTags(const RecordView& record, const ColumnSchema& column,
                     const JET_ENUMCOLUMNID& wanted, Column* to);
  Status Write(const Column& from, JET_ENUMCOLUMN* to);
  Status WriteValue(const Value& from, JET_ENUMCOLUMNVALUE* to);
  template <typename T>
  Result<T*> Allocate(size_t count);

  TableCursor& cursor_;
  const EnumerateRequest& request_;
  std::vector<Column> columns_;
  std::vector<void*> blocks_;
  JET_ENUMCOLUMN* result_ = nullptr;
};

template <typename T>
Result<T*> Enumerator::Allocate(size_t count) {
  const size_t size = count * sizeof(T);
  if (size > UINT32_MAX) return Error::kOutOfMemory;
  void* block = request_.allocate(request_.allocate_context, nullptr, static_cast<uint32_t>(size));
  if (block == nullptr) return Error::kOutOfMemory;
  blocks_.push_back(block);
  std::memset(block, 0, size);
  return static_cast<T*>(block);
}

Status Enumerator::CollectValues(const RecordView& record, const ColumnSchema& column, Column* to) {
  to->id = column.api_id();
  ASSIGN_OR_RETURN(const ColumnValue stored, record.StoredValue(column));
  const bool from_record = stored.kind != ValueKind::kAbsent;
  if (!from_record && Has(JET_bitEnumerateIgnoreDefault)) {
    to->err = column.has_default_value() ? JET_wrnColumnDefault : JET_wrnColumnNull;
    return Status::Ok();
  }
  ASSIGN_OR_RETURN(const uint32_t count, record.ValueCount(column));
  for (uint32_t itag = 1; itag <= count; ++itag) {
    ASSIGN_OR_RETURN(const ColumnValue value, record.Value(column, itag));
    if (!value.is_null()) to->values.push_back({itag, JET_errSuccess, value});
  }
  if (to->values.empty()) to->err = JET_wrnColumnNull;
  return Status::Ok();
}

Status Enumerator::CollectTags(const RecordView& record, const ColumnSchema& column,
                               const JET_ENUMCOLUMNID& wanted, Column* to) {
  to->id = column.api_id();
  for (uint32_t i = 0; i < wanted.ctagSequence; ++i) {
    const uint32_t itag = wanted.rgtagSequence[i];
    if (itag == 0) {
      to->values.push_back({0, JET_wrnColumnSkipped, {}});
      continue;
    }
    ASSIGN_OR_RETURN(const ColumnValue value, record.Value(column, itag));
    to->values.push_back({itag, value.is_null() ? JET_wrnColumnNull : JET_errSuccess, value});
  }
  return Status::Ok();
}

Status Enumerator::CollectRequested(const RecordView& record, const JET_ENUMCOLUMNID& wanted) {
  Column column;
  if (wanted.columnid == 0) {
    column.err = JET_wrnColumnSkipped;
    columns_.push_back(std::move(column));
    return Status::Ok();
  }
  if (StoredColumnId(wanted.columnid) > kLastTaggedColumn) return Error::kBadColumnId;
  if (wanted.ctagSequence != 0 && wanted.rgtagSequence == nullptr) {
    return Error::kInvalidParameter;
  }
  const ColumnSchema* schema = record.schema().FindColumn(ColumnId{wanted.columnid});
  if (schema == nullptr || schema->deleted()) return Error::kColumnNotFound;
  RETURN_IF_ERROR(wanted.ctagSequence == 0 ? CollectValues(record, *schema, &column)
                                           : CollectTags(record, *schema, wanted, &column));
  columns_.push_back(std::move(column));
  return Status::Ok();
}

// The columns that may have a value, by id. Of tagged ones, of which a table may have 65,000, those
// in the record and those with a default.
Result<std::vector<const ColumnSchema*>> CandidatesOf(const RecordView& record, bool tagged_only) {
  const TableSchema& table = record.schema();
  std::vector<const ColumnSchema*> columns;
  for (const ColumnSchema& column : table.columns()) {
    if (column.is_tagged()) break;
    if (!tagged_only && !column.deleted()) columns.push_back(&column);
  }
  for (uint32_t i = 0; i < record.tagged_count(); ++i) {
    ASSIGN_OR_RETURN(const TaggedField field, record.TaggedAt(i));
    const ColumnSchema* column = table.FindColumn(field.column());
    if (column != nullptr && !column->deleted()) columns.push_back(column);
  }
  for (const uint16_t position : table.columns_with_default()) {
    const ColumnSchema& column = table.columns()[position];
    if (column.is_tagged()) columns.push_back(&column);
  }
  std::sort(columns.begin(), columns.end());  // Columns lie in the order of their ids.
  columns.erase(std::unique(columns.begin(), columns.end()), columns.end());
  return columns;
}

// Columns without a value are left out.
Status Enumerator::CollectAll(const RecordView& record) {
  ASSIGN_OR_RETURN(const std::vector<const ColumnSchema*> candidates,
                   CandidatesOf(record, Has(JET_bitEnumerateTaggedOnly)));
  for (const ColumnSchema* candidate : candidates) {
    Column column;
    RETURN_IF_ERROR(CollectValues(record, *candidate, &column));
    if (!column.values.empty()) columns_.push_back(std::move(column));
  }
  return Status::Ok();
}

Status Enumerator::WriteValue(const Value& from, JET_ENUMCOLUMNVALUE* to) {
  to->itagSequence = from.itag_sequence;
  to->err = from.err;
  if (from.err != JET_errSuccess) return Status::Ok();
  if (Has(JET_bitEnumeratePresenceOnly)) {
    to->err = JET_wrnColumnPresent;
    return Status::Ok();
  }
  if (Has(JET_bitEnumerateInRecordOnly) && from.value.kind == ValueKind::kSeparated) {
    to->err = JET_wrnColumnNotInRecord;
    return Status::Ok();
  }
  const uint32_t flags = Has(JET_bitEnumerateCopy) ? retrieve_bit::kCopy : 0;
  uint32_t whole = 0;
  RETURN_IF_ERROR(cursor_.ReadValue(from.value, 0, {}, &whole, flags));
  const uint32_t size = std::min(whole, request_.most_bytes);
  ASSIGN_OR_RETURN(std::byte* const data, Allocate<std::byte>(std::max(size, 1u)));
  RETURN_IF_ERROR(cursor_.ReadValue(from.value, 0, MutableBytes(data, size), &whole, flags));
  to->pvData = data;
  to->cbData = size;
  if (size < whole) to->err = JET_wrnColumnTruncated;
  return Status::Ok();
}

Status Enumerator::Write(const Column& from, JET_ENUMCOLUMN* to) {
  to->columnid = from.id;
  to->err = from.err;
  if (from.values.empty()) return Status::Ok();
  const bool single = from.values.size() == 1 && from.values.front().itag_sequence == 1;
  if (single && Has(JET_bitEnumerateCompressOutput)) {
    JET_ENUMCOLUMNVALUE value = {};
    RETURN_IF_ERROR(WriteValue(from.values.front(), &value));
    if (value.err == JET_errSuccess) {
      to->err = JET_wrnColumnSingleValue;
      to->cbData = value.cbData;
      to->pvData = value.pvData;
      return Status::Ok();
    }
    // What is left of it is in the list of values that follows.
    if (value.pvData != nullptr) {
      std::erase(blocks_, value.pvData);
      request_.allocate(request_.allocate_context, value.pvData, 0);
    }
  }
  ASSIGN_OR_RETURN(to->rgEnumColumnValue, Allocate<JET_ENUMCOLUMNVALUE>(from.values.size()));
  to->cEnumColumnValue = static_cast<uint32_t>(from.values.size());
  for (size_t i = 0; i < from.values.size(); ++i) {
    RETURN_IF_ERROR(WriteValue(from.values[i], &to->rgEnumColumnValue[i]));
  }
  return Status::Ok();
}

Status Enumerator::Run(const RecordView& record) {
  if (request_.column_count == 0) {
    RETURN_IF_ERROR(CollectAll(record));
  }
  for (uint32_t i = 0; i < request_.column_count; ++i) {
    RETURN_IF_ERROR(CollectRequested(record, request_.columns[i]));
  }
  if (columns_.empty()) return Status::Ok();
  ASSIGN_OR_RETURN(result_, Allocate<JET_ENUMCOLUMN>(columns_.size()));
  for (size_t i = 0; i < columns_.size(); ++i) {
    RETURN_IF_ERROR(Write(columns_[i], &result_[i]));
  }
  return Status::Ok();
}

}  // namespace

Status EnumerateColumns(TableCursor& cursor, const EnumerateRequest& request, uint32_t* count,
                        JET_ENUMCOLUMN** columns) {
  if ((request.flags & ~kKnownFlags) != 0) return Error::kInvalidGrbit;
  const bool copy = (request.flags & JET_bitEnumerateCopy) != 0;
  // Record and long values must be of one moment.
  const ReadScope scope(cursor.transaction());
  ASSIGN_OR_RETURN(const RecordView record, cursor.CopyRecord(copy ? retrieve_bit::kCopy : 0));
  Enumerator enumerator(cursor, request);
  RETURN_IF_ERROR(enumerator.Run(record));
  enumerator.Release(count, columns);
  return Status::Ok();
}

}  // namespace contrail::api

JET_API JetEnumerateColumns(JET_SESID sesid, JET_TABLEID tableid, uint32_t cEnumColumnId,
                            JET_ENUMCOLUMNID* rgEnumColumnId, uint32_t* pcEnumColumn,
                            JET_ENUMCOLUMN** prgEnumColumn, JET_PFNREALLOC pfnRealloc,
                            void* pvReallocContext, uint32_t cbDataMost, JET_GRBIT grbit) {
  using contrail::Error;
  return contrail::api::WithCursor(
      sesid, tableid, [&](contrail::TableCursor& cursor) -> contrail::Status {
        if (pcEnumColumn == nullptr || prgEnumColumn == nullptr || pfnRealloc == nullptr ||
            (cEnumColumnId != 0 && rgEnumColumnId == nullptr)) {
          return Error::kInvalidParameter;
        }
        *pcEnumColumn = 0;
        *prgEnumColumn = nullptr;
        return contrail::api::EnumerateColumns(cursor,
                                               {.columns = rgEnumColumnId,
                                                .column_count = cEnumColumnId,
                                                .allocate = pfnRealloc,
                                                .allocate_context = pvReallocContext,
                                                .most_bytes = cbDataMost,
                                                .flags = grbit},
                                               pcEnumColumn, prgEnumColumn);
      });
}
