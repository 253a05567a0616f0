// Family "backup": what there is to copy and what may be deleted.

#include <type_traits>

#include "backup/api/backup_call.h"

namespace contrail::api {
namespace {

template <typename Char>
JET_ERR AttachInfo(const Result<ApiInstance*>& instance, Char* out, uint32_t size,
                   uint32_t* actual) {
  return InBackup(instance, [&](BackupSession& session) -> Status {
    ASSIGN_OR_RETURN(const std::vector<std::string> paths, session.AttachInfo());
    return GivePaths(paths, out, size, actual);
  });
}

template <typename Char, typename Range>
JET_ERR Logs(const Result<ApiInstance*>& instance, Char* out, uint32_t size, uint32_t* actual,
             Range&& give_range) {
  return InBackup(instance, [&](BackupSession& session) -> Status {
    ASSIGN_OR_RETURN(const LogFileList logs, session.LogInfo());
    give_range(logs, (*instance)->engine->options().base_name);
    return GivePaths(logs.paths, out, size, actual);
  });
}

constexpr auto kNoRange = [](const LogFileList&, const std::string&) {};

template <typename Char, typename LogInfo>
JET_ERR LogsWithRange(JET_INSTANCE handle, Char* out, uint32_t size, uint32_t* actual,
                      LogInfo* info) {
  if (info == nullptr || info->cbSize != sizeof(*info)) return JET_errInvalidParameter;
  return Logs(TheInstance(handle), out, size, actual,
              [info](const LogFileList& logs, const std::string& base_name) {
                info->ulGenLow = logs.generation_low;
                info->ulGenHigh = logs.generation_high;
                constexpr size_t kRoom = std::extent_v<decltype(info->szBaseName)>;
                for (size_t i = 0; i < kRoom; ++i) {
                  const bool there = i + 1 < kRoom && i < base_name.size();
                  info->szBaseName[i] = static_cast<Char>(there ? base_name[i] : 0);
                }
              });
}

template <typename Char>
JET_ERR TruncateInfo(JET_INSTANCE handle, Char* out, uint32_t size, uint32_t* actual) {
  return InBackup(TheInstance(handle), [&](BackupSession& session) -> Status {
    ASSIGN_OR_RETURN(const std::vector<std::string> paths, session.TruncateLogInfo());
    return GivePaths(paths, out, size, actual);
  });
}

}  // namespace
}  // namespace contrail::api

using contrail::api::kNoRange;
using contrail::api::OnlyInstance;
using contrail::api::TheInstance;

JET_API JetGetAttachInfoA(JET_PSTR szzDatabases, uint32_t cbMax, uint32_t* pcbActual) {
  return contrail::api::AttachInfo(OnlyInstance(), szzDatabases, cbMax, pcbActual);
}

JET_API JetGetAttachInfoW(JET_PWSTR wszzDatabases, uint32_t cbMax, uint32_t* pcbActual) {
  return contrail::api::AttachInfo(OnlyInstance(), wszzDatabases, cbMax, pcbActual);
}

JET_API JetGetAttachInfoInstanceA(JET_INSTANCE instance, JET_PSTR szzDatabases, uint32_t cbMax,
                                  uint32_t* pcbActual) {
  return contrail::api::AttachInfo(TheInstance(instance), szzDatabases, cbMax, pcbActual);
}

JET_API JetGetAttachInfoInstanceW(JET_INSTANCE instance, JET_PWSTR szzDatabases, uint32_t cbMax,
                                  uint32_t* pcbActual) {
  return contrail::api::AttachInfo(TheInstance(instance), szzDatabases, cbMax, pcbActual);
}

JET_API JetGetLogInfoA(JET_PSTR szzLogs, uint32_t cbMax, uint32_t* pcbActual) {
  return contrail::api::Logs(OnlyInstance(), szzLogs, cbMax, pcbActual, kNoRange);
}

JET_API JetGetLogInfoW(JET_PWSTR szzLogs, uint32_t cbMax, uint32_t* pcbActual) {
  return contrail::api::Logs(OnlyInstance(), szzLogs, cbMax, pcbActual, kNoRange);
}

JET_API JetGetLogInfoInstanceA(JET_INSTANCE instance, JET_PSTR szzLogs, uint32_t cbMax,
                               uint32_t* pcbActual) {
  return contrail::api::Logs(TheInstance(instance), szzLogs, cbMax, pcbActual, kNoRange);
}

JET_API JetGetLogInfoInstanceW(JET_INSTANCE instance, JET_PWSTR wszzLogs, uint32_t cbMax,
                               uint32_t* pcbActual) {
  return contrail::api::Logs(TheInstance(instance), wszzLogs, cbMax, pcbActual, kNoRange);
}

JET_API JetGetLogInfoInstance2A(JET_INSTANCE instance, JET_PSTR szzLogs, uint32_t cbMax,
                                uint32_t* pcbActual, JET_LOGINFO_A* pLogInfo) {
  return contrail::api::LogsWithRange(instance, szzLogs, cbMax, pcbActual, pLogInfo);
}

JET_API JetGetLogInfoInstance2W(JET_INSTANCE instance, JET_PWSTR wszzLogs, uint32_t cbMax,
                                uint32_t* pcbActual, JET_LOGINFO_W* pLogInfo) {
  return contrail::api::LogsWithRange(instance, wszzLogs, cbMax, pcbActual, pLogInfo);
}

JET_API JetGetTruncateLogInfoInstanceA(JET_INSTANCE instance, JET_PSTR szzLogs, uint32_t cbMax,
                                       uint32_t* pcbActual) {
  return contrail::api::TruncateInfo(instance, szzLogs, cbMax, pcbActual);
}

JET_API JetGetTruncateLogInfoInstanceW(JET_INSTANCE instance, JET_PWSTR szzLogs, uint32_t cbMax,
                                       uint32_t* pcbActual) {
  return contrail::api::TruncateInfo(instance, szzLogs, cbMax, pcbActual);
}
