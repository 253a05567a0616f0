#include "tests/support/cell_table.h"

#include <absl/strings/str_split.h>
#include <gtest/gtest.h>

#include <fstream>
#include <vector>

#include "tests/support/backup_calls.h"
#include "tests/support/checkout.h"

namespace contrail::test {
namespace {

// "BackupInProgress" -> JET_errBackupInProgress.
JET_ERR NumberOf(const std::string& name) {
  return ErrorNumber(name.starts_with("err") || name.starts_with("JET_") ? name : "JET_err" + name);
}

}  // namespace

int ForEachCell(const std::string& file, const std::function<void(const Cell&)>& body) {
  std::ifstream lines(std::string(kSourceFolder) + "/tests/backup/" + file);
  std::vector<std::string> states;
  int count = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    const std::vector<std::string> fields = absl::StrSplit(line, '\t');
    if (states.empty()) {
      states = fields;
      continue;
    }
    EXPECT_EQ(fields.size(), states.size()) << line;
    for (size_t i = 1; i < fields.size(); ++i) {
      if (fields[i].empty() || fields[i] == "open") continue;
      const std::vector<std::string> parts = absl::StrSplit(fields[i], '>');
      if (parts.size() != 2) {
        ADD_FAILURE() << file << ": not a cell: " << fields[i];
        continue;
      }
      SCOPED_TRACE(fields[0] + " in " + states[i]);
      body({fields[0], states[i], NumberOf(parts[0]), parts[1]});
      ++count;
    }
  }
  return count;
}

}  // namespace contrail::test
