// How far long work on a backup set has come.

#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace contrail {

struct SetProgress {
  // "databases", "logs", "contents", "verify", "extract", "receive", "replay", "check"
  std::string phase;
  std::string file;  // The one being worked on; empty when none.
  uint64_t bytes_done = 0;
  uint64_t bytes_total = 0;
};

// Called on the thread that made the call, for each megabyte or so, each file that is checked and
// each thousand rows that are read, and ten times a second while a pace holds the work up.
// Returning false stops the work (kTermInProgress). May be empty.
using SetProgressCallback = std::function<bool(const SetProgress&)>;

}  // namespace contrail
