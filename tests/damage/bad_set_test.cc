// What a restore makes of damaged backup sets: its error, an event that says what is wrong where,
// and neither the set nor the folder restored to is changed.

#include <gtest/gtest.h>

#include <functional>

#include "backup/set/backup_set_writer.h"
#include "backup/set/restore_set.h"
#include "tests/support/file_damage.h"
#include "tests/support/model_instance.h"
#include "tests/support/recording.h"
#include "tests/support/scratch_folder.h"

namespace contrail::test {
namespace {

namespace fs = std::filesystem;

struct Row {
  const char* name;
  std::function<void(const fs::path& set)> damage;
  Error error;
  std::string file;  // What the event's file ends with.
  std::string expected;
  std::string found;
};

std::function<void(const fs::path&)> Flip(const char* file, size_t byte) {
  return [=](const fs::path& set) { FlipBit(set / file, byte); };
}
std::function<void(const fs::path&)> Cut(const char* file, size_t bytes) {
  return [=](const fs::path& set) { CutOff(set / file, bytes); };
}
std::function<void(const fs::path&)> Remove(const char* file) {
  return [=](const fs::path& set) { fs::remove_all(set / file); };
}

constexpr char kDatabase[] = "000001-full/data.edb.lz4";
constexpr char kLog[] = "000002-incremental/edb00003.log.lz4";
constexpr char kManifest[] = "000001-full/manifest.json";

std::vector<Row> Rows() {
  return {
      {"flipped manifest", Flip(kManifest, 40), Error::kReadVerifyFailure, kManifest, "hash",
       "another hash"},
      {"cut manifest", Cut(kManifest, 40), Error::kReadVerifyFailure, kManifest, "hash",
       "another hash"},
      {"no manifest", Remove(kManifest), Error::kFileNotFound, kManifest, "hash", "not both"},
      {"no hash of the manifest", Remove("000001-full/manifest.json.xxh3"), Error::kFileNotFound,
       kManifest, "hash", "not both"},
      {"flipped database", Flip(kDatabase, 5000), Error::kReadVerifyFailure, kDatabase, "", ""},
      {"cut database", Cut(kDatabase, 5000), Error::kReadVerifyFailure, kDatabase, "", ""},
      {"no database", Remove(kDatabase), Error::kFileNotFound, kDatabase, "", ""},
      {"flipped log", Flip(kLog, 500), Error::kReadVerifyFailure, kLog, "", ""},
      {"cut log", Cut(kLog, 100), Error::kReadVerifyFailure, kLog, "", ""},
      {"no full backup", Remove("000001-full"), Error::kMissingFullBackup, "set/", "a full backup",
       "1 backups"},
      {"a file",
       [](const fs::path& set) {
         fs::remove_all(set);
         WriteBytes(set, "no set");
       },
       Error::kFileNotFound, "set/", "a full backup", "0 backups"},
      {"missing", [](const fs::path& set) { fs::remove_all(set); }, Error::kFileNotFound, "set/",
       "a full backup", "0 backups"},
  };
}

class BadSetTest : public testing::Test {
 protected:
  void SetUp() override {
    ModelInstance model(PosixFileSystem(), events_,
                        ModelInstance::SmallOptions((folder_.path() / "db/").string()));
    const std::string database = (folder_.path() / "db/data.edb").string();
    ASSERT_EQ(model.Start(), Status::Ok());
    ASSERT_EQ(model.Create(database), Status::Ok());
    ASSERT_EQ(model.Fill(0, 400, std::string(300, 'a'), database), Status::Ok());
    SetBackupRequest request;
    request.set_folder = (folder_.path() / "sound/").string();
    ASSERT_EQ(BackUpToSet(model.engine(), request).status(), Status::Ok());
    ASSERT_EQ(model.Fill(0, 40, std::string(300, 'b'), database), Status::Ok());
    request.kind = BackupScope::kIncremental;
    ASSERT_EQ(BackUpToSet(model.engine(), request).status(), Status::Ok());
    ASSERT_EQ(model.engine().Terminate(TerminateMode::kComplete), Status::Ok());
    fs::create_directory(folder_.path() / "to");
    WriteBytes(folder_.path() / "to" / "notes.txt", "mine");
  }

  void Try(const Row& row) {
    SCOPED_TRACE(row.name);
    const fs::path set = folder_.path() / "set";
    fs::remove_all(set);
    fs::copy(folder_.path() / "sound", set, fs::copy_options::recursive);
    row.damage(set);
    FolderContent before = ContentOf(folder_.path());
    before.erase("to/edb.lock");
    RecordingEvents events;
    RestoreSetRequest request;
    request.set_folder = (set / "").string();
    request.to = (folder_.path() / "to/").string();
    request.background_threads = false;
    EXPECT_EQ(RestoreSet(PosixFileSystem(), events, request).status(), Status(row.error));
    std::string all;
    bool told = false;
    for (const Event& event : events.events()) {
      all += "  " + event.text + " " + event.file + ": " + event.expected + " / " + event.found +
             " / " + std::to_string(event.error) + "\n";
      told =
          told || (Ends(event.file, row.file) && Has(event.expected, row.expected) &&
                   Has(event.found, row.found) && event.error == static_cast<int32_t>(row.error));
    }
    EXPECT_TRUE(told) << all;
    FolderContent after = ContentOf(folder_.path());
    after.erase("to/edb.lock");  // Stays, and holds nothing.
    EXPECT_EQ(Differences(before, after), "");
  }
  static bool Has(const std::string& text, const std::string& part) {
    return !text.empty() && text.find(part) != std::string::npos;
  }
  static bool Ends(const std::string& text, const std::string& end) {
    return text.ends_with(end) || text.ends_with(end + "/");
  }

  ScratchFolder folder_;
  RecordingEvents events_;
};

TEST_F(BadSetTest, EveryDamageIsRefusedWithItsErrorAndAnEvent) {
  for (const Row& row : Rows()) Try(row);
}

}  // namespace
}  // namespace contrail::test
