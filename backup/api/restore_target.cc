#include "backup/api/restore_target.h"

#include <absl/strings/str_format.h>

#include "engine/api/call_scope.h"

namespace contrail::api {
namespace {

// Of the log that the restoring instance writes: the target's own lies beside it.
constexpr char kBaseName[] = "rst";
constexpr int kMostRestores = 9999;

bool IsTarget(const ApiInstance& instance, const std::optional<std::string>& name,
              const std::string& log_folder) {
  if (name.has_value()) return instance.name == *name;
  return !log_folder.empty() && instance.engine->options().log_path == log_folder;
}

// Its log up to now, complete in archived files; the last of them.
Result<uint32_t> EndGeneration(Instance& engine, const std::string& set_folder) {
  RETURN_IF_ERROR(engine.log()
                      .AppendRecord(RecordType::kExternalRestore,
                                    Bytes(reinterpret_cast<const std::byte*>(set_folder.data()),
                                          set_folder.size()))
                      .status());
  ASSIGN_OR_RETURN(const uint32_t current, engine.log().ForceNewGeneration());
  return current - 1;
}

}  // namespace

RestoreTarget::RestoreTarget(ApiInstance& instance)
    : instance_(&instance), handle_(instance.handle), name_(instance.name) {
  if (instance.restore_target.exchange(true)) status_ = Error::kRestoreInProgress;
}

RestoreTarget::~RestoreTarget() {
  // The place may be another instance's by now.
  if (status_.ok() && instance_->handle == handle_) instance_->restore_target = false;
}

Result<std::unique_ptr<RestoreTarget>> FindRunningTarget(const std::optional<std::string>& name,
                                                         const std::string& log_folder,
                                                         const std::string& base_name) {
  if (!name.has_value() && log_folder.empty()) return std::unique_ptr<RestoreTarget>();
  for (ApiInstance* instance : ApiRegistry::Get().Instances()) {
    const InstanceCall call(*instance);
    if (!call.status().ok() || !IsTarget(*instance, name, log_folder)) continue;
    if (!base_name.empty() && instance->engine->options().base_name != base_name) {
      return Error::kBadRestoreTargetInstance;
    }
    auto target = std::make_unique<RestoreTarget>(*instance);
    RETURN_IF_ERROR(target->status());
    return target;
  }
  if (name.has_value()) return Error::kBadRestoreTargetInstance;
  return std::unique_ptr<RestoreTarget>();
}

Status RestoreBeside(const RestoreTarget& target, FileSystem& files, EventSink& events,
                     RestoreRequest request) {
  {
    const InstanceCall call(target.instance());
    RETURN_IF_ERROR(call.status());
    Instance& engine = *target.instance().engine;
    LiveLog& live = request.live.emplace();
    live.base_name = engine.options().base_name;
    if (!engine.options().circular_logging) {
      live.folder = engine.options().log_path;
      ASSIGN_OR_RETURN(live.last, EndGeneration(engine, request.set_folder));
    }
  }
  request.instance.base_name = kBaseName;
  RETURN_IF_ERROR(Restore(files, events, request).status());
  return Error::kWarnTargetInstanceRunning;
}

Result<ApiInstance*> CreateRestoringInstance(const std::string& target_name) {
  ApiRegistry& registry = ApiRegistry::Get();
  if (target_name.empty()) return registry.Create("", "", ProcessMode::kManyInstances);
  for (int number = 1; number <= kMostRestores; ++number) {
    const std::string name = absl::StrFormat("%s - Restore%04d", target_name, number);
    Result<ApiInstance*> made = registry.Create(name, name, ProcessMode::kManyInstances);
    if (!made.status().Is(Error::kInstanceNameInUse)) return made;
  }
  return Error::kTooManyInstances;
}

}  // namespace contrail::api
