// Who else is at a file that a verb looks at.

#pragma once

#include <string>

namespace contrail::tool {

// Whether a running program has the database open to change it. False where that cannot be found
// out. Nothing is locked for it.
bool IsInUse(const std::string& path);

// What to do about a database that is dirty because it is in use.
inline constexpr char kInUseAdvice[] =
    "A running program has the database open: wait until that has closed it, or look at it as it "
    "is with --allow-dirty";

}  // namespace contrail::tool
