// A database that was cut off: the verbs show what is left, and never end as if that were all.

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/support/command.h"
#include "tests/support/file_damage.h"
#include "tests/support/jet_fixture.h"
#include "tests/tools/tool_path.h"

namespace contrail::test {
namespace {

constexpr uint32_t kRows = 800;

class CutOffTest : public ::testing::Test {
 protected:
  void SetUp() override {
    JetDatabase database(folder_);
    database.CreateRows("rows");
    const JET_TABLEID table = database.Open("rows");
    const JET_COLUMNID id = database.Column(table, "id");
    const JET_COLUMNID data = database.Column(table, "data");
    const std::string value(800, 'd');
    ASSERT_JET_OK(JetBeginTransaction(database.session()));
    for (uint32_t i = 0; i < kRows; ++i) {
      ASSERT_JET_OK(JetPrepareUpdate(database.session(), table, JET_prepInsert));
      ASSERT_JET_OK(JetSetColumn(database.session(), table, id, &i, sizeof i, 0, nullptr));
      ASSERT_JET_OK(JetSetColumn(database.session(), table, data, value.data(),
                                 static_cast<uint32_t>(value.size()), 0, nullptr));
      ASSERT_JET_OK(JetUpdate(database.session(), table, nullptr, 0, nullptr));
    }
    ASSERT_JET_OK(JetCommitTransaction(database.session(), 0));
    ASSERT_JET_OK(JetCloseTable(database.session(), table));
    ASSERT_JET_OK(database.engine().Term());
  }
  CommandResult Tool(std::vector<std::string> words) {
    words.insert(words.begin(), ToolPath());
    return RunCommand(words);
  }

  JetFolder folder_;
  JetFolder outside_;
  std::string path_ = folder_ / "test.edb";
};

TEST_F(CutOffTest, NoVerbEndsAsIfAllWereThere) {
  const std::string whole = ReadBytes(path_);
  // In the middle of the rows; behind the last page in use; behind the catalog; not at a page.
  for (const size_t size :
       {whole.size() / 2, whole.size() - 4096, size_t{64 * 4096}, size_t{1000'001}}) {
    SCOPED_TRACE(size);
    WriteBytes(path_, whole);
    CutOff(path_, size);
    const auto before = ContentOf(folder_.path());
    for (const std::vector<std::string>& words : {std::vector<std::string>{"tables", path_},
                                                  {"tables", path_, "--json"},
                                                  {"export", path_, "rows"},
                                                  {"export", path_, "MSysObjects"},
                                                  {"space", path_},
                                                  {"check", path_}}) {
      const CommandResult result = Tool(words);
      EXPECT_EQ(result.exit_status, 1) << words[0] << "\n" << result.errors;
      EXPECT_FALSE(result.output.empty()) << words[0];
    }
    EXPECT_EQ(Differences(before, ContentOf(folder_.path())), "");
    const CommandResult all =
        Tool({"export", path_, "--all", "--to", outside_ / "exported", "--json"});
    EXPECT_EQ(all.exit_status, 1) << all.errors;
    EXPECT_NE(all.errors.find("not whole"), std::string::npos) << all.errors;
  }
}

TEST_F(CutOffTest, RowsThatAreLeftAreShown) {
  CutOff(path_, ReadBytes(path_).size() / 2);
  const CommandResult rows = Tool({"export", path_, "rows"});
  const auto count = std::count(rows.output.begin(), rows.output.end(), '\n');
  EXPECT_GT(count, 100);
  EXPECT_LT(count, kRows);
  const auto tables = nlohmann::json::parse(Tool({"tables", path_, "--json"}).output);
  ASSERT_EQ(tables.size(), 1u);
  EXPECT_TRUE(tables[0]["rows"].is_null());
  EXPECT_EQ(tables[0]["columns"].size(), 3u);
}

// Only what was never used is missing behind this.
TEST_F(CutOffTest, AFileThatIsLongerThanItMustBeIsWhole) {
  WriteBytes(path_, ReadBytes(path_) + std::string(8192, 0));
  EXPECT_EQ(Tool({"tables", path_}).exit_status, 0);
  EXPECT_EQ(Tool({"export", path_, "rows"}).exit_status, 0);
}

}  // namespace
}  // namespace contrail::test
