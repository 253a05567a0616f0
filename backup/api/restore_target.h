// An instance that runs while databases are restored beside it, to be attached to it afterwards:
// the target of JetExternalRestore2. Source: the backup contract, section 15.2.

#pragma once

#include <memory>
#include <optional>
#include <string>

#include "backup/restore.h"
#include "engine/api/api_registry.h"

namespace contrail::api {

// One restore at a time has it; the instance can be ended meanwhile.
class RestoreTarget {
 public:
  explicit RestoreTarget(ApiInstance& instance);
  ~RestoreTarget();
  RestoreTarget(const RestoreTarget&) = delete;
  RestoreTarget& operator=(const RestoreTarget&) = delete;

  // Not ok: kRestoreInProgress.
  Status status() const { return status_; }
  const std::string& name() const { return name_; }
  ApiInstance& instance() const { return *instance_; }

 private:
  ApiInstance* const instance_;
  const uintptr_t handle_;
  std::string name_;
  Status status_;
};

// By its name, or, when that is not given, by the folder of its logs, in which no instance may run:
// then it is null. kBadRestoreTargetInstance (no running instance has the name, or it has
// another base name), kRestoreInProgress.
Result<std::unique_ptr<RestoreTarget>> FindRunningTarget(const std::optional<std::string>& name,
                                                         const std::string& log_folder,
                                                         const std::string& base_name);

// Forces a new generation of the target's log and restores with the logs before it, unless the
// target's logging is circular. kWarnTargetInstanceRunning, errors of Restore.
Status RestoreBeside(const RestoreTarget& target, FileSystem& files, EventSink& events,
                     RestoreRequest request);

// An instance for the time of a restore, called "NAME - Restore0001" where the target has a name.
Result<ApiInstance*> CreateRestoringInstance(const std::string& target_name);

}  // namespace contrail::api
