// Family "restore": what JetBackup wrote, in one call.

#include "backup/directory_restore.h"

#include "backup/api/restore_call.h"
#include "engine/api/call_scope.h"
#include "engine/api/parameter_set.h"
#include "engine/api/text.h"
#include "storage/patient_files.h"

namespace contrail::api {
namespace {

struct Request {
  const char* source = nullptr;
  const char* destination = nullptr;  // Null: where the databases lay.
  JET_PFNSTATUS pfn = nullptr;
};

Status Run(ApiInstance& instance, const Request& request) {
  if (request.source == nullptr || *request.source == 0) return Error::kInvalidParameter;
  DirectoryRestoreRequest restore;
  ASSIGN_OR_RETURN(restore.source, AbsoluteFolder(request.source));
  if (request.destination != nullptr && *request.destination != 0) {
    ASSIGN_OR_RETURN(restore.destination, AbsoluteFolder(request.destination));
  }
  ASSIGN_OR_RETURN(restore.instance, OptionsOf(instance));
  RestoreStatus status(request.pfn);
  restore.progress = [&status](const RestoreProgress& progress) {
    return status.Progress(progress);
  };
  instance.events.Configure(instance.parameters);
  if (!status.Begin()) return Error::kTermInProgress;
  PatientFileSystem files(PosixFileSystem(), LockWait());
  const Status result = RestoreDirectory(files, instance.events, restore).status();
  status.End(result);
  return result;
}

Status RunOn(ApiInstance& instance, Error running, const Request& request) {
  const RestoringInstance restoring(instance, running);
  RETURN_IF_ERROR(restoring.status());
  return Run(instance, request);
}

// An instance for the time of the restore; it makes the process one of this mode.
Status RunOnNew(ProcessMode mode, const Request& request) {
  ApiRegistry& registry = ApiRegistry::Get();
  ASSIGN_OR_RETURN(ApiInstance* const instance, registry.Create("", "", mode));
  const Status status = RunOn(*instance, Error::kAlreadyInitialized, request);
  registry.Remove(instance);
  return status;
}

JET_ERR Restore(const Request& request) {
  ApiRegistry& registry = ApiRegistry::Get();
  if (registry.mode() == ProcessMode::kNotSet) {
    return ToJet(RunOnNew(ProcessMode::kOneInstance, request));
  }
  const Result<ApiInstance*> instance = registry.ResolveOnly();
  if (!instance.ok()) return ToJet(instance.status());
  return ToJet(RunOn(**instance, Error::kAlreadyInitialized, request));
}

JET_ERR RestoreInstance(JET_INSTANCE handle, const Request& request) {
  ApiRegistry& registry = ApiRegistry::Get();
  const bool one = registry.mode() == ProcessMode::kOneInstance;
  const bool named = handle != 0 && handle != JET_instanceNil;
  if (!named && !one) return ToJet(RunOnNew(ProcessMode::kManyInstances, request));
  if (!named) {
    // Beside the only instance, and unknown to anybody else.
    ApiInstance alone;
    alone.parameters = registry.WithParameters(
        [](const ParameterSet& process, ProcessMode, bool) { return process; });
    return ToJet(RunOn(alone, Error::kAlreadyInitialized, request));
  }
  const Result<ApiInstance*> instance = registry.Resolve(handle);
  if (!instance.ok()) return ToJet(instance.status());
  return ToJet(
      RunOn(**instance, one ? Error::kAlreadyInitialized : Error::kAfterInitialization, request));
}

}  // namespace
}  // namespace contrail::api

using contrail::api::NarrowText;

JET_API JetRestoreA(JET_PCSTR szSource, JET_PFNSTATUS pfn) {
  return contrail::api::Restore({szSource, nullptr, pfn});
}

JET_API JetRestoreW(JET_PCWSTR szSource, JET_PFNSTATUS pfn) {
  const NarrowText source(szSource);
  if (!source.ok()) return JET_errUnicodeTranslationFail;
  return contrail::api::Restore({source.c_str(), nullptr, pfn});
}

JET_API JetRestore2A(JET_PCSTR sz, JET_PCSTR szDest, JET_PFNSTATUS pfn) {
  return contrail::api::Restore({sz, szDest, pfn});
}

JET_API JetRestore2W(JET_PCWSTR sz, JET_PCWSTR szDest, JET_PFNSTATUS pfn) {
  const NarrowText source(sz), destination(szDest);
  if (!NarrowText::AllOk({&source, &destination})) return JET_errUnicodeTranslationFail;
  return contrail::api::Restore({source.c_str(), destination.c_str(), pfn});
}

JET_API JetRestoreInstanceA(JET_INSTANCE instance, JET_PCSTR sz, JET_PCSTR szDest,
                            JET_PFNSTATUS pfn) {
  return contrail::api::RestoreInstance(instance, {sz, szDest, pfn});
}

JET_API JetRestoreInstanceW(JET_INSTANCE instance, JET_PCWSTR sz, JET_PCWSTR szDest,
                            JET_PFNSTATUS pfn) {
  const NarrowText source(sz), destination(szDest);
  if (!NarrowText::AllOk({&source, &destination})) return JET_errUnicodeTranslationFail;
  return contrail::api::RestoreInstance(instance, {source.c_str(), destination.c_str(), pfn});
}
