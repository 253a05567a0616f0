// `contrail restore --to-lgpos` and `--to-time`, and `contrail backup history`, as an operator uses
// them. The databases are written through the C++ layer.

#include <gtest/gtest.h>

#include <contrail/db.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/support/command.h"
#include "tests/support/scratch_folder.h"
#include "tests/tools/tool_path.h"

namespace {

using nlohmann::json;

class RestorePointVerbsTest : public ::testing::Test {
 protected:
  // Ten rows in the backup, ten behind it.
  void SetUp() override {
    AddRows(live_, 0, 10);
    ASSERT_EQ(Tool({"backup", live_, "--to", set_}).exit_status, 0);
    AddRows(live_, 10, 10);
  }

  static contrail::test::CommandResult Tool(std::vector<std::string> words) {
    words.insert(words.begin(), contrail::test::ToolPath());
    return contrail::test::RunCommand(words);
  }
  static json Json(std::vector<std::string> words) {
    words.push_back("--json");
    const auto result = Tool(words);
    EXPECT_EQ(result.exit_status, 0) << result.errors;
    return json::parse(result.output, nullptr, false);
  }

  static void AddRows(const std::string& folder, int64_t first, int count) {
    contrail::Instance instance(folder);
    contrail::Session session(instance);
    contrail::Database database(session, folder + "/rows.edb", true);
    if (first == 0) database.create_table("rows", {{"id"}}, "+id");
    contrail::Table table = database.open_table("rows");
    for (int64_t id = first; id < first + count; ++id) {
      contrail::Transaction transaction(session);
      table.insert().set("id", id).save();
      transaction.commit();
    }
  }
  // They are 0, 1, 2, ...
  static int64_t CountRows(const std::string& folder) {
    contrail::Instance instance(folder);
    contrail::Session session(instance);
    contrail::Database database(session, folder + "/rows.edb");
    contrail::Table table = database.open_table("rows");
    int64_t count = 0;
    for (bool more = table.first(); more; more = table.next()) {
      EXPECT_EQ(table.get<int64_t>("id"), count);
      ++count;
    }
    return count;
  }
  // Of the rows behind the backup.
  std::vector<std::string> CommitPositions() const {
    std::vector<std::string> positions;
    std::istringstream lines(Tool({"log", live_ + "/edb.log", "--records", "--json"}).output);
    for (std::string line; std::getline(lines, line);) {
      const json record = json::parse(line);
      if (record["type"] != "commit") continue;
      char text[64];
      std::snprintf(text, sizeof(text), "%X:%X:%X", record["generation"].get<unsigned>(),
                    record["block"].get<unsigned>(), record["offset"].get<unsigned>());
      positions.emplace_back(text);
    }
    EXPECT_GE(positions.size(), 10u);
    positions.erase(positions.begin(), positions.end() - 10);
    return positions;
  }

  contrail::test::ScratchFolder folder_;
  std::string live_ = folder_.path() / "live";
  std::string set_ = folder_.path() / "set";
};

TEST_F(RestorePointVerbsTest, BringsBackExactlyACommit) {
  const std::vector<std::string> commits = CommitPositions();
  for (const size_t commit : {0u, 4u, 9u}) {
    const std::string to = folder_.path() / ("to" + std::to_string(commit));
    const json result =
        Json({"restore", set_, "--to", to, "--logs", live_, "--to-lgpos", commits[commit]});
    EXPECT_EQ(result["last_commit"], commits[commit]);
    EXPECT_EQ(CountRows(to), static_cast<int64_t>(11 + commit));
    // And up to the time of that commit nothing less.
    const std::string by_time = to + "-by-time";
    const json again = Json({"restore", set_, "--to", by_time, "--logs", live_, "--to-time",
                             result["last_commit_time"].get<std::string>()});
    EXPECT_EQ(again["last_commit_time"], result["last_commit_time"]);
    EXPECT_GE(CountRows(by_time), static_cast<int64_t>(11 + commit));
  }
}

TEST_F(RestorePointVerbsTest, InPlaceTheOldLogsAreSetAside) {
  const std::vector<std::string> commits = CommitPositions();
  ASSERT_EQ(
      Tool({"restore", set_, "--to", live_, "--logs", live_, "--to-lgpos", commits[6]}).exit_status,
      0);
  EXPECT_EQ(CountRows(live_), 17);
  std::string aside;
  for (const auto& entry : std::filesystem::directory_iterator(live_)) {
    if (entry.path().filename().string().starts_with("timeline-")) aside = entry.path();
  }
  ASSERT_NE(aside, "");
  EXPECT_TRUE(std::filesystem::exists(aside + "/edb.log"));
  // To a later point, from what was set aside.
  const std::string later = folder_.path() / "later";
  EXPECT_EQ(
      Tool({"restore", set_, "--to", later, "--logs", aside, "--to-lgpos", commits[8]}).exit_status,
      0);
  EXPECT_EQ(CountRows(later), 19);
  // A backup of the new timeline has to begin anew.
  EXPECT_NE(Tool({"backup", live_, "--to", set_, "--incremental"}).exit_status, 0);
  EXPECT_EQ(Tool({"backup", live_, "--to", set_}).exit_status, 0);
  EXPECT_EQ(Tool({"backup", live_, "--to", set_, "--incremental"}).exit_status, 0);
  const std::string newest = folder_.path() / "newest";
  EXPECT_EQ(Tool({"restore", set_, "--to", newest}).exit_status, 0);
  EXPECT_EQ(CountRows(newest), 17);
  // The point lies in the chain before.
  const std::string before = folder_.path() / "before";
  EXPECT_EQ(Tool({"restore", set_, "--to", before, "--logs", aside, "--to-lgpos", commits[2]})
                .exit_status,
            0);
  EXPECT_EQ(CountRows(before), 13);
}

TEST_F(RestorePointVerbsTest, ImpossiblePointsAreRefusedAndNothingIsLeft) {
  const std::string to = folder_.path() / "to";
  for (const std::vector<std::string>& point : {std::vector<std::string>{"--to-lgpos", "1:1:0"},
                                                {"--to-lgpos", "7000:1:0"},
                                                {"--to-time", "1999-12-31 23:59:59"},
                                                {"--to-time", "2150-01-01 00:00:00"},
                                                {"--to-time", "yesterday"},
                                                {"--to-lgpos", "1:2"}}) {
    std::vector<std::string> words = {"restore", set_, "--to", to, "--logs", live_};
    words.insert(words.end(), point.begin(), point.end());
    const auto result = Tool(words);
    EXPECT_EQ(result.exit_status, 2) << point[1];
    EXPECT_NE(result.errors.find(point[1]), std::string::npos) << result.errors;
    EXPECT_FALSE(std::filesystem::exists(to + "/rows.edb"));
  }
  EXPECT_EQ(
      Tool({"restore", set_, "--to", to, "--to-lgpos", "1:2:3", "--to-time", "2026-01-01 00:00:00"})
          .exit_status,
      2);
}

TEST_F(RestorePointVerbsTest, HistoryTellsOfEveryBackup) {
  ASSERT_EQ(Tool({"backup", live_, "--to", set_, "--incremental"}).exit_status, 0);
  const json history = Json({"backup", "history", live_});
  ASSERT_EQ(history["databases"].size(), 1u);
  const json& stamps = history["databases"][0]["stamps"];
  EXPECT_TRUE(stamps["last_full_backup"].is_object());
  EXPECT_TRUE(stamps["last_incremental_backup"].is_object());
  EXPECT_TRUE(stamps["last_copy_backup"].is_null());
  EXPECT_TRUE(history["checkpoint"]["last_full_backup"].is_object());
  EXPECT_TRUE(history["checkpoint"]["last_incremental_backup"].is_object());
  ASSERT_FALSE(history["backups"].empty());
  const json& newest = history["backups"].back();
  EXPECT_EQ(newest["kind"], "incremental");
  EXPECT_EQ(newest["end"], "in force");
  ASSERT_EQ(newest["databases"].size(), 1u);
  EXPECT_EQ(newest["databases"][0], live_ + "/rows.edb");
  EXPECT_EQ(newest["generation_high"], stamps["last_incremental_backup"]["generation_high"]);
  EXPECT_FALSE(history["records"].empty());
  const auto text = Tool({"backup", "history", live_, "--records"});
  EXPECT_EQ(text.exit_status, 0);
  for (const char* word : {"last full backup", "incremental", "in force", "update", "stop"}) {
    EXPECT_NE(text.output.find(word), std::string::npos) << word << "\n" << text.output;
  }
  EXPECT_EQ(Tool({"backup", "history", folder_.path() / "nowhere"}).exit_status, 2);
}

}  // namespace
