// The current index of a cursor, index ranges and counts, of the family "index".

#include "engine/api/call_scope.h"
#include "engine/api/index_id.h"
#include "engine/api/text.h"

namespace contrail::api {
namespace {

Status SetCurrentIndex(TableCursor& cursor, const char* name, const JET_INDEXID* id,
                       JET_GRBIT grbit, uint32_t itag_sequence) {
  if (grbit != JET_bitMoveFirst && grbit != JET_bitNoMove) return Error::kInvalidGrbit;
  if (id == nullptr) {
    return cursor.SetCurrentIndex(name == nullptr ? "" : name, grbit, itag_sequence);
  }
  ASSIGN_OR_RETURN(const std::string found, NameOfIndex(*id, cursor.CurrentDefinition()));
  return cursor.SetCurrentIndex(found, grbit, itag_sequence);
}

template <typename Char>
Status GetCurrentIndex(const TableCursor& cursor, Char* name, uint32_t size) {
  const IndexSchema* index = cursor.current_index();
  ASSIGN_OR_RETURN(const std::basic_string<Char> text,
                   Encode<Char>(index == nullptr ? std::string_view() : index->name));
  if (size == 0) return Status::Ok();
  if (name == nullptr) return Error::kInvalidParameter;
  return CopyText(std::basic_string_view<Char>(text), name, size)
             ? Status::Ok()
             : Status(Error::kWarnBufferTruncated);
}

}  // namespace
}  // namespace contrail::api

using contrail::Error;
using contrail::Status;
using contrail::TableCursor;
using contrail::api::NarrowText;
using contrail::api::WithCursor;

JET_API JetSetCurrentIndexA(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR szIndexName) {
  return JetSetCurrentIndex4A(sesid, tableid, szIndexName, nullptr, JET_bitMoveFirst, 1);
}

JET_API JetSetCurrentIndexW(JET_SESID sesid, JET_TABLEID tableid, JET_PCWSTR szIndexName) {
  return JetSetCurrentIndex4W(sesid, tableid, szIndexName, nullptr, JET_bitMoveFirst, 1);
}

JET_API JetSetCurrentIndex2A(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR szIndexName,
                             JET_GRBIT grbit) {
  return JetSetCurrentIndex4A(sesid, tableid, szIndexName, nullptr, grbit, 1);
}

JET_API JetSetCurrentIndex2W(JET_SESID sesid, JET_TABLEID tableid, JET_PCWSTR szIndexName,
                             JET_GRBIT grbit) {
  return JetSetCurrentIndex4W(sesid, tableid, szIndexName, nullptr, grbit, 1);
}

JET_API JetSetCurrentIndex3A(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR szIndexName,
                             JET_GRBIT grbit, uint32_t itagSequence) {
  return JetSetCurrentIndex4A(sesid, tableid, szIndexName, nullptr, grbit, itagSequence);
}

JET_API JetSetCurrentIndex3W(JET_SESID sesid, JET_TABLEID tableid, JET_PCWSTR szIndexName,
                             JET_GRBIT grbit, uint32_t itagSequence) {
  return JetSetCurrentIndex4W(sesid, tableid, szIndexName, nullptr, grbit, itagSequence);
}

JET_API JetSetCurrentIndex4A(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR szIndexName,
                             JET_INDEXID* pindexid, JET_GRBIT grbit, uint32_t itagSequence) {
  return WithCursor(sesid, tableid, [&](TableCursor& cursor) {
    return contrail::api::SetCurrentIndex(cursor, szIndexName, pindexid, grbit, itagSequence);
  });
}

JET_API JetSetCurrentIndex4W(JET_SESID sesid, JET_TABLEID tableid, JET_PCWSTR szIndexName,
                             JET_INDEXID* pindexid, JET_GRBIT grbit, uint32_t itagSequence) {
  const NarrowText name(szIndexName);
  if (!name.ok()) return JET_errUnicodeTranslationFail;
  return JetSetCurrentIndex4A(sesid, tableid, name.c_str(), pindexid, grbit, itagSequence);
}

JET_API JetGetCurrentIndexA(JET_SESID sesid, JET_TABLEID tableid, JET_PSTR szIndexName,
                            uint32_t cbIndexName) {
  return WithCursor(sesid, tableid, [&](const TableCursor& cursor) {
    return contrail::api::GetCurrentIndex(cursor, szIndexName, cbIndexName);
  });
}

JET_API JetGetCurrentIndexW(JET_SESID sesid, JET_TABLEID tableid, JET_PWSTR szIndexName,
                            uint32_t cbIndexName) {
  return WithCursor(sesid, tableid, [&](const TableCursor& cursor) {
    return contrail::api::GetCurrentIndex(cursor, szIndexName, cbIndexName);
  });
}

JET_API JetSetIndexRange(JET_SESID sesid, JET_TABLEID tableidSrc, JET_GRBIT grbit) {
  return WithCursor(sesid, tableidSrc, [&](TableCursor& cursor) -> Status {
    if ((grbit & ~contrail::range_bit::kAll) != 0) return Error::kInvalidGrbit;
    return cursor.SetIndexRange(grbit);
  });
}

JET_API JetIndexRecordCount(JET_SESID sesid, JET_TABLEID tableid, uint32_t* pcrec,
                            uint32_t crecMax) {
  return WithCursor(sesid, tableid, [&](TableCursor& cursor) -> Status {
    if (pcrec == nullptr) return Error::kInvalidParameter;
    constexpr uint64_t kMost = 0xffffffff;
    ASSIGN_OR_RETURN(const uint64_t count, cursor.CountRecords(crecMax == 0 ? kMost : crecMax));
    *pcrec = static_cast<uint32_t>(count);
    return Status::Ok();
  });
}

JET_API JetIndexRecordCount2(JET_SESID sesid, JET_TABLEID tableid, uint64_t* pcrec,
                             uint64_t crecMax) {
  return WithCursor(sesid, tableid, [&](TableCursor& cursor) -> Status {
    if (pcrec == nullptr) return Error::kInvalidParameter;
    ASSIGN_OR_RETURN(*pcrec, cursor.CountRecords(crecMax));
    return Status::Ok();
  });
}

// The engine keeps no statistics of tables that could be out of date.
JET_API JetComputeStats(JET_SESID sesid, JET_TABLEID tableid) {
  return WithCursor(sesid, tableid, [](TableCursor&) { return Status::Ok(); });
}
