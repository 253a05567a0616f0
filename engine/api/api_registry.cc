#include "engine/api/api_registry.h"

#include <algorithm>

#include "engine/api/list_table.h"

namespace contrail::api {

ApiTable::ApiTable() = default;
ApiTable::~ApiTable() = default;

// Never destroyed: other threads may still be in a call when the process ends.
ApiRegistry& ApiRegistry::Get() {
  static ApiRegistry* const registry = new ApiRegistry;
  return *registry;
}

Result<ApiInstance*> ApiRegistry::Create(const std::string& name, const std::string& display_name,
                                         ProcessMode wanted) {
  DCHECK(wanted != ProcessMode::kNotSet);
  absl::MutexLock lock(&mutex_);
  if (mode_ == ProcessMode::kOneInstance) {
    return wanted == mode_ ? Error::kAlreadyInitialized : Error::kRunningInOneInstanceMode;
  }
  if (mode_ == ProcessMode::kManyInstances && wanted != mode_) {
    return Error::kRunningInMultiInstanceMode;
  }
  for (const ApiInstance* other : all_) {
    if (!name.empty() && other->name == name) return Error::kInstanceNameInUse;
  }
  if (all_.size() >= parameters_.number(JET_paramMaxInstances)) return Error::kTooManyInstances;
  ApiInstance* instance = instances.Take();
  if (instance == nullptr) return Error::kTooManyInstances;
  instance->name = name;
  instance->display_name = display_name;
  instance->parameters = parameters_;
  instance->events.Clear();
  instance->events.SetTarget(nullptr);
  instance->initialized = instance->terminating = instance->service_stopped = false;
  instance->restoring = instance->restore_target = false;
  instances.Publish(instance);
  all_.push_back(instance);
  mode_ = wanted;
  return instance;
}

void ApiRegistry::Remove(ApiInstance* instance) {
  absl::MutexLock lock(&mutex_);
  DCHECK(instance->engine == nullptr);
  std::erase(all_, instance);
  instances.Return(instance);
  if (all_.empty()) mode_ = ProcessMode::kNotSet;
}

Result<ApiInstance*> ApiRegistry::Resolve(JET_INSTANCE handle) {
  absl::MutexLock lock(&mutex_);
  if (mode_ == ProcessMode::kOneInstance && !all_.empty()) return all_.front();
  ApiInstance* instance = instances.Find(handle);
  if (instance == nullptr) return Error::kInvalidParameter;
  return instance;
}

Result<ApiInstance*> ApiRegistry::ResolveOnly() {
  absl::MutexLock lock(&mutex_);
  if (mode_ == ProcessMode::kManyInstances) return Error::kRunningInMultiInstanceMode;
  if (all_.empty()) return Error::kInvalidParameter;
  return all_.front();
}

std::vector<ApiInstance*> ApiRegistry::Instances() {
  absl::MutexLock lock(&mutex_);
  return all_;
}

ProcessMode ApiRegistry::mode() {
  absl::MutexLock lock(&mutex_);
  return mode_;
}

void ApiRegistry::EnableManyInstances() {
  absl::MutexLock lock(&mutex_);
  if (mode_ == ProcessMode::kNotSet) mode_ = ProcessMode::kManyInstances;
}

uint64_t ApiRegistry::ProcessNumber(uint32_t parameter) {
  absl::MutexLock lock(&mutex_);
  return parameters_.number(parameter);
}

}  // namespace contrail::api
