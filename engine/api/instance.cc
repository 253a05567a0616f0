// Family "instance": creating, starting and ending instances.

#include <cstdint>
#include <cstring>

#include "engine/api/call_scope.h"
#include "engine/api/instance_lifetime.h"
#include "engine/api/text.h"

namespace contrail::api {
namespace {

constexpr size_t kLongestInstanceName = 255;

JET_ERR CreateInstance(JET_INSTANCE* pinstance, const char* name, const char* display_name,
                       JET_GRBIT grbit) {
  if (pinstance == nullptr) return JET_errInvalidParameter;
  *pinstance = JET_instanceNil;
  if (grbit != 0) return JET_errInvalidGrbit;
  const std::string given = name == nullptr ? "" : name;
  if (given.size() > kLongestInstanceName) return JET_errInvalidParameter;
  const Result<ApiInstance*> instance = ApiRegistry::Get().Create(
      given, display_name == nullptr ? given : display_name, ProcessMode::kManyInstances);
  if (!instance.ok()) return ToJet(instance.status());
  *pinstance = (*instance)->handle;
  return JET_errSuccess;
}

bool Names(const JET_INSTANCE* pinstance) {
  return pinstance != nullptr && *pinstance != 0 && *pinstance != JET_instanceNil;
}

// A call without an instance makes the process one of a single instance.
JET_ERR Init(JET_INSTANCE* pinstance, const StartRequest& request) {
  ApiRegistry& registry = ApiRegistry::Get();
  const bool existing = Names(pinstance);
  const Result<ApiInstance*> instance =
      existing ? registry.Resolve(*pinstance) : registry.Create("", "", ProcessMode::kOneInstance);
  if (!instance.ok()) return ToJet(instance.status());
  const Status status = StartInstance(**instance, request);
  if (status.ok()) {
    if (pinstance != nullptr) *pinstance = (*instance)->handle;
  } else if (!existing) {
    registry.Remove(*instance);
  }
  return ToJet(status);
}

Status AddToMap(const std::string& from, const std::string& to, StartRequest* request) {
  if (from.empty()) return Error::kInvalidParameter;
  if (to.empty()) return Error::kDatabaseInvalidName;
  ASSIGN_OR_RETURN(const std::string logged, AbsolutePath(from));
  ASSIGN_OR_RETURN(request->recovery_paths[logged], AbsolutePath(to));
  return Status::Ok();
}

Result<std::string> MapText(const char* text) { return std::string(text == nullptr ? "" : text); }
Result<std::string> MapText(const char16_t* text) {
  if (text == nullptr) return std::string();
  return ToUtf8(text);
}

// All zero and the highest position there is mean the end of the log.
bool IsPlace(const JET_LGPOS& position) {
  if (position.lGeneration == 0 && position.isec == 0 && position.ib == 0) return false;
  return position.lGeneration != INT32_MAX || position.isec != UINT16_MAX ||
         position.ib != UINT16_MAX;
}

bool IsMoment(const JET_LOGTIME& time) {
  const JET_LOGTIME none = {};
  return std::memcmp(&time, &none, sizeof(time)) != 0;
}

template <typename RestartInfo>
Status ReadRestartInfo(const RestartInfo& info, StartRequest* request) {
  if (info.cbStruct != sizeof(info)) return Error::kInvalidParameter;
  if (info.crstmap < 0 || (info.crstmap > 0 && info.rgrstmap == nullptr)) {
    return Error::kInvalidParameter;
  }
  // Stopping recovery at a point of the log is a restore's business.
  if (IsPlace(info.lgposStop) || IsMoment(info.logtimeStop)) return Error::kFeatureNotAvailable;
  for (int32_t i = 0; i < info.crstmap; ++i) {
    ASSIGN_OR_RETURN(const std::string from, MapText(info.rgrstmap[i].szDatabaseName));
    ASSIGN_OR_RETURN(const std::string to, MapText(info.rgrstmap[i].szNewDatabaseName));
    RETURN_IF_ERROR(AddToMap(from, to, request));
  }
  request->status = info.pfnStatus;
  return Status::Ok();
}

template <typename RestartInfo>
JET_ERR Init3(JET_INSTANCE* pinstance, const RestartInfo* info, JET_GRBIT grbit) {
  StartRequest request{.flags = grbit, .recovery_paths = {}, .status = nullptr};
  if (info != nullptr) {
    const Status status = ReadRestartInfo(*info, &request);
    if (!status.ok()) return ToJet(status);
  }
  return Init(pinstance, request);
}

// What has been stopped for good stays stopped.
Status ResumeService(ApiInstance& instance, JET_GRBIT parts) {
  if (instance.service_stopped) return Error::kClientRequestToStopJetService;
  if (parts == 0 || (parts & JET_bitStopServiceQuiesceCaches) != 0) {
    instance.engine->SetQuiesceCaches(false);
  }
  return Status::Ok();
}

// Work that the engine does for users on its own (defragmentation) does not exist here, so there is
// nothing of it to stop.
JET_ERR StopService(const Result<ApiInstance*>& instance, JET_GRBIT grbit) {
  constexpr JET_GRBIT kParts =
      JET_bitStopServiceBackgroundUserTasks | JET_bitStopServiceQuiesceCaches;
  constexpr JET_GRBIT kResume = JET_bitStopServiceResume;
  if (!instance.ok()) return ToJet(instance.status());
  if ((grbit & ~(kParts | kResume)) != 0) return JET_errInvalidGrbit;
  const InstanceCall call(**instance, Allowed::kAlways);
  if (!call.status().ok()) return ToJet(call.status());
  if ((grbit & kResume) != 0) return ToJet(ResumeService(**instance, grbit & kParts));
  Instance& engine = *(*instance)->engine;
  if (grbit == JET_bitStopServiceAll || (grbit & JET_bitStopServiceQuiesceCaches) != 0) {
    // Only to have less to do at the end: that the log is down, others will hear of.
    engine.log().EnsureDurable().Ignore();
    engine.SetQuiesceCaches(true);
  }
  if (grbit == JET_bitStopServiceAll) (*instance)->service_stopped = true;
  return JET_errSuccess;
}

}  // namespace
}  // namespace contrail::api

using contrail::api::ApiRegistry;
using contrail::api::NarrowText;

JET_API JetCreateInstanceA(JET_INSTANCE* pinstance, JET_PCSTR szInstanceName) {
  return contrail::api::CreateInstance(pinstance, szInstanceName, nullptr, 0);
}

JET_API JetCreateInstanceW(JET_INSTANCE* pinstance, JET_PCWSTR szInstanceName) {
  return JetCreateInstance2W(pinstance, szInstanceName, nullptr, 0);
}

JET_API JetCreateInstance2A(JET_INSTANCE* pinstance, JET_PCSTR szInstanceName,
                            JET_PCSTR szDisplayName, JET_GRBIT grbit) {
  return contrail::api::CreateInstance(pinstance, szInstanceName, szDisplayName, grbit);
}

JET_API JetCreateInstance2W(JET_INSTANCE* pinstance, JET_PCWSTR szInstanceName,
                            JET_PCWSTR szDisplayName, JET_GRBIT grbit) {
  const NarrowText name(szInstanceName), display_name(szDisplayName);
  if (!NarrowText::AllOk({&name, &display_name})) return JET_errUnicodeTranslationFail;
  return JetCreateInstance2A(pinstance, name.c_str(), display_name.c_str(), grbit);
}

JET_API JetInit(JET_INSTANCE* pinstance) { return JetInit2(pinstance, 0); }

JET_API JetInit2(JET_INSTANCE* pinstance, JET_GRBIT grbit) {
  return contrail::api::Init(pinstance, {.flags = grbit, .recovery_paths = {}, .status = nullptr});
}

JET_API JetInit3A(JET_INSTANCE* pinstance, JET_RSTINFO_A* prstInfo, JET_GRBIT grbit) {
  return contrail::api::Init3(pinstance, prstInfo, grbit);
}

JET_API JetInit3W(JET_INSTANCE* pinstance, JET_RSTINFO_W* prstInfo, JET_GRBIT grbit) {
  return contrail::api::Init3(pinstance, prstInfo, grbit);
}

JET_API JetStopService(void) {
  return contrail::api::StopService(ApiRegistry::Get().ResolveOnly(), JET_bitStopServiceAll);
}

JET_API JetStopServiceInstance(JET_INSTANCE instance) {
  return JetStopServiceInstance2(instance, JET_bitStopServiceAll);
}

JET_API JetStopServiceInstance2(JET_INSTANCE instance, JET_GRBIT grbit) {
  return contrail::api::StopService(ApiRegistry::Get().Resolve(instance), grbit);
}

JET_API JetTerm(JET_INSTANCE instance) { return JetTerm2(instance, JET_bitTermAbrupt); }

JET_API JetTerm2(JET_INSTANCE instance, JET_GRBIT grbit) {
  const auto found = ApiRegistry::Get().Resolve(instance);
  if (!found.ok()) return contrail::api::ToJet(found.status());
  return contrail::api::ToJet(contrail::api::EndInstance(**found, grbit));
}
