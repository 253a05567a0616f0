// What new indexes over Unicode text are sorted by (JET_paramContrailSortOrder).

#pragma once

#include <cstdint>

namespace contrail {

enum class SortOrderChoice : uint32_t {
  kAutomatic = 0,  // Windows' order where a table file was given and has it, else ICU's.
  kWindows = 1,    // Windows' order, without a table file for ASCII only.
  kIcu = 2,        // ICU's order: any text, but Windows must rebuild the index.
};

}  // namespace contrail
