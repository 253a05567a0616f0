#include "tests/support/outside_readers.h"

#include <gtest/gtest.h>

#include <sstream>

#include "tests/support/checkout.h"
#include "tests/support/command.h"
#include "tests/support/shared_data.h"

namespace contrail::test {
namespace {

// Impacket comes with the system's Python, which need not be the first on PATH.
constexpr char kSystemPython[] = "/usr/bin/python3";

}  // namespace

const char* NameOf(OutsideReader reader) {
  switch (reader) {
    case OutsideReader::kEdbCheck:
      return "edbcheck.py";
    case OutsideReader::kEsedbexport:
      return "esedbexport";
    case OutsideReader::kImpacket:
      return "Impacket";
  }
  return "";
}

std::string WhyAbsent(OutsideReader reader) {
  switch (reader) {
    case OutsideReader::kEdbCheck:
      return SharedFolder().empty() ? "no edbcheck.py beside the source tree" : "";
    case OutsideReader::kEsedbexport:
      return RunCommand({"esedbexport", "-V"}).exit_status == 0 ? "" : "no esedbexport";
    case OutsideReader::kImpacket:
      return RunCommand({kSystemPython, "-c", "import impacket.ese"}).exit_status == 0
                 ? ""
                 : "no Impacket";
  }
  return "unknown";
}

std::vector<ReaderVerdict> Examine(OutsideReader reader,
                                   const std::vector<std::filesystem::path>& expectations) {
  std::vector<std::string> command = {
      reader == OutsideReader::kImpacket ? kSystemPython : "python3",
      std::string(kSourceFolder) + "/tests/interop/outside_readers.py"};
  switch (reader) {
    case OutsideReader::kEdbCheck:
      command.push_back("edbcheck:" + (SharedFolder() / "tools/edbcheck.py").string());
      break;
    case OutsideReader::kEsedbexport:
      command.emplace_back("esedbexport");
      break;
    case OutsideReader::kImpacket:
      command.emplace_back("impacket");
      break;
  }
  command.insert(command.end(), expectations.begin(), expectations.end());
  const CommandResult result = RunCommand(command);
  EXPECT_EQ(result.exit_status, 0) << result.errors;
  std::vector<ReaderVerdict> verdicts;
  std::istringstream lines(result.output);
  ReaderVerdict verdict;
  while (std::getline(lines, verdict.database, '\t') && std::getline(lines, verdict.table, '\t') &&
         std::getline(lines, verdict.verdict, '\t') && std::getline(lines, verdict.reason)) {
    verdicts.push_back(verdict);
  }
  return verdicts;
}

}  // namespace contrail::test
