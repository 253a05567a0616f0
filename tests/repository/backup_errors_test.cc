// tools/backup_errors.py: every error of the backup family has a test or a reason, and the page
// that says so is what it prints.

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/checkout.h"
#include "tests/support/command.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/shared_data.h"

namespace contrail::test {
namespace {

const std::string kTool = std::string(kSourceFolder) + "/tools/backup_errors.py";

TEST(BackupErrorsTest, EveryRowHasATestOrAReason) {
  const CommandResult result = RunCommand({"python3", kTool, "check"});
  EXPECT_EQ(result.exit_status, 0) << result.errors;
}

TEST(BackupErrorsTest, NoRowIsMissing) {
  CONTRAIL_REQUIRE_SHARED_DATA();
  const CommandResult result = RunCommand(
      {"python3", kTool, "missing", (SharedFolder() / "spec/function_errors.tsv").string()});
  EXPECT_EQ(result.exit_status, 0) << result.errors;
}

// A small tree with one row, and what is said of it.
class BackupErrorsToolTest : public testing::Test {
 protected:
  std::string Check(const std::string& row) {
    std::filesystem::create_directories(scratch_.path() / "tests/backup");
    std::filesystem::create_directories(scratch_.path() / "docs");
    const std::string root = scratch_.path().string();
    std::ofstream(root + "/tests/backup/a_test.cc") << "TEST(A, B) {}\n";
    std::ofstream(root + "/tests/backup/error_rows.tsv") << row;
    const auto page = RunCommand(
        {"python3", kTool, "page", "--root", root, "--output", root + "/docs/errors-backup.md"});
    EXPECT_EQ(page.exit_status, 0) << page.errors;
    const auto check = RunCommand({"python3", kTool, "check", "--root", root});
    EXPECT_EQ(check.exit_status == 0, check.errors.empty());
    return check.errors;
  }
  const ScratchFolder scratch_;
};

TEST_F(BackupErrorsToolTest, AcceptsATestAndAReason) {
  EXPECT_EQ(Check("JetBackup\tJET_errX\tA.B\t-\nJetBackup\tJET_errY\t-\tIt cannot.\n"), "");
}

TEST_F(BackupErrorsToolTest, RefusesATestThatIsNotThere) {
  EXPECT_NE(Check("JetBackup\tJET_errX\tA.C\t-\n").find("no test A.C"), std::string::npos);
}

TEST_F(BackupErrorsToolTest, RefusesARowWithNeither) {
  EXPECT_NE(Check("JetBackup\tJET_errX\t-\t-\n").find("neither"), std::string::npos);
}

TEST_F(BackupErrorsToolTest, RefusesAPageThatIsOld) {
  EXPECT_EQ(Check("JetBackup\tJET_errX\tA.B\t-\n"), "");
  std::ofstream(scratch_.path() / "docs/errors-backup.md", std::ios::app) << "more\n";
  const auto check = RunCommand({"python3", kTool, "check", "--root", scratch_.path().string()});
  EXPECT_NE(check.errors.find("out of date"), std::string::npos);
}

TEST_F(BackupErrorsToolTest, FindsMissingRows) {
  EXPECT_EQ(Check("JetBackup\tJET_errX\tA.B\t-\n"), "");
  const std::string table = (scratch_.path() / "table.tsv").string();
  std::ofstream(table) << "JetBackup\tJET_errX\ttable\nJetTerm\tJET_errY\tsee JetTerm2\n";
  const auto missing =
      RunCommand({"python3", kTool, "missing", table, "--root", scratch_.path().string()});
  EXPECT_NE(missing.exit_status, 0);
  EXPECT_EQ(missing.errors, "JetTerm JET_errY: no row in tests/backup/error_rows.tsv\n");
}

}  // namespace
}  // namespace contrail::test
