// From parameters to what the engine is told at JetInit, and back for the values that depend on the
// machine.

#pragma once

#include <chrono>

#include "engine/api/parameter_set.h"
#include "engine/instance_options.h"

namespace contrail::api {

// `process` holds the parameters of process scope, `instance` the others. kInvalidParameter when
// they do not go together.
Result<InstanceOptions> OptionsFrom(const ParameterSet& process, const ParameterSet& instance);

// How long JetInit, JetAttachDatabase and restores wait for a file that somebody else has locked:
// JET_paramAccessDeniedRetryPeriod, but at most an hour.
std::chrono::milliseconds LockWait(const ParameterSet& process);

// The page cache in bytes: JET_paramCacheSize where it was set, else JET_paramCacheSizeMax; without
// either, a quarter of the machine's memory but at most 1 GiB. Never less than
// JET_paramCacheSizeMin and kLeastCacheBytes.
uint64_t CacheBytes(const ParameterSet& process);
inline constexpr uint64_t kLeastCacheBytes = uint64_t{4} << 20;

// Most memory for versions of records: JET_paramMaxVerPages * JET_paramVerPageSize, but not less
// than 24 MiB: the parameter's default of 2 MiB dates from machines with as much memory.
uint64_t VersionBytes(const ParameterSet& process, const ParameterSet& instance);

}  // namespace contrail::api
