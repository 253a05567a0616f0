// Names out of files that would speak to the terminal: no verb lets a control byte through.

#include <gtest/gtest.h>

#include <set>

#include "storage/page_view.h"
#include "tests/support/command.h"
#include "tests/support/file_damage.h"
#include "tests/support/jet_fixture.h"
#include "tests/support/victim_database.h"
#include "tests/tools/tool_path.h"

namespace contrail::test {
namespace {

constexpr char kName[] = "meant_well";
constexpr char kOdd[] =
    "\x1b"
    "eant_well";
constexpr char kShown[] = "\\x1beant_well";

// What the tool prints in words; nothing in it may be a control byte.
std::string Shown(std::vector<std::string> words) {
  words.insert(words.begin(), ToolPath());
  const CommandResult result = RunCommand(words);
  EXPECT_EQ(result.output.find('\x1b'), std::string::npos) << words[1] << "\n" << result.output;
  EXPECT_EQ(result.errors.find('\x1b'), std::string::npos) << words[1] << "\n" << result.errors;
  return result.output;
}

TEST(TerminalTextTest, NamesOfTables) {
  const JetFolder folder;
  const std::string path = folder / "test.edb";
  {
    JetDatabase database(folder);
    database.CreateRows(kName);
    ASSERT_JET_OK(database.engine().Term());
  }
  VictimDatabase victim(path);
  const std::string rows = std::to_string(victim.table(kName).root_page);
  std::set<PageNumber> pages;
  const std::string bytes = ReadBytes(path);
  for (size_t at = bytes.find(kName); at != bytes.npos; at = bytes.find(kName, at + 1)) {
    pages.insert(static_cast<PageNumber>(at / victim.page_size() - 1));
  }
  ASSERT_GE(pages.size(), 2u);  // The catalog, and its shadow.
  for (const PageNumber page : pages) {
    victim.Change(page, [](MutableBytes content) {
      const std::string_view text = AsText(content);
      for (size_t at = text.find(kName); at != text.npos; at = text.find(kName, at)) {
        std::memcpy(content.data() + at, kOdd, sizeof(kOdd) - 1);
      }
    });
  }
  EXPECT_NE(Shown({"tables", path}).find(kShown), std::string::npos);
  EXPECT_NE(Shown({"space", path}).find(kShown), std::string::npos);
  EXPECT_NE(Shown({"page", path, rows}).find(kShown), std::string::npos);
  Shown({"check", path});
  Shown({"export", path, "--all", "--to", folder / "exported"});
}

TEST(TerminalTextTest, PathsInLogs) {
  const JetFolder folder;
  {
    JetDatabase database(folder);
    JET_DBID id = JET_dbidNil;
    ASSERT_JET_OK(
        JetCreateDatabaseA(database.session(), (folder / kOdd + ".edb").c_str(), nullptr, &id, 0));
    ASSERT_JET_OK(database.engine().Term());
  }
  EXPECT_NE(Shown({"log", folder / "edb.log", "--records"}).find(kShown), std::string::npos);
  Shown({"header", folder / "edb.log"});
  Shown({"backup", "history", folder.path(), "--records"});
  Shown({"recover", folder.path(), "--dry-run"});
  Shown({"backup", folder.path(), "--to", folder / "set"});
  EXPECT_NE(Shown({"backup", "history", folder.path()}).find(kShown), std::string::npos);
  EXPECT_NE(Shown({"restore", folder / "set", "--to", folder / "to", "--dry-run"}).find(kShown),
            std::string::npos);
}

}  // namespace
}  // namespace contrail::test
