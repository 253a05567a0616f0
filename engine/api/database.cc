// Family "database". JetGetDatabaseInfo and its like are in database_info.cc.

#include "engine/api/database_calls.h"
#include "engine/api/text.h"

namespace contrail::api {
namespace {

constexpr uint32_t kMostPages = 2147483646;

JET_ERR Create(JET_SESID sesid, const char* name, JET_DBID* dbid, JET_GRBIT grbit) {
  if (dbid == nullptr) return JET_errInvalidParameter;
  *dbid = JET_dbidNil;
  return InSession(sesid, [&](const SessionScope& scope) -> Status {
    ASSIGN_OR_RETURN(*dbid, CreateDatabase(scope, name, grbit));
    return Status::Ok();
  });
}

}  // namespace
}  // namespace contrail::api

using contrail::api::Allowed;
using contrail::api::InSession;
using contrail::api::NarrowText;
using contrail::api::SessionScope;

JET_API JetCreateDatabaseA(JET_SESID sesid, JET_PCSTR szFilename, JET_PCSTR, JET_DBID* pdbid,
                           JET_GRBIT grbit) {
  return contrail::api::Create(sesid, szFilename, pdbid, grbit);
}

JET_API JetCreateDatabaseW(JET_SESID sesid, JET_PCWSTR szFilename, JET_PCWSTR, JET_DBID* pdbid,
                           JET_GRBIT grbit) {
  const NarrowText name(szFilename);
  if (!name.ok()) return JET_errUnicodeTranslationFail;
  return contrail::api::Create(sesid, name.c_str(), pdbid, grbit);
}

JET_API JetCreateDatabase2A(JET_SESID sesid, JET_PCSTR szFilename, uint32_t cpgDatabaseSizeMax,
                            JET_DBID* pdbid, JET_GRBIT grbit) {
  if (cpgDatabaseSizeMax > contrail::api::kMostPages) return JET_errDatabaseInvalidPages;
  return contrail::api::Create(sesid, szFilename, pdbid, grbit);
}

JET_API JetCreateDatabase2W(JET_SESID sesid, JET_PCWSTR szFilename, uint32_t cpgDatabaseSizeMax,
                            JET_DBID* pdbid, JET_GRBIT grbit) {
  const NarrowText name(szFilename);
  if (!name.ok()) return JET_errUnicodeTranslationFail;
  return JetCreateDatabase2A(sesid, name.c_str(), cpgDatabaseSizeMax, pdbid, grbit);
}

JET_API JetAttachDatabaseA(JET_SESID sesid, JET_PCSTR szFilename, JET_GRBIT grbit) {
  return JetAttachDatabase2A(sesid, szFilename, 0, grbit);
}

JET_API JetAttachDatabaseW(JET_SESID sesid, JET_PCWSTR szFilename, JET_GRBIT grbit) {
  return JetAttachDatabase2W(sesid, szFilename, 0, grbit);
}

JET_API JetAttachDatabase2A(JET_SESID sesid, JET_PCSTR szFilename, uint32_t cpgDatabaseSizeMax,
                            JET_GRBIT grbit) {
  if (cpgDatabaseSizeMax > contrail::api::kMostPages) return JET_errDatabaseInvalidPages;
  return InSession(sesid, [&](const SessionScope& scope) {
    return contrail::api::AttachDatabase(scope, szFilename, grbit);
  });
}

JET_API JetAttachDatabase2W(JET_SESID sesid, JET_PCWSTR szFilename, uint32_t cpgDatabaseSizeMax,
                            JET_GRBIT grbit) {
  const NarrowText name(szFilename);
  if (!name.ok()) return JET_errUnicodeTranslationFail;
  return JetAttachDatabase2A(sesid, name.c_str(), cpgDatabaseSizeMax, grbit);
}

JET_API JetDetachDatabaseA(JET_SESID sesid, JET_PCSTR szFilename) {
  return JetDetachDatabase2A(sesid, szFilename, 0);
}

JET_API JetDetachDatabaseW(JET_SESID sesid, JET_PCWSTR szFilename) {
  return JetDetachDatabase2W(sesid, szFilename, 0);
}

JET_API JetDetachDatabase2A(JET_SESID sesid, JET_PCSTR szFilename, JET_GRBIT grbit) {
  return InSession(
      sesid,
      [&](const SessionScope& scope) {
        return contrail::api::DetachDatabase(scope, szFilename, grbit);
      },
      Allowed::kAlways);
}

JET_API JetDetachDatabase2W(JET_SESID sesid, JET_PCWSTR szFilename, JET_GRBIT grbit) {
  const NarrowText name(szFilename);
  if (!name.ok()) return JET_errUnicodeTranslationFail;
  return JetDetachDatabase2A(sesid, name.c_str(), grbit);
}

JET_API JetOpenDatabaseA(JET_SESID sesid, JET_PCSTR szFilename, JET_PCSTR, JET_DBID* pdbid,
                         JET_GRBIT grbit) {
  if (pdbid == nullptr) return JET_errInvalidParameter;
  *pdbid = JET_dbidNil;
  return InSession(sesid, [&](const SessionScope& scope) {
    return contrail::api::OpenDatabase(scope, szFilename, grbit, pdbid);
  });
}

JET_API JetOpenDatabaseW(JET_SESID sesid, JET_PCWSTR szFilename, JET_PCWSTR, JET_DBID* pdbid,
                         JET_GRBIT grbit) {
  const NarrowText name(szFilename);
  if (!name.ok()) return JET_errUnicodeTranslationFail;
  return JetOpenDatabaseA(sesid, name.c_str(), nullptr, pdbid, grbit);
}

JET_API JetCloseDatabase(JET_SESID sesid, JET_DBID dbid, JET_GRBIT) {
  return InSession(
      sesid, [&](const SessionScope& scope) { return contrail::api::CloseDatabase(scope, dbid); },
      Allowed::kAlways);
}
