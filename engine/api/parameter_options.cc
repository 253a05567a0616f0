#include "engine/api/parameter_options.h"

#include <absl/strings/match.h>
#include <esent.h>
#include <unistd.h>

#include <algorithm>

namespace contrail::api {
namespace {

constexpr uint64_t kKibi = 1024;
constexpr uint64_t kLogSectorBytes = 512;
// More than Windows' default of 64 pages, for our versions are larger; with what else an instance
// takes it stays within 64 MiB beside the cache (docs/parameters.md).
constexpr uint64_t kLeastVersionBytes = uint64_t{24} << 20;
constexpr uint64_t kMostDefaultCache = uint64_t{1} << 30;

uint64_t MachineMemory() {
  const long pages = sysconf(_SC_PHYS_PAGES);
  const long size = sysconf(_SC_PAGE_SIZE);
  return pages > 0 && size > 0 ? static_cast<uint64_t>(pages) * static_cast<uint64_t>(size) : 0;
}

uint32_t Capped(uint64_t value, uint64_t most) {
  return static_cast<uint32_t>(std::min(value, most));
}

}  // namespace

uint64_t CacheBytes(const ParameterSet& process) {
  const uint64_t page_size = process.number(JET_paramDatabasePageSize);
  const uint64_t memory = std::max(MachineMemory(), kLeastCacheBytes);
  // Multiplied without overflow: nobody gets more than the machine has.
  const auto bytes_of = [&](uint32_t parameter) {
    return std::min(process.number(parameter), memory / page_size) * page_size;
  };
  uint64_t bytes = std::min(memory / 4, kMostDefaultCache);
  if (process.number(JET_paramCacheSizeMax) != 0) bytes = bytes_of(JET_paramCacheSizeMax);
  if (process.number(JET_paramCacheSize) != 0) bytes = bytes_of(JET_paramCacheSize);
  return std::max({bytes, bytes_of(JET_paramCacheSizeMin), kLeastCacheBytes});
}

uint64_t VersionBytes(const ParameterSet& process, const ParameterSet& instance) {
  const uint64_t asked =
      instance.number(JET_paramMaxVerPages) * process.number(JET_paramVerPageSize);
  return std::max(asked, kLeastVersionBytes);
}

std::chrono::milliseconds LockWait(const ParameterSet& process) {
  constexpr uint64_t kMost = uint64_t{3600} * 1000;
  return std::chrono::milliseconds(
      std::min(process.number(JET_paramAccessDeniedRetryPeriod), kMost));
}

Result<InstanceOptions> OptionsFrom(const ParameterSet& process, const ParameterSet& instance) {
  InstanceOptions options;
  options.system_path = instance.text(JET_paramSystemPath);
  options.log_path = instance.text(JET_paramLogFilePath);
  options.temporary_path = instance.text(JET_paramTempPath);
  options.base_name = instance.text(JET_paramBaseName);
  options.alternate_recovery_path = instance.text(JET_paramAlternateDatabaseRecoveryPath);
  options.page_size = static_cast<uint32_t>(process.number(JET_paramDatabasePageSize));
  options.cache_bytes = CacheBytes(process);
  options.log_generation_bytes =
      static_cast<uint32_t>(instance.number(JET_paramLogFileSize) * kKibi);
  // Windows counts log buffers in sectors. Less than the default only costs commits their company.
  options.log_buffer_bytes =
      std::max(options.log_buffer_bytes,
               Capped(instance.number(JET_paramLogBuffers) * kLogSectorBytes, uint64_t{64} << 20));
  options.checkpoint_depth = instance.number(JET_paramCheckpointDepthMax);
  options.extension_pages = Capped(instance.number(JET_paramDbExtensionSize), 1 << 20);
  options.max_sessions = Capped(instance.number(JET_paramMaxSessions), 30000);
  options.sort_table_path = instance.text(JET_paramContrailSortTablePath);
  options.sort_order = static_cast<SortOrderChoice>(instance.number(JET_paramContrailSortOrder));
  options.most_held_log_bytes = instance.number(JET_paramContrailMostHeldLog) << 20;
  options.circular_logging = instance.flag(JET_paramCircularLog);
  options.scrub_during_backup = instance.flag(JET_paramZeroDatabaseDuringBackup);
  options.recovery = !absl::EqualsIgnoreCase(instance.text(JET_paramRecovery), "off");
  options.create_missing_folders = instance.flag(JET_paramCreatePathIfNotExist);
  options.delete_out_of_range_logs = instance.flag(JET_paramDeleteOutOfRangeLogs);
  if (options.temporary_path.empty()) options.temporary_path = options.system_path;
  return options;
}

}  // namespace contrail::api
