// What every call of the backup family looks at before anything else: the rows of error_rows.tsv
// that name these tests, for an instance among many and for the process's only one.

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <functional>
#include <thread>

#include "engine/instance_state.h"
#include "log/log_writer.h"
#include "storage/file.h"
#include "tests/support/backup_calls.h"
#include "tests/support/jet_fixture.h"
#include "tests/support/one_instance.h"
#include "tests/support/write_limit.h"

namespace contrail::test {
namespace {

// Status callbacks have no argument of their own.
std::function<void()>* in_status = nullptr;

JET_ERR RunInStatus(JET_SESID, JET_SNP, JET_SNT what, void*) {
  if (what == JET_sntBegin) (*in_status)();
  return JET_errSuccess;
}

// Every test twice: `legacy` says whether the process has one instance.
class BackupGateTest : public testing::Test {
 protected:
  // Starts an instance with a database.
  void Start(bool legacy, const JetOptions& options = {}) {
    folder_ = std::make_unique<JetFolder>();
    if (last_generations_) BeginLogAt(0x7ffffff0);
    arguments_.folder = *folder_ / "backup";
    arguments_.file = *folder_ / "test.edb";
    if (legacy) {
      one_ = std::make_unique<OneInstance>(*folder_, options);
      one_->Start();
      arguments_.instance = 0;
    } else {
      many_ = std::make_unique<JetDatabase>(*folder_, options);
      arguments_.instance = many_->instance();
    }
  }
  // The stream of an instance that has written nearly all the log there can be.
  void BeginLogAt(uint32_t generation) {
    LogWriterOptions options;
    options.directory = folder_->path();
    options.background_thread = false;
    const auto log = LogWriter::Create(PosixFileSystem(), DiscardEvents(), options,
                                       Signature::Random(), EncodeInstanceState({}), generation);
    ASSERT_EQ(log.status(), Status::Ok());
    ASSERT_EQ((*log)->EnsureDurable(), Status::Ok());
  }
  void End() {
    one_.reset();
    many_.reset();
    folder_.reset();
  }
  JET_SESID session() const { return one_ != nullptr ? one_->session() : many_->session(); }
  JET_DBID database() const { return one_ != nullptr ? one_->database() : many_->id(); }

  bool last_generations_ = false;
  std::unique_ptr<JetFolder> folder_;
  std::unique_ptr<OneInstance> one_;
  std::unique_ptr<JetDatabase> many_;
  CallArguments arguments_;
};

TEST_F(BackupGateTest, BadInstance) {
  ExpectRows(true, arguments_);  // No instance at all.
  Start(false);
  arguments_.instance += 12345;
  ExpectRows(false, arguments_);
}

TEST_F(BackupGateTest, ManyInstances) {
  Start(false);
  ExpectRows(true, arguments_);
}

TEST_F(BackupGateTest, NoBackup) {
  for (const bool legacy : {true, false}) {
    Start(legacy);
    ExpectRows(legacy, arguments_);
    End();
  }
}

// JetInit3 tells of its progress before it has finished.
void WhileItStarts(JET_INSTANCE* instance, const std::function<void()>& body) {
  JET_RSTINFO_A info = {};
  info.cbStruct = sizeof(info);
  info.pfnStatus = RunInStatus;
  std::function<void()> copy = body;
  in_status = &copy;
  EXPECT_JET_OK(JetInit3A(instance, &info, 0));
  in_status = nullptr;
}

TEST_F(BackupGateTest, NotInitialized) {
  const JetFolder folder;
  {
    const JetInstance instance(folder);
    arguments_.instance = instance.handle();
    ExpectRows(false, arguments_);
  }
  const JetFolder other;
  const OneInstance one(other);
  WhileItStarts(nullptr, [this] { ExpectRows(true, arguments_); });
}

TEST_F(BackupGateTest, NotAllowedYet) {
  const JetFolder folder;
  {
    const JetInstance instance(folder);
    JET_INSTANCE handle = arguments_.instance = instance.handle();
    WhileItStarts(&handle, [this] { ExpectRows(false, arguments_); });
  }
  const JetFolder other;
  const OneInstance one(other);
  WhileItStarts(nullptr, [this] { ExpectRows(true, arguments_); });
}

TEST_F(BackupGateTest, ServiceStopped) {
  for (const bool legacy : {true, false}) {
    for (const ErrorRow& row : ErrorRowsOfThisTest()) {
      if (IsLegacy(row.function) != legacy) continue;
      Start(legacy);
      CallArguments copy = arguments_;
      if (row.function.starts_with("JetStopService")) {
        // What it makes the others return.
        EXPECT_JET_OK(CallByName(row.function, &copy));
        copy = arguments_;
        EXPECT_JET(row.number, JetGetAttachInfoInstanceA(copy.instance, nullptr, 0, nullptr));
      } else {
        EXPECT_JET_OK(JetStopServiceInstance(arguments_.instance));
        SCOPED_TRACE(row.function);
        EXPECT_JET(row.number, CallByName(row.function, &copy));
      }
      End();
    }
  }
}

TEST_F(BackupGateTest, StoppedBackup) {
  for (const bool legacy : {true, false}) {
    Start(legacy);
    for (const ErrorRow& row : ErrorRowsOfThisTest()) {
      if (IsLegacy(row.function) != legacy) continue;
      ASSERT_JET_OK(JetBeginExternalBackupInstance(arguments_.instance, 0));
      CallArguments copy = arguments_;
      if (row.function.starts_with("JetStopBackup")) {
        EXPECT_JET_OK(CallByName(row.function, &copy));
        EXPECT_JET(row.number, JetGetAttachInfoInstanceA(copy.instance, nullptr, 0, nullptr));
      } else {
        EXPECT_JET_OK(JetStopBackupInstance(arguments_.instance));
        SCOPED_TRACE(row.function);
        EXPECT_JET(row.number, CallByName(row.function, &copy));
      }
      JetEndExternalBackupInstance2(arguments_.instance, JET_bitBackupEndAbort);
    }
    End();
  }
}

// A call that has begun keeps the instance from going; meanwhile it is terminating.
TEST_F(BackupGateTest, TermInProgress) {
  for (const bool legacy : {true, false}) {
    Start(legacy);
    const JET_INSTANCE instance = arguments_.instance;
    std::thread terminator;
    JET_ERR terminated = JET_errSuccess;
    std::function<void()> body = [&] {
      terminator = std::thread([&] { terminated = JetTerm2(instance, JET_bitTermAbrupt); });
      JET_ERR seen = JET_errSuccess;
      while (seen != JET_errTermInProgress) {
        seen = JetGetAttachInfoInstanceA(instance, nullptr, 0, nullptr);
      }
      ExpectRows(legacy, arguments_);
    };
    in_status = &body;
    std::filesystem::create_directory(arguments_.folder);
    EXPECT_JET(JET_errTermInProgress,
               JetBackupInstanceA(instance, arguments_.folder.c_str(), 0, RunInStatus));
    terminator.join();
    EXPECT_JET_OK(terminated);
    End();
  }
}

// There is nothing to restore, but that is found out later.
TEST_F(BackupGateTest, RestoreInProgress) {
  const JetFolder folder;
  {
    const JetInstance instance(folder);
    arguments_.instance = instance.handle();
    std::function<void()> body = [this] { ExpectRows(false, arguments_); };
    in_status = &body;
    EXPECT_JET(JET_errFileNotFound,
               JetRestoreInstanceA(instance.handle(), folder.path().c_str(), nullptr, RunInStatus));
  }
  const JetFolder other;
  const OneInstance one(other);
  std::function<void()> body = [this] { ExpectRows(true, arguments_); };
  in_status = &body;
  EXPECT_JET(JET_errFileNotFound, JetRestoreA(other.path().c_str(), RunInStatus));
}

// Pages cannot be written any more; the log still can.
TEST_F(BackupGateTest, InstanceUnavailable) {
  for (const bool legacy : {true, false}) {
    Start(legacy, {.log_kibibytes = 256});
    LosePages(session(), database());
    ExpectRows(legacy, arguments_);
    End();
  }
}

TEST_F(BackupGateTest, LogIsDown) {
  for (const bool legacy : {true, false}) {
    Start(legacy);
    MakeReadOnly(*folder_ / "edb.log");
    JET_TABLEID table = JET_tableidNil;
    EXPECT_LT(JetCreateTableA(session(), database(), "t", 1, 100, &table), 0);
    ExpectRows(legacy, arguments_);
    End();
  }
}

TEST_F(BackupGateTest, LogDiskIsFull) {
  for (const bool legacy : {true, false}) {
    Start(legacy);
    {
      const WriteLimit nothing(0);
      JET_TABLEID table = JET_tableidNil;
      EXPECT_LT(JetCreateTableA(session(), database(), "t", 1, 100, &table), 0);
    }
    ExpectRows(legacy, arguments_);
    End();
  }
}

TEST_F(BackupGateTest, TheLastGenerations) {
  for (const bool legacy : {true, false}) {
    last_generations_ = true;
    Start(legacy);
    ExpectRows(legacy, arguments_);
    if (!legacy) {
      EXPECT_JET(JET_errLogSequenceEnd, JetBeginSurrogateBackup(arguments_.instance, 1, 2, 0));
    }
    End();
  }
}

}  // namespace
}  // namespace contrail::test
