// `contrail export` of long values that are too large to be held whole: the same text as for small
// ones, in bounded memory, and no belief in a size before its bytes have been seen.

#include <absl/strings/escaping.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <nlohmann/json.hpp>

#include "storage/bytes.h"
#include "tests/support/command.h"
#include "tests/support/jet_fixture.h"
#include "tests/support/victim_database.h"
#include "tests/tools/tool_path.h"
#include "tools/large_value.h"

namespace contrail::test {
namespace {

constexpr size_t kUnits = (3 << 20) / 2 + 7;  // Of UTF-16, some pieces of it.
constexpr size_t kBytes = (2 << 20) + 4321;

class LargeValueTest : public ::testing::Test {
 protected:
  void SetUp() override {
    JetDatabase database(folder_);
    session_ = database.session();
    ASSERT_JET_OK(JetBeginTransaction(session_));
    ASSERT_JET_OK(JetCreateTableA(session_, database.id(), "rows", 1, 100, &table_));
    const JET_COLUMNID id = AddColumn("id", JET_coltypLong, 0);
    const JET_COLUMNID binary = AddColumn("binary", JET_coltypLongBinary, 0);
    const JET_COLUMNID latin = AddColumn("latin", JET_coltypLongText, 1252);
    const JET_COLUMNID unicode = AddColumn("unicode", JET_coltypLongText, 1200);
    MakeValues();
    for (int32_t row = 1; row <= 2; ++row) {
      ASSERT_JET_OK(JetPrepareUpdate(session_, table_, JET_prepInsert));
      ASSERT_JET_OK(JetSetColumn(session_, table_, id, &row, sizeof row, 0, nullptr));
      Set(binary, binary_.data(), binary_.size());
      Set(latin, latin_.data(), latin_.size());
      Set(unicode, unicode_.data(), 2 * unicode_.size());
      ASSERT_JET_OK(JetUpdate(session_, table_, nullptr, 0, nullptr));
      // The second row's text has half of a pair, far from its begin.
      unicode_[kUnits - 100] = 0xdc00;
    }
    ASSERT_JET_OK(JetCloseTable(session_, table_));
    ASSERT_JET_OK(JetCommitTransaction(session_, 0));
    ASSERT_JET_OK(database.engine().Term());
  }

  // Surrogate pairs at every place of a piece's end, quotes, and what JSON escapes.
  void MakeValues() {
    binary_.resize(kBytes);
    for (size_t i = 0; i < kBytes; ++i) binary_[i] = static_cast<char>(i * 7 + i / 251);
    latin_.resize(kBytes);
    for (size_t i = 0; i < kBytes; ++i) latin_[i] = "abc\"\\,\n;\xe9"[i * 5 % 9];
    unicode_.resize(kUnits);
    for (size_t i = 0; i + 1 < kUnits; i += 2) {
      const bool pair = i % 10 != 0;
      unicode_[i] = static_cast<char16_t>(pair ? 0xd83d : 'x');
      unicode_[i + 1] = static_cast<char16_t>(pair ? 0xde00 + i % 64 : '"');
    }
    unicode_[kUnits - 1] = 'z';
    unicode_.insert(unicode_.begin(), 'a');  // Pairs begin at odd units.
  }
  JET_COLUMNID AddColumn(const char* name, JET_COLTYP type, uint16_t code_page) {
    JET_COLUMNDEF definition = {};
    definition.cbStruct = sizeof definition;
    definition.coltyp = type;
    definition.cp = code_page;
    JET_COLUMNID id = 0;
    EXPECT_JET_OK(JetAddColumnA(session_, table_, name, &definition, nullptr, 0, &id));
    return id;
  }
  void Set(JET_COLUMNID column, const void* value, size_t size) {
    ASSERT_JET_OK(
        JetSetColumn(session_, table_, column, value, static_cast<uint32_t>(size), 0, nullptr));
  }
  std::string Latin() const {
    std::string text;
    for (const char letter : latin_) {
      text += letter == '\xe9' ? "\xc3\xa9" : std::string(1, letter);
    }
    return text;
  }
  static CommandResult Export(std::vector<std::string> words) {
    words.insert(words.begin(), {ToolPath(), "export"});
    return RunCommand(words);
  }

  JetFolder folder_;
  JET_SESID session_ = 0;
  JET_TABLEID table_ = 0;
  std::string binary_;
  std::string latin_;
  std::u16string unicode_;
};

TEST_F(LargeValueTest, JsonHoldsEveryByte) {
  const CommandResult result = Export({folder_ / "test.edb", "rows"});
  ASSERT_EQ(result.exit_status, 0) << result.errors;
  const size_t end = result.output.find('\n');
  const nlohmann::json row = nlohmann::json::parse(result.output.substr(0, end));
  EXPECT_TRUE(row["binary"] == absl::BytesToHexString(binary_));
  EXPECT_TRUE(row["latin"] == Latin());
  const std::string unicode = row["unicode"];
  EXPECT_EQ(unicode.substr(0, 11), "ax\"\xf0\x9f\x98\x82\xf0\x9f\x98\x84");
  EXPECT_EQ(unicode.back(), 'z');
}

TEST_F(LargeValueTest, CsvHoldsEveryByte) {
  const CommandResult result = Export({folder_ / "test.edb", "rows", "--format", "csv", "--columns",
                                       "latin,binary,id", "--limit", "1"});
  ASSERT_EQ(result.exit_status, 0) << result.errors;
  std::string expected = "latin,binary,id\n\"";
  for (const char letter : Latin()) expected += letter == '"' ? "\"\"" : std::string(1, letter);
  expected += "\",\"" + absl::BytesToHexString(binary_) + "\",1\n";
  EXPECT_TRUE(result.output == expected);
}

TEST_F(LargeValueTest, TextWithHalfOfAPairIsHexadecimalInCsv) {
  const CommandResult result =
      Export({folder_ / "test.edb", "rows", "--format", "csv", "--columns", "unicode"});
  ASSERT_EQ(result.exit_status, 0) << result.errors;
  const size_t first = result.output.find('\n') + 1;
  const size_t second = result.output.find('\n', first) + 1;
  EXPECT_EQ(result.output.substr(first, 10), "\"ax\"\"\xf0\x9f\x98\x82\xf0");
  const std::string last = result.output.substr(second);
  EXPECT_EQ(last.substr(0, 9), "\"61007800");
  EXPECT_EQ(last.size(), 2 * 2 * unicode_.size() + 3);
}

TEST_F(LargeValueTest, ASizeThatLiesIsDamageAndNoMemory) {
  VictimDatabase victim(folder_ / "test.edb");
  const PageNumber leaf = victim.FirstLeaf(victim.table("rows").long_value_root_page);
  victim.Change(leaf, [&](MutableBytes page) {
    StoreLittle(victim.NodeData(page, 0).data() + 4, uint32_t{0x7fffffff});
  });
  const CommandResult result = Export({folder_ / "test.edb", "rows", "--columns", "id,binary"});
  EXPECT_EQ(result.exit_status, 1);
  EXPECT_EQ(result.output.substr(0, 11), "{\"binary\":\"");
  EXPECT_EQ(std::count(result.output.begin(), result.output.end(), '\n'), 1);
  rusage usage = {};
  ASSERT_EQ(getrusage(RUSAGE_CHILDREN, &usage), 0);
  EXPECT_LT(usage.ru_maxrss, 512 << 10) << "kibibytes of the largest child so far";
}

}  // namespace
}  // namespace contrail::test
