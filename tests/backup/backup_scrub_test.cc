// JET_paramZeroDatabaseDuringBackup: what deletion has left in a database is gone from its file
// after a full backup, and nothing else is.

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <thread>

#include "tests/support/backup_fixture.h"
#include "tests/support/sound_database.h"

namespace contrail::test {
namespace {

constexpr char kSecret[] = "a secret that was deleted";
constexpr char kKept[] = "what is kept";

std::string Content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

int CountOf(const std::string& text, const std::string& part) {
  int count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

class BackupScrubTest : public testing::TestWithParam<uint32_t> {
 protected:
  void SetUp() override { Start(/*scrub=*/true); }
  void Start(bool scrub) {
    options_.page_size = GetParam();
    options_.scrub = scrub;
    source_ = "file:" + (events_ / "events");
    options_.event_source = source_.c_str();
    options_.log_kibibytes = GetParam() == 4096 ? 256 : 2048;
    database_.emplace(folder_, options_);
  }
  // Nothing of the instance is left in memory, and all of it in the file.
  void Restart(bool scrub = true) {
    Stop();
    Start(scrub);
  }
  void Stop() {
    EXPECT_JET_OK(database_->engine().Term());
    database_.reset();
  }
  JET_SESID session() const { return database_->session(); }
  std::string path() const { return folder_ / "test.edb"; }
  CopiedRange BackUp() { return BackUpThroughApi(database_->instance(), set_.path()); }
  int Secrets() const { return CountOf(Content(path()), kSecret); }

  // A row has its text in the record, and 40 times in a long value of its own where `with_long`.
  void Put(const char* table, int32_t id, const std::string& text, bool with_long) {
    const JET_TABLEID opened = database_->Open(table);
    std::string data;
    for (int i = 0; with_long && i < 200; ++i) data += text;
    ASSERT_JET_OK(JetBeginTransaction(session()));
    ASSERT_JET_OK(JetPrepareUpdate(session(), opened, JET_prepInsert));
    Set(opened, "id", &id, sizeof(id));
    Set(opened, "name", text.data(), text.size());
    if (with_long) Set(opened, "data", data.data(), data.size());
    ASSERT_JET_OK(JetUpdate(session(), opened, nullptr, 0, nullptr));
    ASSERT_JET_OK(JetCommitTransaction(session(), JET_bitCommitLazyFlush));
    ASSERT_JET_OK(JetCloseTable(session(), opened));
  }
  void Set(JET_TABLEID table, const char* column, const void* value, size_t size) {
    ASSERT_JET_OK(JetSetColumn(session(), table, database_->Column(table, column), value,
                               static_cast<uint32_t>(size), 0, nullptr));
  }
  // A third of the rows keep their text; the others have a secret.
  void Fill(const char* table, int32_t rows) {
    database_->CreateRows(table);
    for (int32_t id = 0; id < rows; ++id) {
      Put(table, id, id % 3 == 0 ? kKept : kSecret, id % 10 == 1);
    }
  }
  void DeleteSecrets(const char* table) {
    const JET_TABLEID opened = database_->Open(table);
    const JET_COLUMNID id_column = database_->Column(opened, "id");
    ASSERT_JET_OK(JetBeginTransaction(session()));
    for (JET_ERR error = JetMove(session(), opened, JET_MoveFirst, 0); error >= 0;
         error = JetMove(session(), opened, JET_MoveNext, 0)) {
      int32_t id = 0;
      ASSERT_JET_OK(
          JetRetrieveColumn(session(), opened, id_column, &id, sizeof(id), nullptr, 0, nullptr));
      if (id % 3 != 0) ASSERT_JET_OK(JetDelete(session(), opened));
    }
    ASSERT_JET_OK(JetCommitTransaction(session(), 0));
    ASSERT_JET_OK(JetCloseTable(session(), opened));
  }
  // The texts of a table's rows as a session's transaction sees them.
  std::map<int32_t, std::string> Rows(JET_SESID reader, JET_DBID id, const char* table) {
    std::map<int32_t, std::string> rows;
    JET_TABLEID opened = JET_tableidNil;
    EXPECT_JET_OK(JetOpenTableA(reader, id, table, nullptr, 0, 0, &opened));
    for (JET_ERR error = JetMove(reader, opened, JET_MoveFirst, 0); error >= 0;
         error = JetMove(reader, opened, JET_MoveNext, 0)) {
      int32_t key = 0;
      char text[256];
      uint32_t size = 0;
      EXPECT_JET_OK(JetRetrieveColumn(reader, opened, Column(reader, opened, "id"), &key,
                                      sizeof(key), nullptr, 0, nullptr));
      EXPECT_JET_OK(JetRetrieveColumn(reader, opened, Column(reader, opened, "name"), text,
                                      sizeof(text), &size, 0, nullptr));
      rows[key] = std::string(text, size);
    }
    EXPECT_JET_OK(JetCloseTable(reader, opened));
    return rows;
  }
  static JET_COLUMNID Column(JET_SESID reader, JET_TABLEID table, const char* name) {
    JET_COLUMNDEF column = {};
    EXPECT_JET_OK(
        JetGetTableColumnInfoA(reader, table, name, &column, sizeof(column), JET_ColInfo));
    return column.columnid;
  }
  std::map<int32_t, std::string> Rows(const char* table) {
    return Rows(session(), database_->id(), table);
  }
  std::string Events() const { return Content(events_ / "events"); }
  // Of the last scrub: the number that stands before these words.
  int Count(const std::string& words) const {
    const std::string events = Events();
    const size_t line = events.rfind(" 707: ");
    const size_t at = events.find(" " + words, line);
    if (line == std::string::npos || at == std::string::npos) return -1;
    return std::stoi(events.substr(events.rfind(' ', at - 1) + 1));
  }

  const JetFolder folder_, set_, events_;
  std::string source_;
  JetOptions options_;
  std::optional<JetDatabase> database_;
};

TEST_P(BackupScrubTest, DeletedRowsLeaveTheFile) {
  Fill("rows", 600);
  DeleteSecrets("rows");
  const auto rows = Rows("rows");
  Restart(/*scrub=*/false);
  // Without the parameter a backup leaves them where they are.
  BackUp();
  Restart();
  EXPECT_GT(Secrets(), 20);
  EXPECT_EQ(CountOf(Events(), " 706: "), 0);
  BackUp();
  EXPECT_EQ(CountOf(Events(), " 706: "), 1);
  EXPECT_EQ(CountOf(Events(), " 707: "), 1);
  EXPECT_GT(Count("in use and"), 0) << Events();
  EXPECT_GT(Count("free overwritten"), 0) << Events();
  EXPECT_EQ(Rows("rows"), rows);
  Stop();
  EXPECT_EQ(Secrets(), 0);
  EXPECT_EQ(CountOf(Content(path()), kKept) > 100, true);
  EXPECT_SOUND(path());
  // The next backup finds nothing to do.
  Start(true);
  BackUp();
  EXPECT_LE(Count("in use and"), 3) << Events();
  EXPECT_EQ(Count("free overwritten"), 0) << Events();
}

TEST_P(BackupScrubTest, PagesOfDroppedTablesAreOverwritten) {
  Fill("rows", 30);
  Fill("gone", 300);
  ASSERT_JET_OK(JetDeleteTableA(session(), database_->id(), "gone"));
  DeleteSecrets("rows");
  Restart();
  EXPECT_GT(Secrets(), 100);
  BackUp();
  EXPECT_GT(Count("free overwritten"), 5) << Events();
  Stop();
  EXPECT_EQ(Secrets(), 0);
  EXPECT_SOUND(path());
}

// Nodes that are flagged deleted, because nobody has come to remove them.
TEST_P(BackupScrubTest, DeletedNodesLoseTheirData) {
  Fill("rows", 90);
  const JET_SESID reader = database_->NewSession();
  ASSERT_JET_OK(JetBeginTransaction(reader));
  DeleteSecrets("rows");
  EXPECT_JET(JET_errDirtyShutdown, database_->engine().Crash());
  Start(true);
  BackUp();
  EXPECT_GT(Count("deleted records"), 60) << Events();  // And those of six long values.
  Stop();
  EXPECT_EQ(Secrets(), 0);
  EXPECT_SOUND(path());
}

// Whoever still sees the rows reads them, during the backup and after it.
TEST_P(BackupScrubTest, SnapshotsKeepWhatTheySee) {
  Fill("rows", 300);
  const JET_SESID reader = database_->NewSession();
  JET_DBID id = JET_dbidNil;
  ASSERT_JET_OK(JetOpenDatabaseA(reader, path().c_str(), nullptr, &id, 0));
  ASSERT_JET_OK(JetBeginTransaction(reader));
  const auto rows = Rows(reader, id, "rows");
  EXPECT_EQ(rows.size(), 300u);
  DeleteSecrets("rows");
  BackUp();
  EXPECT_EQ(Count("deleted records"), 0) << Events();
  EXPECT_EQ(Rows(reader, id, "rows"), rows);
  ASSERT_JET_OK(JetRollback(reader, 0));
  EXPECT_EQ(Rows(reader, id, "rows").size(), 100u);
}

// Redo of the scrub: in the copy, by a hard restore, and in the database itself, by a crash.
TEST_P(BackupScrubTest, CopyAndCrashComeToTheSame) {
  Fill("rows", 300);
  Fill("gone", 100);
  DeleteSecrets("rows");
  ASSERT_JET_OK(JetDeleteTableA(session(), database_->id(), "gone"));
  Restart();
  const auto rows = Rows("rows");
  const CopiedRange range = BackUp();
  EXPECT_JET(JET_errDirtyShutdown, database_->engine().Crash());
  database_.reset();
  const JetFolder work;
  std::string from = path(), to = set_ / "test.edb", set = set_.path(), place = work.path();
  JET_RSTMAP_A map = {from.data(), to.data()};
  ASSERT_JET_OK(JetExternalRestoreA(place.data(), place.data(), &map, 1, set.data(),
                                    static_cast<int32_t>(range.low),
                                    static_cast<int32_t>(range.high), nullptr));
  EXPECT_EQ(CountOf(Content(to), kSecret), 0);
  EXPECT_SOUND(to);
  Start(true);
  EXPECT_EQ(Rows("rows"), rows);
  Stop();
  EXPECT_EQ(Secrets(), 0);
  EXPECT_SOUND(path());
}

// Splits, merges and allocation go on beside the scrub.
TEST_P(BackupScrubTest, BesideAWriter) {
  Fill("rows", 300);
  std::map<int32_t, std::string> model = Rows("rows");
  const JET_SESID writer = database_->NewSession();
  std::thread thread([&] {
    JET_DBID id = JET_dbidNil;
    JET_TABLEID table = JET_tableidNil;
    ASSERT_JET_OK(JetOpenDatabaseA(writer, path().c_str(), nullptr, &id, 0));
    ASSERT_JET_OK(JetOpenTableA(writer, id, "rows", nullptr, 0, 0, &table));
    const JET_COLUMNID id_column = Column(writer, table, "id");
    const JET_COLUMNID name = Column(writer, table, "name");
    std::mt19937 random(7);
    for (int step = 0; step < 4000; ++step) {
      int32_t key = static_cast<int32_t>(random() % 600);
      ASSERT_JET_OK(JetBeginTransaction(writer));
      ASSERT_JET_OK(JetMakeKey(writer, table, &key, sizeof(key), JET_bitNewKey));
      const bool there = JetSeek(writer, table, JET_bitSeekEQ) >= 0;
      if (there && random() % 2 == 0) {
        ASSERT_JET_OK(JetDelete(writer, table));
        model.erase(key);
      } else {
        const std::string text(random() % 200, static_cast<char>('a' + step % 26));
        ASSERT_JET_OK(JetPrepareUpdate(writer, table, there ? JET_prepReplace : JET_prepInsert));
        if (!there) {
          ASSERT_JET_OK(JetSetColumn(writer, table, id_column, &key, sizeof(key), 0, nullptr));
        }
        ASSERT_JET_OK(JetSetColumn(writer, table, name, text.data(),
                                   static_cast<uint32_t>(text.size()), JET_bitSetZeroLength,
                                   nullptr));
        ASSERT_JET_OK(JetUpdate(writer, table, nullptr, 0, nullptr));
        model[key] = text;
      }
      ASSERT_JET_OK(JetCommitTransaction(writer, JET_bitCommitLazyFlush));
    }
    ASSERT_JET_OK(JetCloseTable(writer, table));
  });
  for (int backup = 0; backup < 4; ++backup) BackUp();
  thread.join();
  BackUp();
  EXPECT_EQ(CountOf(Events(), " 706: "), 5);
  EXPECT_EQ(CountOf(Events(), "is complete"), 5) << Events();
  EXPECT_EQ(Rows("rows"), model);
  Stop();
  EXPECT_SOUND(path());
}

// A copy that is not read to its end ends its scrub, too, and says so.
TEST_P(BackupScrubTest, EndedEarly) {
  Fill("rows", 30);
  const JET_INSTANCE instance = database_->instance();
  EXPECT_JET_OK(JetBeginExternalBackupInstance(instance, 0));
  JET_HANDLE handle = 0;
  uint32_t low = 0, high = 0, read = 0;
  EXPECT_JET_OK(JetOpenFileInstanceA(instance, path().c_str(), &handle, &low, &high));
  std::vector<char> buffer(4 * size_t{GetParam()});
  EXPECT_JET_OK(JetReadFileInstance(instance, handle, buffer.data(),
                                    static_cast<uint32_t>(buffer.size()), &read));
  EXPECT_EQ(CountOf(Events(), " 706: "), 1);
  EXPECT_EQ(CountOf(Events(), " 707: "), 0);
  EXPECT_JET_OK(JetStopBackupInstance(instance));
  EXPECT_LT(JetEndExternalBackupInstance2(instance, JET_bitBackupEndNormal), 0);
  EXPECT_EQ(CountOf(Events(), " 707: "), 1);
  EXPECT_EQ(CountOf(Events(), "has stopped before its end"), 1);
}

INSTANTIATE_TEST_SUITE_P(PageSizes, BackupScrubTest, testing::Values(4096, 32768));

}  // namespace
}  // namespace contrail::test
