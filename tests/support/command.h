// Runs another program and waits for it: outside readers, the tool under test.

#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace contrail::test {

struct CommandResult {
  int exit_status = -1;  // 128 + signal when it was killed; 127 when it could not be started.
  std::string output;    // What it wrote to standard output.
  std::string errors;    // What it wrote to standard error.
};

// The first word is looked up on PATH. No shell is involved. Standard input is empty.
CommandResult RunCommand(const std::vector<std::string>& words);

// As RunCommand, with standard output going to a file, for output too large to hold.
CommandResult RunCommandToFile(const std::vector<std::string>& words,
                               const std::filesystem::path& file);

}  // namespace contrail::test
