// Family "dml": reading and changing records. JetEnumerateColumns is in enumerate.cc.

#include "engine/api/buffers.h"
#include "engine/api/call_scope.h"
#include "engine/api/list_table.h"
#include "engine/api/schema_input.h"
#include "engine/attached_database.h"
#include "engine/text_order.h"

namespace contrail::api {
namespace {

// The value's number is then that of the entry, whatever was asked for.
constexpr JET_GRBIT kFromEntry = JET_bitRetrieveFromIndex | JET_bitRetrieveFromPrimaryBookmark;

// What an error leaves to the caller's structures.
Status Retrieve(ApiTable& table, ColumnId column, MutableBytes to, RetrieveArguments* arguments) {
  if ((arguments->flags & ~retrieve_bit::kAll) != 0) return Error::kInvalidGrbit;
  if (table.cursor == nullptr) return table.list->Retrieve(column, to, arguments);
  return table.cursor->RetrieveColumn(column, to, arguments);
}

// One element of JetRetrieveColumns; itagSequence 0 asks for the number of values.
Status RetrieveOne(ApiTable& table, JET_RETRIEVECOLUMN* request) {
  const bool from_entry = (request->grbit & kFromEntry) != 0;
  if (request->itagSequence == 0 && !from_entry && table.cursor != nullptr) {
    request->cbActual = 0;
    ASSIGN_OR_RETURN(request->itagSequence,
                     table.cursor->CountValues(request->columnid, request->grbit));
    return Status::Ok();
  }
  RetrieveArguments arguments;
  arguments.flags = request->grbit;
  arguments.offset = request->ibLongValue;
  arguments.itag_sequence = request->itagSequence;
  const Status status =
      Retrieve(table, request->columnid, RoomAt(request->pvData, request->cbData), &arguments);
  request->cbActual = arguments.actual_size;
  request->columnidNextTagged = from_entry ? request->columnid : arguments.next_tagged;
  const bool numbered = from_entry || (request->grbit & JET_bitRetrieveTag) != 0;
  if (numbered && status.ok()) request->itagSequence = arguments.itag_sequence;
  return status;
}

Status RetrieveMany(ApiTable& table, JET_RETRIEVECOLUMN* requests, uint32_t count) {
  if (count != 0 && requests == nullptr) return Error::kInvalidParameter;
  Status overall = Status::Ok();
  for (uint32_t i = 0; i < count; ++i) {
    const Status status = RetrieveOne(table, &requests[i]);
    requests[i].err = ToJet(status);
    RETURN_IF_ERROR(status);
    if (status.Is(Error::kWarnBufferTruncated)) overall = status;
  }
  return overall;
}

// What the values of a column are normalised by to be compared.
Status FindOrder(ApiTable& table, ColumnId column, IndexSchema* order) {
  const ColumnSchema* schema = table.cursor->CurrentDefinition().schema().FindColumn(column);
  if (schema == nullptr || !schema->is_unicode()) return Status::Ok();
  const ApiSession& session = *table.session.load(std::memory_order_relaxed);
  RETURN_IF_ERROR(SetDefaultSortOrder(session.instance->parameters, order));
  return table.database->text_orders().Choose(*order);
}

Status Set(ApiTable& table, ColumnId column, const void* data, uint32_t size, JET_GRBIT grbit,
           uint32_t offset, uint32_t itag_sequence) {
  if (table.cursor == nullptr) return Error::kFeatureNotAvailable;
  if ((grbit & ~set_column_bit::kAll) != 0) return Error::kInvalidGrbit;
  const bool sizes = (grbit & JET_bitSetSizeLV) != 0;
  if (data == nullptr && size != 0 && !sizes) return Error::kInvalidParameter;
  SetArguments arguments;
  arguments.flags = grbit;
  arguments.offset = offset;
  arguments.itag_sequence = itag_sequence;
  arguments.size = size;
  IndexSchema order;
  if ((grbit & JET_bitSetUniqueNormalizedMultiValues) != 0) {
    RETURN_IF_ERROR(FindOrder(table, column, &order));
    arguments.order = &order;
  }
  // With the size alone the data does not matter.
  const bool plain_size = sizes && (grbit & JET_bitSetOverwriteLV) == 0;
  return table.cursor->SetColumn(column, plain_size ? Bytes() : BytesAt(data, size), arguments);
}

Status SetMany(ApiTable& table, JET_SETCOLUMN* requests, uint32_t count) {
  if (count != 0 && requests == nullptr) return Error::kInvalidParameter;
  Status overall = Status::Ok();
  for (uint32_t i = 0; i < count; ++i) {
    JET_SETCOLUMN& request = requests[i];
    const Status status = Set(table, request.columnid, request.pvData, request.cbData,
                              request.grbit, request.ibLongValue, request.itagSequence);
    request.err = ToJet(status);
    RETURN_IF_ERROR(status);
    if (!(status == Status::Ok())) overall = status;
  }
  return overall;
}

Status PrepareUpdate(TableCursor& cursor, uint32_t what) {
  switch (what) {
    case JET_prepInsert:
    case JET_prepReplace:
    case JET_prepCancel:
    case JET_prepReplaceNoLock:
    case JET_prepInsertCopy:
    case JET_prepInsertCopyDeleteOriginal:
      return cursor.PrepareUpdate(static_cast<UpdateKind>(what));
    case JET_prepInsertCopyReplaceOriginal:
      return Error::kFeatureNotAvailable;
    default:
      return Error::kInvalidParameter;
  }
}

Status GetRecordSize(TableCursor& cursor, JET_GRBIT grbit, RecordSize* size) {
  constexpr JET_GRBIT kKnown =
      JET_bitRecordSizeInCopyBuffer | JET_bitRecordSizeRunningTotal | JET_bitRecordSizeLocal;
  if ((grbit & ~kKnown) != 0) return Error::kInvalidGrbit;
  return cursor.AddRecordSize(grbit, size);
}

// JET_RECSIZE and JET_RECSIZE2 have these members in common.
template <typename Size>
void AddCommon(const RecordSize& size, Size* to) {
  to->cbData += size.data;
  to->cbLongValueData += size.long_value_data;
  to->cbOverhead += size.overhead;
  to->cbLongValueOverhead += size.long_value_overhead;
  to->cNonTaggedColumns += size.non_tagged_columns;
  to->cTaggedColumns += size.tagged_columns;
  to->cLongValues += size.long_values;
  to->cMultiValues += size.multi_values;
}

}  // namespace
}  // namespace contrail::api

using contrail::Error;
using contrail::Status;
using contrail::TableCursor;
using contrail::api::ApiTable;
using contrail::api::BytesAt;
using contrail::api::InTable;
using contrail::api::RoomAt;
using contrail::api::WithCursor;

JET_API JetRetrieveColumn(JET_SESID sesid, JET_TABLEID tableid, JET_COLUMNID columnid, void* pvData,
                          uint32_t cbData, uint32_t* pcbActual, JET_GRBIT grbit,
                          JET_RETINFO* pretinfo) {
  return InTable(sesid, tableid, [&](ApiTable& table) -> Status {
    contrail::RetrieveArguments arguments;
    arguments.flags = grbit;
    if (pretinfo != nullptr) {
      if (pretinfo->cbStruct < sizeof(*pretinfo)) return Error::kInvalidParameter;
      arguments.offset = pretinfo->ibLongValue;
      arguments.itag_sequence = pretinfo->itagSequence;
      const bool from_entry = (grbit & contrail::api::kFromEntry) != 0;
      if (arguments.itag_sequence == 0 && !from_entry) return Error::kBadItagSequence;
    }
    const Status status =
        contrail::api::Retrieve(table, columnid, RoomAt(pvData, cbData), &arguments);
    if (pcbActual != nullptr) *pcbActual = arguments.actual_size;
    if (pretinfo != nullptr && status.ok()) {
      pretinfo->columnidNextTagged = arguments.next_tagged;
      if ((grbit & JET_bitRetrieveTag) != 0) pretinfo->itagSequence = arguments.itag_sequence;
    }
    return status;
  });
}

JET_API JetRetrieveColumns(JET_SESID sesid, JET_TABLEID tableid,
                           JET_RETRIEVECOLUMN* pretrievecolumn, uint32_t cretrievecolumn) {
  return InTable(sesid, tableid, [&](ApiTable& table) {
    return contrail::api::RetrieveMany(table, pretrievecolumn, cretrievecolumn);
  });
}

JET_API JetSetColumn(JET_SESID sesid, JET_TABLEID tableid, JET_COLUMNID columnid,
                     const void* pvData, uint32_t cbData, JET_GRBIT grbit, JET_SETINFO* psetinfo) {
  return InTable(sesid, tableid, [&](ApiTable& table) -> Status {
    if (psetinfo == nullptr) {
      return contrail::api::Set(table, columnid, pvData, cbData, grbit, 0, 1);
    }
    if (psetinfo->cbStruct < sizeof(*psetinfo)) return Error::kInvalidParameter;
    return contrail::api::Set(table, columnid, pvData, cbData, grbit, psetinfo->ibLongValue,
                              psetinfo->itagSequence);
  });
}

JET_API JetSetColumns(JET_SESID sesid, JET_TABLEID tableid, JET_SETCOLUMN* psetcolumn,
                      uint32_t csetcolumn) {
  return InTable(sesid, tableid, [&](ApiTable& table) {
    return contrail::api::SetMany(table, psetcolumn, csetcolumn);
  });
}

JET_API JetPrepareUpdate(JET_SESID sesid, JET_TABLEID tableid, uint32_t prep) {
  return WithCursor(sesid, tableid, [&](TableCursor& cursor) {
    return contrail::api::PrepareUpdate(cursor, prep);
  });
}

JET_API JetUpdate(JET_SESID sesid, JET_TABLEID tableid, void* pvBookmark, uint32_t cbBookmark,
                  uint32_t* pcbActual) {
  return JetUpdate2(sesid, tableid, pvBookmark, cbBookmark, pcbActual, 0);
}

// A bookmark that does not fit is cut with a warning: the update has been done, and an error would
// have it done again.
JET_API JetUpdate2(JET_SESID sesid, JET_TABLEID tableid, void* pvBookmark, uint32_t cbBookmark,
                   uint32_t* pcbActual, JET_GRBIT grbit) {
  return WithCursor(sesid, tableid, [&](TableCursor& cursor) -> Status {
    if ((grbit & ~JET_bitUpdateCheckESE97Compatibility) != 0) return Error::kInvalidGrbit;
    ASSIGN_OR_RETURN(const contrail::Bytes bookmark, cursor.Update());
    return contrail::api::CopyOut(bookmark, pvBookmark, cbBookmark, pcbActual,
                                  Error::kWarnBufferTruncated);
  });
}

JET_API JetDelete(JET_SESID sesid, JET_TABLEID tableid) {
  return WithCursor(sesid, tableid, [](TableCursor& cursor) { return cursor.Delete(); });
}

JET_API JetEscrowUpdate(JET_SESID sesid, JET_TABLEID tableid, JET_COLUMNID columnid, void* pv,
                        uint32_t cbMax, void* pvOld, uint32_t cbOldMax, uint32_t* pcbOldActual,
                        JET_GRBIT grbit) {
  return WithCursor(sesid, tableid, [&](TableCursor& cursor) -> Status {
    if ((grbit & ~JET_bitEscrowNoRollback) != 0) return Error::kInvalidGrbit;
    if (grbit != 0) return Error::kFeatureNotAvailable;
    if (pv == nullptr) return Error::kInvalidParameter;
    int32_t amount = 0;
    if (cbMax != sizeof(amount)) return Error::kInvalidBufferSize;
    if (pvOld != nullptr && cbOldMax != 0 && cbOldMax < cbMax) return Error::kInvalidBufferSize;
    std::memcpy(&amount, pv, sizeof(amount));
    ASSIGN_OR_RETURN(const int32_t before, cursor.EscrowUpdate(columnid, amount));
    if (pcbOldActual != nullptr) *pcbOldActual = sizeof(before);
    if (pvOld != nullptr && cbOldMax != 0) std::memcpy(pvOld, &before, sizeof(before));
    return Status::Ok();
  });
}

JET_API JetGetRecordSize(JET_SESID sesid, JET_TABLEID tableid, JET_RECSIZE* precsize,
                         JET_GRBIT grbit) {
  return WithCursor(sesid, tableid, [&](TableCursor& cursor) -> Status {
    if (precsize == nullptr) return Error::kInvalidParameter;
    contrail::RecordSize size;
    RETURN_IF_ERROR(contrail::api::GetRecordSize(cursor, grbit, &size));
    if ((grbit & JET_bitRecordSizeRunningTotal) == 0) *precsize = {};
    contrail::api::AddCommon(size, precsize);
    return Status::Ok();
  });
}

JET_API JetGetRecordSize2(JET_SESID sesid, JET_TABLEID tableid, JET_RECSIZE2* precsize,
                          JET_GRBIT grbit) {
  return WithCursor(sesid, tableid, [&](TableCursor& cursor) -> Status {
    if (precsize == nullptr) return Error::kInvalidParameter;
    contrail::RecordSize size;
    RETURN_IF_ERROR(contrail::api::GetRecordSize(cursor, grbit, &size));
    if ((grbit & JET_bitRecordSizeRunningTotal) == 0) *precsize = {};
    contrail::api::AddCommon(size, precsize);
    precsize->cCompressedColumns += size.compressed_columns;
    precsize->cbDataCompressed += size.data_compressed;
    precsize->cbLongValueDataCompressed += size.long_value_data_compressed;
    return Status::Ok();
  });
}
