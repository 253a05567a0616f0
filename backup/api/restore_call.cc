#include "backup/api/restore_call.h"

#include <utility>

#include "engine/api/parameter_options.h"
#include "engine/api/parameter_set.h"
#include "storage/file_path.h"

namespace contrail::api {
namespace {

// So that large logs do not overflow the counter.
constexpr uint64_t kUnit = 4096;

JET_SNPROG Report(uint32_t done, uint32_t total) {
  JET_SNPROG report = {};
  report.cbStruct = sizeof(report);
  report.cunitDone = done;
  report.cunitTotal = total;
  return report;
}

}  // namespace

bool RestoreStatus::Progress(const RestoreProgress& progress) {
  total_ = static_cast<uint32_t>(progress.bytes_total / kUnit);
  JET_SNPROG report = Report(static_cast<uint32_t>(progress.bytes_done / kUnit), total_);
  return Call(JET_sntProgress, &report);
}

void RestoreStatus::End(Status status) {
  if (!status.ok()) {
    Call(JET_sntFail, nullptr);
    return;
  }
  JET_SNPROG report = Report(total_, total_);
  Call(JET_sntComplete, &report);
}

Result<std::string> AbsoluteFolder(const std::string& path) {
  ASSIGN_OR_RETURN(std::string folder, AbsolutePath(path));
  return WithSlash(std::move(folder));
}

Result<InstanceOptions> OptionsOf(const ApiInstance& instance) {
  return ApiRegistry::Get().WithParameters(
      [&](const ParameterSet& process, ProcessMode, bool) -> Result<InstanceOptions> {
        return OptionsFrom(process, instance.parameters);
      });
}

std::chrono::milliseconds LockWait() {
  return ApiRegistry::Get().WithParameters(
      [](const ParameterSet& process, ProcessMode, bool) { return LockWait(process); });
}

RestoringInstance::RestoringInstance(ApiInstance& instance, Error running) : instance_(instance) {
  absl::MutexLock lock(&instance.mutex);
  if (instance.initialized) status_ = running;
  if (instance.initializing) status_ = Error::kInitInProgress;
  if (instance.terminating) status_ = Error::kTermInProgress;
  if (instance.restoring) status_ = Error::kRestoreInProgress;
  if (status_.ok()) instance.restoring = true;
}

RestoringInstance::~RestoringInstance() {
  if (status_.ok()) instance_.restoring = false;
}

}  // namespace contrail::api
