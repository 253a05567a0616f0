// Whether a database file is sound, by the engine's own check and by edbcheck.py.

#pragma once

#include <gtest/gtest.h>

#include <string>

namespace contrail::test {

// What the engine's check finds, one line each; empty when the file is sound.
std::string OwnFindings(const std::string& path);
// What edbcheck.py finds; empty when the file is sound, or where edbcheck.py is missing.
std::string OutsideFindings(const std::string& path);

}  // namespace contrail::test

#define EXPECT_SOUND(path)                                  \
  do {                                                      \
    EXPECT_EQ(::contrail::test::OwnFindings(path), "");     \
    EXPECT_EQ(::contrail::test::OutsideFindings(path), ""); \
  } while (false)
