// Errors of the single calls of a backup, by the rows of error_rows.tsv that name these tests, in
// the forms with an instance and without one.

#include <gtest/gtest.h>
#include <sys/fsuid.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <set>

#include "backup/backup_session.h"
#include "engine/api/api_registry.h"
#include "tests/support/backup_calls.h"
#include "tests/support/backup_fixture.h"
#include "tests/support/one_instance.h"

namespace contrail::test {
namespace {

namespace fs = std::filesystem;

class BackupErrorTest : public testing::Test {
 protected:
  // A running instance, with a database, for the rows of this kind.
  void Start(bool legacy, const JetOptions& options = {}) {
    folder_ = std::make_unique<JetFolder>();
    arguments_ = {};
    arguments_.folder = *folder_ / "backup";
    arguments_.file = *folder_ / "test.edb";
    fs::create_directory(arguments_.folder);
    if (legacy) {
      one_ = std::make_unique<OneInstance>(*folder_, options);
      one_->Start();
    } else {
      many_ = std::make_unique<JetDatabase>(*folder_, options);
      arguments_.instance = many_->instance();
    }
  }
  void End() {
    one_.reset();
    many_.reset();
    folder_.reset();
  }
  JET_INSTANCE instance() const { return arguments_.instance; }
  JET_SESID session() const { return one_ != nullptr ? one_->session() : many_->session(); }
  JET_DBID database() const { return one_ != nullptr ? one_->database() : many_->id(); }
  // `body` for each kind, with an instance of its own.
  void ForBoth(const std::function<void(bool legacy)>& body, const JetOptions& options = {}) {
    for (const bool legacy : {true, false}) {
      SCOPED_TRACE(legacy ? "one instance" : "many instances");
      Start(legacy, options);
      body(legacy);
      End();
    }
  }
  // The rows, each in a backup of its own that `prepare` has brought into the right state.
  void ExpectRowsIn(bool legacy, const std::function<void()>& prepare) {
    for (const ErrorRow& row : ErrorRowsOfThisTest()) {
      if (IsLegacy(row.function) != legacy) continue;
      prepare();
      CallArguments copy = arguments_;
      SCOPED_TRACE(row.function);
      EXPECT_JET(row.number, CallByName(row.function, &copy));
      JetEndExternalBackupInstance2(instance(), JET_bitBackupEndAbort);
    }
  }
  void BeginFull() { ASSERT_JET_OK(JetBeginExternalBackupInstance(instance(), 0)); }
  void BeginLogs() {
    BeginFull();
    arguments_.file = LogPaths(instance()).front();
  }
  void OpenOne() {
    uint32_t low = 0, high = 0;
    ASSERT_JET_OK(
        JetOpenFileInstanceA(instance(), arguments_.file.c_str(), &arguments_.handle, &low, &high));
  }

  std::unique_ptr<JetFolder> folder_;
  std::unique_ptr<OneInstance> one_;
  std::unique_ptr<JetDatabase> many_;
  CallArguments arguments_;
};

TEST_F(BackupErrorTest, BackupInProgress) {
  ForBoth([this](bool legacy) {
    BeginFull();
    ExpectRows(legacy, arguments_);
  });
}

JET_ERR BeginWith(bool legacy, const std::string& function, const CallArguments& arguments,
                  JET_GRBIT grbit) {
  if (function.starts_with("JetBackup")) {
    return legacy
               ? JetBackupA(arguments.folder.c_str(), grbit, nullptr)
               : JetBackupInstanceA(arguments.instance, arguments.folder.c_str(), grbit, nullptr);
  }
  return legacy ? JetBeginExternalBackup(grbit)
                : JetBeginExternalBackupInstance(arguments.instance, grbit);
}

TEST_F(BackupErrorTest, InvalidGrbit) {
  ForBoth([this](bool legacy) {
    for (const ErrorRow& row : ErrorRowsOfThisTest()) {
      if (IsLegacy(row.function) != legacy) continue;
      SCOPED_TRACE(row.function);
      EXPECT_JET(row.number, BeginWith(legacy, row.function, arguments_, 0x80));
      if (row.function.starts_with("JetBackup")) continue;
      EXPECT_JET(row.number, BeginWith(legacy, row.function, arguments_, JET_bitBackupAtomic));
    }
  });
}

TEST_F(BackupErrorTest, IncrementalWithCircularLogging) {
  ForBoth(
      [this](bool legacy) {
        for (const ErrorRow& row : ErrorRowsOfThisTest()) {
          if (IsLegacy(row.function) != legacy) continue;
          EXPECT_JET(row.number,
                     BeginWith(legacy, row.function, arguments_, JET_bitBackupIncremental));
        }
      },
      {.circular = true});
}

TEST_F(BackupErrorTest, MissingFullBackup) {
  ForBoth([this](bool legacy) {
    for (const ErrorRow& row : ErrorRowsOfThisTest()) {
      if (IsLegacy(row.function) != legacy) continue;
      EXPECT_JET(row.number, BeginWith(legacy, row.function, arguments_, JET_bitBackupIncremental));
    }
  });
}

TEST_F(BackupErrorTest, LoggingDisabled) {
  ForBoth([this](bool legacy) { ExpectRows(legacy, arguments_); }, {.recovery = false});
}

// The engine may be about to write a checkpoint: the call is repeated until it finds what we left.
void ExpectWithCheckpoint(const std::function<void()>& spoil, JET_ERR expected,
                          const std::function<JET_ERR()>& call) {
  JET_ERR error = JET_errSuccess;
  for (int i = 0; i < 100 && error != expected; ++i) {
    spoil();
    error = call();
    if (error >= 0) JetEndExternalBackupInstance2(JET_instanceNil, JET_bitBackupEndAbort);
  }
  EXPECT_EQ(error, expected);
}

TEST_F(BackupErrorTest, CheckpointMissing) {
  ForBoth([this](bool legacy) {
    for (const ErrorRow& row : ErrorRowsOfThisTest()) {
      if (IsLegacy(row.function) != legacy) continue;
      ExpectWithCheckpoint([this] { fs::remove(*folder_ / "edb.chk"); }, row.number,
                           [&] {
                             CallArguments copy = arguments_;
                             const JET_ERR error = CallByName(row.function, &copy);
                             if (error >= 0)
                               JetEndExternalBackupInstance2(instance(), JET_bitBackupEndAbort);
                             return error;
                           });
    }
  });
}

TEST_F(BackupErrorTest, CheckpointCorrupt) {
  ForBoth([this](bool legacy) {
    for (const ErrorRow& row : ErrorRowsOfThisTest()) {
      if (IsLegacy(row.function) != legacy) continue;
      const auto spoil = [this] {
        const std::string path = *folder_ / "edb.chk";
        const size_t size = fs::exists(path) ? fs::file_size(path) : 8192;
        std::ofstream(path, std::ios::binary | std::ios::in) << std::string(size, '\x55');
      };
      ExpectWithCheckpoint(spoil, row.number, [&] {
        CallArguments copy = arguments_;
        const JET_ERR error = CallByName(row.function, &copy);
        if (error >= 0) JetEndExternalBackupInstance2(instance(), JET_bitBackupEndAbort);
        return error;
      });
    }
  });
}

TEST_F(BackupErrorTest, OutOfSequence) {
  ForBoth([this](bool legacy) {
    const std::string attached = arguments_.file;
    BackUpThroughApi(instance(), "");
    for (const ErrorRow& row : ErrorRowsOfThisTest()) {
      if (IsLegacy(row.function) != legacy) continue;
      SCOPED_TRACE(row.function);
      arguments_.file = attached;
      if (row.function.find("AttachInfo") != std::string::npos) {
        ASSERT_JET_OK(JetBeginExternalBackupInstance(instance(), JET_bitBackupIncremental));
      } else if (row.function.find("OpenFile") != std::string::npos) {
        BeginLogs();
        arguments_.file = attached;
      } else {
        BeginFull();
        OpenOne();
      }
      CallArguments copy = arguments_;
      EXPECT_JET(row.number, CallByName(row.function, &copy));
      JetEndExternalBackupInstance2(instance(), JET_bitBackupEndAbort);
    }
  });
}

TEST_F(BackupErrorTest, NoDatabase) {
  ForBoth([this](bool legacy) {
    arguments_.file = *folder_ / "none.edb";
    ExpectRowsIn(legacy, [this] { BeginFull(); });
  });
}

TEST_F(BackupErrorTest, EndedTooEarly) {
  ForBoth([this](bool legacy) { ExpectRowsIn(legacy, [this] { BeginFull(); }); });
}

TEST_F(BackupErrorTest, LogsNotCopied) {
  ForBoth([this](bool legacy) { ExpectRowsIn(legacy, [this] { BeginLogs(); }); });
}

// A file that is open already, and one more than 32.
TEST_F(BackupErrorTest, TooManyHandles) {
  ForBoth([this](bool legacy) {
    ExpectRowsIn(legacy, [this] {
      BeginFull();
      OpenOne();
    });
  });
  ForBoth(
      [this](bool legacy) {
        BackUpThroughApi(instance(), "");
        for (int i = 0; i < 33; ++i) BackUpThroughApi(instance(), "", {.truncate = false});
        ASSERT_JET_OK(JetBeginExternalBackupInstance(instance(), JET_bitBackupIncremental));
        std::vector<std::string> logs = LogPaths(instance());
        ASSERT_GT(logs.size(), 32u);
        for (size_t i = 0; i < 32; ++i) {
          arguments_.file = logs[i];
          OpenOne();
        }
        arguments_.file = logs[32];
        ExpectRows(legacy, arguments_);
        ASSERT_JET_OK(JetCloseFileInstance(instance(), arguments_.handle));
        arguments_.file = logs[32];
        OpenOne();
      },
      {.log_kibibytes = 128});
}

// A log that is not there (JetOpenFile), and one that is missing since the last backup (the lists).
TEST_F(BackupErrorTest, MissingFile) {
  ForBoth([this](bool legacy) {
    for (const ErrorRow& row : ErrorRowsOfThisTest()) {
      if (IsLegacy(row.function) != legacy) continue;
      SCOPED_TRACE(row.function);
      const std::string attached = arguments_.file;
      if (row.function.starts_with("JetOpenFile")) {
        BeginLogs();
        arguments_.file = *folder_ / "edb0FFFF.log";
      } else {
        BackUpThroughApi(instance(), "");
        BackUpThroughApi(instance(), "", {.truncate = false});
        for (const auto& entry : fs::directory_iterator(folder_->path())) {
          const std::string name = entry.path().filename();
          if (name.starts_with("edb0") && name.ends_with(".log")) fs::remove(entry.path());
        }
        // An archived log remains, behind the gap.
        BackUpThroughApi(instance(), "", {.truncate = false, .end = JET_bitBackupEndAbort});
        ASSERT_JET_OK(JetBeginExternalBackupInstance(instance(), JET_bitBackupIncremental));
      }
      CallArguments copy = arguments_;
      EXPECT_JET(row.number, CallByName(row.function, &copy));
      JetEndExternalBackupInstance2(instance(), JET_bitBackupEndAbort);
      arguments_.file = attached;
    }
  });
}

// No file system has such a name.
TEST_F(BackupErrorTest, InvalidPath) {
  ForBoth([this](bool legacy) {
    arguments_.file = *folder_ / std::string(256, 'x');
    ExpectRowsIn(legacy, [this] {
      BeginFull();
      LogPaths(instance());
    });
  });
}

// Nobody's rights, for this thread only; without rights of its own already it needs no more.
class NoRights {
 public:
  NoRights() : before_(::geteuid()) { ::setfsuid(65534); }
  ~NoRights() { ::setfsuid(before_); }
  NoRights(const NoRights&) = delete;
  NoRights& operator=(const NoRights&) = delete;

 private:
  const uid_t before_;
};

TEST_F(BackupErrorTest, NoRights) {
  ForBoth([this](bool legacy) {
    BeginLogs();
    fs::permissions(arguments_.file, fs::perms::none);
    fs::permissions(folder_->path(), fs::perms::all);
    {
      const class NoRights nobody;
      ExpectRows(legacy, arguments_);
    }
    fs::permissions(arguments_.file, fs::perms::owner_all);
  });
}

TEST_F(BackupErrorTest, DamagedLog) {
  ForBoth([this](bool legacy) {
    ExpectRowsIn(legacy, [this] {
      BeginLogs();
      OpenOne();
      DamageByte(arguments_.file, 6000);
    });
  });
}

TEST_F(BackupErrorTest, DamagedDatabase) {
  ForBoth([this](bool legacy) {
    // Nothing of the file is to be written any more.
    ASSERT_JET_OK(JetIdle(session(), JET_bitIdleFlushBuffers));
    const auto found = api::ApiRegistry::Get().Instances().front();
    BackupSession::Of(*found->engine)->set_read_ahead({.retries = 0});
    DamageByte(arguments_.file, 5 * 4096 + 200);
    ExpectRowsIn(legacy, [this] {
      BeginFull();
      OpenOne();
    });
  });
}

// Every call of the family that can succeed does, in a backup of each kind.
class BackupSuccessTest : public testing::Test {
 protected:
  void Do(const std::string& function) {
    SCOPED_TRACE(function);
    EXPECT_JET_OK(CallByName(function, &arguments_));
    done_.insert(function);
  }
  std::string Name(const std::string& function) const {
    return legacy_ ? function : function + "Instance";
  }
  void CopyFile(const std::string& path) {
    arguments_.file = path;
    Do(Name("JetOpenFile"));
    do {
      Do(Name("JetReadFile"));
    } while (arguments_.read > 0);
    Do(Name("JetCloseFile"));
  }
  void Sequence(const JetFolder& folder) {
    Do(Name("JetBeginExternalBackup"));
    Do(Name("JetGetAttachInfo"));
    CopyFile(folder / "test.edb");
    Do(Name("JetGetLogInfo"));
    if (!legacy_) Do("JetGetLogInfoInstance2");
    if (!legacy_) Do("JetGetTruncateLogInfoInstance");
    for (const std::string& path : LogPaths(arguments_.instance)) CopyFile(path);
    Do(Name("JetTruncateLog"));
    Do(Name("JetEndExternalBackup"));
    Do(Name("JetBeginExternalBackup"));
    Do(Name("JetStopBackup"));
    arguments_.end_flags = JET_bitBackupEndAbort;
    if (legacy_) {
      EXPECT_JET(JET_errBackupAbortByServer, JetEndExternalBackup());
    } else {
      Do("JetEndExternalBackupInstance2");
    }
    std::filesystem::create_directory(arguments_.folder = folder / "backup");
    Do(Name("JetBackup"));
    Do(legacy_ ? "JetStopService" : "JetStopServiceInstance2");
    if (!legacy_) Do("JetStopServiceInstance");
  }

  bool legacy_ = false;
  CallArguments arguments_;
  std::set<std::string> done_;
};

TEST_F(BackupSuccessTest, EveryCallOfASequence) {
  {
    const JetFolder folder;
    JetDatabase database(folder);
    arguments_.instance = database.instance();
    Sequence(folder);
  }
  {
    const JetFolder folder;
    OneInstance one(folder);
    one.Start();
    legacy_ = true;
    arguments_ = {};
    Sequence(folder);
  }
  for (const ErrorRow& row : ErrorRowsOfThisTest()) {
    EXPECT_TRUE(done_.contains(row.function)) << row.function << " was not called";
  }
}

}  // namespace
}  // namespace contrail::test
