// Family "params": system and session parameters, and JetEnableMultiInstance, which sets many.

#include <absl/strings/str_cat.h>

#include <cstring>
#include <set>
#include <vector>

#include "engine/api/event_relay.h"
#include "engine/api/parameter_calls.h"
#include "engine/api/text.h"
#include "engine/event_ids.h"

namespace contrail::api {
namespace {

template <typename Char>
JET_ERR GetSystemParameter(JET_INSTANCE instance, JET_SESID sesid, uint32_t id, uintptr_t* number,
                           Char* text, uint32_t size) {
  const uintptr_t given = number == nullptr ? 0 : *number;
  if (id == JET_paramErrorToString && number == nullptr) return JET_errInvalidParameter;
  const Result<ParameterValue> value = GetParameter(instance, sesid, id, given);
  if (!value.ok()) return ToJet(value.status());
  if (id == JET_paramUnicodeIndexDefault) {
    if (text == nullptr || size != sizeof(JET_UNICODEINDEX)) return JET_errInvalidParameter;
    JET_UNICODEINDEX index = {};
    index.lcid = static_cast<uint32_t>(value->number >> 32);
    index.dwMapFlags = static_cast<uint32_t>(value->number);
    std::memcpy(text, &index, sizeof(index));
    return JET_errSuccess;
  }
  if (!value->is_text) {
    if (number == nullptr) return JET_errInvalidParameter;
    *number = value->number;
    return JET_errSuccess;
  }
  if (text == nullptr) return JET_errInvalidParameter;
  const auto encoded = Encode<Char>(value->text);
  if (!encoded.ok()) return ToJet(encoded.status());
  const bool whole = CopyText(std::basic_string_view<Char>(*encoded), text, size);
  return whole ? JET_errSuccess : JET_errBufferTooSmall;
}

JET_ERR SetOne(const JET_SETSYSPARAM_A& parameter) {
  return ToJet(SetParameter(0, 0, parameter.paramid, parameter.lParam, parameter.sz));
}

JET_ERR SetOne(const JET_SETSYSPARAM_W& parameter) {
  const NarrowText text(parameter.sz);
  if (!text.ok()) return JET_errUnicodeTranslationFail;
  return ToJet(SetParameter(0, 0, parameter.paramid, parameter.lParam, text.c_str()));
}

bool HoldsValue(const ParameterSet& process, const JET_SETSYSPARAM_A& parameter) {
  const ParameterFacts* facts = FindParameter(parameter.paramid);
  return facts != nullptr && process.Holds(*facts, parameter.lParam, parameter.sz);
}

bool HoldsValue(const ParameterSet& process, const JET_SETSYSPARAM_W& parameter) {
  const NarrowText text(parameter.sz);
  const ParameterFacts* facts = FindParameter(parameter.paramid);
  return facts != nullptr && process.Holds(*facts, parameter.lParam, text.c_str());
}

// Why a second caller's parameters are not those that the process has.
struct Conflict {
  uint32_t event = 0;  // 0: there is none.
  uint32_t parameter = 0;
  const char* text = "";
};

template <typename Parameter>
Conflict FindConflict(const ParameterSet& process, const Parameter* parameters, uint32_t count) {
  std::set<uint32_t> given;
  for (uint32_t i = 0; i < count; ++i) {
    given.insert(parameters[i].paramid);
    if (!HoldsValue(process, parameters[i])) {
      return {event_id::kSharedParameterDiffers, parameters[i].paramid, "has another value"};
    }
  }
  for (const ParameterFacts& facts : AllParameters()) {
    if (facts.time != ParameterTime::kBeforeInstances) continue;
    const bool now = given.contains(facts.id);
    if (now && !process.was_set(facts.id))
      return {event_id::kSharedParameterIsNew, facts.id, "had not been given before"};
    if (!now && process.was_set(facts.id))
      return {event_id::kSharedParameterIsMissing, facts.id, "had been given before"};
  }
  return {};
}

// A second part of the process wants many instances too: it must want the same parameters, or none.
// The instances that there are tell of a conflict; where there are none, it goes where the
// process's parameters say that events of new ones go.
template <typename Parameter>
JET_ERR Compare(const Parameter* parameters, uint32_t count) {
  if (count == 0) return JET_errSystemParamsAlreadySet;
  ApiRegistry& registry = ApiRegistry::Get();
  const Conflict conflict =
      registry.WithParameters([&](const ParameterSet& process, ProcessMode, bool) {
        return FindConflict(process, parameters, count);
      });
  if (conflict.event == 0) return JET_errSystemParamsAlreadySet;
  const Event event = {.id = conflict.event,
                       .severity = Severity::kError,
                       .text = absl::StrCat("Many instances were asked for again, and parameter ",
                                            conflict.parameter, " ", conflict.text, "."),
                       .error = JET_errSystemParameterConflict};
  const std::vector<ApiInstance*> instances = registry.Instances();
  for (ApiInstance* instance : instances) instance->events.Report(event);
  if (instances.empty()) {
    EventRelay relay;
    registry.WithParameters([&](const ParameterSet& process, ProcessMode, bool) {
      relay.Configure(process);
      return 0;
    });
    relay.Report(event);
  }
  return JET_errSystemParameterConflict;
}

template <typename Parameter>
JET_ERR EnableMultiInstance(Parameter* parameters, uint32_t count, uint32_t* set_count) {
  if (set_count != nullptr) *set_count = 0;
  if (count > 0 && parameters == nullptr) return JET_errInvalidParameter;
  ApiRegistry& registry = ApiRegistry::Get();
  const ProcessMode mode = registry.mode();
  if (mode == ProcessMode::kOneInstance) return JET_errRunningInOneInstanceMode;
  if (mode == ProcessMode::kManyInstances) return Compare(parameters, count);
  for (uint32_t i = 0; i < count; ++i) {
    parameters[i].err = SetOne(parameters[i]);
    if (parameters[i].err < 0) return parameters[i].err;
    if (set_count != nullptr) *set_count = i + 1;
  }
  registry.EnableManyInstances();
  return JET_errSuccess;
}

Status ReadSessionParameter(const ApiSession& session, uint32_t id, int level, void* to,
                            uint32_t size, uint32_t* actual) {
  uint32_t number = 0;
  const void* from = &number;
  uint32_t length = sizeof(number);
  switch (id) {
    case JET_sesparamCommitDefault:
      number = session.commit_default;
      break;
    case JET_sesparamTransactionLevel:
      number = static_cast<uint32_t>(level);
      break;
    case JET_sesparamCorrelationID:
      number = session.correlation_id;
      break;
    case JET_sesparamOperationContext:
      from = &session.operation_context;
      length = sizeof(session.operation_context);
      break;
    default:
      return Error::kInvalidSesparamId;
  }
  if (to == nullptr && actual == nullptr) return Error::kInvalidParameter;
  if (actual != nullptr) *actual = length;
  if (to == nullptr) return Status::Ok();
  if (size != length) return Error::kInvalidBufferSize;
  std::memcpy(to, from, length);
  return Status::Ok();
}

Status WriteSessionParameter(ApiSession& session, uint32_t id, const void* from, uint32_t size) {
  void* to = nullptr;
  uint32_t length = sizeof(uint32_t);
  switch (id) {
    case JET_sesparamCommitDefault:
      to = &session.commit_default;
      break;
    case JET_sesparamCorrelationID:
      to = &session.correlation_id;
      break;
    case JET_sesparamOperationContext:
      to = &session.operation_context;
      length = sizeof(session.operation_context);
      break;
    case JET_sesparamTransactionLevel:
      return Error::kFeatureNotAvailable;
    default:
      return Error::kInvalidSesparamId;
  }
  if (from == nullptr) return Error::kInvalidParameter;
  if (size != length) return Error::kInvalidBufferSize;
  std::memcpy(to, from, length);
  return Status::Ok();
}

}  // namespace
}  // namespace contrail::api

using contrail::api::InSession;
using contrail::api::NarrowText;
using contrail::api::SessionScope;

JET_API JetEnableMultiInstanceA(JET_SETSYSPARAM_A* psetsysparam, uint32_t csetsysparam,
                                uint32_t* pcsetsucceed) {
  return contrail::api::EnableMultiInstance(psetsysparam, csetsysparam, pcsetsucceed);
}

JET_API JetEnableMultiInstanceW(JET_SETSYSPARAM_W* psetsysparam, uint32_t csetsysparam,
                                uint32_t* pcsetsucceed) {
  return contrail::api::EnableMultiInstance(psetsysparam, csetsysparam, pcsetsucceed);
}

JET_API JetSetSystemParameterA(JET_INSTANCE* pinstance, JET_SESID sesid, uint32_t paramid,
                               JET_API_PTR lParam, JET_PCSTR szParam) {
  return contrail::api::ToJet(contrail::api::SetParameter(pinstance == nullptr ? 0 : *pinstance,
                                                          sesid, paramid, lParam, szParam));
}

JET_API JetSetSystemParameterW(JET_INSTANCE* pinstance, JET_SESID sesid, uint32_t paramid,
                               JET_API_PTR lParam, JET_PCWSTR szParam) {
  const NarrowText text(szParam);
  if (!text.ok()) return JET_errUnicodeTranslationFail;
  return JetSetSystemParameterA(pinstance, sesid, paramid, lParam, text.c_str());
}

JET_API JetGetSystemParameterA(JET_INSTANCE instance, JET_SESID sesid, uint32_t paramid,
                               uintptr_t* plParam, JET_PSTR szParam, uint32_t cbMax) {
  return contrail::api::GetSystemParameter(instance, sesid, paramid, plParam, szParam, cbMax);
}

JET_API JetGetSystemParameterW(JET_INSTANCE instance, JET_SESID sesid, uint32_t paramid,
                               uintptr_t* plParam, JET_PWSTR szParam, uint32_t cbMax) {
  return contrail::api::GetSystemParameter(instance, sesid, paramid, plParam, szParam, cbMax);
}

JET_API JetGetSessionParameter(JET_SESID sesid, uint32_t sesparamid, void* pvParam,
                               uint32_t cbParamMax, uint32_t* pcbParamActual) {
  return InSession(sesid, [&](const SessionScope& scope) {
    return contrail::api::ReadSessionParameter(scope.api(), sesparamid,
                                               scope.session().transaction().level(), pvParam,
                                               cbParamMax, pcbParamActual);
  });
}

JET_API JetSetSessionParameter(JET_SESID sesid, uint32_t sesparamid, void* pvParam,
                               uint32_t cbParam) {
  return InSession(sesid, [&](const SessionScope& scope) {
    return contrail::api::WriteSessionParameter(scope.api(), sesparamid, pvParam, cbParam);
  });
}
