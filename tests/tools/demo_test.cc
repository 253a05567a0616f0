// A small demo for every page size, and what readers that nobody here wrote make of the databases
// that it leaves.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/support/package_index.h"
#include "tests/support/shared_data.h"
#include "tests/tools/tool_path.h"

namespace contrail {
namespace {

constexpr const char* kImpacketProgram = R"(
import sys
from impacket.ese import ESENT_DB
database = ESENT_DB(sys.argv[1])
database.mountDB()
table = database.openTable("packages")
while True:
    row = database.getNextRow(table)
    if row is None:
        break
    print(row[b"id"], row[b"name"], row[b"size"], row[b"visits"])
)";

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

class DemoTest : public ::testing::TestWithParam<uint32_t> {
 protected:
  std::string Run() {
    const std::string source = folder_.path() / "packages.txt";
    std::ofstream(source) << test::MakePackageIndex(500);
    const std::string target = folder_.path() / "demo";
    const test::CommandResult demo =
        test::RunCommand({test::ToolPath(), "demo", "--dir", target, "--source", source,
                          "--seconds", "2", "--page-size", std::to_string(GetParam()), "--json"});
    EXPECT_EQ(demo.exit_status, 0) << demo.errors << demo.output;
    const auto document = nlohmann::json::parse(demo.output, nullptr, false);
    EXPECT_TRUE(document.is_object() && document["all_proved"] == true);
    return target;
  }

  // One line for each row of the packages, as the tool exports them.
  std::vector<std::string> Exported(const std::string& database) {
    const test::CommandResult rows =
        test::RunCommand({test::ToolPath(), "export", database, "packages"});
    EXPECT_EQ(rows.exit_status, 0) << rows.errors;
    return Lines(rows.output);
  }

  test::ScratchFolder folder_;
};

void ExpectCheckersFindNothing(const std::string& database) {
  const test::CommandResult ours = test::RunCommand({test::ToolPath(), "check", database});
  EXPECT_EQ(ours.exit_status, 0) << ours.output;
  if (test::SharedFolder().empty()) return;
  const test::CommandResult theirs = test::RunEdbCheck({"check", database});
  EXPECT_EQ(theirs.exit_status, 0) << theirs.output;
}

void ExpectEdbcheckSeesTheSameRows(const std::string& database,
                                   const std::vector<std::string>& rows) {
  if (test::SharedFolder().empty()) return;
  const test::CommandResult theirs = test::RunEdbCheck({"rows", database, "packages"});
  EXPECT_EQ(theirs.exit_status, 0) << theirs.errors;
  EXPECT_TRUE(Lines(theirs.output) == rows);
}

void ExpectEsedbexportListsThem(const std::string& database, const std::string& target,
                                const std::vector<std::string>& rows) {
  const test::CommandResult result =
      test::RunCommand({"esedbexport", "-t", target, "-T", "packages", database});
  if (result.exit_status == 127) return;  // Not installed.
  if ((result.output + result.errors).find("unsupported next page number") != std::string::npos) {
    // docs/format/tree.md, "An open question".
    GTEST_SKIP() << "esedbexport refuses sibling links between internal pages of a tree of three "
                    "levels, which the format's description and edbcheck.py ask for";
  }
  ASSERT_EQ(result.exit_status, 0) << result.output << result.errors;
  size_t lines = 0;
  for (const auto& entry : std::filesystem::directory_iterator(target + ".export")) {
    std::ifstream file(entry.path());
    for (std::string line; std::getline(file, line);) ++lines;
  }
  EXPECT_EQ(lines, rows.size() + 1);  // With a heading.
}

void ExpectImpacketReadsThem(const std::string& database, const std::vector<std::string>& rows) {
  const test::CommandResult result =
      test::RunCommand({"/usr/bin/python3", "-c", kImpacketProgram, database});
  if (result.errors.find("No module named") != std::string::npos) return;
  ASSERT_EQ(result.exit_status, 0) << result.errors;
  std::vector<std::string> expected;
  for (const std::string& line : rows) {
    const auto row = nlohmann::json::parse(line);
    // It does not look at the null bitmap of fixed columns, and sees the zeros that lie there.
    const std::string size = row.contains("size") ? row["size"].dump() : "0";
    expected.push_back(row["id"].dump() + " " + row["name"].get<std::string>() + " " + size + " " +
                       row["visits"].dump());
  }
  EXPECT_EQ(Lines(result.output), expected);
}

TEST_P(DemoTest, ProvesEverythingAndLeavesWhatOthersCanRead) {
  const std::string target = Run();
  for (const char* copy : {"/live/packages.edb", "/restored-from-set/packages.edb"}) {
    ExpectCheckersFindNothing(target + copy);
  }
  const std::string database = target + "/live/packages.edb";
  const std::vector<std::string> rows = Exported(database);
  EXPECT_GE(rows.size(), 500u);
  ExpectEdbcheckSeesTheSameRows(database, rows);
  ExpectEsedbexportListsThem(database, folder_.path() / "exported", rows);
  if (GetParam() <= 8192) ExpectImpacketReadsThem(database, rows);  // It reads no larger pages.
}

INSTANTIATE_TEST_SUITE_P(PageSizes, DemoTest, ::testing::Values(4096, 8192, 16384, 32768));

TEST(DemoFolderTest, AFolderWithSomethingInItIsLeftAlone) {
  const test::ScratchFolder folder;
  std::ofstream(folder.path() / "mine.txt") << "mine";
  const test::CommandResult demo =
      test::RunCommand({test::ToolPath(), "demo", "--dir", folder.path()});
  EXPECT_EQ(demo.exit_status, 2);
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "mine.txt"));
}

}  // namespace
}  // namespace contrail
