// Sets and streams from the command line: kinds, a stream through a pipe, verify with a replay,
// expire, and dry runs that change nothing.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/support/archive_writer.h"
#include "tests/support/command.h"
#include "tests/support/file_damage.h"
#include "tests/support/package_index.h"
#include "tests/support/scratch_folder.h"
#include "tests/tools/tool_path.h"
#include "tools/demo/demo_tables.h"

namespace contrail::tool {
namespace {

using nlohmann::json;

class SetVerbsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    JetSettings settings;
    settings.folder = live_;
    auto engine = JetEngine::Start(settings);
    ASSERT_TRUE(engine.ok());
    auto session = JetSession::Open(**engine, live_ + "/" + kDemoDatabase, true);
    ASSERT_TRUE(session.ok());
    ASSERT_TRUE(CreateDemoTables(**session).ok());
    ASSERT_TRUE(LoadPackages(**session, test::MakePackageIndex(100), [](uint64_t) {}).ok());
    session->reset();
    ASSERT_TRUE((*engine)->Stop().ok());
  }

  static test::CommandResult Tool(std::vector<std::string> words) {
    words.insert(words.begin(), test::ToolPath());
    return test::RunCommand(words);
  }
  // $T is the tool, $L the database's folder, $D the scratch folder.
  test::CommandResult Shell(const std::string& line) {
    return test::RunCommand({"/bin/bash", "-c",
                             "set -o pipefail; T=" + test::ToolPath() + " L=" + live_ +
                                 " D=" + std::string(folder_.path()) + "; " + line});
  }
  std::string Rows(const std::string& folder) {
    const test::CommandResult rows = Tool({"export", folder + "/" + kDemoDatabase, kPackagesTable});
    EXPECT_EQ(rows.exit_status, 0) << rows.errors;
    return rows.output;
  }
  test::ScratchFolder folder_;
  std::string live_ = folder_.path() / "live";
  std::string set_ = folder_.path() / "set";
};

TEST_F(SetVerbsTest, KindsAndVerifyByReplay) {
  ASSERT_EQ(Tool({"backup", live_, "--to", set_, "--content-hashes"}).exit_status, 0);
  for (const char* kind : {"incremental", "differential", "copy"}) {
    const test::CommandResult made =
        Tool({"backup", live_, "--to", set_, "--kind", kind, "--json"});
    ASSERT_EQ(made.exit_status, 0) << made.errors;
    EXPECT_EQ(json::parse(made.output)["kind"], kind);
  }
  const json list = json::parse(Tool({"backup", "list", set_, "--json"}).output);
  ASSERT_EQ(list.size(), 4u);
  EXPECT_EQ(list[2]["previous"], 2);
  const test::CommandResult full = Tool({"backup", "verify", set_, "--replay", "--number", "1",
                                         "--scratch", std::string(folder_.path()), "--json"});
  ASSERT_EQ(full.exit_status, 0) << full.errors << full.output;
  const json report = json::parse(full.output);
  EXPECT_TRUE(report["sound"]);
  EXPECT_TRUE(report["replay"]["content_hashes"]);
  EXPECT_EQ(report["replay"]["tables"], 4);
  const test::CommandResult newest =
      Tool({"backup", "verify", set_, "--replay", "--scratch", std::string(folder_.path())});
  EXPECT_EQ(newest.exit_status, 0) << newest.errors << newest.output;
  EXPECT_NE(newest.output.find("no content hashes"), std::string::npos) << newest.output;
  // The scratch folder has gone.
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    EXPECT_TRUE(entry.path() == live_ || entry.path() == set_) << entry.path();
  }
}

TEST_F(SetVerbsTest, AStreamThroughAPipe) {
  const std::string restored = folder_.path() / "restored";
  const test::CommandResult piped = Shell("$T backup $L --to - | $T restore - --to $D/restored");
  ASSERT_EQ(piped.exit_status, 0) << piped.errors;
  EXPECT_TRUE(Rows(restored) == Rows(live_));
  EXPECT_EQ(Tool({"check", restored + "/" + kDemoDatabase}).exit_status, 0);

  ASSERT_EQ(Shell("$T backup $L --to - --kind full > $D/full && "
                  "$T backup $L --to - --incremental > $D/incremental")
                .exit_status,
            0);
  EXPECT_EQ(Shell("cat $D/full $D/incremental | $T backup verify -").exit_status, 0);
  EXPECT_EQ(Shell("cat $D/full $D/incremental | $T restore - --to $D/chain").exit_status, 0);
  EXPECT_TRUE(Rows(folder_.path() / "chain") == Rows(live_));
}

// What a program has written with contrail/backup.hpp.
TEST_F(SetVerbsTest, AnArchiveIsRestoredAndNamed) {
  ASSERT_EQ(test::WriteArchives(live_, kDemoDatabase, folder_.path()), 0);
  const test::CommandResult restored = Shell("$T restore - --to $D/restored < $D/full.tar");
  EXPECT_EQ(restored.exit_status, 0) << restored.errors;
  EXPECT_NE(restored.output.find("restored, clean"), std::string::npos) << restored.output;
  EXPECT_TRUE(Rows(folder_.path() / "restored") == Rows(live_));
  EXPECT_EQ(Tool({"check", folder_.path() / "restored" / kDemoDatabase}).exit_status, 0);
  const test::CommandResult chain =
      Shell("cat $D/full.tar $D/incremental.tar | $T restore - --to $D/chain --json");
  EXPECT_EQ(chain.exit_status, 0) << chain.errors;
  EXPECT_EQ(json::parse(chain.output)["archives"], 2);
  EXPECT_TRUE(Rows(folder_.path() / "chain") == Rows(live_));

  const test::CommandResult cut = Shell("head -c 9000 $D/full.tar | $T restore - --to $D/cut");
  EXPECT_EQ(cut.exit_status, 2);
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "cut" / kDemoDatabase));
  const test::CommandResult verified = Shell("$T backup verify - < $D/full.tar");
  EXPECT_EQ(verified.exit_status, 2);
  EXPECT_NE(verified.errors.find("contrail/backup.hpp"), std::string::npos) << verified.errors;
  EXPECT_EQ(Shell("$T restore - --to $D/other --number 1 < $D/full.tar").exit_status, 2);
}

// What a restore refuses is not sound.
TEST_F(SetVerbsTest, AStreamOfTwoFullBackupsIsRefused) {
  ASSERT_EQ(Shell("$T backup $L --to - --kind full > $D/full").exit_status, 0);
  const test::CommandResult two = Shell("cat $D/full $D/full | $T backup verify -");
  EXPECT_EQ(two.exit_status, 1);
  EXPECT_NE(two.output.find("second backup that holds databases"), std::string::npos) << two.output;
  EXPECT_EQ(Shell("cat $D/full $D/full | $T restore - --to $D/two").exit_status, 2);
  ASSERT_EQ(Shell("$T backup $L --to - --incremental > $D/incremental").exit_status, 0);
  const test::CommandResult logs = Shell("$T backup verify - < $D/incremental");
  EXPECT_EQ(logs.exit_status, 0) << logs.errors;
  EXPECT_NE(logs.output.find("logs alone"), std::string::npos) << logs.output;
}

TEST_F(SetVerbsTest, ASetThatCannotBeMadeIsNamed) {
  const test::CommandResult backup = Tool({"backup", live_, "--to", "/dev/null/set"});
  EXPECT_EQ(backup.exit_status, 2);
  EXPECT_NE(backup.errors.find("(/dev/null/set)"), std::string::npos) << backup.errors;
  // Nothing has been begun for it.
  const test::CommandResult history = Tool({"backup", "history", live_});
  EXPECT_TRUE(history.output.ends_with("\n  none\n")) << history.output;
}

TEST_F(SetVerbsTest, ThereIsNoBackupZero) {
  ASSERT_EQ(Tool({"backup", live_, "--to", set_}).exit_status, 0);
  EXPECT_NE(Tool({"backup", "verify", set_, "--number", "0"}).exit_status, 0);
  EXPECT_NE(Tool({"restore", set_, "--to", folder_.path() / "x", "--number", "0"}).exit_status, 0);
}

TEST_F(SetVerbsTest, ABrokenStreamIsRefused) {
  ASSERT_EQ(Shell("$T backup $L --to - > $D/stream").exit_status, 0);
  const test::CommandResult cut = Shell("head -c 5000 $D/stream | $T restore - --to $D/to");
  EXPECT_EQ(cut.exit_status, 2);
  EXPECT_NE(cut.errors.find("cut off"), std::string::npos) << cut.errors;
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "to" / kDemoDatabase));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "to" / "restore.unfinished"));
  EXPECT_EQ(Shell("head -c 5000 $D/stream | $T backup verify -").exit_status, 1);
  EXPECT_EQ(Shell("(cat $D/stream; echo) | $T backup verify - --json").exit_status, 1);
  EXPECT_EQ(Shell("$T backup verify - < /dev/null").exit_status, 1);
  // The reader goes away: the writer says so and has changed nothing.
  const auto before = test::ContentOf(live_);
  const test::CommandResult gone =
      Shell("$T backup $L --to - --kind full | head -c 1000 > /dev/null; exit ${PIPESTATUS[0]}");
  EXPECT_EQ(gone.exit_status, 2) << gone.errors;
  EXPECT_NE(gone.errors.find("gone away"), std::string::npos) << gone.errors;
  const auto after = test::ContentOf(live_);
  for (const auto& [path, content] : before) EXPECT_TRUE(after.contains(path)) << path;
  const json history = json::parse(Tool({"backup", "history", live_, "--json"}).output);
  EXPECT_TRUE(history["databases"][0]["stamps"]["last_full_backup"].is_null()) << history;
  EXPECT_EQ(Shell("$T backup $L --to - > /dev/full").exit_status, 2);
}

TEST_F(SetVerbsTest, DryRunsChangeNothing) {
  const auto before = test::ContentOf(folder_.path());
  const test::CommandResult first = Tool({"backup", live_, "--to", set_, "--dry-run", "--json"});
  EXPECT_EQ(first.exit_status, 0) << first.errors;
  EXPECT_TRUE(json::parse(first.output)["possible"]);
  EXPECT_EQ(Tool({"backup", live_, "--to", set_, "--dry-run", "--incremental"}).exit_status, 2);
  EXPECT_EQ(Tool({"recover", live_, "--dry-run"}).exit_status, 0);
  EXPECT_EQ(test::Differences(before, test::ContentOf(folder_.path())), "");

  ASSERT_EQ(Tool({"backup", live_, "--to", set_}).exit_status, 0);
  ASSERT_EQ(Tool({"backup", live_, "--to", set_}).exit_status, 0);
  const auto with_set = test::ContentOf(folder_.path());
  const test::CommandResult restore =
      Tool({"restore", set_, "--to", folder_.path() / "to", "--dry-run"});
  EXPECT_EQ(restore.exit_status, 0) << restore.errors << restore.output;
  EXPECT_EQ(Tool({"restore", set_, "--to", live_, "--dry-run", "--json"}).exit_status, 2);
  const test::CommandResult expire =
      Tool({"backup", "expire", set_, "--keep-full", "1", "--dry-run", "--json"});
  EXPECT_EQ(expire.exit_status, 0) << expire.errors;
  EXPECT_EQ(json::parse(expire.output)["expired"][0]["number"], 1);
  EXPECT_EQ(test::Differences(with_set, test::ContentOf(folder_.path())), "");
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "to"));

  EXPECT_EQ(Tool({"backup", "expire", set_, "--keep-full", "1"}).exit_status, 0);
  EXPECT_EQ(json::parse(Tool({"backup", "list", set_, "--json"}).output).size(), 1u);
  EXPECT_EQ(Tool({"backup", "verify", set_}).exit_status, 0);
}

TEST_F(SetVerbsTest, DamageIsMarkedAndListed) {
  ASSERT_EQ(Tool({"backup", live_, "--to", set_}).exit_status, 0);
  const std::string stored = set_ + "/000001-full/" + kDemoDatabase + ".lz4";
  {
    std::fstream file(stored, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(200);
    file.write("damage", 6);
  }
  const test::CommandResult verified = Tool({"backup", "verify", set_, "--json"});
  EXPECT_EQ(verified.exit_status, 1) << verified.errors;
  const json report = json::parse(verified.output);
  EXPECT_EQ(report["marked_now"], 1);
  EXPECT_EQ(report["faults"][0]["chunk"], 0);
  EXPECT_EQ(report["faults"][0]["offset"], 0);
  const test::CommandResult list = Tool({"backup", "list", set_});
  EXPECT_EQ(list.exit_status, 1);
  EXPECT_NE(list.output.find("DAMAGED"), std::string::npos) << list.output;
  EXPECT_EQ(Tool({"backup", live_, "--to", set_, "--incremental"}).exit_status, 2);
  EXPECT_EQ(Tool({"backup", live_, "--to", set_, "--incremental", "--dry-run"}).exit_status, 2);
  EXPECT_EQ(Tool({"backup", "verify", set_}).exit_status, 1);
  EXPECT_EQ(Tool({"backup", live_, "--to", set_}).exit_status, 0);
  EXPECT_EQ(Tool({"backup", live_, "--to", set_, "--incremental"}).exit_status, 0);
}

// The number of a closed descriptor goes to the next file that is opened.
TEST_F(SetVerbsTest, ClosedStandardDescriptorsAreNoFiles) {
  EXPECT_EQ(Shell("$T backup $L --to - --kind full >&-").exit_status, 2);
  EXPECT_EQ(std::filesystem::file_size(live_ + "/edb.lock"), 0u);
  // No backup is in force that nobody has.
  const test::CommandResult history = Tool({"backup", "history", live_, "--json"});
  EXPECT_EQ(history.output.find("in force"), std::string::npos) << history.output;
  EXPECT_EQ(Shell("$T backup $L --to $D/s 2>&-").exit_status, 0);
  EXPECT_EQ(std::filesystem::file_size(live_ + "/edb.lock"), 0u);
  EXPECT_EQ(Shell("$T backup $L --to $D/s <&- >&- 2>&-").exit_status, 2);
  EXPECT_EQ(Tool({"backup", "verify", std::string(folder_.path()) + "/s"}).exit_status, 0);
}

TEST_F(SetVerbsTest, AnEmptyPointIsNoPoint) {
  ASSERT_EQ(Tool({"backup", live_, "--to", set_}).exit_status, 0);
  const std::string to = std::string(folder_.path()) + "/to";
  EXPECT_EQ(Tool({"restore", set_, "--to", to, "--to-time", ""}).exit_status, 2);
  EXPECT_EQ(Tool({"restore", set_, "--to", to, "--to-lgpos", ""}).exit_status, 2);
  EXPECT_EQ(Shell("$T restore - --to " + to + " --number 1 < /dev/null").exit_status, 2);
  EXPECT_FALSE(std::filesystem::exists(to));
}

TEST_F(SetVerbsTest, ADryRunKnowsWhatTheFullBackupHolds) {
  ASSERT_EQ(Tool({"backup", live_, "--to", set_}).exit_status, 0);
  ASSERT_EQ(Tool({"backup", live_, "--to", set_, "--incremental", "--dry-run"}).exit_status, 0);
  {
    JetSettings settings;
    settings.folder = live_;
    auto engine = JetEngine::Start(settings);
    ASSERT_TRUE(engine.ok());
    ASSERT_TRUE(JetSession::Open(**engine, live_ + "/second.edb", true).ok());
    ASSERT_TRUE((*engine)->Stop().ok());
  }
  const test::CommandResult dry =
      Tool({"backup", live_, "--to", set_, "--incremental", "--dry-run"});
  EXPECT_EQ(dry.exit_status, 2);
  EXPECT_NE(dry.output.find("second.edb is not in the full backup"), std::string::npos)
      << dry.output;
  EXPECT_EQ(Tool({"backup", live_, "--to", set_, "--incremental"}).exit_status, 2);
}

// A file is copied back: the set is what it was, and so is what may go on from it.
TEST_F(SetVerbsTest, AMendedSetLosesItsMark) {
  ASSERT_EQ(Tool({"backup", live_, "--to", set_}).exit_status, 0);
  const std::string stored = set_ + "/000001-full/" + kDemoDatabase + ".lz4";
  const std::string mark = set_ + "/000001-full/damaged.json";
  const std::string safe = set_ + "-safe";
  std::filesystem::copy_file(stored, safe);
  {
    std::fstream file(stored, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(200);
    file.write("damage", 6);
  }
  const test::CommandResult would_mark = Tool({"backup", "verify", set_, "--dry-run"});
  EXPECT_EQ(would_mark.exit_status, 1);
  EXPECT_NE(would_mark.output.find("would be marked"), std::string::npos) << would_mark.output;
  EXPECT_FALSE(std::filesystem::exists(mark));
  EXPECT_EQ(Tool({"backup", "verify", set_}).exit_status, 1);
  EXPECT_TRUE(std::filesystem::exists(mark));
  // Not mended yet.
  EXPECT_EQ(Tool({"backup", "verify", set_}).exit_status, 1);
  EXPECT_TRUE(std::filesystem::exists(mark));
  std::filesystem::copy_file(safe, stored, std::filesystem::copy_options::overwrite_existing);
  // A part of the set proves nothing of the rest.
  EXPECT_EQ(Tool({"backup", "verify", set_, "--number", "1"}).exit_status, 1);
  EXPECT_TRUE(std::filesystem::exists(mark));
  const test::CommandResult would = Tool({"backup", "verify", set_, "--dry-run"});
  EXPECT_EQ(would.exit_status, 0) << would.output;
  EXPECT_NE(would.output.find("the marks would be taken off"), std::string::npos) << would.output;
  EXPECT_TRUE(std::filesystem::exists(mark));
  EXPECT_EQ(Tool({"backup", live_, "--to", set_, "--incremental"}).exit_status, 2);
  const test::CommandResult verified = Tool({"backup", "verify", set_});
  EXPECT_EQ(verified.exit_status, 0) << verified.output;
  EXPECT_NE(verified.output.find("the marks have been taken off"), std::string::npos)
      << verified.output;
  EXPECT_FALSE(std::filesystem::exists(mark));
  EXPECT_EQ(Tool({"backup", "list", set_}).exit_status, 0);
  EXPECT_EQ(Tool({"backup", live_, "--to", set_, "--incremental"}).exit_status, 0);
  const test::CommandResult again = Tool({"backup", "verify", set_, "--json"});
  EXPECT_EQ(again.exit_status, 0);
  EXPECT_EQ(json::parse(again.output)["unmarked"], 0);
}

TEST_F(SetVerbsTest, VerifyOfOneTellsOfThatOne) {
  ASSERT_EQ(Tool({"backup", live_, "--to", set_}).exit_status, 0);
  ASSERT_EQ(Tool({"backup", live_, "--to", set_, "--incremental"}).exit_status, 0);
  ASSERT_EQ(Tool({"backup", live_, "--to", set_}).exit_status, 0);
  const test::CommandResult first = Tool({"backup", "verify", set_, "--number", "1"});
  EXPECT_NE(first.output.find("sound: backup 1, every"), std::string::npos) << first.output;
  const test::CommandResult second = Tool({"backup", "verify", set_, "--number", "2"});
  EXPECT_NE(second.output.find("sound: backup 2, and 1 that it goes on from, every"),
            std::string::npos)
      << second.output;
  const json report =
      json::parse(Tool({"backup", "verify", set_, "--number", "2", "--json"}).output);
  EXPECT_EQ(report["backups"], 2);
  EXPECT_EQ(report["numbers"], (json{1, 2}));
  const test::CommandResult all = Tool({"backup", "verify", set_});
  EXPECT_NE(all.output.find("sound: 3 backups, every"), std::string::npos) << all.output;
}

// Whatever a replay would say of it, the damage is in the backup whose file is bad.
TEST_F(SetVerbsTest, AReplayMarksNobodyElse) {
  ASSERT_EQ(Tool({"backup", live_, "--to", set_}).exit_status, 0);
  ASSERT_EQ(Tool({"backup", live_, "--to", set_, "--incremental"}).exit_status, 0);
  test::FlipBit(set_ + "/000001-full/" + kDemoDatabase + ".lz4", 300);
  const test::CommandResult verified =
      Tool({"backup", "verify", set_, "--replay", "--scratch", folder_.path()});
  EXPECT_EQ(verified.exit_status, 1) << verified.errors;
  EXPECT_NE(verified.output.find("not replayed: backup 1,"), std::string::npos) << verified.output;
  EXPECT_TRUE(std::filesystem::exists(set_ + "/000001-full/damaged.json"));
  EXPECT_FALSE(std::filesystem::exists(set_ + "/000002-incremental/damaged.json"));
  // One that does not need it is replayed.
  ASSERT_EQ(Tool({"backup", live_, "--to", set_}).exit_status, 0);
  const test::CommandResult third =
      Tool({"backup", "verify", set_, "--replay", "--scratch", folder_.path(), "--json"});
  EXPECT_EQ(third.exit_status, 1) << third.errors;
  EXPECT_TRUE(json::parse(third.output).contains("replay")) << third.output;
}

TEST_F(SetVerbsTest, AFileWithTheNameOfABackup) {
  ASSERT_EQ(Tool({"backup", live_, "--to", set_}).exit_status, 0);
  for (const bool link : {false, true}) {
    const std::string path = set_ + "/000009-full";
    if (link) {
      std::filesystem::create_symlink("nowhere", path);
    } else {
      std::ofstream(path) << "not a folder";
    }
    const test::CommandResult verified = Tool({"backup", "verify", set_});
    EXPECT_EQ(verified.exit_status, 1) << verified.output;
    EXPECT_NE(verified.output.find("000009-full: The name is that of a backup"), std::string::npos)
        << verified.output;
    const test::CommandResult list = Tool({"backup", "list", set_});
    EXPECT_EQ(list.exit_status, 1) << list.output;
    EXPECT_NE(list.output.find("NO FOLDER"), std::string::npos) << list.output;
    // It belongs to somebody.
    EXPECT_EQ(Tool({"backup", live_, "--to", set_}).exit_status, 0);
    EXPECT_EQ(Tool({"backup", "expire", set_, "--keep-full", "1"}).exit_status, 0);
    EXPECT_TRUE(std::filesystem::exists(std::filesystem::symlink_status(path)));
    std::filesystem::remove(path);
    EXPECT_EQ(Tool({"backup", "verify", set_}).exit_status, 0);
  }
}

TEST_F(SetVerbsTest, RatesAndTheirMistakes) {
  EXPECT_EQ(Tool({"backup", live_, "--to", set_, "--max-rate", "200MB"}).exit_status, 0);
  // Nothing commits into the folder, so nothing would come of it.
  const test::CommandResult latency =
      Tool({"backup", live_, "--to", set_, "--max-commit-latency", "5ms"});
  EXPECT_EQ(latency.exit_status, 2);
  EXPECT_NE(latency.errors.find("--max-commit-latency"), std::string::npos) << latency.errors;
  EXPECT_NE(latency.errors.find("--max-rate"), std::string::npos) << latency.errors;
  for (const char* rate : {"x", "0", "0MB", "-5", "-5MB", ""}) {
    EXPECT_EQ(Tool({"backup", live_, "--to", set_, "--max-rate", rate}).exit_status, 2) << rate;
  }
  EXPECT_EQ(Tool({"backup", live_, "--to", set_, "--kind", "half"}).exit_status, 2);
  // Options that would do nothing are refused.
  EXPECT_EQ(Tool({"backup", "verify", set_, "--scratch", folder_.path()}).exit_status, 2);
  EXPECT_EQ(Tool({"backup", "expire", set_}).exit_status, 2);
  EXPECT_EQ(Tool({"backup", "expire", set_, "--keep-full", "0"}).exit_status, 2);
  EXPECT_EQ(Tool({"backup", "expire", set_ + "x", "--keep-full", "1"}).exit_status, 2);
}

}  // namespace
}  // namespace contrail::tool
