// The process's instances, sessions and tables behind their handles, and the mode the process is in
// (one instance without a handle, or many). The only global of the library: the API's handles are
// global by nature.

#pragma once

#include <functional>
#include <vector>

#include "engine/api/api_objects.h"
#include "engine/api/handle_table.h"

namespace contrail::api {

enum class ProcessMode { kNotSet, kOneInstance, kManyInstances };

class ApiRegistry {
 public:
  static ApiRegistry& Get();

  HandleTable<ApiInstance> instances;
  HandleTable<ApiSession> sessions;
  HandleTable<ApiTable> tables;

  // Makes an instance with the process's parameters and sets the mode.
  // kRunningInOneInstanceMode, kRunningInMultiInstanceMode (kAlreadyInitialized) when the process
  // is in the other (one-instance) mode already; kInstanceNameInUse, kTooManyInstances.
  Result<ApiInstance*> Create(const std::string& name, const std::string& display_name,
                              ProcessMode wanted);
  // Removes it from all lists; the mode goes back when it was the last.
  void Remove(ApiInstance* instance);
  // Which instance a call speaks of. With a handle argument: that one (in one-instance mode
  // whatever the handle says, the only one). kInvalidParameter when there is none.
  Result<ApiInstance*> Resolve(JET_INSTANCE handle);
  // For the forms without an instance argument. kInvalidParameter (no instance),
  // kRunningInMultiInstanceMode.
  Result<ApiInstance*> ResolveOnly();
  std::vector<ApiInstance*> Instances();

  ProcessMode mode();
  // JetEnableMultiInstance, before there is any instance.
  void EnableManyInstances();
  // The process's parameters: those of process scope, and what new instances copy. `body` runs with
  // the registry locked and must not call back into it.
  template <typename Body>
  auto WithParameters(Body&& body) {
    absl::MutexLock lock(&mutex_);
    return body(parameters_, mode_, !all_.empty());
  }
  uint64_t ProcessNumber(uint32_t parameter);

 private:
  absl::Mutex mutex_;
  ProcessMode mode_ ABSL_GUARDED_BY(mutex_) = ProcessMode::kNotSet;
  std::vector<ApiInstance*> all_ ABSL_GUARDED_BY(mutex_);
  ParameterSet parameters_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace contrail::api
