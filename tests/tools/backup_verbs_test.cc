// The verbs around a disaster, as an operator uses them: backup, a crash, recover, an incremental
// backup, list, verify, restore.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "log/log_files.h"
#include "tests/support/command.h"
#include "tests/support/file_damage.h"
#include "tests/support/package_index.h"
#include "tests/support/scratch_folder.h"
#include "tests/tools/tool_path.h"
#include "tools/demo/demo_writer.h"
#include "tools/demo/writer_child.h"

namespace contrail::tool {
namespace {

class BackupVerbsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    JetSettings settings;
    settings.folder = live_;
    auto engine = JetEngine::Start(settings);
    ASSERT_TRUE(engine.ok());
    auto session = JetSession::Open(**engine, Database(live_), true);
    ASSERT_TRUE(session.ok());
    ASSERT_TRUE(CreateDemoTables(**session).ok());
    const auto loaded = LoadPackages(**session, test::MakePackageIndex(200), [](uint64_t) {});
    ASSERT_TRUE(loaded.ok());
    packages_ = loaded->packages;
    session->reset();
    ASSERT_TRUE((*engine)->Stop().ok());
  }

  static std::string Database(const std::string& folder) { return folder + "/" + kDemoDatabase; }

  static test::CommandResult Tool(std::vector<std::string> words) {
    words.insert(words.begin(), test::ToolPath());
    return test::RunCommand(words);
  }

  void CrashAfterWriting() {
    WriterChildOptions options;
    options.folder = live_;
    options.outside = folder_.path();
    options.set = set_;
    options.packages = packages_;
    options.program = test::ToolPath();
    WriterChild child;
    ASSERT_TRUE(child.Start(options).ok());
    const auto limit = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (LastAcknowledged(folder_.path(), 0) < 20 && std::chrono::steady_clock::now() < limit) {
      std::this_thread::yield();
    }
    child.Kill();
  }

  void ExpectSameContent(const std::string& folder, const std::string& other) {
    for (const char* table : {kPackagesTable, kAccountsTable, kLedgerTable, kWritersTable}) {
      const test::CommandResult rows = Tool({"export", Database(folder), table});
      EXPECT_EQ(rows.exit_status, 0) << rows.errors;
      EXPECT_FALSE(rows.output.empty());
      EXPECT_TRUE(rows.output == Tool({"export", Database(other), table}).output) << table;
    }
  }

  test::ScratchFolder folder_;
  std::string live_ = folder_.path() / "live";
  std::string set_ = folder_.path() / "set";
  int32_t packages_ = 0;
  JET_TABLEID table_ = JET_tableidNil;
};

TEST_F(BackupVerbsTest, FromBackupOverACrashToARestore) {
  EXPECT_EQ(Tool({"backup", live_, "--to", set_}).exit_status, 0);
  CrashAfterWriting();
  const test::CommandResult dirty = Tool({"check", Database(live_)});
  EXPECT_EQ(dirty.exit_status, 1);
  EXPECT_NE(dirty.output.find("contrail recover"), std::string::npos) << dirty.output;
  EXPECT_EQ(Tool({"export", Database(live_), kAccountsTable}).exit_status, 2);

  const test::CommandResult recovered = Tool({"recover", live_, "--json"});
  EXPECT_EQ(recovered.exit_status, 0) << recovered.errors;
  const auto report = nlohmann::json::parse(recovered.output);
  ASSERT_EQ(report["databases"].size(), 1u);
  EXPECT_EQ(report["databases"][0]["result"], "recovered, clean now");
  EXPECT_EQ(Tool({"check", Database(live_)}).exit_status, 0);

  EXPECT_EQ(Tool({"backup", live_, "--to", set_, "--incremental"}).exit_status, 0);
  const auto list = nlohmann::json::parse(Tool({"backup", "list", set_, "--json"}).output);
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0]["kind"], "full");
  EXPECT_EQ(list[1]["kind"], "incremental");
  EXPECT_EQ(Tool({"backup", "verify", set_}).exit_status, 0);

  const std::string restored = folder_.path() / "restored";
  const test::CommandResult restore = Tool({"restore", set_, "--to", restored});
  EXPECT_EQ(restore.exit_status, 0) << restore.errors;
  ExpectSameContent(live_, restored);
  EXPECT_EQ(Tool({"check", Database(restored)}).exit_status, 0);
  EXPECT_EQ(Tool({"restore", set_, "--to", restored}).exit_status, 2);  // Nothing is overwritten.
}

// A set without it would look as if it had everything.
TEST_F(BackupVerbsTest, ADatabaseWithoutAHeaderStopsTheBackup) {
  const std::string other = live_ + "/other.edb";
  std::filesystem::copy_file(Database(live_), other);
  test::FlipBit(other, 100);
  test::FlipBit(other, 4096 + 100);
  for (const bool json : {false, true}) {
    std::vector<std::string> words = {"backup", live_, "--to", set_};
    if (json) words.push_back("--json");
    const test::CommandResult refused = Tool(words);
    EXPECT_EQ(refused.exit_status, 2);
    EXPECT_NE(refused.errors.find(other), std::string::npos) << refused.errors;
    EXPECT_EQ(refused.output, "");
  }
  EXPECT_FALSE(std::filesystem::exists(set_));
  std::filesystem::remove(other);
  EXPECT_EQ(Tool({"backup", live_, "--to", set_}).exit_status, 0);
}

// The name says nothing, but the logs know it.
TEST_F(BackupVerbsTest, ADatabaseOfAnyNameWithoutAHeaderStopsTheBackup) {
  const std::string other = live_ + "/mail.store";
  {
    JetSettings settings;
    settings.folder = live_;
    auto engine = JetEngine::Start(settings);
    ASSERT_TRUE(engine.ok());
    auto session = JetSession::Open(**engine, other, true);
    ASSERT_TRUE(session.ok());
    session->reset();
    ASSERT_TRUE((*engine)->Stop().ok());
  }
  std::ofstream(live_ + "/notes.txt") << "no database";
  test::FlipBit(other, 100);
  test::FlipBit(other, 4096 + 100);
  for (const bool dry : {false, true}) {
    std::vector<std::string> words = {"backup", live_, "--to", set_};
    if (dry) words.push_back("--dry-run");
    const test::CommandResult refused = Tool(words);
    EXPECT_EQ(refused.exit_status, 2);
    EXPECT_NE(refused.errors.find(other), std::string::npos) << refused.errors;
  }
  EXPECT_FALSE(std::filesystem::exists(set_));
  test::FlipBit(other, 100);
  EXPECT_EQ(Tool({"backup", live_, "--to", set_}).exit_status, 0);
  std::filesystem::remove(other);
  EXPECT_EQ(Tool({"backup", live_, "--to", set_}).exit_status, 0);
}

TEST_F(BackupVerbsTest, LogsGoForDatabasesThatAreGoneWhenToldSo) {
  {
    JetSettings settings;
    settings.folder = live_;
    settings.log_kibibytes = 256;
    auto engine = JetEngine::Start(settings);
    ASSERT_TRUE(engine.ok());
    auto gone = JetSession::Open(**engine, live_ + "/gone.edb", true);
    ASSERT_TRUE(gone.ok());
    auto kept = JetSession::Open(**engine, Database(live_));
    ASSERT_TRUE(kept.ok());
    for (auto* session : {&*gone, &*kept}) {
      ASSERT_TRUE(
          Jet(JetCreateTableA((*session)->handle(), (*session)->database(), "t", 1, 100, &table_))
              .ok());
    }
    // Both are attached while generations end.
    for (int i = 0; i < 3; ++i) {
      ASSERT_TRUE((*engine)->engine().log().ForceNewGeneration().ok());
    }
    gone->reset();
    kept->reset();
    ASSERT_TRUE((*engine)->Stop().ok());
  }
  std::filesystem::remove(live_ + "/gone.edb");
  const auto logs = [this] {
    size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(live_)) {
      count += GenerationOfFileName("edb", entry.path().filename()) != 0 ? 1 : 0;
    }
    return count;
  };
  const test::CommandResult kept = Tool({"backup", live_, "--to", set_});
  EXPECT_EQ(kept.exit_status, 0) << kept.errors;
  EXPECT_NE(kept.errors.find("gone.edb"), std::string::npos) << kept.errors;
  const size_t before = logs();
  ASSERT_GE(before, 3u);
  const test::CommandResult truncated =
      Tool({"backup", live_, "--to", set_, "--truncate-for-detached"});
  EXPECT_EQ(truncated.exit_status, 0) << truncated.errors;
  EXPECT_EQ(truncated.errors.find("gone.edb"), std::string::npos) << truncated.errors;
  EXPECT_LT(logs(), before);
}

TEST_F(BackupVerbsTest, WhatIsNoSetCannotBeLookedAt) {
  const std::string file = folder_.path() / "file";
  std::ofstream(file) << "text";
  for (const std::string& path : {std::string(folder_.path() / "missing"), file}) {
    EXPECT_EQ(Tool({"backup", "list", path}).exit_status, 2);
    EXPECT_EQ(Tool({"backup", "verify", path}).exit_status, 2);
  }
}

TEST_F(BackupVerbsTest, NamesThatAreNoTextArePrintedAllTheSame) {
  const std::string odd = std::string(folder_.path() / "odd\xff");
  std::filesystem::rename(live_, odd);
  const test::CommandResult made = Tool({"backup", odd, "--to", set_ + "\xff", "--json"});
  EXPECT_EQ(made.exit_status, 0) << made.errors;
  EXPECT_TRUE(nlohmann::json::accept(made.output)) << made.output;
  const test::CommandResult list = Tool({"backup", "list", set_ + "\xff", "--json"});
  EXPECT_EQ(list.exit_status, 0) << list.errors;
  EXPECT_TRUE(nlohmann::json::accept(list.output)) << list.output;
}

TEST_F(BackupVerbsTest, LostOutputIsAFailure) {
  const test::CommandResult shell = test::RunCommand(
      {"/bin/sh", "-c", test::ToolPath() + " header " + Database(live_) + " > /dev/full"});
  EXPECT_EQ(shell.exit_status, 2);
}

TEST_F(BackupVerbsTest, VerifyNamesTheDamagedFile) {
  ASSERT_EQ(Tool({"backup", live_, "--to", set_}).exit_status, 0);
  std::filesystem::path stored;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(set_)) {
    if (entry.path().filename() == std::string(kDemoDatabase) + ".lz4") stored = entry.path();
  }
  ASSERT_FALSE(stored.empty());
  {
    std::fstream file(stored, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(std::filesystem::file_size(stored) / 2));
    file.write("damage", 6);
  }
  const test::CommandResult verified = Tool({"backup", "verify", set_});
  EXPECT_EQ(verified.exit_status, 1);
  EXPECT_NE(verified.output.find(stored.filename().string()), std::string::npos) << verified.output;
  EXPECT_NE(Tool({"restore", set_, "--to", folder_.path() / "restored"}).exit_status, 0);
}

TEST_F(BackupVerbsTest, ACopiedFolderIsRecoveredWithoutItsOriginal) {
  CrashAfterWriting();
  const std::string copy = folder_.path() / "copy";
  std::filesystem::copy(live_, copy);
  const auto content = [](const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  const std::string before = content(Database(live_));
  const test::CommandResult recovered = Tool({"recover", copy, "--json"});
  EXPECT_EQ(recovered.exit_status, 0) << recovered.errors;
  EXPECT_EQ(nlohmann::json::parse(recovered.output)["databases"][0]["database"], Database(copy));
  EXPECT_TRUE(content(Database(live_)) == before);
  EXPECT_EQ(Tool({"recover", live_}).exit_status, 0);
  ExpectSameContent(live_, copy);
}

TEST_F(BackupVerbsTest, RecoverTellsWhatIsMissing) {
  CrashAfterWriting();
  const std::string logs = folder_.path() / "logs";
  std::filesystem::copy(live_, logs);
  std::filesystem::remove(Database(logs));
  const test::CommandResult missing = Tool({"recover", logs});
  EXPECT_EQ(missing.exit_status, 2);
  EXPECT_NE(missing.errors.find(Database(logs)), std::string::npos) << missing.errors;
  EXPECT_NE(missing.errors.find("--database"), std::string::npos) << missing.errors;
  // A database that the logs do not make clean is not called clean.
  const std::string other = folder_.path() / "other";
  std::filesystem::create_directory(other);
  JetSettings settings;
  settings.folder = other;
  auto engine = JetEngine::Start(settings);
  ASSERT_TRUE(engine.ok());
  ASSERT_TRUE((*engine)->Stop().ok());
  std::filesystem::copy(Database(live_), Database(other));
  const test::CommandResult dirty = Tool({"recover", other});
  EXPECT_EQ(dirty.exit_status, 1) << dirty.output;
  EXPECT_NE(dirty.output.find("NOT CLEAN"), std::string::npos) << dirty.output;
  EXPECT_EQ(dirty.output.find("every committed"), std::string::npos) << dirty.output;
}

TEST_F(BackupVerbsTest, LogsAreNotReplacedByNewOnes) {
  const std::string alone = folder_.path() / "alone";
  std::filesystem::create_directory(alone);
  std::filesystem::rename(Database(live_), Database(alone));
  const test::CommandResult refused = Tool({"backup", alone, "--to", set_});
  EXPECT_EQ(refused.exit_status, 2);
  EXPECT_NE(refused.errors.find("edb*.log"), std::string::npos) << refused.errors;
  size_t files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(alone)) ++files;
  EXPECT_EQ(files, 1u);
  EXPECT_EQ(Tool({"backup", alone, "--to", set_, "--logs", live_}).exit_status, 0);
  // Logs of another stream will not do either.
  const std::string other = folder_.path() / "other";
  JetSettings settings;
  settings.folder = other;
  auto engine = JetEngine::Start(settings);
  ASSERT_TRUE(engine.ok());
  ASSERT_TRUE((*engine)->Stop().ok());
  EXPECT_EQ(Tool({"backup", alone, "--to", set_, "--logs", other}).exit_status, 2);
}

TEST_F(BackupVerbsTest, WhatCannotBeDoneIsSaid) {
  const std::string empty = folder_.path() / "empty";
  std::filesystem::create_directory(empty);
  EXPECT_EQ(Tool({"recover", empty}).exit_status, 2);
  EXPECT_EQ(Tool({"recover", folder_.path() / "absent"}).exit_status, 2);
  EXPECT_EQ(Tool({"backup", empty, "--to", set_}).exit_status, 2);
  EXPECT_EQ(Tool({"backup", live_}).exit_status, 2);  // Where to?
  EXPECT_EQ(Tool({"backup", live_, "--to", set_, "--incremental"}).exit_status, 2);
  EXPECT_EQ(Tool({"backup", "verify", empty}).exit_status, 2);
  EXPECT_EQ(Tool({"restore", empty, "--to", folder_.path() / "restored"}).exit_status, 2);
}

}  // namespace
}  // namespace contrail::tool
