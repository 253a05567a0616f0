// Memory that the engine allocates and the caller gives back with JetFreeBuffer: the results of
// JetGetInstanceInfo, JetOSSnapshotFreeze and their like. One block per result.

#pragma once

#include <cstddef>
#include <cstdlib>

namespace contrail::api {

// Null when there is no memory (JET_errOutOfMemory). Zero-filled.
inline void* AllocateForCaller(size_t size) { return std::calloc(1, size); }

inline void FreeForCaller(void* memory) { std::free(memory); }

}  // namespace contrail::api
