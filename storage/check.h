// CHECK and DCHECK: assertions of the engine's invariants.
//
// CHECK stays in every build: a broken invariant next to the disk must stop the process before it
// is written down. DCHECK is for hot paths and is compiled away when NDEBUG is defined.

#pragma once

namespace contrail {

// Prints the failed condition and its place to standard error and aborts.
[[noreturn]] void CheckFailed(const char* condition, const char* file, int line);

}  // namespace contrail

#define CHECK(condition)                                     \
  (__builtin_expect(!!(condition), 1) ? static_cast<void>(0) \
                                      : ::contrail::CheckFailed(#condition, __FILE__, __LINE__))

#ifdef NDEBUG
#define DCHECK(condition) static_cast<void>(sizeof(!(condition)))
#else
#define DCHECK(condition) CHECK(condition)
#endif
