// The options of `contrail export` against what it prints without them.

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "storage/page_checksum.h"
#include "storage/page_view.h"
#include "tests/support/shared_data.h"
#include "tests/support/victim_database.h"
#include "tests/tools/tool_path.h"
#include "tools/table_export.h"

namespace contrail {
namespace {

using Json = nlohmann::json;

class ExportOptionsTest : public ::testing::Test {
 protected:
  void SetUp() override { CONTRAIL_REQUIRE_SHARED_DATA(); }

  std::string Sample(const std::string& name) {
    return test::UnpackSample(name, folder_.path()).string();
  }
  static test::CommandResult Export(std::vector<std::string> words) {
    words.insert(words.begin(), {test::ToolPath(), "export"});
    return test::RunCommand(words);
  }
  static std::vector<Json> Rows(const std::vector<std::string>& words) {
    const test::CommandResult result = Export(words);
    EXPECT_EQ(result.exit_status, 0) << result.errors;
    std::vector<Json> rows;
    std::istringstream lines(result.output);
    for (std::string line; std::getline(lines, line);) rows.push_back(Json::parse(line));
    return rows;
  }

  test::ScratchFolder folder_;
};

std::string Contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST_F(ExportOptionsTest, AllTablesAreThoseOfEachByItself) {
  const std::string database = Sample("multi.edb");
  const std::filesystem::path to = folder_.path() / "exported";
  for (const std::string format : {"jsonl", "csv"}) {
    const test::CommandResult all =
        Export({database, "--all", "--system", "--to", to, "--format", format, "--json"});
    ASSERT_EQ(all.exit_status, 0) << all.errors;
    const Json tables = Json::parse(all.output);
    ASSERT_GE(tables.size(), 5u);
    for (const Json& table : tables) {
      const std::string name = table["table"];
      EXPECT_EQ(table["file"].get<std::string>(), (to / (name + "." + format)).string());
      EXPECT_EQ(Contents(table["file"].get<std::string>()),
                Export({database, name, "--format", format}).output);
    }
  }
}

TEST_F(ExportOptionsTest, ContraryAndSenselessOptionsAreRefused) {
  const std::string database = Sample("basic.edb");
  const test::CommandResult two = Export({database, "basic", "--format", "csv", "--json"});
  EXPECT_EQ(two.exit_status, 2);
  EXPECT_TRUE(two.output.empty());
  EXPECT_NE(two.errors.find("--json and --format csv"), std::string::npos) << two.errors;
  EXPECT_EQ(Export({database, "basic", "--format", "jsonl", "--json"}).exit_status, 0);
  for (const char* limit : {"-1", "1.5", "x", ""}) {
    const test::CommandResult refused = Export({database, "basic", "--limit", limit});
    EXPECT_EQ(refused.exit_status, 2) << limit;
    EXPECT_LT(refused.errors.size(), 200u) << refused.errors;
  }
  const test::CommandResult nameless = Export({"", "basic"});
  EXPECT_EQ(nameless.exit_status, 2);
  EXPECT_NE(nameless.errors.find("name of a file or folder is empty"), std::string::npos)
      << nameless.errors;
}

// A reader that has seen enough is no error of the disk's; a full one is none of the database's.
TEST_F(ExportOptionsTest, OutputThatGoesNowhere) {
  const std::string database = Sample("multi.edb");
  const auto shell = [&](const std::string& command) {
    return test::RunCommand({"/bin/bash", "-c", command, "bash", test::ToolPath(), database});
  };
  // A pipe whose reader has gone before anything is written.
  const std::string fifo = folder_.path() / "pipe";
  for (const char* verb : {"export \"$2\" MSysObjects", "tables \"$2\" --system"}) {
    const test::CommandResult gone = shell("mkfifo " + fifo + "; exec 3<>" + fifo + " 4>" + fifo +
                                           " 3>&-; rm " + fifo + "; \"$1\" " + verb + " >&4");
    EXPECT_EQ(gone.exit_status, 128 + SIGPIPE) << verb;
    EXPECT_EQ(gone.errors, "") << verb;
  }
  const test::CommandResult full = shell("\"$1\" export \"$2\" MSysObjects > /dev/full");
  EXPECT_EQ(full.exit_status, 2);
  EXPECT_NE(full.errors.find("error: standard output: JET_errDiskFull"), std::string::npos)
      << full.errors;
}

TEST_F(ExportOptionsTest, ColumnsArePickedAndOrdered) {
  const std::string database = Sample("basic.edb");
  const std::vector<Json> whole = Rows({database, "basic"});
  const std::vector<Json> part = Rows({database, "basic", "--columns", "Long,Id"});
  ASSERT_EQ(part.size(), whole.size());
  for (size_t i = 0; i < whole.size(); ++i) {
    EXPECT_EQ(part[i], (Json{{"Id", whole[i]["Id"]}, {"Long", whole[i]["Long"]}}));
  }
  const test::CommandResult csv =
      Export({database, "basic", "--columns", "Long,id", "--format", "csv", "--limit", "1"});
  EXPECT_EQ(csv.output, "Long,Id\n-13371337,1\n");
  EXPECT_EQ(Export({database, "basic", "--columns", "Nowhere"}).exit_status, 2);
  EXPECT_EQ(Export({database, "basic", "--columns", "Id,ID"}).exit_status, 2);
}

// A value as a user writes it in a range.
std::string Written(const Json& value) {
  return value.is_string() ? '"' + value.get<std::string>() + '"' : value.dump();
}

TEST_F(ExportOptionsTest, EveryTypeFindsItsRowByAnIndex) {
  const std::string database = Sample("index.edb");
  const Json row = Rows({database, "index"}).at(0);
  const std::vector<std::string> indexes = {
      "IxBit",           "IxUnsignedByte", "IxShort",        "IxLong",     "IxIEEESingle",
      "IxIEEEDouble",    "IxDateTime",     "IxUnsignedLong", "IxLongLong", "IxGUID",
      "IxUnsignedShort", "IxBinary",       "IxASCII"};
  for (const std::string& index : indexes) {
    const Json& value = row.at(index.substr(2));
    const std::string text = Written(value);
    SCOPED_TRACE(index + " " + text);
    EXPECT_EQ(Rows({database, "index", "--where-range", index + "=" + text + ".." + text}),
              std::vector<Json>{row});
    EXPECT_EQ(Rows({database, "index", "--where-range", index + "=" + text + ".."}).size(), 1u);
    EXPECT_EQ(Rows({database, "index", "--where-range", index + "=.." + text}).size(), 1u);
    EXPECT_EQ(Rows({database, "index", "--where-range", index + "=null..null"}).size(), 0u);
    if (!value.is_number() || index == "IxUnsignedByte") continue;
    const std::string above = value.is_number_float() ? Json(value.get<double>() + 1).dump()
                                                      : Json(value.get<int64_t>() + 1).dump();
    EXPECT_EQ(Rows({database, "index", "--where-range", index + "=" + above + ".."}).size(), 0u);
  }
  // 36220 days after 1899-12-30.
  EXPECT_EQ(Rows({database, "index", "--where-range", "IxDateTime=1999-03-01..1999-03-01"}).size(),
            1u);
  EXPECT_EQ(Rows({database, "index", "--where-range", "IxDateTime=1999-03-01 00:00:01.."}).size(),
            0u);
}

TEST_F(ExportOptionsTest, RangesOverSeveralColumnsAreThoseOfAFilter) {
  const std::string database = Sample("index.edb");
  const std::vector<Json> whole = Rows({database, "MSysObjects"});
  const auto expect = [&](const std::string& range, const std::function<bool(const Json&)>& in) {
    std::vector<Json> expected;
    std::copy_if(whole.begin(), whole.end(), std::back_inserter(expected), in);
    std::vector<Json> found = Rows({database, "MSysObjects", "--where-range", range});
    // By a secondary index rows come in its order.
    std::sort(expected.begin(), expected.end());
    std::sort(found.begin(), found.end());
    EXPECT_FALSE(expected.empty());
    EXPECT_EQ(found, expected) << range;
  };
  expect("Id=2..2", [](const Json& row) { return row["ObjidTable"] == 2; });
  expect("Id=3..", [](const Json& row) { return row["ObjidTable"] >= 3; });
  expect("Id=2,2,5..2,2,9", [](const Json& row) {
    return row["ObjidTable"] == 2 && row["Type"] == 2 && row["Id"] >= 5 && row["Id"] <= 9;
  });
  expect("Name=2,2,F..2,2,\"Name\"", [](const Json& row) {
    const std::string name = row["Name"];
    return row["ObjidTable"] == 2 && row["Type"] == 2 && name >= "F" && name <= "Name";
  });
  for (const char* wrong : {"Id", "Nowhere=1..2", "Id=1", "Id=x..y", "Id=1,2,3,4..", "Id=\"1.."}) {
    EXPECT_EQ(Export({database, "MSysObjects", "--where-range", wrong}).exit_status, 2) << wrong;
  }
}

TEST_F(ExportOptionsTest, DamagedPagesAreToldOfAndPassedOver) {
  const std::string database = Sample("index.edb");
  const size_t whole = Rows({database, "MSysObjectsShadow"}).size();
  constexpr PageNumber kDamaged = 27;  // A leaf of the shadow catalog.
  std::fstream file(database, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(FileOffsetOf(kDamaged, 4096)) + 1000);
  file.write("damage", 6);
  file.close();
  const test::CommandResult part = Export({database, "MSysObjectsShadow"});
  EXPECT_EQ(part.exit_status, 1);
  const auto rows = static_cast<size_t>(std::count(part.output.begin(), part.output.end(), '\n'));
  EXPECT_GT(rows, 0u);
  EXPECT_LT(rows, whole);
  EXPECT_NE(part.errors.find("page 27"), std::string::npos) << part.errors;
}

TEST_F(ExportOptionsTest, TheShadowStandsInForADamagedCatalog) {
  const std::string database = Sample("index.edb");
  const std::vector<Json> rows = Rows({database, "index"});
  test::VictimDatabase(database).Change(
      4, [](MutableBytes root) { root[300] ^= std::byte{0x55}; }, /*seal=*/false);
  const test::CommandResult result = Export({database, "index"});
  EXPECT_EQ(result.exit_status, 0) << result.errors;
  EXPECT_EQ(Json::parse(result.output), rows.at(0));
  EXPECT_NE(result.errors.find("shadow"), std::string::npos);
}

TEST_F(ExportOptionsTest, TextInWindowsOrderFindsItsRow) {
  const std::string database = Sample("index.edb");
  for (const std::string index : {"IxUnicode", "IxLongUnicode"}) {
    SCOPED_TRACE(index);
    const Json row = Rows({database, "index"}).at(0);
    const std::string text = Written(row.at(index.substr(2)));
    EXPECT_EQ(Rows({database, "index", "--where-range", index + "=" + text + ".." + text}).size(),
              1u);
    EXPECT_EQ(Rows({database, "index", "--where-range", index + "=a.."}).size() +
                  Rows({database, "index", "--where-range", index + "=..a"}).size(),
              1u);
  }
  EXPECT_EQ(Export({database, "index", "--where-range", "IxUnicode=a..", "--sort-tables",
                    folder_.path() / "none.nls"})
                .exit_status,
            2);
}

TEST_F(ExportOptionsTest, LimitsAndRangesAreTakenAsTheyAreWritten) {
  const std::string database = Sample("basic.edb");
  EXPECT_EQ(Rows({database, "basic", "--limit", "0"}).size(), 0u);
  EXPECT_EQ(Rows({database, "basic", "--limit", "1"}).size(), 1u);
  EXPECT_NE(Export({database, "basic", "--limit", "-1"}).exit_status, 0);
  EXPECT_EQ(Export({database, "basic", "--to", folder_.path()}).exit_status, 2);
  EXPECT_EQ(Export({database, "basic", "--system"}).exit_status, 2);
  const test::CommandResult empty = Export({database, "basic", "--where-range", ""});
  EXPECT_EQ(empty.exit_status, 2);
  EXPECT_EQ(empty.output, "");
}

// Newer Windows raises the update of a file's format; what such a file holds can be read.
TEST_F(ExportOptionsTest, FilesOfNewerUpdatesAreRead) {
  const std::string database = Sample("basic.edb");
  const std::vector<Json> rows = Rows({database, "basic"});
  test::VictimDatabase(database).ChangeHeader([](DatabaseHeader* header) { header->update = 270; });
  EXPECT_EQ(Rows({database, "basic"}), rows);
  const test::CommandResult header = test::RunCommand({test::ToolPath(), "header", database});
  EXPECT_EQ(header.exit_status, 0) << header.errors;
  EXPECT_NE(header.output.find("270"), std::string::npos);
  EXPECT_EQ(test::RunCommand({test::ToolPath(), "check", database}).exit_status, 0);
  test::VictimDatabase(database).ChangeHeader([](DatabaseHeader* header) { header->update = 300; });
  EXPECT_EQ(Export({database, "basic"}).exit_status, 2);
}

TEST(FileNameTest, NamesThatPathsCannotHold) {
  EXPECT_EQ(tool::FileNameOf("Messages", tool::RowFormat::kCsv), "Messages.csv");
  EXPECT_EQ(tool::FileNameOf("a/b%c d", tool::RowFormat::kJsonLines), "a%2Fb%25c d.jsonl");
}

}  // namespace
}  // namespace contrail
