// What every call of the backup family begins with, and how it gives lists of files back.

#pragma once

#include <algorithm>
#include <cstring>

#include "backup/backup_session.h"
#include "engine/api/call_scope.h"
#include "engine/api/text.h"

namespace contrail::api {

// Runs `body(BackupSession&) -> Status` on a running instance. The session knows that these calls
// are those of the API's client (BackupOwner).
template <typename Body>
JET_ERR InBackup(const Result<ApiInstance*>& instance, Body&& body) {
  if (!instance.ok()) return ToJet(instance.status());
  const InstanceCall call(**instance);
  if (!call.status().ok()) return ToJet(call.status());
  const std::shared_ptr<BackupSession> session = BackupSession::Of(*(*instance)->engine);
  return ToJet(body(*session));
}

// The same for what begins a backup. Where a backup is not allowed yet, or the log is down, that is
// said instead of what follows from it: kBackupNotAllowedYet, kLogWriteFail, kLogDiskFull.
template <typename Body>
JET_ERR InNewBackup(const Result<ApiInstance*>& instance, Body&& body) {
  if (!instance.ok()) return ToJet(instance.status());
  ApiInstance& api = **instance;
  const InstanceCall call(api);
  if (call.status().Is(Error::kNotInitialized) && api.initializing) {
    return JET_errBackupNotAllowedYet;
  }
  // A call that got as far as the engine's health keeps the engine there.
  if (call.status().Is(Error::kInstanceUnavailable) && !api.engine->log().health().ok()) {
    const bool full = api.engine->log().health().Is(Error::kLogDiskFull);
    return full ? JET_errLogDiskFull : JET_errLogWriteFail;
  }
  if (!call.status().ok()) return ToJet(call.status());
  const std::shared_ptr<BackupSession> session = BackupSession::Of(*api.engine);
  return ToJet(body(*session));
}

// How fast the instance wants its backups to be read.
inline PaceOptions PaceOf(const ParameterSet& parameters) {
  constexpr uint64_t kKibi = 1024;
  return {.bytes_per_second = parameters.number(JET_paramContrailMostBackupRate) * kKibi,
          .commit_latency = absl::Microseconds(
              static_cast<int64_t>(parameters.number(JET_paramContrailMostCommitWait)))};
}

inline Result<ApiInstance*> OnlyInstance() { return ApiRegistry::Get().ResolveOnly(); }
inline Result<ApiInstance*> TheInstance(JET_INSTANCE handle) {
  return ApiRegistry::Get().Resolve(handle);
}

// A multi-string into the caller's buffer: as many bytes as fit, and always the size that all of it
// has. A null buffer takes nothing.
template <typename Char>
Status GivePaths(const std::vector<std::string>& paths, Char* out, uint32_t size,
                 uint32_t* actual) {
  ASSIGN_OR_RETURN(const std::basic_string<Char> block, EncodeMulti<Char>(paths));
  const size_t bytes = block.size() * sizeof(Char);
  if (out != nullptr) std::memcpy(out, block.data(), std::min<size_t>(size, bytes));
  if (actual != nullptr) *actual = static_cast<uint32_t>(bytes);
  return Status::Ok();
}

}  // namespace contrail::api
