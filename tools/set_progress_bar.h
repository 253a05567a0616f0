// The progress of work on a backup set, shown by the tool's bar.

#pragma once

#include "backup/set/set_progress.h"
#include "tools/progress.h"

namespace contrail::tool {

// Valid as long as the bar.
inline SetProgressCallback ShowOn(Progress& bar) {
  return [&bar, part = std::string()](const SetProgress& progress) mutable {
    if (progress.phase != part) {
      part = progress.phase;
      bar.Begin(part, progress.bytes_total);
    }
    bar.Set(progress.bytes_done);
    return true;
  };
}

}  // namespace contrail::tool
