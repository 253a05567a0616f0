// The command line tool that this build made.

#pragma once

#include <string>

namespace contrail::test {

inline std::string ToolPath() { return CONTRAIL_TOOL; }

}  // namespace contrail::test
