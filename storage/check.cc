#include "storage/check.h"

#include <cstdio>
#include <cstdlib>

namespace contrail {

void CheckFailed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: invariant broken: %s\n", file, line, condition);
  std::abort();
}

}  // namespace contrail
