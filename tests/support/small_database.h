// A sound database of 256 KiB with something of everything: for tests that damage it.

#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

namespace contrail::test {

inline constexpr size_t kSmallDatabaseBytes = 256 << 10;

// Written through the JET API, in a folder of its own; the same structures each time. Empty after a
// test failure.
std::vector<std::byte> MakeSmallDatabase();

}  // namespace contrail::test
