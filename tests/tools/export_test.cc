// Every table of every database that Windows wrote, exported by the tool and by the independent
// checker: the same bytes.

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/support/shared_data.h"
#include "tests/tools/tool_path.h"

namespace contrail {
namespace {

std::string Contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

class ExportSampleTest : public ::testing::TestWithParam<std::string> {};

TEST_P(ExportSampleTest, EqualsTheCheckersRowsAndLeavesTheFileAlone) {
  CONTRAIL_REQUIRE_SHARED_DATA();
  const test::ScratchFolder folder;
  const std::filesystem::path database = test::UnpackSample(GetParam(), folder.path());
  ASSERT_FALSE(database.empty());
  const std::string before = Contents(database);

  const test::CommandResult list =
      test::RunCommand({test::ToolPath(), "tables", database, "--system", "--json"});
  ASSERT_EQ(list.exit_status, 0) << list.errors;
  const auto tables = nlohmann::json::parse(list.output);
  ASSERT_GE(tables.size(), 5u);
  for (const auto& table : tables) {
    const std::string name = table["name"];
    const test::CommandResult ours = test::RunCommand({test::ToolPath(), "export", database, name});
    const test::CommandResult theirs = test::RunEdbCheck({"rows", database, name});
    ASSERT_EQ(theirs.exit_status, 0) << theirs.errors;
    EXPECT_EQ(ours.exit_status, 0) << ours.errors;
    EXPECT_TRUE(ours.output == theirs.output)
        << name << ": " << ours.output.size() << " bytes against " << theirs.output.size();
  }
  EXPECT_TRUE(Contents(database) == before);
}

std::vector<std::string> Samples() {
  std::vector<std::string> names = test::SampleNames();
  if (names.empty()) names.push_back("none");  // One test that says that it was skipped.
  return names;
}

INSTANTIATE_TEST_SUITE_P(Windows, ExportSampleTest, ::testing::ValuesIn(Samples()),
                         [](const auto& info) {
                           return info.param.substr(0, info.param.find('.'));
                         });

}  // namespace
}  // namespace contrail
