// Data and tools that are not part of the repository but may stand beside it: database files
// written by Windows, and an independent checker of the file format. A test that needs them begins
// with CONTRAIL_REQUIRE_SHARED_DATA() and is skipped, with a message, where they are missing.
//
// They are looked for in $CONTRAIL_SHARED_DIR, else in a folder `shared` beside the source tree or
// beside one of the folders above it.

#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/command.h"
#include "tests/support/scratch_folder.h"

namespace contrail::test {

// Empty when there is none.
std::filesystem::path SharedFolder();

// File names without ".gz", sorted: "basic.edb", ...
std::vector<std::string> SampleNames();

// Unpacks a sample into `folder` and returns the path of the database; empty when that failed.
std::filesystem::path UnpackSample(const std::string& name, const std::filesystem::path& folder);

// edbcheck.py with these words: {"check", file}, {"rows", file, table}, ... It runs under
// tests/support/edbcheck_leaf_links.py, which corrects some of its rules and says on standard
// error when its own verdict would have been another.
CommandResult RunEdbCheck(const std::vector<std::string>& words);
// Without that correction.
CommandResult RunUncorrectedEdbCheck(const std::vector<std::string>& words);

}  // namespace contrail::test

#define CONTRAIL_REQUIRE_SHARED_DATA()          \
  if (::contrail::test::SharedFolder().empty()) \
  GTEST_SKIP() << "no shared data beside the source tree; set CONTRAIL_SHARED_DIR"
