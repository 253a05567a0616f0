// Family "backup": opening, reading and closing the files of a backup.

#include "backup/api/backup_call.h"
#include "backup/api/backup_path.h"

namespace contrail::api {
namespace {

JET_ERR Open(const Result<ApiInstance*>& instance, const char* name, JET_HANDLE* handle,
             uint32_t* size_low, uint32_t* size_high) {
  return InBackup(instance, [&](BackupSession& session) -> Status {
    if (!session.streaming()) return Error::kNoBackup;
    if (handle == nullptr || size_low == nullptr || size_high == nullptr) {
      return Error::kInvalidParameter;
    }
    ASSIGN_OR_RETURN(const std::string path, PathInBackup(*(*instance)->engine, name));
    ASSIGN_OR_RETURN(const OpenedFile file, session.OpenFile(path));
    *handle = static_cast<JET_HANDLE>(file.handle);
    *size_low = static_cast<uint32_t>(file.size);
    *size_high = static_cast<uint32_t>(file.size >> 32);
    return Status::Ok();
  });
}

JET_ERR OpenWide(const Result<ApiInstance*>& instance, const char16_t* name, JET_HANDLE* handle,
                 uint32_t* size_low, uint32_t* size_high) {
  const NarrowText narrow(name);
  if (!narrow.ok()) return JET_errUnicodeTranslationFail;
  return Open(instance, narrow.c_str(), handle, size_low, size_high);
}

JET_ERR Read(const Result<ApiInstance*>& instance, JET_HANDLE handle, void* buffer, uint32_t size,
             uint32_t* actual) {
  return InBackup(instance, [&](BackupSession& session) -> Status {
    if (actual != nullptr) *actual = 0;
    if (!session.streaming()) return Error::kNoBackup;
    if (buffer == nullptr) return Error::kInvalidParameter;
    session.LimitPace(PaceOf((*instance)->parameters));
    ASSIGN_OR_RETURN(const size_t read,
                     session.ReadFile(handle, {static_cast<std::byte*>(buffer), size}));
    if (actual != nullptr) *actual = static_cast<uint32_t>(read);
    return Status::Ok();
  });
}

JET_ERR Close(const Result<ApiInstance*>& instance, JET_HANDLE handle) {
  return InBackup(instance, [&](BackupSession& session) { return session.CloseFile(handle); });
}

}  // namespace
}  // namespace contrail::api

using contrail::api::OnlyInstance;
using contrail::api::TheInstance;

JET_API JetOpenFileA(JET_PCSTR szFileName, JET_HANDLE* phfFile, uint32_t* pulFileSizeLow,
                     uint32_t* pulFileSizeHigh) {
  return contrail::api::Open(OnlyInstance(), szFileName, phfFile, pulFileSizeLow, pulFileSizeHigh);
}

JET_API JetOpenFileW(JET_PCWSTR szFileName, JET_HANDLE* phfFile, uint32_t* pulFileSizeLow,
                     uint32_t* pulFileSizeHigh) {
  return contrail::api::OpenWide(OnlyInstance(), szFileName, phfFile, pulFileSizeLow,
                                 pulFileSizeHigh);
}

JET_API JetOpenFileInstanceA(JET_INSTANCE instance, JET_PCSTR szFileName, JET_HANDLE* phfFile,
                             uint32_t* pulFileSizeLow, uint32_t* pulFileSizeHigh) {
  return contrail::api::Open(TheInstance(instance), szFileName, phfFile, pulFileSizeLow,
                             pulFileSizeHigh);
}

JET_API JetOpenFileInstanceW(JET_INSTANCE instance, JET_PCWSTR szFileName, JET_HANDLE* phfFile,
                             uint32_t* pulFileSizeLow, uint32_t* pulFileSizeHigh) {
  return contrail::api::OpenWide(TheInstance(instance), szFileName, phfFile, pulFileSizeLow,
                                 pulFileSizeHigh);
}

JET_API JetReadFile(JET_HANDLE hfFile, void* pv, uint32_t cb, uint32_t* pcbActual) {
  return contrail::api::Read(OnlyInstance(), hfFile, pv, cb, pcbActual);
}

JET_API JetReadFileInstance(JET_INSTANCE instance, JET_HANDLE hfFile, void* pv, uint32_t cb,
                            uint32_t* pcbActual) {
  return contrail::api::Read(TheInstance(instance), hfFile, pv, cb, pcbActual);
}

JET_API JetCloseFile(JET_HANDLE hfFile) { return contrail::api::Close(OnlyInstance(), hfFile); }

JET_API JetCloseFileInstance(JET_INSTANCE instance, JET_HANDLE hfFile) {
  return contrail::api::Close(TheInstance(instance), hfFile);
}
