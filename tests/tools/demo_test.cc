// A small demo for every page size, and what readers that nobody here wrote make of the databases
// that it leaves.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "engine/offline_reader.h"
#include "storage/tree.h"
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
  // At 4 KiB their table has three levels. (At 32 KiB it would take some 70 MB to have them.)
  static int Packages() { return GetParam() == 4096 ? 2000 : 500; }

  std::string Run() {
    const std::string source = folder_.path() / "packages.txt";
    std::ofstream(source) << test::MakePackageIndex(Packages());
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

void ExpectThreeLevels(const std::string& path) {
  auto reader = OfflineReader::Open(PosixFileSystem(), DiscardEvents(), path, false);
  ASSERT_TRUE(reader.ok());
  const auto tables = (*reader)->Tables();
  ASSERT_TRUE(tables.ok());
  for (const TableSchema& table : *tables) {
    if (table.name != "packages") continue;
    const auto size = Tree((*reader)->database(), table.root_page, table.object_id, true).Measure();
    ASSERT_TRUE(size.ok());
    EXPECT_GE(size->depth, 3u);
    return;
  }
  FAIL() << "no packages";
}

void ExpectCheckersFindNothing(const std::string& database) {
  const test::CommandResult ours = test::RunCommand({test::ToolPath(), "check", database});
  EXPECT_EQ(ours.exit_status, 0) << ours.output;
  if (test::SharedFolder().empty()) return;
  const test::CommandResult theirs = test::RunEdbCheck({"check", database});
  EXPECT_EQ(theirs.exit_status, 0) << theirs.output;
  if (!theirs.errors.empty()) std::cout << theirs.errors;
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
  if (result.exit_status == 127) {
    std::cout << "esedbexport is not installed: not compared with it\n";
    return;
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
  if (result.errors.find("No module named") != std::string::npos) {
    std::cout << "Impacket is not installed: not compared with it\n";
    return;
  }
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
  EXPECT_GE(rows.size(), static_cast<size_t>(Packages()));
  if (GetParam() == 4096) ExpectThreeLevels(database);
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

TEST(DemoSourceTest, WhatIsNoPackageIndexCannotRun) {
  const test::ScratchFolder folder;
  const std::string empty = folder.path() / "empty";
  const std::string garbage = folder.path() / "garbage";
  std::ofstream{empty};
  std::ofstream(garbage) << std::string(1000, '\x01');
  for (const std::string& source :
       {folder.path().string(), empty, garbage, std::string(folder.path() / "missing")}) {
    const test::CommandResult result =
        test::RunCommand({test::ToolPath(), "demo", "--source", source, "--json"});
    EXPECT_EQ(result.exit_status, 2) << source;
    EXPECT_NE(result.errors.find(source), std::string::npos) << result.errors;
    const auto report = nlohmann::json::parse(result.output);
    EXPECT_EQ(report["all_proved"], false);
    EXPECT_NE(report["error"].get<std::string>().find(source), std::string::npos);
  }
}

}  // namespace
}  // namespace contrail
