// The state table of a backup (tests/backup/state_table.tsv), every cell: the instance is brought
// into the state, the call is made, and its result and the state behind it are looked at, through
// the API alone; in the forms with an instance and, where there are such, without one.

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <map>

#include "backup/backup_session.h"
#include "engine/api/api_registry.h"
#include "tests/support/backup_fixture.h"
#include "tests/support/cell_table.h"
#include "tests/support/one_instance.h"

namespace contrail::test {
namespace {

constexpr uint32_t kPiece = 64 << 10;

class StateTableTest : public testing::Test {
 protected:
  void Start(bool legacy) {
    legacy_ = legacy;
    folder_ = std::make_unique<JetFolder>();
    const JetOptions options{.log_kibibytes = 128};
    if (legacy) {
      one_ = std::make_unique<OneInstance>(*folder_, options);
      one_->Start();
      instance_ = 0;
      session_ = one_->session();
    } else {
      many_ = std::make_unique<JetDatabase>(*folder_, options);
      instance_ = many_->instance();
      session_ = many_->session();
    }
    database_ = *folder_ / "test.edb";
    other_ = *folder_ / "other.edb";
    // Some generations, the full backup that an incremental needs, a database to attach.
    JET_DBID id = 0;
    ASSERT_JET_OK(JetCreateDatabaseA(session_, other_.c_str(), nullptr, &id, 0));
    ASSERT_JET_OK(JetCloseDatabase(session_, id, 0));
    BackUpThroughApi(instance_, "");
    ASSERT_JET_OK(JetDetachDatabaseA(session_, other_.c_str()));
    ASSERT_JET_OK(JetIdle(session_, JET_bitIdleFlushBuffers));
    for (int i = 0; i < 3; ++i) BackUpThroughApi(instance_, "", {.truncate = false});
    api::ApiInstance* found = api::ApiRegistry::Get().Instances().front();
    BackupSession::Of(*found->engine)->set_read_ahead({.read_bytes = kPiece, .retries = 0});
  }
  void End() {
    one_.reset();
    many_.reset();
    folder_.reset();
  }

  // Brings the idle instance into the state.
  void Enter(const std::string& state) {
    handle_ = 0;
    open_path_.clear();
    state_ = state;
    if (state == "0") return;
    if (state == "S") {
      ASSERT_JET_OK(JetBeginSurrogateBackup(instance_, 1, 2, 0));
      return;
    }
    if (state.starts_with("stop")) {
      Enter(state == "stop" ? under_stop_ : under_stop_ + "h");
      ASSERT_JET_OK(JetStopBackupInstance(instance_));
      return;
    }
    const bool full = state[0] == 'F' || state[0] == 'G';
    ASSERT_JET_OK(JetBeginExternalBackupInstance(instance_, full ? 0 : JET_bitBackupIncremental));
    if (copied_) ASSERT_JET_OK(CopyBackupFile(instance_, database_, ""));
    if (state[0] != 'I' && state[0] != 'F') {
      logs_ = LogPaths(instance_);
      ASSERT_FALSE(logs_.empty());
    }
    if (state.ends_with('h')) {
      open_path_ = state[0] == 'F' ? database_ : logs_.front();
      ASSERT_JET_OK(Open(open_path_, &handle_));
    }
  }
  // Which state it is; the backup is not the same afterwards.
  std::string Probe() {
    uint32_t size = 0;
    const JET_ERR attached = JetGetAttachInfoInstanceA(instance_, nullptr, 0, &size);
    if (attached == JET_errNoBackup) {
      return JetBeginExternalBackupInstance(instance_, 0) >= 0 ? "0" : "S";
    }
    bool open = false;
    if (attached == JET_errBackupAbortByServer) {
      open = handle_ != 0 && JetCloseFileInstance(instance_, handle_) >= 0;
      return open ? "stoph" : "stop";
    }
    EXPECT_TRUE(attached >= 0 || attached == JET_errInvalidBackupSequence) << attached;
    if (handle_ != 0) open = JetCloseFileInstance(instance_, handle_) >= 0;
    const JET_ERR truncated = JetTruncateLogInstance(instance_);
    const bool prepared = truncated >= 0 || truncated == JET_errLogFileNotCopied;
    EXPECT_TRUE(prepared || truncated == JET_errInvalidBackupSequence) << truncated;
    std::string state = attached >= 0 ? (prepared ? "G" : "F") : (prepared || open ? "J" : "I");
    if (open) state += "h";
    return state;
  }
  void Leave() {
    JetEndExternalBackupInstance2(instance_, JET_bitBackupEndAbort);
    EXPECT_JET(JET_errNoBackup, JetGetAttachInfoInstanceA(instance_, nullptr, 0, nullptr));
  }

  JET_ERR Open(const std::string& path, JET_HANDLE* handle) {
    uint32_t low = 0, high = 0;
    return legacy_ ? JetOpenFileA(path.c_str(), handle, &low, &high)
                   : JetOpenFileInstanceA(instance_, path.c_str(), handle, &low, &high);
  }
  // A handle that was there stays the one to look at.
  JET_ERR OpenAnother(const std::string& path) {
    JET_HANDLE handle = 0;
    const JET_ERR error = Open(path, &handle);
    if (handle_ == 0) {
      handle_ = handle;
    } else if (error >= 0) {
      EXPECT_JET_OK(JetCloseFileInstance(instance_, handle));
    }
    return error;
  }
  JET_ERR Read(uint32_t bytes) {
    std::vector<char> buffer(kPiece);
    uint32_t read = 0;
    return legacy_ ? JetReadFile(handle_, buffer.data(), bytes, &read)
                   : JetReadFileInstance(instance_, handle_, buffer.data(), bytes, &read);
  }
  // A byte of a file that the next read finds; twice is as before. A database is read ahead of its
  // client, so it is damaged before it is opened.
  void DamageDatabase() { DamageByte(database_, 5 * 4096 + 200); }
  JET_ERR ReadDamaged() {
    const bool log = open_path_ != database_;
    if (log) DamageByte(open_path_, 6000);
    JET_ERR error = JET_errSuccess;
    for (int i = 0; error >= 0 && i < 100; ++i) error = Read(kPiece);
    if (log) DamageByte(open_path_, 6000);
    return error;
  }
  JET_ERR LogInfo2() {
    JET_LOGINFO_A info = {};
    info.cbSize = sizeof(info);
    uint32_t size = 0;
    return JetGetLogInfoInstance2A(instance_, nullptr, 0, &size, &info);
  }
  JET_ERR TruncateCopied() {
    for (const std::string& path : logs_) EXPECT_JET_OK(CopyBackupFile(instance_, path, ""));
    return Truncate();
  }
  JET_ERR Truncate() { return legacy_ ? JetTruncateLog() : JetTruncateLogInstance(instance_); }
  JET_ERR Begin(JET_GRBIT grbit) {
    return legacy_ ? JetBeginExternalBackup(grbit)
                   : JetBeginExternalBackupInstance(instance_, grbit);
  }
  JET_ERR Finish(JET_GRBIT grbit) {
    if (grbit == JET_bitBackupEndNormal && legacy_) return JetEndExternalBackup();
    if (grbit == JET_bitBackupEndNormal) return JetEndExternalBackupInstance(instance_);
    return JetEndExternalBackupInstance2(instance_, grbit);
  }
  JET_ERR Attach() {
    const JET_ERR error = JetAttachDatabaseA(session_, other_.c_str(), 0);
    if (error >= 0) EXPECT_JET_OK(JetDetachDatabaseA(session_, other_.c_str()));
    return error;
  }
  JET_ERR Detach() {
    const bool idle = state_ == "0";
    if (idle) EXPECT_JET_OK(JetAttachDatabaseA(session_, other_.c_str(), 0));
    // While a backup runs a database that is attached is asked for.
    return JetDetachDatabaseA(session_, (idle ? other_ : database_).c_str());
  }

  std::map<std::string, std::function<JET_ERR()>> Calls() {
    uint32_t* const none = nullptr;
    return {
        {"Begin(full)", [this] { return Begin(0); }},
        {"Begin(incremental)", [this] { return Begin(JET_bitBackupIncremental); }},
        {"GetAttachInfo",
         [this, none] {
           return legacy_ ? JetGetAttachInfoA(nullptr, 0, none)
                          : JetGetAttachInfoInstanceA(instance_, nullptr, 0, none);
         }},
        {"OpenFile(database)", [this] { return OpenAnother(database_); }},
        {"OpenFile(log)", [this] { return OpenAnother(AnyLog()); }},
        {"OpenFile(same)", [this] { return OpenAnother(open_path_); }},
        {"OpenFile(missing)", [this] { return OpenAnother(*folder_ / "edb0FFFF.log"); }},
        {"ReadFile", [this] { return Read(kPiece); }},
        {"ReadFile(damaged)", [this] { return ReadDamaged(); }},
        {"ReadFile(bad size)", [this] { return Read(1000); }},
        {"CloseFile",
         [this] {
           return legacy_ ? JetCloseFile(handle_) : JetCloseFileInstance(instance_, handle_);
         }},
        {"GetLogInfo",
         [this, none] {
           return legacy_ ? JetGetLogInfoA(nullptr, 0, none)
                          : JetGetLogInfoInstanceA(instance_, nullptr, 0, none);
         }},
        {"GetLogInfo2", [this] { return LogInfo2(); }},
        {"GetTruncateLogInfo",
         [this, none] { return JetGetTruncateLogInfoInstanceA(instance_, nullptr, 0, none); }},
        {"TruncateLog", [this] { return Truncate(); }},
        {"TruncateLog(copied)", [this] { return TruncateCopied(); }},
        {"End(normal)", [this] { return Finish(JET_bitBackupEndNormal); }},
        {"End(normal, copied)", [this] { return Finish(JET_bitBackupEndNormal); }},
        {"End(normal, truncate done)",
         [this] { return Finish(JET_bitBackupEndNormal | JET_bitBackupTruncateDone); }},
        {"End(abort)", [this] { return Finish(JET_bitBackupEndAbort); }},
        {"End(no flags)", [this] { return Finish(0); }},
        {"StopBackup",
         [this] { return legacy_ ? JetStopBackup() : JetStopBackupInstance(instance_); }},
        {"AttachDatabase", [this] { return Attach(); }},
        {"DetachDatabase", [this] { return Detach(); }},
    };
  }
  // An archived log that is not open.
  std::string AnyLog() {
    for (const std::string& log : ArchivedLogs(folder_->path())) {
      if (log != open_path_) return log;
    }
    ADD_FAILURE() << "there is no other log";
    return "";
  }
  void TryCell(const Cell& cell) {
    const bool damaged = cell.call == "ReadFile(damaged)" && cell.state == "Fh";
    if (damaged) DamageDatabase();
    copied_ = cell.call == "End(normal, copied)";
    Enter(cell.state);
    copied_ = false;
    if (HasFatalFailure()) return;
    const auto calls = Calls();
    ASSERT_TRUE(calls.contains(cell.call));
    const JET_ERR found = calls.at(cell.call)();
    EXPECT_EQ(found, cell.result) << JetErrorText(found);
    EXPECT_EQ(Probe(), cell.next);
    Leave();
    if (damaged) DamageDatabase();
    // Logs have gone and no backup knows of it: the next incremental needs a new full one.
    if (cell.call == "TruncateLog(copied)") BackUpThroughApi(instance_, "");
  }

  bool legacy_ = false;
  JET_INSTANCE instance_ = 0;
  JET_SESID session_ = 0;
  JET_HANDLE handle_ = 0;
  std::string database_, other_;
  std::string state_;
  bool copied_ = false;  // The databases, before the log phase.
  std::string open_path_;
  std::string under_stop_ = "F";  // The state that a stopped backup was in.
  std::vector<std::string> logs_;
  std::unique_ptr<JetFolder> folder_;
  std::unique_ptr<OneInstance> one_;
  std::unique_ptr<JetDatabase> many_;
};

TEST_F(StateTableTest, EveryCell) {
  for (const bool legacy : {false, true}) {
    SCOPED_TRACE(legacy ? "one instance" : "many instances");
    Start(legacy);
    if (HasFatalFailure()) return;
    const int cells = ForEachCell("state_table.tsv", [this](const Cell& cell) {
      const bool stopped = cell.state.starts_with("stop");
      for (const char* under : {"F", "G", "J"}) {
        under_stop_ = under;
        SCOPED_TRACE(stopped ? under : "");
        TryCell(cell);
        if (!stopped) break;
      }
    });
    EXPECT_GT(cells, 200);
    End();
  }
}

}  // namespace
}  // namespace contrail::test
