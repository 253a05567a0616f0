// JetExternalRestore and JetExternalRestore2: what they refuse, by the rows of error_rows.tsv that
// name these tests.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "tests/support/backup_calls.h"
#include "tests/support/backup_fixture.h"
#include "tests/support/one_instance.h"

namespace contrail::test {
namespace {

namespace fs = std::filesystem;

constexpr JetOptions kSmallLogs = {.log_kibibytes = 128};

// A backup of a database whose logs are several, in a folder; the restore works in another one.
class ExternalRestoreTest : public testing::Test {
 protected:
  void SetUp() override {
    JetDatabase database(folder_, kSmallLogs);
    database.CreateRows("rows");
    ASSERT_JET_OK(AddRows(database.session(), database.id(), 0, 100));
    range_ = BackUpThroughApi(database.instance(), set_.path(), {.begun = [&] {
                                ASSERT_JET_OK(AddRows(database.session(), database.id(), 100, 500));
                              }});
    // Goes on behind the set.
    ASSERT_JET_OK(AddRows(database.session(), database.id(), 600, 300));
    ASSERT_EQ(database.engine().Crash(), JET_errDirtyShutdown);
    ASSERT_GE(ArchivedLogs(set_.path()).size(), 4u);
    ASSERT_GE(ArchivedLogs(folder_.path()).size(), 3u);
    SetEventSource("file:" + events_file_);
  }
  void TearDown() override { SetEventSource(""); }
  static void SetEventSource(const std::string& source) {
    EXPECT_JET_OK(JetSetSystemParameterA(nullptr, 0, JET_paramEventSource, 0, source.c_str()));
  }

  // What a call is made with; tests change it.
  struct Call {
    std::string checkpoint, log, set, original, path;
    uint32_t low = 0, high = 0;
    std::string target_name, target_log, target_checkpoint;
    std::string base_name = "edb";
  };
  Call Good() const {
    Call call;
    call.checkpoint = call.log = work_.path();
    call.set = set_.path();
    call.original = folder_ / "test.edb";
    call.path = set_ / "test.edb";
    return call;
  }
  static JET_ERR Restore(const std::string& function, Call call, JET_PFNSTATUS status = nullptr) {
    const auto text = [](std::string& value) { return value.empty() ? nullptr : value.data(); };
    JET_RSTMAP_A map = {call.original.data(), call.path.data()};
    if (function == "JetExternalRestore") {
      return JetExternalRestoreA(text(call.checkpoint), text(call.log), &map, 1, text(call.set),
                                 static_cast<int32_t>(call.low), static_cast<int32_t>(call.high),
                                 status);
    }
    JET_LOGINFO_A info = {};
    info.cbSize = sizeof(info);
    info.ulGenLow = call.low;
    info.ulGenHigh = call.high;
    std::copy_n(call.base_name.c_str(), 4, info.szBaseName);
    return JetExternalRestore2A(text(call.checkpoint), text(call.log), &map, 1, text(call.set),
                                &info, text(call.target_name), text(call.target_log),
                                text(call.target_checkpoint), status);
  }
  // Every row of this test, and the event that goes with it (0: none of its own); what `spoil`
  // changes in the folders is undone.
  void ExpectEach(uint32_t event, const std::function<void(Call*)>& spoil) {
    const JetFolder safe;
    Copy(set_, safe / "set");
    Copy(work_, safe / "work");
    for (const ErrorRow& row : ErrorRowsOfThisTest()) {
      SCOPED_TRACE(row.function);
      Call call = Good();
      spoil(&call);
      fs::remove(events_file_);
      EXPECT_JET(row.number, Restore(row.function, call));
      if (event != 0) {
        EXPECT_TRUE(IsTold(event)) << "no event " << event;
      }
      Clear(set_);
      Clear(work_);
      fs::copy(safe / "set", set_.path(), fs::copy_options::recursive);
      fs::copy(safe / "work", work_.path(), fs::copy_options::recursive);
      // As it was, it can be restored.
      EXPECT_JET_OK(Restore(row.function, Good()));
      Clear(set_);
      Clear(work_);
      fs::copy(safe / "set", set_.path(), fs::copy_options::recursive);
      fs::copy(safe / "work", work_.path(), fs::copy_options::recursive);
    }
  }
  // Events of the restoring instance, which has the process's parameters.
  bool IsTold(uint32_t event) const {
    std::ifstream file(events_file_);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    return text.find(" " + std::to_string(event) + ": ") != std::string::npos;
  }
  static void Copy(const JetFolder& from, const std::string& to) {
    fs::copy(from.path(), to, fs::copy_options::recursive);
  }
  static void Clear(const JetFolder& folder) {
    for (const auto& entry : fs::directory_iterator(folder.path())) fs::remove_all(entry);
  }
  std::string SetLog(size_t index) const { return ArchivedLogs(set_.path()).at(index); }
  // The logs of the instance, which go on behind the set, lie where the restore works.
  void BringSurvivors() {
    for (const std::string& log : ArchivedLogs(folder_.path())) fs::copy(log, work_.path());
    fs::copy(folder_ / "edb.log", work_.path());
  }
  std::string Survivor(uint32_t behind) const {
    char name[32];
    std::snprintf(name, sizeof(name), "edb%05X.log", range_.high + behind);
    return work_ / name;
  }
  // A stream with another signature, as long.
  static void MakeForeignLogs(const JetFolder& folder) {
    JetDatabase database(folder, kSmallLogs);
    database.CreateRows("rows");
    ASSERT_JET_OK(AddRows(database.session(), database.id(), 0, 1000));
    ASSERT_JET_OK(database.engine().Term());
  }

  const JetFolder folder_, set_, work_, events_;
  const std::string events_file_ = events_ / "events";
  CopiedRange range_;
};

TEST_F(ExternalRestoreTest, Success) {
  ExpectEach(204, [](Call*) {});
  BringSurvivors();
  EXPECT_JET_OK(Restore("JetExternalRestore2", Good()));
  JetDatabase restored(work_, kSmallLogs);
  JET_DBID id = 0;
  ASSERT_JET_OK(JetAttachDatabaseA(restored.session(), (set_ / "test.edb").c_str(), 0));
  ASSERT_JET_OK(JetOpenDatabaseA(restored.session(), (set_ / "test.edb").c_str(), nullptr, &id, 0));
  EXPECT_EQ(CountRows(restored.session(), id), 900);
}

TEST_F(ExternalRestoreTest, NoDatabaseFile) {
  ExpectEach(0, [](Call* call) {
    DamageByte(call->path, 500);
    DamageByte(call->path, 4096 + 500);
  });
}

TEST_F(ExternalRestoreTest, EndsTooLow) {
  ExpectEach(432, [this](Call* call) { call->high = range_.high - 1; });
  // Or the log is not there.
  ExpectEach(432, [this](Call*) { fs::remove(ArchivedLogs(set_.path()).back()); });
}

TEST_F(ExternalRestoreTest, StartsTooHigh) {
  ExpectEach(431, [this](Call* call) { call->low = range_.low + 1; });
}

TEST_F(ExternalRestoreTest, NoLogs) {
  ExpectEach(435, [this](Call*) {
    for (const std::string& log : ArchivedLogs(set_.path())) fs::remove(log);
  });
  ExpectEach(435, [this](Call* call) {
    call->low = range_.low;
    fs::remove(SetLog(0));
  });
}

TEST_F(ExternalRestoreTest, BadArguments) {
  ExpectEach(0, [](Call* call) { call->log.clear(); });
  ExpectEach(0, [](Call* call) { call->checkpoint.clear(); });
  Call call = Good();
  call.target_log = work_.path();
  EXPECT_JET(JET_errInvalidParameter, Restore("JetExternalRestore2", call));
  call.target_checkpoint = work_.path();
  call.target_name = "both";
  EXPECT_JET(JET_errInvalidParameter, Restore("JetExternalRestore2", call));
  // A map without databases: nothing would be restored.
  std::string folder = set_.path();
  JET_RSTMAP_A map = {folder.data(), folder.data()};
  JET_LOGINFO_A range = {};
  range.cbSize = sizeof(range);
  for (JET_RSTMAP_A* none : {static_cast<JET_RSTMAP_A*>(nullptr), &map}) {
    EXPECT_JET(JET_errInvalidParameter, JetExternalRestoreA(folder.data(), folder.data(), none, 0,
                                                            folder.data(), 0, 0, nullptr));
    EXPECT_JET(JET_errInvalidParameter,
               JetExternalRestore2A(folder.data(), folder.data(), none, 0, folder.data(), &range,
                                    nullptr, nullptr, nullptr, nullptr));
  }
}

TEST_F(ExternalRestoreTest, MissingDirectory) {
  ExpectEach(454, [](Call* call) { call->set += "nowhere/"; });
}

TEST_F(ExternalRestoreTest, NoBackup) {
  ExpectEach(454, [this](Call* call) {
    // Where it was when the instance was killed.
    fs::copy(folder_ / "test.edb", call->path, fs::copy_options::overwrite_existing);
  });
}

TEST_F(ExternalRestoreTest, OneInstanceMode) {
  const JetFolder other;
  OneInstance one(other);
  one.Start();
  for (const ErrorRow& row : ErrorRowsOfThisTest()) {
    EXPECT_JET(row.number, Restore(row.function, Good()));
  }
}

TEST_F(ExternalRestoreTest, BadTrailer) {
  ExpectEach(645,
             [](Call* call) { DamageByte(call->path, fs::file_size(call->path) - 4096 + 50); });
}

TEST_F(ExternalRestoreTest, ForeignTrailer) {
  const JetFolder source, foreign;
  {
    JetDatabase database(source, kSmallLogs);
    database.CreateRows("rows");
    BackUpThroughApi(database.instance(), foreign.path());
  }
  ExpectEach(430, [&](Call* call) {
    std::ifstream from(foreign / "test.edb", std::ios::binary);
    from.seekg(-4096, std::ios::end);
    std::string page(4096, 0);
    from.read(page.data(), 4096);
    std::fstream to(call->path, std::ios::binary | std::ios::in | std::ios::out);
    to.seekp(-4096, std::ios::end);
    to << page;
  });
}

TEST_F(ExternalRestoreTest, ForeignLog) {
  const JetFolder foreign;
  MakeForeignLogs(foreign);
  ExpectEach(433, [&](Call*) {
    fs::copy(ArchivedLogs(foreign.path()).front(), SetLog(2), fs::copy_options::overwrite_existing);
  });
}

TEST_F(ExternalRestoreTest, LogOfAnotherHistory) {
  ExpectEach(
      434, [this](Call*) { fs::copy(SetLog(3), SetLog(2), fs::copy_options::overwrite_existing); });
}

TEST_F(ExternalRestoreTest, DamagedLog) {
  ExpectEach(463, [this](Call*) { DamageByte(SetLog(1), 6000); });
}

// The end of a log is not there, or torn.
TEST_F(ExternalRestoreTest, TornAndShortLogs) {
  const std::string last = ArchivedLogs(set_.path()).back();
  const auto size = fs::file_size(last);
  std::string content(size, 0);
  std::ifstream(last, std::ios::binary).read(content.data(), static_cast<std::streamsize>(size));
  // From the header's end on there is nothing but zeros.
  std::fstream(last, std::ios::binary | std::ios::in | std::ios::out).seekp(4096)
      << std::string(size - 4096, 0);
  EXPECT_JET(JET_errRedoAbruptEnded, Restore("JetExternalRestore2", Good()));
  EXPECT_TRUE(IsTold(446));
  // The last byte that is not zero belongs to the last frame.
  std::string torn = content;
  torn[torn.find_last_not_of('\0')] ^= 0x7f;
  std::ofstream(last, std::ios::binary) << torn;
  EXPECT_JET(JET_errLogTornWriteDuringHardRestore, Restore("JetExternalRestore2", Good()));
  EXPECT_TRUE(IsTold(460));
  std::ofstream(last, std::ios::binary) << content;
  EXPECT_JET_OK(Restore("JetExternalRestore2", Good()));
}

TEST_F(ExternalRestoreTest, NoCurrentLog) {
  BringSurvivors();
  ExpectEach(450, [this](Call*) { fs::remove(work_ / "edb.log"); });
}

TEST_F(ExternalRestoreTest, GapBehindTheSet) {
  BringSurvivors();
  ExpectEach(458, [this](Call*) { fs::remove(Survivor(1)); });
}

TEST_F(ExternalRestoreTest, ForeignExistingLog) {
  BringSurvivors();
  const JetFolder foreign;
  MakeForeignLogs(foreign);
  ExpectEach(457, [&](Call*) {
    fs::copy(ArchivedLogs(foreign.path()).front(), Survivor(1),
             fs::copy_options::overwrite_existing);
  });
}

TEST_F(ExternalRestoreTest, DamageBehindTheSet) {
  BringSurvivors();
  ExpectEach(464, [this](Call*) { DamageByte(Survivor(1), 6000); });
}

// The instance that the backup was taken from, running again, with another database in use.
class Target {
 public:
  Target(const JetFolder& folder, const JetFolder& other, bool circular = false)
      : instance_(folder, {.log_kibibytes = 128, .circular = circular, .name = "target"}) {
    EXPECT_JET_OK(instance_.Init());
    EXPECT_JET_OK(JetBeginSessionA(instance_.handle(), &session_, nullptr, nullptr));
    const std::string path = other / "other.edb";
    EXPECT_JET_OK(JetCreateDatabaseA(session_, path.c_str(), nullptr, &other_, 0));
  }
  // Rows of a restored database, attached beside the other one.
  int32_t RowsOf(const std::string& path) {
    JET_DBID id = 0;
    EXPECT_JET_OK(JetAttachDatabaseA(session_, path.c_str(), 0));
    EXPECT_JET_OK(JetOpenDatabaseA(session_, path.c_str(), nullptr, &id, 0));
    const int32_t rows = CountRows(session_, id);
    EXPECT_JET_OK(AddRows(session_, id, 100000, 10));
    EXPECT_JET_OK(JetCloseDatabase(session_, id, 0));
    return rows;
  }
  JetInstance& instance() { return instance_; }

 private:
  JetInstance instance_;
  JET_SESID session_ = JET_sesidNil;
  JET_DBID other_ = JET_dbidNil;
};

TEST_F(ExternalRestoreTest, BadTarget) {
  const JetFolder other;
  const Target target(folder_, other);
  for (const ErrorRow& row : ErrorRowsOfThisTest()) {
    Call call = Good();
    call.target_name = "nobody";
    EXPECT_JET(row.number, Restore(row.function, call));
    call.target_name = "target";
    call.base_name = "abc";
    EXPECT_JET(row.number, Restore(row.function, call));
  }
}

TEST_F(ExternalRestoreTest, RunningTarget) {
  const JetFolder other;
  for (const ErrorRow& row : ErrorRowsOfThisTest()) {
    Target target(folder_, other);
    Call call = Good();
    call.target_name = "target";
    EXPECT_JET(row.number, Restore(row.function, call));
    // The restoring instance leaves nothing behind but its lock.
    for (const auto& entry : fs::directory_iterator(work_.path())) {
      EXPECT_EQ(entry.path().filename().string(), "rst.lock");
    }
    EXPECT_EQ(target.RowsOf(call.path), 900);
    EXPECT_EQ(target.instance().Crash(), JET_errDirtyShutdown);
  }
  // What was written to it since is in the target's log.
  JetInstance again(folder_, kSmallLogs);
  ASSERT_JET_OK(again.Init());
  JET_SESID session = 0;
  JET_DBID id = 0;
  ASSERT_JET_OK(JetBeginSessionA(again.handle(), &session, nullptr, nullptr));
  ASSERT_JET_OK(JetAttachDatabaseA(session, (set_ / "test.edb").c_str(), 0));
  ASSERT_JET_OK(JetOpenDatabaseA(session, (set_ / "test.edb").c_str(), nullptr, &id, 0));
  EXPECT_EQ(CountRows(session, id), 910);
}

TEST_F(ExternalRestoreTest, RunningTargetByItsFolders) {
  const JetFolder other;
  Target target(folder_, other);
  Call call = Good();
  call.target_log = call.target_checkpoint = folder_.path();
  EXPECT_JET(JET_wrnTargetInstanceRunning, Restore("JetExternalRestore2", call));
  EXPECT_EQ(target.RowsOf(call.path), 900);
}

// Its logs go by themselves: nothing behind the set can be counted on.
TEST_F(ExternalRestoreTest, RunningTargetWithCircularLogging) {
  const JetFolder other;
  Target target(folder_, other, /*circular=*/true);
  Call call = Good();
  call.target_name = "target";
  EXPECT_JET(JET_wrnTargetInstanceRunning, Restore("JetExternalRestore2", call));
  EXPECT_EQ(target.RowsOf(call.path), 600);
}

// The folders of an instance that does not run: the restore works there, with the logs there.
TEST_F(ExternalRestoreTest, FoldersOfATargetThatDoesNotRun) {
  Call call = Good();
  call.target_log = call.target_checkpoint = folder_.path();
  EXPECT_JET(JET_errSuccess, Restore("JetExternalRestore2", call));
  const JetFolder other;
  Target target(folder_, other);
  EXPECT_EQ(target.RowsOf(call.path), 900);
}

TEST_F(ExternalRestoreTest, OneRestoreOfATargetAtATime) {
  const JetFolder other;
  Target target(folder_, other);
  static Call second;
  second = Good();
  second.target_name = "target";
  static JET_ERR seen = JET_errSuccess;
  EXPECT_JET(JET_wrnTargetInstanceRunning,
             Restore("JetExternalRestore2", second, [](JET_SESID, JET_SNP, JET_SNT what, void*) {
               if (what == JET_sntBegin) seen = Restore("JetExternalRestore2", second);
               return JET_errSuccess;
             }));
  EXPECT_EQ(seen, JET_errRestoreInProgress);
}

TEST_F(ExternalRestoreTest, LogsOfTheTargetThatHaveGone) {
  const JetFolder other;
  Target target(folder_, other);
  for (const std::string& log : ArchivedLogs(folder_.path())) fs::remove(log);
  Call call = Good();
  call.target_name = "target";
  EXPECT_JET(JET_errRequiredLogFilesMissing, Restore("JetExternalRestore2", call));
  EXPECT_TRUE(IsTold(452));
  call.target_name.clear();
  EXPECT_JET_OK(Restore("JetExternalRestore2", call));
}

// What lies behind the set, too, has to be whole.
TEST_F(ExternalRestoreTest, DamagedLogBehindTheSet) {
  BringSurvivors();
  // An archived log as the last one: the current one under the next archived name.
  uint32_t behind = 1;
  while (fs::exists(Survivor(behind))) ++behind;
  ASSERT_GT(behind, 1u);
  const std::string last = Survivor(behind - 1);
  std::string content(fs::file_size(last), 0);
  std::ifstream(last, std::ios::binary)
      .read(content.data(), static_cast<std::streamsize>(content.size()));
  DamageByte(last, content.find_last_not_of('\0'));
  // It is followed by another one, so its end had been durable.
  EXPECT_JET(JET_errLogCorruptDuringHardRecovery, Restore("JetExternalRestore2", Good()));
  EXPECT_TRUE(IsTold(464));
  EXPECT_FALSE(IsTold(461));
}

}  // namespace
}  // namespace contrail::test
