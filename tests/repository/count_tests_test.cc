// tools/count_tests.py: the closing line of tools/test.sh counts what ran, and nothing gets lost.

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "tests/support/checkout.h"
#include "tests/support/command.h"
#include "tests/support/scratch_folder.h"

namespace contrail::test {
namespace {

class CountTestsTest : public testing::Test {
 protected:
  // Adds a program to the build's ctest report, and its own report unless `tests` is empty.
  void AddProgram(const std::string& name, bool good, const std::string& tests) {
    programs_ += "<testcase name=\"" + name + "\" status=\"" + (good ? "run" : "fail") + "\"/>";
    if (tests.empty()) return;
    Write(name + ".json", "{\"testsuites\": [{\"name\": \"S\", \"testsuite\": [" + tests + "]}]}");
  }

  CommandResult Count() {
    Write("ctest.xml", "<testsuite>" + programs_ + "</testsuite>");
    return RunCommand({"python3", std::string(kSourceFolder) + "/tools/count_tests.py",
                       scratch_.path().string()});
  }

  static std::string LastLine(const std::string& output) {
    const size_t end = output.find_last_not_of('\n');
    return output.substr(output.rfind('\n', end) + 1, end - output.rfind('\n', end));
  }

 private:
  void Write(const std::string& name, const std::string& text) {
    const auto folder = scratch_.path() / "test-results";
    std::filesystem::create_directories(folder);
    std::ofstream(folder / name) << text;
  }

  ScratchFolder scratch_;
  std::string programs_;
};

constexpr char kPassed[] = R"({"name": "A", "result": "COMPLETED"})";
constexpr char kFailed[] = R"({"name": "B", "result": "COMPLETED", "failures": [{"failure": ""}]})";
constexpr char kSkipped[] = R"({"name": "C", "result": "SKIPPED"})";

TEST_F(CountTestsTest, CountsEveryTestOfEveryProgram) {
  AddProgram("storage", true, std::string(kPassed) + "," + kPassed);
  AddProgram("c_program", true, "");
  const CommandResult result = Count();
  EXPECT_EQ(result.exit_status, 0) << result.errors;
  EXPECT_EQ(LastLine(result.output), "3 passed, 0 failed");
}

TEST_F(CountTestsTest, TellsOfSkippedTests) {
  AddProgram("storage", true, std::string(kPassed) + "," + kSkipped);
  const CommandResult result = Count();
  EXPECT_EQ(result.exit_status, 0) << result.errors;
  EXPECT_EQ(LastLine(result.output), "1 passed, 0 failed, 1 skipped");
}

TEST_F(CountTestsTest, AFailedTestFails) {
  AddProgram("storage", false, std::string(kPassed) + "," + kFailed);
  const CommandResult result = Count();
  EXPECT_EQ(result.exit_status, 1) << result.errors;
  EXPECT_EQ(LastLine(result.output), "1 passed, 1 failed");
  EXPECT_NE(result.output.find("failed: S.B"), std::string::npos);
}

TEST_F(CountTestsTest, AProgramThatDiedFails) {
  AddProgram("storage", true, kPassed);
  AddProgram("log", false, "");
  const CommandResult result = Count();
  EXPECT_EQ(result.exit_status, 1) << result.errors;
  EXPECT_EQ(LastLine(result.output), "1 passed, 1 failed");
}

TEST_F(CountTestsTest, AProgramThatEndsBadlyAfterItsTestsFails) {
  AddProgram("storage", false, kPassed);
  EXPECT_EQ(Count().exit_status, 1);
}

TEST_F(CountTestsTest, NothingIsNotSuccess) { EXPECT_EQ(Count().exit_status, 1); }

}  // namespace
}  // namespace contrail::test
