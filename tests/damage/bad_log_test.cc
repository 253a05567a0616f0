// What JetInit makes of damaged logs and checkpoints: the JET error, an event that says what is
// wrong where, and no file is changed; or, where nothing is lost, every row.

#include <gtest/gtest.h>

#include <functional>

#include "log/log_format.h"
#include "tests/support/event_lines.h"
#include "tests/support/file_damage.h"
#include "tests/support/jet_fixture.h"

namespace contrail::test {
namespace {

namespace fs = std::filesystem;

constexpr uint32_t kRows = 600;
constexpr JetOptions kOptions = {.log_kibibytes = 256};

struct Row {
  const char* name;
  std::function<void(const JetFolder& folder)> damage;
  JET_ERR error;  // 0: recovery succeeds, and every row is there.
  ExpectedEvent event;
};

std::function<void(const JetFolder&)> Flip(const char* file, std::vector<size_t> places) {
  return [=](const JetFolder& folder) {
    for (const size_t place : places) FlipBit(folder / file, place);
  };
}
std::function<void(const JetFolder&)> Cut(const char* file, size_t bytes) {
  return [=](const JetFolder& folder) { CutOff(folder / file, bytes); };
}
std::function<void(const JetFolder&)> Put(const char* file, size_t at, std::string bytes) {
  return [=](const JetFolder& folder) { Poke(folder / file, at, bytes); };
}
std::function<void(const JetFolder&)> Remove(const char* file) {
  return [=](const JetFolder& folder) { fs::remove(folder / file); };
}
std::function<void(const JetFolder&)> Folder(const char* file) {
  return [=](const JetFolder& folder) {
    fs::remove(folder / file);
    fs::create_directory(folder / file);
  };
}

// As Windows begins its logs: generation 2, sectors of 4096 bytes, version 8.4000.4.
std::string WindowsHeader() {
  std::string bytes(4096, 0);
  const auto put = [&bytes](size_t at, uint32_t number) {
    StoreLittle(reinterpret_cast<std::byte*>(bytes.data() + at), number);
  };
  put(4, 2);
  put(8, 4096);
  put(32, 8);
  put(36, 4000);
  put(40, 4);
  return bytes;
}
// All that is left is two archived logs of Windows.
void LeaveArchivedLogsOfWindows(const JetFolder& folder) {
  for (const char* name : {"edb.log", "edb.chk", "test.edb", "edbtmp.log"}) {
    fs::remove(folder / name);
  }
  for (const auto& entry : fs::directory_iterator(folder.path())) {
    if (entry.path().extension() == ".log") fs::remove(entry.path());
  }
  WriteBytes(folder / "edb00002.log", WindowsHeader());
  WriteBytes(folder / "edb00003.log", WindowsHeader());
}

constexpr size_t kInFrames = 20'000;
constexpr size_t kSecondCheckpointCopy = 266'240;

std::vector<Row> LogRows() {
  return {
      {"flipped header",
       Flip("edb.log", {60}),
       JET_errLogReadVerifyFailure,
       {"edb.log", 88, "as stored", "another hash"}},
      {"no log",
       Put("edb.log", 0, "something"),
       JET_errLogFileCorrupt,
       {"edb.log", 0, "CONTRLOG", "0x"}},
      {"newer version",
       Put("edb.log", 8, std::string("\2\0\0\0", 4)),
       JET_errBadLogVersion,
       {"edb.log", 8, "version 1", "version 2"}},
      {"of Windows",
       Put("edb.log", 0, WindowsHeader()),
       JET_errBadLogVersion,
       {"edb.log", 0, "a Contrail log", "version 8.4000.4"}},
      {"only archived ones of Windows",
       LeaveArchivedLogsOfWindows,
       JET_errBadLogVersion,
       {"edb00002.log", 0, "a Contrail log", "version 8.4000.4"}},
      {"cut off",
       Cut("edb.log", 100'000),
       JET_errLogFileCorrupt,
       {"edb.log", 100'000, "262144 bytes", "100000 bytes"}},
      {"cut in the header",
       Cut("edb.log", 50),
       JET_errLogFileCorrupt,
       {"edb.log", 0, "header", "50 bytes"}},
      {"empty", Cut("edb.log", 0), JET_errLogFileCorrupt, {"edb.log", 0, "header", "0 bytes"}},
      {"a folder", Folder("edb.log"), JET_errInvalidPath, {"edb.log", -1, "a file", "a folder"}},
      {"missing",
       Remove("edb.log"),
       JET_errMissingLogFile,
       {"edb.log", -1, "archived", "generations 1 to"}},
      {"flipped, archived",
       Flip("edb00002.log", {kInFrames}),
       JET_errLogFileCorrupt,
       {"edb00002.log", -1, "0x", "0x"}},
      {"cut off, archived",
       Cut("edb00002.log", kInFrames),
       JET_errLogFileCorrupt,
       {"edb00002.log", kInFrames, "262144 bytes", "20000 bytes"}},
      {"missing, archived",
       Remove("edb00002.log"),
       JET_errMissingLogFile,
       {"edb00002.log", -1, "generations 1 to", "number 2"}},
      {"another generation",
       [](const JetFolder& folder) {
         WriteBytes(folder / "edb00002.log", ReadBytes(folder / "edb00001.log"));
       },
       JET_errLogGenerationMismatch,
       {"edb00002.log", 12, "generation 2", "generation 1"}},
  };
}

std::vector<Row> CheckpointRows() {
  const auto damaged = [](std::string found) {
    return ExpectedEvent{"edb.chk", 0, "hash is right", found, JET_errCheckpointCorrupt};
  };
  return {
      {"both copies flipped", Flip("edb.chk", {20, kSecondCheckpointCopy + 20}), JET_errSuccess,
       damaged("")},
      {"cut off", Cut("edb.chk", 60), JET_errSuccess, damaged("the end of the file")},
      {"empty", Cut("edb.chk", 0), JET_errSuccess, damaged("the end of the file")},
      {"newer version",
       [](const JetFolder& folder) {
         Poke(folder / "edb.chk", 8, "\2");
         Poke(folder / "edb.chk", kSecondCheckpointCopy + 8, "\2");
       },
       JET_errBadLogVersion,
       {"edb.chk", 0, "version 1", "version 2"}},
      {"missing", Remove("edb.chk"), JET_errSuccess, {"edb.chk"}},
      {"of another stream",
       [](const JetFolder& folder) {
         const JetFolder other;
         { JetDatabase database(other, kOptions); }
         WriteBytes(folder / "edb.chk", ReadBytes(other / "edb.chk"));
       },
       JET_errBadCheckpointSignature,
       {"edb.chk"}},
      {"no log beside it",
       [](const JetFolder& folder) {
         for (const auto& entry : fs::directory_iterator(folder.path())) {
           if (entry.path().extension() == ".log") fs::remove(entry.path());
         }
       },
       JET_errMissingLogFile,
       {"edb.chk", -1, "edb*.log", "none"}},
  };
}

class BadLogTest : public testing::Test {
 protected:
  void SetUp() override {
    JetDatabase database(folder_, kOptions);
    database.CreateRows("rows");
    AddRows(database);
    ASSERT_EQ(database.engine().Crash(), JET_errDirtyShutdown);
    crashed_ = ContentOf(folder_.path());
    ASSERT_TRUE(crashed_.contains("edb00002.log")) << Differences({}, crashed_);
  }
  static void AddRows(JetDatabase& database) {
    const JET_TABLEID table = database.Open("rows");
    const JET_COLUMNID id = database.Column(table, "id");
    const JET_COLUMNID data = database.Column(table, "data");
    const std::string value(900, 'd');
    for (uint32_t i = 0; i < kRows; ++i) {
      ASSERT_JET_OK(JetBeginTransaction(database.session()));
      ASSERT_JET_OK(JetPrepareUpdate(database.session(), table, JET_prepInsert));
      ASSERT_JET_OK(JetSetColumn(database.session(), table, id, &i, sizeof i, 0, nullptr));
      ASSERT_JET_OK(JetSetColumn(database.session(), table, data, value.data(),
                                 static_cast<uint32_t>(value.size()), 0, nullptr));
      ASSERT_JET_OK(JetUpdate(database.session(), table, nullptr, 0, nullptr));
      ASSERT_JET_OK(JetCommitTransaction(database.session(), JET_bitCommitLazyFlush));
    }
    // All of them are in the log.
    ASSERT_JET_OK(JetCommitTransaction(database.session(), JET_bitWaitLastLevel0Commit));
    ASSERT_JET_OK(JetCloseTable(database.session(), table));
  }
  void ResetFolder() {
    fs::remove_all(folder_.path());
    fs::create_directories(folder_.path());
    for (const auto& [name, bytes] : crashed_) WriteBytes(folder_ / name, bytes);
  }

  void Try(const Row& row) {
    SCOPED_TRACE(row.name);
    ResetFolder();
    row.damage(folder_);
    const auto before = ContentOf(folder_.path());
    const EventLines events(outside_ / "events.txt");
    events.Clear();
    {
      JetInstance instance(folder_, kOptions);
      events.SetFor(instance.handle());
      EXPECT_JET(row.error, instance.Init());
      if (row.error == JET_errSuccess) {
        EXPECT_JET_OK(instance.Term());
      }
    }
    ExpectedEvent event = row.event;
    if (event.code == 0) event.code = row.error;
    EXPECT_EQ(events.FindMissing(event), "");
    if (row.error == JET_errSuccess) {
      ExpectEveryRow();
    } else {
      EXPECT_EQ(Differences(before, ContentOf(folder_.path())), "");
    }
  }
  void ExpectEveryRow() {
    JetDatabase database(folder_, kOptions);
    const JET_TABLEID table = database.Open("rows");
    uint32_t count = 0;
    EXPECT_JET_OK(JetMove(database.session(), table, JET_MoveFirst, 0));
    EXPECT_JET_OK(JetIndexRecordCount(database.session(), table, &count, 0));
    EXPECT_EQ(count, kRows);
    EXPECT_JET_OK(JetCloseTable(database.session(), table));
    EXPECT_JET_OK(database.engine().Term());
  }

  JetFolder folder_;
  JetFolder outside_;
  FolderContent crashed_;
};

TEST_F(BadLogTest, EveryLogIsRefusedWithItsErrorAndAnEvent) {
  for (const Row& row : LogRows()) Try(row);
}

TEST_F(BadLogTest, WithoutACheckpointAllLogsAreReplayedAndForeignOnesAreRefused) {
  for (const Row& row : CheckpointRows()) Try(row);
}

}  // namespace
}  // namespace contrail::test
