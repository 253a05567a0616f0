// Readers of database files that are not ours, over files that we wrote (tests/interop/
// outside_readers.py).

#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace contrail::test {

enum class OutsideReader { kEdbCheck, kEsedbexport, kImpacket };

const char* NameOf(OutsideReader reader);
// Empty when it is here, else what is missing.
std::string WhyAbsent(OutsideReader reader);

struct ReaderVerdict {
  std::string database;
  std::string table;    // Empty: of the file as a whole.
  std::string verdict;  // "equal", "limit", "differs".
  std::string reason;
};

// What a reader says of each table of each expectation (tests/support/planned_table.h). Empty with
// a test failure when it could not be run.
std::vector<ReaderVerdict> Examine(OutsideReader reader,
                                   const std::vector<std::filesystem::path>& expectations);

}  // namespace contrail::test
