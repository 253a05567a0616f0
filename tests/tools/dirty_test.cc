// A database of Windows that was not shut down cleanly: refused where that matters, readable where
// somebody insists.

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/support/shared_data.h"
#include "tests/support/victim_database.h"
#include "tests/tools/tool_path.h"
#include "tools/jet_engine.h"

namespace contrail {
namespace {

class DirtyTest : public ::testing::Test {
 protected:
  void SetUp() override {
    CONTRAIL_REQUIRE_SHARED_DATA();
    path_ = test::UnpackSample("basic.edb", folder_.path());
    test::VictimDatabase(path_).ChangeHeader([](DatabaseHeader* header) {
      header->state = DatabaseState::kDirty;
      header->detach_position = Lgpos();
      header->detach_time = LogTime();
      header->generation_min_required = 5;
      header->generation_max_required = 7;
      header->generation_max_committed = 7;
    });
  }

  test::CommandResult Tool(std::vector<std::string> words) {
    words.insert(words.begin(), test::ToolPath());
    words.push_back(path_);
    if (words[1] == "export") words.push_back("basic");
    if (words[1] == "page") words.push_back("31");
    return test::RunCommand(words);
  }

  test::ScratchFolder folder_;
  std::string path_;
};

TEST_F(DirtyTest, VerbsThatNeedConsistencyRefuse) {
  for (const char* verb : {"tables", "export", "space"}) {
    const test::CommandResult refused = Tool({verb});
    EXPECT_EQ(refused.exit_status, 2) << verb;
    EXPECT_TRUE(refused.output.empty()) << verb;
    EXPECT_NE(refused.errors.find("JET_errDatabaseDirtyShutdown"), std::string::npos) << verb;
    EXPECT_NE(refused.errors.find("--allow-dirty"), std::string::npos) << verb;
    const test::CommandResult allowed = Tool({verb, "--allow-dirty"});
    EXPECT_EQ(allowed.exit_status, 0) << verb << allowed.errors;
    EXPECT_NE(allowed.errors.find("warning: "), std::string::npos) << verb;
  }
}

TEST_F(DirtyTest, OthersShowItWithAWarning) {
  for (const char* verb : {"header", "page"}) {
    const test::CommandResult shown = Tool({verb});
    EXPECT_EQ(shown.exit_status, 0) << verb << shown.errors;
    EXPECT_NE(shown.errors.find("not shut down cleanly"), std::string::npos) << verb;
    EXPECT_TRUE(Tool({verb, "--allow-dirty"}).errors.empty()) << verb;
  }
  const test::CommandResult header = Tool({"header"});
  EXPECT_NE(header.output.find("Dirty Shutdown"), std::string::npos);
}

TEST_F(DirtyTest, CheckTellsTheStateAndLooksAtAllOfItWhenAsked) {
  const test::CommandResult checked = Tool({"check", "--json"});
  EXPECT_EQ(checked.exit_status, 1);
  const auto document = nlohmann::json::parse(checked.output);
  ASSERT_EQ(document["findings"].size(), 1u) << checked.output;
  EXPECT_EQ(document["findings"][0]["what"], "state");
  const test::CommandResult allowed = Tool({"check", "--allow-dirty"});
  EXPECT_EQ(allowed.exit_status, 0) << allowed.output;
  EXPECT_EQ(test::RunEdbCheck({"check", path_, "--allow-dirty"}).exit_status, 0);
}

// It is whole once the program has closed it: there is nothing to be recovered.
TEST(DirtyInUseTest, ADatabaseThatIsInUseIsSaidToBe) {
  const test::ScratchFolder folder;
  tool::JetSettings settings;
  settings.folder = folder.path();
  auto engine = tool::JetEngine::Start(settings);
  ASSERT_TRUE(engine.ok());
  const std::string path = folder.path() / "live.edb";
  auto session = tool::JetSession::Open(**engine, path, /*create=*/true);
  ASSERT_TRUE(session.ok());
  for (const char* verb : {"tables", "check", "space", "header"}) {
    const test::CommandResult told = test::RunCommand({test::ToolPath(), verb, path});
    const std::string text = told.output + told.errors;
    EXPECT_NE(text.find("unning program"), std::string::npos) << verb << ": " << text;
    EXPECT_EQ(text.find("contrail recover"), std::string::npos) << verb << ": " << text;
  }
}

TEST(DirtyInUseTest, ALoopOfLinksIsToldAlikeByAllVerbs) {
  const test::ScratchFolder folder;
  const std::string path = folder.path() / "loop.edb";
  std::filesystem::create_symlink("loop.edb", path);
  for (const char* verb : {"tables", "check", "space", "header"}) {
    const test::CommandResult told = test::RunCommand({test::ToolPath(), verb, path});
    EXPECT_EQ(told.exit_status, 2) << verb;
    EXPECT_NE(told.errors.find("JET_errDatabaseInvalidPath"), std::string::npos)
        << verb << ": " << told.errors;
  }
}

TEST_F(DirtyTest, AttachRefusesItAndLeavesItAlone) {
  const auto contents = [this] {
    std::ifstream file(path_, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  const std::string before = contents();
  tool::JetSettings settings;
  settings.folder = folder_.path() / "logs";
  std::filesystem::create_directories(settings.folder);
  auto engine = tool::JetEngine::Start(settings);
  ASSERT_TRUE(engine.ok());
  EXPECT_TRUE(tool::JetSession::Open(**engine, path_).status().Is(Error::kDatabaseDirtyShutdown));
  ASSERT_TRUE((*engine)->Stop().ok());
  EXPECT_TRUE(contents() == before);
}

}  // namespace
}  // namespace contrail
