// The process's instances, sessions and tables behind their handles, and the mode the process is in
// (one instance without a handle, or many). The only global of the library: the API's handles are
// global by nature.

#pragma once

#include <memory>
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

  absl::Mutex mutex;
  ProcessMode mode ABSL_GUARDED_BY(mutex) = ProcessMode::kNotSet;
  std::vector<std::unique_ptr<ApiInstance>> all ABSL_GUARDED_BY(mutex);
  // What new instances copy (JetSetSystemParameter without an instance).
  ParameterSet defaults ABSL_GUARDED_BY(mutex);

  // Makes an instance and sets the mode. kRunningInOneInstanceMode, kRunningInMultiInstanceMode,
  // kInstanceNameInUse, kTooManyInstances.
  Result<ApiInstance*> Create(const std::string& name, const std::string& display_name,
                              ProcessMode wanted);
  // Removes it from all lists; the mode goes back when it was the last.
  void Remove(ApiInstance* instance);
  // Which instance a call speaks of. With a handle argument: that one (in one-instance mode whatever
  // the handle says, the only one). kInvalidParameter when there is none.
  Result<ApiInstance*> Resolve(JET_INSTANCE handle);
  // For the forms without an instance argument. kInvalidParameter (no instance),
  // kRunningInMultiInstanceMode.
  Result<ApiInstance*> ResolveOnly();
};

}  // namespace contrail::api
