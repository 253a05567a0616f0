// A state table in a file: for each call and state what the call returns and the state behind it
// (tests/backup/state_table.tsv, mode_table.tsv).

#pragma once

#include <esent.h>

#include <functional>
#include <string>

namespace contrail::test {

struct Cell {
  std::string call;
  std::string state;
  JET_ERR result = 0;
  std::string next;
};

// Every cell that is neither empty nor "open". `file` lies in tests/backup. Returns how many.
int ForEachCell(const std::string& file, const std::function<void(const Cell&)>& body);

}  // namespace contrail::test
