// The backup sequence and the external restore, through the API, while threads write.

#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "tests/support/jet_fixture.h"

namespace contrail::test {
namespace {

// Paths of a multi-string.
std::vector<std::string> Split(const std::vector<char>& block) {
  std::vector<std::string> paths;
  for (size_t at = 0; at < block.size() && block[at] != 0; at += paths.back().size() + 1) {
    paths.emplace_back(block.data() + at);
  }
  return paths;
}

class BackupApiTest : public testing::Test {
 protected:
  void SetUp() override {
    JetOptions options;
    options.log_kibibytes = 512;
    database_ = std::make_unique<JetDatabase>(folder_, options);
    database_->CreateRows("rows");
    ASSERT_EQ(Write(database_->session(), 0, 500), JET_errSuccess);
  }

  JET_INSTANCE instance() const { return database_->instance(); }

  // Rows first .. first + count - 1, ten to a transaction.
  JET_ERR Write(JET_SESID session, int32_t first, int32_t count) {
    JET_DBID id = JET_dbidNil;
    JET_ERR error = JetOpenDatabaseA(session, (folder_ / "test.edb").c_str(), nullptr, &id, 0);
    JET_TABLEID table = JET_tableidNil;
    if (error >= 0) error = JetOpenTableA(session, id, "rows", nullptr, 0, 0, &table);
    JET_COLUMNDEF key = {}, data = {};
    if (error >= 0) {
      error = JetGetTableColumnInfoA(session, table, "id", &key, sizeof(key), JET_ColInfo);
    }
    if (error >= 0) {
      error = JetGetTableColumnInfoA(session, table, "data", &data, sizeof(data), JET_ColInfo);
    }
    for (int32_t i = 0; error >= 0 && i < count; ++i) {
      if (i % 10 == 0) error = JetBeginTransaction(session);
      const int32_t number = first + i;
      const std::string value(500, static_cast<char>('a' + number % 26));
      if (error >= 0) error = JetPrepareUpdate(session, table, JET_prepInsert);
      if (error >= 0) {
        error = JetSetColumn(session, table, key.columnid, &number, sizeof(number), 0, nullptr);
      }
      if (error >= 0) {
        error = JetSetColumn(session, table, data.columnid, value.data(),
                             static_cast<uint32_t>(value.size()), 0, nullptr);
      }
      if (error >= 0) error = JetUpdate(session, table, nullptr, 0, nullptr);
      if (error >= 0 && (i % 10 == 9 || i + 1 == count)) {
        error = JetCommitTransaction(session, 0);
      }
    }
    if (table != JET_tableidNil) JetCloseTable(session, table);
    if (id != JET_dbidNil) JetCloseDatabase(session, id, 0);
    return error;
  }

  template <typename Call>
  std::vector<std::string> List(Call call) {
    uint32_t size = 0;
    EXPECT_JET_OK(call(nullptr, 0, &size));
    std::vector<char> block(size);
    uint32_t actual = 0;
    EXPECT_JET_OK(call(block.data(), size, &actual));
    EXPECT_EQ(actual, size);
    // A short buffer shows: the whole size comes back.
    EXPECT_JET_OK(call(block.data(), 1, &actual));
    EXPECT_EQ(actual, size);
    EXPECT_JET_OK(call(block.data(), size, nullptr));
    return Split(block);
  }
  std::vector<std::string> Databases() {
    return List([&](char* out, uint32_t size, uint32_t* actual) {
      return JetGetAttachInfoInstanceA(instance(), out, size, actual);
    });
  }
  std::vector<std::string> Logs() {
    return List([&](char* out, uint32_t size, uint32_t* actual) {
      return JetGetLogInfoInstanceA(instance(), out, size, actual);
    });
  }

  // Copies a file of the backup; an odd address as buffer when asked for.
  void Copy(const std::string& path, const std::string& to, size_t misalign = 0) {
    JET_HANDLE handle = 0;
    uint32_t low = 0, high = 0;
    ASSERT_JET_OK(JetOpenFileInstanceA(instance(), path.c_str(), &handle, &low, &high));
    std::ofstream out(to, std::ios::binary);
    std::vector<char> buffer((1 << 20) + misalign);
    uint64_t total = 0;
    while (true) {
      uint32_t actual = 0;
      ASSERT_JET_OK(
          JetReadFileInstance(instance(), handle, buffer.data() + misalign, 1 << 20, &actual));
      if (actual == 0) break;
      out.write(buffer.data() + misalign, actual);
      total += actual;
    }
    EXPECT_EQ(total, uint64_t{high} << 32 | low);
    ASSERT_JET_OK(JetCloseFileInstance(instance(), handle));
  }
  static std::string NameOf(const std::string& path) { return path.substr(path.rfind('/') + 1); }

  int32_t CountRows(JetDatabase& database) {
    JET_TABLEID table = database.Open("rows");
    int32_t count = 0;
    for (JET_ERR error = JetMove(database.session(), table, JET_MoveFirst, 0); error >= 0;
         error = JetMove(database.session(), table, JET_MoveNext, 0)) {
      ++count;
    }
    JetCloseTable(database.session(), table);
    return count;
  }

  JetFolder folder_;
  JetFolder copy_;
  std::unique_ptr<JetDatabase> database_;
};

TEST_F(BackupApiTest, BacksUpWhileThreadsWriteAndRestores) {
  std::atomic<bool> stop{false};
  std::atomic<int32_t> written[2] = {};
  std::vector<std::thread> writers;
  for (int32_t w = 0; w < 2; ++w) {
    writers.emplace_back([&, w] {
      const JET_SESID session = database_->NewSession();
      while (!stop) {
        const int32_t done = written[w];
        if (Write(session, 10000 * (w + 1) + done, 20) < 0) break;
        written[w] = done + 20;
      }
      JetEndSession(session, 0);
    });
  }
  ASSERT_JET_OK(JetBeginExternalBackupInstance(instance(), 0));
  const std::vector<std::string> databases = Databases();
  ASSERT_EQ(databases, std::vector<std::string>{folder_ / "test.edb"});
  Copy(databases[0], copy_ / "test.edb", 7);
  while (written[0] == 0 || written[1] == 0) std::this_thread::yield();
  const int32_t before = written[0] + written[1];
  JET_LOGINFO_A range = {};
  range.cbSize = sizeof(range);
  uint32_t actual = 0;
  ASSERT_JET_OK(JetGetLogInfoInstance2A(instance(), nullptr, 0, &actual, &range));
  EXPECT_STREQ(range.szBaseName, "edb");
  const std::vector<std::string> logs = Logs();
  ASSERT_EQ(logs.size(), range.ulGenHigh - range.ulGenLow + 1);
  for (const std::string& path : logs) Copy(path, copy_ / NameOf(path));
  ASSERT_JET_OK(JetTruncateLogInstance(instance()));
  ASSERT_JET_OK(JetEndExternalBackupInstance(instance()));
  stop = true;
  for (std::thread& writer : writers) writer.join();

  // Attaching it as it is would be a mistake.
  EXPECT_JET(JET_errSoftRecoveryOnBackupDatabase,
             JetAttachDatabaseA(database_->session(), (copy_ / "test.edb").c_str(), 0));
  std::string from = folder_ / "test.edb", to = copy_ / "test.edb", place = copy_.path();
  JET_RSTMAP_A map = {from.data(), to.data()};
  std::vector<JET_SNT> told;
  static std::vector<JET_SNT>* sink = nullptr;
  sink = &told;
  ASSERT_JET_OK(JetExternalRestore2A(place.data(), place.data(), &map, 1, place.data(), &range,
                                     nullptr, nullptr, nullptr,
                                     [](JET_SESID, JET_SNP snp, JET_SNT snt, void*) -> JET_ERR {
                                       EXPECT_EQ(snp, static_cast<JET_SNP>(JET_snpRestore));
                                       sink->push_back(snt);
                                       return JET_errSuccess;
                                     }));
  ASSERT_GE(told.size(), 2u);
  EXPECT_EQ(told.front(), static_cast<JET_SNT>(JET_sntBegin));
  EXPECT_EQ(told.back(), static_cast<JET_SNT>(JET_sntComplete));
  database_.reset();
  JetDatabase restored(copy_);
  const int32_t rows = CountRows(restored);
  EXPECT_GE(rows, 500 + before);
  EXPECT_LE(rows, 500 + written[0] + written[1]);
  EXPECT_EQ(rows % 10, 0);  // Whole transactions.
}

TEST_F(BackupApiTest, WideForms) {
  ASSERT_JET_OK(JetBeginExternalBackupInstance(instance(), 0));
  char16_t block[600] = {};
  uint32_t actual = 0;
  ASSERT_JET_OK(JetGetAttachInfoInstanceW(instance(), block, sizeof(block), &actual));
  const std::string path = folder_ / "test.edb";
  EXPECT_EQ(actual, (path.size() + 2) * sizeof(char16_t));
  EXPECT_EQ(std::u16string(block), std::u16string(path.begin(), path.end()));
  JET_HANDLE handle = 0;
  uint32_t low = 0, high = 0;
  ASSERT_JET_OK(JetOpenFileInstanceW(instance(), block, &handle, &low, &high));
  EXPECT_GT(low, 0u);
  ASSERT_JET_OK(JetCloseFileInstance(instance(), handle));
  JET_LOGINFO_W range = {};
  range.cbSize = sizeof(range);
  ASSERT_JET_OK(JetGetLogInfoInstance2W(instance(), block, sizeof(block), &actual, &range));
  EXPECT_EQ(std::u16string(range.szBaseName), u"edb");
  ASSERT_JET_OK(JetGetTruncateLogInfoInstanceW(instance(), block, sizeof(block), &actual));
  EXPECT_JET_OK(JetEndExternalBackupInstance2(instance(), JET_bitBackupEndAbort));
}

TEST_F(BackupApiTest, ArgumentsAndOrder) {
  EXPECT_JET(JET_errInvalidParameter, JetBeginExternalBackupInstance(instance() + 12345, 0));
  EXPECT_JET(JET_errRunningInMultiInstanceMode, JetBeginExternalBackup(0));
  EXPECT_JET(JET_errInvalidGrbit, JetBeginExternalBackupInstance(instance(), JET_bitBackupAtomic));
  EXPECT_JET(JET_errNoBackup, JetEndExternalBackupInstance(instance()));
  EXPECT_JET(JET_errNoBackup, JetEndExternalBackupInstance2(instance(), 0));
  EXPECT_JET(JET_errMissingFullBackup,
             JetBeginExternalBackupInstance(instance(), JET_bitBackupIncremental));
  ASSERT_JET_OK(JetBeginExternalBackupInstance(instance(), 0));
  EXPECT_JET(JET_errBackupInProgress, JetBeginExternalBackupInstance(instance(), 0));
  JET_HANDLE handle = 0;
  uint32_t low = 0, high = 0;
  EXPECT_JET(JET_errInvalidParameter,
             JetOpenFileInstanceA(instance(), nullptr, &handle, &low, &high));
  EXPECT_JET(JET_errInvalidParameter, JetOpenFileInstanceA(instance(), "", &handle, &low, &high));
  EXPECT_JET(
      JET_errInvalidParameter,
      JetOpenFileInstanceA(instance(), (folder_ / "test.edb").c_str(), nullptr, &low, &high));
  EXPECT_JET(JET_errDatabaseNotFound,
             JetOpenFileInstanceA(instance(), (folder_ / "none").c_str(), &handle, &low, &high));
  JET_LOGINFO_A range = {};
  EXPECT_JET(JET_errInvalidParameter,
             JetGetLogInfoInstance2A(instance(), nullptr, 0, nullptr, &range));
  EXPECT_JET(JET_errInvalidParameter, JetEndExternalBackupInstance2(instance(), 3));
  EXPECT_JET(JET_errBackupInProgress,
             JetDetachDatabaseA(database_->session(), (folder_ / "test.edb").c_str()));
  EXPECT_JET_OK(JetStopBackupInstance(instance()));
  EXPECT_JET(JET_errBackupAbortByServer, JetGetAttachInfoInstanceA(instance(), nullptr, 0, &low));
  EXPECT_JET(JET_errBackupAbortByServer, JetEndExternalBackupInstance(instance()));
  ASSERT_JET_OK(JetBeginExternalBackupInstance(instance(), 0));
  EXPECT_JET(-800, JetEndExternalBackupInstance(instance()));  // errBackupAbortByCaller
}

TEST_F(BackupApiTest, NamesLeadThroughLinks) {
  const std::string link = copy_ / "link";
  std::filesystem::create_directory_symlink(folder_.path(), link);
  const auto open = [&](const std::string& name) {
    JET_HANDLE handle = 0;
    uint32_t low = 0, high = 0;
    const JET_ERR error = JetOpenFileInstanceA(instance(), name.c_str(), &handle, &low, &high);
    if (error >= 0) EXPECT_JET_OK(JetCloseFileInstance(instance(), handle));
    return error;
  };
  ASSERT_JET_OK(JetBeginExternalBackupInstance(instance(), 0));
  EXPECT_JET_OK(open(link + "/test.edb"));
  EXPECT_JET(JET_errDatabaseNotFound, open(link + "/edb.log"));
  const std::vector<std::string> logs = Logs();
  ASSERT_FALSE(logs.empty());
  EXPECT_JET_OK(open(link + "/" + NameOf(logs.front())));
  EXPECT_JET_OK(JetEndExternalBackupInstance2(instance(), JET_bitBackupEndAbort));
}

TEST_F(BackupApiTest, TermAndARunningBackup) {
  ASSERT_JET_OK(JetBeginExternalBackupInstance(instance(), 0));
  EXPECT_JET(JET_errBackupInProgress, database_->engine().Term(JET_bitTermComplete));
  JET_HANDLE handle = 0;
  uint32_t low = 0, high = 0;
  ASSERT_JET_OK(
      JetOpenFileInstanceA(instance(), (folder_ / "test.edb").c_str(), &handle, &low, &high));
  EXPECT_JET_OK(database_->engine().Term(JET_bitTermAbrupt));
}

TEST_F(BackupApiTest, AfterARefusedTerminationBackupsBeginAgain) {
  ASSERT_JET_OK(JetBeginTransaction(database_->session()));
  EXPECT_JET(JET_errTooManyActiveUsers,
             JetTerm2(instance(), JET_bitTermComplete | JET_bitTermStopBackup));
  ASSERT_JET_OK(JetRollback(database_->session(), 0));
  ASSERT_JET_OK(JetBeginExternalBackupInstance(instance(), 0));
  EXPECT_JET_OK(JetEndExternalBackupInstance2(instance(), JET_bitBackupEndAbort));
}

TEST_F(BackupApiTest, RestoreRefusals) {
  std::string from = folder_ / "test.edb", to = copy_ / "test.edb", place = copy_.path();
  JET_RSTMAP_A map = {from.data(), to.data()};
  std::string name = "nobody";
  JET_LOGINFO_A range = {};
  range.cbSize = sizeof(range);
  const auto restore = [&](char* target, char* log, char* checkpoint) {
    return JetExternalRestore2A(place.data(), place.data(), &map, 1, place.data(), &range, target,
                                log, checkpoint, nullptr);
  };
  EXPECT_JET(JET_errBadRestoreTargetInstance, restore(name.data(), nullptr, nullptr));
  EXPECT_JET(JET_errInvalidParameter, restore(nullptr, place.data(), nullptr));
  EXPECT_JET(JET_errInvalidParameter, restore(name.data(), place.data(), place.data()));
  EXPECT_JET(JET_errFileNotFound, restore(nullptr, nullptr, nullptr));
  range.cbSize = 3;
  EXPECT_JET(JET_errInvalidParameter, restore(nullptr, nullptr, nullptr));
}

}  // namespace
}  // namespace contrail::test
