// Family "cursor": moving, seeking, bookmarks, positions, local storage. Opening tables is in
// open_table.cc.

#include "engine/api/buffers.h"
#include "engine/api/call_scope.h"
#include "engine/api/list_table.h"

namespace contrail::api {
namespace {

constexpr JET_GRBIT kMakeKeyFlags = JET_bitNewKey | JET_bitStrLimit | JET_bitSubStrLimit |
                                    JET_bitNormalizedKey | JET_bitKeyDataZeroLength |
                                    JET_bitFullColumnStartLimit | JET_bitFullColumnEndLimit |
                                    JET_bitPartialColumnStartLimit | JET_bitPartialColumnEndLimit;

Status GetSecondaryBookmark(TableCursor& cursor, MutableBytes key_room, uint32_t* key_size,
                            MutableBytes primary_room, uint32_t* primary_size) {
  ASSIGN_OR_RETURN(const TableCursor::SecondaryBookmark bookmark, cursor.GetSecondaryBookmark());
  const Status key =
      CopyOut(bookmark.secondary_key, key_room.data(), static_cast<uint32_t>(key_room.size()),
              key_size, Error::kBufferTooSmall);
  const Status primary =
      CopyOut(bookmark.primary_key, primary_room.data(), static_cast<uint32_t>(primary_room.size()),
              primary_size, Error::kBufferTooSmall);
  return key.ok() ? primary : key;
}

Status GetPosition(TableCursor& cursor, JET_RECPOS* to) {
  ASSIGN_OR_RETURN(const RecordPosition position, cursor.GetPosition());
  constexpr uint64_t kMost = 0xffffffff;
  to->cbStruct = sizeof(*to);
  to->centriesLT = static_cast<uint32_t>(std::min(position.less, kMost));
  to->centriesInRange = static_cast<uint32_t>(std::min(position.in_range, kMost));
  to->centriesTotal = static_cast<uint32_t>(std::min(position.total, kMost));
  return Status::Ok();
}

Status PrereadKeys(TableCursor& cursor, const void** keys, const uint32_t* sizes, int32_t count) {
  const uint32_t limit = MaxKeyMost(cursor.definition().database().page_size()) + 1;
  for (int32_t i = 0; i < count; ++i) {
    if (keys[i] == nullptr) return Error::kInvalidParameter;
    if (sizes[i] == 0 || sizes[i] > limit) return Error::kInvalidBufferSize;
  }
  return Status::Ok();
}

// Local storage belongs to a cursor here; a table has none.
Status CheckLocalStorageFlags(JET_GRBIT grbit, JET_GRBIT known) {
  constexpr JET_GRBIT kBoth = JET_bitLSCursor | JET_bitLSTable;
  if ((grbit & ~known) != 0 || (grbit & kBoth) == kBoth) return Error::kInvalidGrbit;
  if ((grbit & JET_bitLSTable) != 0) return Error::kFeatureNotAvailable;
  return Status::Ok();
}

Status SetLocalStorage(ApiTable& table, JET_LS value, JET_GRBIT grbit) {
  constexpr JET_GRBIT kKnown = JET_bitLSReset | JET_bitLSCursor | JET_bitLSTable;
  RETURN_IF_ERROR(CheckLocalStorageFlags(grbit, kKnown));
  const ParameterSet& parameters = table.session.load()->instance->parameters;
  if (parameters.number(JET_paramRuntimeCallback) == 0) return Error::kLSCallbackNotSpecified;
  const bool reset = (grbit & JET_bitLSReset) != 0;
  if (!reset && table.local_storage != JET_LSNil) return Error::kLSAlreadySet;
  table.local_storage = reset ? JET_LSNil : value;
  return Status::Ok();
}

Status GetLocalStorage(ApiTable& table, JET_LS* value, JET_GRBIT grbit) {
  constexpr JET_GRBIT kKnown = JET_bitLSReset | JET_bitLSCursor | JET_bitLSTable;
  RETURN_IF_ERROR(CheckLocalStorageFlags(grbit, kKnown));
  const bool reset = (grbit & JET_bitLSReset) != 0;
  if (value != nullptr) *value = table.local_storage;
  if (!reset) return table.local_storage == JET_LSNil ? Error::kLSNotSet : Error::kSuccess;
  table.local_storage = JET_LSNil;
  return Status::Ok();
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

JET_API JetMove(JET_SESID sesid, JET_TABLEID tableid, int32_t cRow, JET_GRBIT grbit) {
  return InTable(sesid, tableid, [&](ApiTable& table) -> Status {
    if ((grbit & ~JET_bitMoveKeyNE) != 0) return Error::kInvalidGrbit;
    return table.cursor != nullptr ? table.cursor->Move(cRow, grbit) : table.list->Move(cRow);
  });
}

JET_API JetSeek(JET_SESID sesid, JET_TABLEID tableid, JET_GRBIT grbit) {
  return WithCursor(sesid, tableid, [&](TableCursor& cursor) -> Status {
    if ((grbit & ~contrail::seek_bit::kAll) != 0) return Error::kInvalidGrbit;
    return cursor.Seek(grbit);
  });
}

JET_API JetMakeKey(JET_SESID sesid, JET_TABLEID tableid, const void* pvData, uint32_t cbData,
                   JET_GRBIT grbit) {
  return WithCursor(sesid, tableid, [&](TableCursor& cursor) -> Status {
    if ((grbit & ~contrail::api::kMakeKeyFlags) != 0) return Error::kInvalidGrbit;
    return cursor.MakeKey(BytesAt(pvData, cbData), grbit);
  });
}

JET_API JetRetrieveKey(JET_SESID sesid, JET_TABLEID tableid, void* pvKey, uint32_t cbMax,
                       uint32_t* pcbActual, JET_GRBIT grbit) {
  return WithCursor(sesid, tableid, [&](TableCursor& cursor) -> Status {
    if ((grbit & ~JET_bitRetrieveCopy) != 0) return Error::kInvalidGrbit;
    ASSIGN_OR_RETURN(const contrail::Bytes key, cursor.RetrieveKey(grbit));
    return contrail::api::CopyOut(key, pvKey, cbMax, pcbActual, Error::kWarnBufferTruncated);
  });
}

JET_API JetGetBookmark(JET_SESID sesid, JET_TABLEID tableid, void* pvBookmark, uint32_t cbMax,
                       uint32_t* pcbActual) {
  return WithCursor(sesid, tableid, [&](TableCursor& cursor) -> Status {
    ASSIGN_OR_RETURN(const contrail::Bytes bookmark, cursor.GetBookmark());
    return contrail::api::CopyOut(bookmark, pvBookmark, cbMax, pcbActual, Error::kBufferTooSmall);
  });
}

JET_API JetGotoBookmark(JET_SESID sesid, JET_TABLEID tableid, void* pvBookmark,
                        uint32_t cbBookmark) {
  return WithCursor(sesid, tableid, [&](TableCursor& cursor) -> Status {
    if (pvBookmark == nullptr || cbBookmark == 0) return Error::kInvalidBookmark;
    return cursor.GotoBookmark(BytesAt(pvBookmark, cbBookmark));
  });
}

JET_API JetGetSecondaryIndexBookmark(JET_SESID sesid, JET_TABLEID tableid, void* pvSecondaryKey,
                                     uint32_t cbSecondaryKeyMax, uint32_t* pcbSecondaryKeyActual,
                                     void* pvPrimaryBookmark, uint32_t cbPrimaryBookmarkMax,
                                     uint32_t* pcbPrimaryBookmarkActual, JET_GRBIT grbit) {
  return WithCursor(sesid, tableid, [&](TableCursor& cursor) -> Status {
    if (grbit != 0) return Error::kInvalidGrbit;
    return contrail::api::GetSecondaryBookmark(
        cursor, RoomAt(pvSecondaryKey, cbSecondaryKeyMax), pcbSecondaryKeyActual,
        RoomAt(pvPrimaryBookmark, cbPrimaryBookmarkMax), pcbPrimaryBookmarkActual);
  });
}

JET_API JetGotoSecondaryIndexBookmark(JET_SESID sesid, JET_TABLEID tableid, void* pvSecondaryKey,
                                      uint32_t cbSecondaryKey, void* pvPrimaryBookmark,
                                      uint32_t cbPrimaryBookmark, JET_GRBIT grbit) {
  return WithCursor(sesid, tableid, [&](TableCursor& cursor) -> Status {
    if ((grbit & ~JET_bitBookmarkPermitVirtualCurrency) != 0) return Error::kInvalidGrbit;
    if (pvSecondaryKey == nullptr || cbSecondaryKey == 0) return Error::kInvalidBookmark;
    return cursor.GotoSecondaryBookmark(BytesAt(pvSecondaryKey, cbSecondaryKey),
                                        BytesAt(pvPrimaryBookmark, cbPrimaryBookmark), grbit != 0);
  });
}

JET_API JetGetRecordPosition(JET_SESID sesid, JET_TABLEID tableid, JET_RECPOS* precpos,
                             uint32_t cbRecpos) {
  return WithCursor(sesid, tableid, [&](TableCursor& cursor) -> Status {
    if (precpos == nullptr || cbRecpos < sizeof(JET_RECPOS)) return Error::kInvalidParameter;
    return contrail::api::GetPosition(cursor, precpos);
  });
}

JET_API JetGotoPosition(JET_SESID sesid, JET_TABLEID tableid, JET_RECPOS* precpos) {
  return WithCursor(sesid, tableid, [&](TableCursor& cursor) -> Status {
    if (precpos == nullptr || precpos->cbStruct != sizeof(*precpos) ||
        precpos->centriesLT > precpos->centriesTotal) {
      return Error::kInvalidParameter;
    }
    return cursor.GotoPosition({.less = precpos->centriesLT,
                                .in_range = precpos->centriesInRange,
                                .total = precpos->centriesTotal});
  });
}

// Level 0 has no result: it asks whether there is a current record.
JET_API JetGetCursorInfo(JET_SESID sesid, JET_TABLEID tableid, void*, uint32_t cbMax,
                         uint32_t InfoLevel) {
  return WithCursor(sesid, tableid, [&](TableCursor& cursor) -> Status {
    if (cbMax != 0 || InfoLevel != 0) return Error::kInvalidParameter;
    return cursor.Move(0);
  });
}

JET_API JetGetLock(JET_SESID sesid, JET_TABLEID tableid, JET_GRBIT grbit) {
  return WithCursor(sesid, tableid, [&](TableCursor& cursor) -> Status {
    if (grbit != JET_bitReadLock && grbit != JET_bitWriteLock) return Error::kInvalidGrbit;
    return cursor.Lock(grbit);
  });
}

JET_API JetSetLS(JET_SESID sesid, JET_TABLEID tableid, JET_LS ls, JET_GRBIT grbit) {
  return InTable(sesid, tableid,
                 [&](ApiTable& table) { return contrail::api::SetLocalStorage(table, ls, grbit); });
}

JET_API JetGetLS(JET_SESID sesid, JET_TABLEID tableid, JET_LS* pls, JET_GRBIT grbit) {
  return InTable(sesid, tableid, [&](ApiTable& table) {
    return contrail::api::GetLocalStorage(table, pls, grbit);
  });
}

// Hints. The pool reads ahead by itself when it sees a scan, and a seek reads one page per level.
JET_API JetPrereadKeys(JET_SESID sesid, JET_TABLEID tableid, const void** rgpvKeys,
                       const uint32_t* rgcbKeys, int32_t ckeys, int32_t* pckeysPreread,
                       JET_GRBIT grbit) {
  return WithCursor(sesid, tableid, [&](TableCursor& cursor) -> Status {
    if (rgpvKeys == nullptr || rgcbKeys == nullptr || ckeys < 0) return Error::kInvalidParameter;
    constexpr JET_GRBIT kDirections = JET_bitPrereadForward | JET_bitPrereadBackward;
    if ((grbit & kDirections) == 0 || (grbit & kDirections) == kDirections) {
      return Error::kInvalidGrbit;
    }
    RETURN_IF_ERROR(contrail::api::PrereadKeys(cursor, rgpvKeys, rgcbKeys, ckeys));
    if (pckeysPreread != nullptr) *pckeysPreread = ckeys;
    return Status::Ok();
  });
}

JET_API JetPrereadIndexRanges(JET_SESID sesid, JET_TABLEID tableid,
                              const JET_INDEX_RANGE* const rgIndexRanges, uint32_t cIndexRanges,
                              uint32_t* const pcRangesPreread, const JET_COLUMNID* const, uint32_t,
                              JET_GRBIT) {
  return WithCursor(sesid, tableid, [&](TableCursor&) -> Status {
    if (rgIndexRanges == nullptr || cIndexRanges == 0) return Error::kInvalidParameter;
    if (pcRangesPreread != nullptr) *pcRangesPreread = cIndexRanges;
    return Status::Ok();
  });
}

JET_API JetSetTableSequential(JET_SESID sesid, JET_TABLEID tableid, JET_GRBIT) {
  return WithCursor(sesid, tableid, [](TableCursor&) { return Status::Ok(); });
}

JET_API JetResetTableSequential(JET_SESID sesid, JET_TABLEID tableid, JET_GRBIT) {
  return WithCursor(sesid, tableid, [](TableCursor&) { return Status::Ok(); });
}
