// How long a verb waits for a file that another process has locked. A program that was killed just
// now can hold its locks for a moment.

#pragma once

#include <chrono>

namespace contrail::tool {

inline constexpr std::chrono::milliseconds kLockWait{1000};

}  // namespace contrail::tool
