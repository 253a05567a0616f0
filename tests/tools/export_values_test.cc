// What `contrail export` makes of null, empty text, several values, and rows with several entries
// in an index.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/support/command.h"
#include "tests/support/jet_fixture.h"
#include "tests/tools/tool_path.h"

namespace contrail::test {
namespace {

class ExportValuesTest : public ::testing::Test {
 protected:
  // A table with a long "id", a text "name", and "tags" of several values.
  void SetUp() override {
    JetDatabase database(folder_);
    session_ = database.session();
    ASSERT_JET_OK(JetBeginTransaction(session_));
    ASSERT_JET_OK(JetCreateTableA(session_, database.id(), "rows", 1, 100, &table_));
    id_ = AddColumn("id", JET_coltypLong, JET_bitColumnFixed);
    name_ = AddColumn("name", JET_coltypText, 0);
    tags_ = AddColumn("tags", JET_coltypLongText, JET_bitColumnTagged | JET_bitColumnMultiValued);
    AddRow(1, "plain", {"one"});
    AddRow(2, nullptr, {});
    AddRow(3, "", {""});
    AddRow(4, "a,b", {"one", "two"});
    AddRow(5, "say \"x\"", {"", ""});
    AddRow(6, "two\nlines", {"x;y", "z,"});
    ASSERT_JET_OK(JetCreateIndexA(session_, table_, "by_tag", 0, "+tags\0", 7, 100));
    ASSERT_JET_OK(
        JetCreateIndexA(session_, table_, "parts", JET_bitIndexTuples, "+name\0", 7, 100));
    ASSERT_JET_OK(JetCloseTable(session_, table_));
    ASSERT_JET_OK(JetCommitTransaction(session_, 0));
    ASSERT_JET_OK(database.engine().Term());
  }

  JET_COLUMNID AddColumn(const char* name, JET_COLTYP type, JET_GRBIT flags) {
    JET_COLUMNDEF definition = {};
    definition.cbStruct = sizeof definition;
    definition.coltyp = type;
    definition.cp = 1252;
    definition.grbit = flags;
    JET_COLUMNID id = 0;
    EXPECT_JET_OK(JetAddColumnA(session_, table_, name, &definition, nullptr, 0, &id));
    return id;
  }
  void Set(JET_COLUMNID column, const char* text, uint32_t itag) {
    JET_SETINFO info = {};
    info.cbStruct = sizeof info;
    info.itagSequence = itag;
    EXPECT_JET_OK(JetSetColumn(session_, table_, column, text, static_cast<uint32_t>(strlen(text)),
                               *text == 0 ? JET_bitSetZeroLength : 0, &info));
  }
  void AddRow(int32_t id, const char* name, const std::vector<const char*>& tags) {
    ASSERT_JET_OK(JetPrepareUpdate(session_, table_, JET_prepInsert));
    ASSERT_JET_OK(JetSetColumn(session_, table_, id_, &id, sizeof id, 0, nullptr));
    if (name != nullptr) Set(name_, name, 1);
    for (const char* tag : tags) Set(tags_, tag, 0);
    ASSERT_JET_OK(JetUpdate(session_, table_, nullptr, 0, nullptr));
  }
  std::string Export(const std::string& columns) {
    const CommandResult result = RunCommand({ToolPath(), "export", folder_ / "test.edb", "rows",
                                             "--format", "csv", "--columns", columns});
    EXPECT_EQ(result.exit_status, 0) << result.errors;
    return result.output;
  }

  JetFolder folder_;
  JET_SESID session_ = JET_sesidNil;
  JET_TABLEID table_ = JET_tableidNil;
  JET_COLUMNID id_ = 0, name_ = 0, tags_ = 0;
};

// The ids of the rows in a range, in its order.
std::vector<int> IdsOf(const std::string& output) {
  std::vector<int> ids;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    ids.push_back(nlohmann::json::parse(line)["id"].get<int>());
  }
  return ids;
}

TEST_F(ExportValuesTest, ARowWithSeveralEntriesInARangeComesOnce) {
  const auto ids = [&](const std::string& range) {
    const CommandResult result =
        RunCommand({ToolPath(), "export", folder_ / "test.edb", "rows", "--where-range", range});
    EXPECT_EQ(result.exit_status, 0) << result.errors;
    return IdsOf(result.output);
  };
  using Ids = std::vector<int>;
  EXPECT_EQ(ids("by_tag=.."), (Ids{2, 3, 5, 1, 4, 6}));
  EXPECT_EQ(ids("by_tag=\"o\".."), (Ids{1, 4, 6}));
  // Its first entry lies before the range.
  EXPECT_EQ(ids("by_tag=\"p\".."), (Ids{4, 6}));
  EXPECT_EQ(ids("by_tag=\"two\"..\"two\""), (Ids{4}));
  EXPECT_EQ(ids("parts=\"lai\".."), (Ids{1, 6, 5}));  // Of "plain", "lines", "say".
  EXPECT_EQ(ids("parts=.."), (Ids{6, 5, 4, 1}));
}

TEST_F(ExportValuesTest, TellsNullFromEmpty) {
  EXPECT_EQ(Export("id,name"),
            "id,name\n"
            "1,plain\n"
            "2,\n"
            "3,\"\"\n"
            "4,\"a,b\"\n"
            "5,\"say \"\"x\"\"\"\n"
            "6,\"two\nlines\"\n");
}

TEST_F(ExportValuesTest, JoinsTheValuesOfAColumn) {
  EXPECT_EQ(Export("tags,id"),
            "tags,id\n"
            "one,1\n"
            ",2\n"
            "\"\",3\n"
            "one;two,4\n"
            ";,5\n"
            "\"x;y;z,\",6\n");
}

}  // namespace
}  // namespace contrail::test
