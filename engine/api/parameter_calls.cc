#include "engine/api/parameter_calls.h"

#include <absl/strings/str_cat.h>

#include "engine/api/error_table.h"
#include "engine/api/parameter_options.h"

namespace contrail::api {
namespace {

bool IsGiven(uintptr_t handle) { return handle != 0 && handle != ~uintptr_t{0}; }

// The instance a parameter call speaks of; null: the process.
Result<ApiInstance*> FindInstance(JET_INSTANCE handle, JET_SESID sesid) {
  ApiRegistry& registry = ApiRegistry::Get();
  if (IsGiven(sesid)) {
    const ApiSession* session = registry.sessions.Find(sesid);
    if (session == nullptr) return Error::kInvalidSesid;
    return session->instance;
  }
  const Result<ApiInstance*> only = registry.ResolveOnly();
  if (only.ok()) return only;
  if (!IsGiven(handle)) return static_cast<ApiInstance*>(nullptr);
  const Result<ApiInstance*> named = registry.Resolve(handle);
  if (!named.ok()) return Error::kInvalidInstance;
  return named;
}

// A JET_UNICODEINDEX in one number.
Result<uint64_t> PackUnicodeDefault(uintptr_t pointer) {
  if (pointer == 0) return Error::kInvalidParameter;
  const auto* index = reinterpret_cast<const JET_UNICODEINDEX*>(pointer);
  return uint64_t{index->lcid} << 32 | index->dwMapFlags;
}

Status Store(ParameterSet& parameters, const ParameterFacts& facts, uintptr_t number,
             const char* text) {
  if (facts.kind == ParameterKind::kText || facts.kind == ParameterKind::kFolder ||
      facts.kind == ParameterKind::kPath) {
    return parameters.SetText(facts, text);
  }
  if (facts.id != JET_paramUnicodeIndexDefault) return parameters.SetNumber(facts, number);
  ASSIGN_OR_RETURN(const uint64_t packed, PackUnicodeDefault(number));
  return parameters.SetNumber(facts, packed);
}

void ApplyCacheSize() {
  ApiRegistry& registry = ApiRegistry::Get();
  const uint64_t bytes = registry.WithParameters(
      [](const ParameterSet& process, ProcessMode, bool) { return CacheBytes(process); });
  for (ApiInstance* instance : registry.Instances()) {
    const InstanceCall call(*instance);
    if (call.status().ok()) instance->engine->pool().SetCacheLimit(bytes);
  }
}

Status SetForProcess(const ParameterFacts& facts, uintptr_t number, const char* text) {
  const Status status = ApiRegistry::Get().WithParameters(
      [&](ParameterSet& parameters, ProcessMode, bool has_instances) -> Status {
        if (facts.advanced && !parameters.flag(JET_paramEnableAdvanced)) return Status::Ok();
        if (has_instances && facts.time == ParameterTime::kBeforeInstances) {
          return parameters.Holds(facts, number, text) ? Status::Ok()
                                                       : Status(Error::kAlreadyInitialized);
        }
        return Store(parameters, facts, number, text);
      });
  const bool cache = facts.id == JET_paramCacheSize || facts.id == JET_paramCacheSizeMax ||
                     facts.id == JET_paramCacheSizeMin;
  if (status.ok() && cache) ApplyCacheSize();
  return status;
}

Status SetForInstance(ApiInstance& instance, const ParameterFacts& facts, uintptr_t number,
                      const char* text) {
  absl::MutexLock lock(&instance.mutex);
  if (facts.advanced && !instance.parameters.flag(JET_paramEnableAdvanced)) return Status::Ok();
  if (facts.time == ParameterTime::kBeforeInit && (instance.initialized || instance.initializing)) {
    if (instance.parameters.Holds(facts, number, text)) return Status::Ok();
    return instance.initializing ? Error::kInitInProgress : Error::kAlreadyInitialized;
  }
  return Store(instance.parameters, facts, number, text);
}

Status SetForSession(JET_SESID sesid, uintptr_t commit_default) {
  const SessionScope scope(sesid);
  RETURN_IF_ERROR(scope.status());
  scope.api().commit_default = static_cast<uint32_t>(commit_default);
  return Status::Ok();
}

Result<ParameterValue> ErrorToText(uintptr_t number) {
  const ErrorFacts* facts = FindError(static_cast<JET_ERR>(number));
  if (facts == nullptr) return Error::kInvalidParameter;
  return ParameterValue{
      .is_text = true, .number = number, .text = absl::StrCat(facts->name, ", ", facts->text)};
}

// Values that the page size decides.
uintptr_t LargestKey(uint64_t page_size) { return MaxKeyMost(static_cast<uint32_t>(page_size)); }

uintptr_t LargestChunk(uint64_t page_size) {
  constexpr uint64_t kSmallPageOverhead = 82;
  constexpr uint64_t kLargePage = 16384;
  if (page_size < kLargePage) return page_size - kSmallPageOverhead;
  // Large pages take four chunks each.
  return page_size == kLargePage ? 4050 : 8150;
}

ParameterValue ProcessValue(const ParameterFacts& facts, const ParameterSet& process) {
  const uint64_t page_size = process.number(JET_paramDatabasePageSize);
  ParameterValue value;
  value.number = process.number(facts.id);
  switch (facts.id) {
    case JET_paramKeyMost:
      value.number = LargestKey(page_size);
      break;
    case JET_paramLVChunkSizeMost:
      value.number = LargestChunk(page_size);
      break;
    case JET_paramCacheSize:
      value.number = CacheBytes(process) / page_size;
      break;
    case JET_paramCacheSizeMax:
      if (value.number == 0) value.number = CacheBytes(process) / page_size;
      break;
    default:
      break;
  }
  return value;
}

ParameterValue ValueOf(const ParameterFacts& facts, const ParameterSet& parameters) {
  ParameterValue value;
  value.is_text = facts.kind == ParameterKind::kText || facts.kind == ParameterKind::kFolder ||
                  facts.kind == ParameterKind::kPath;
  if (value.is_text) {
    value.text = parameters.text(facts.id);
  } else {
    value.number = parameters.number(facts.id);
  }
  return value;
}

}  // namespace

Status SetParameter(JET_INSTANCE handle, JET_SESID sesid, uint32_t id, uintptr_t number,
                    const char* text) {
  const ParameterFacts* facts = FindParameter(id);
  if (facts == nullptr || facts->time == ParameterTime::kNever) return Error::kInvalidParameter;
  if (facts->scope == ParameterScope::kProcess) return SetForProcess(*facts, number, text);
  if (id == JET_paramCommitDefault && IsGiven(sesid)) return SetForSession(sesid, number);
  ASSIGN_OR_RETURN(ApiInstance* const instance, FindInstance(handle, sesid));
  if (instance == nullptr) return SetForProcess(*facts, number, text);
  return SetForInstance(*instance, *facts, number, text);
}

Result<ParameterValue> GetParameter(JET_INSTANCE handle, JET_SESID sesid, uint32_t id,
                                    uintptr_t number) {
  const ParameterFacts* facts = FindParameter(id);
  if (facts == nullptr) return Error::kInvalidParameter;
  if (id == JET_paramErrorToString) return ErrorToText(number);
  ASSIGN_OR_RETURN(ApiInstance* const instance, FindInstance(handle, sesid));
  const bool of_process = facts->scope == ParameterScope::kProcess;
  if (!of_process && instance != nullptr) {
    absl::MutexLock lock(&instance->mutex);
    return ValueOf(*facts, instance->parameters);
  }
  return ApiRegistry::Get().WithParameters(
      [&](const ParameterSet& process, ProcessMode, bool) -> ParameterValue {
        const ParameterValue value = ValueOf(*facts, process);
        return value.is_text ? value : ProcessValue(*facts, process);
      });
}

}  // namespace contrail::api
