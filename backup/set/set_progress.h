// How far long work on a backup set has come.

#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace contrail {

struct SetProgress {
  std::string phase;  // "databases", "logs", "verify", "extract", "replay"
  std::string file;   // The one being worked on; empty when none.
  uint64_t bytes_done = 0;
  uint64_t bytes_total = 0;
};

// Called on the thread that made the call, a few times per second at most for each megabyte.
// Returning false stops the work (kTermInProgress). May be empty.
using SetProgressCallback = std::function<bool(const SetProgress&)>;

}  // namespace contrail
