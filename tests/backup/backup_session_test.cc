// The state table of the contract (section 3), cell by cell.

#include "backup/backup_session.h"

#include <gtest/gtest.h>

#include "storage/aligned_buffer.h"
#include "tests/support/model_instance.h"
#include "tests/support/recording.h"
#include "tests/support/simulated_file_system.h"

namespace contrail {
namespace {

using test::ModelInstance;

class BackupSessionTest : public testing::Test {
 protected:
  // The states of the table. J and the like stand for their column.
  enum State { kNone, kF, kFh, kG, kGh, kI, kJ, kIh, kJh };

  void SetUp() override {
    ASSERT_EQ(model_.Start(), Status::Ok());
    ASSERT_EQ(model_.Create(), Status::Ok());
    ASSERT_EQ(model_.Fill(0, 300, std::string(200, 'a')), Status::Ok());
  }

  BackupSession& session() { return *BackupSession::Of(model_.engine()); }

  uint64_t ReadToEnd(BackupHandle handle, std::vector<std::byte>* into = nullptr) {
    uint64_t total = 0;
    while (true) {
      const Result<size_t> read = session().ReadFile(handle, buffer_.span());
      EXPECT_EQ(read.status(), Status::Ok());
      if (!read.ok() || *read == 0) return total;
      if (into != nullptr) into->insert(into->end(), buffer_.data(), buffer_.data() + *read);
      total += *read;
    }
  }
  void CopyWhole(const std::string& path) {
    const Result<OpenedFile> file = session().OpenFile(path);
    ASSERT_EQ(file.status(), Status::Ok()) << path;
    EXPECT_EQ(ReadToEnd(file->handle), file->size);
    ASSERT_EQ(session().CloseFile(file->handle), Status::Ok());
  }
  // A full backup with everything in it, truncated.
  void FullBackup() {
    ASSERT_EQ(session().Begin(BackupKind::kFull), Status::Ok());
    CopyWhole(ModelInstance::kDatabase);
    CopyLogs();
    ASSERT_EQ(session().TruncateLog(), Status::Ok());
    ASSERT_EQ(session().End(BackupEnd::kNormal, false), Status::Ok());
  }
  void CopyLogs() {
    const Result<LogFileList> logs = session().LogInfo();
    ASSERT_EQ(logs.status(), Status::Ok());
    for (const std::string& path : logs->paths) CopyWhole(path);
  }
  std::string AnyLog() {
    const Result<LogFileList> logs = session().LogInfo();
    if (logs.ok()) return logs->paths.front();
    return model_.engine().LogPathOf(model_.engine().log().CurrentGeneration() - 1);
  }

  // Brings the session from state 0 into the state; kIh: from I without preparing.
  void Enter(State state) {
    handle_ = 0;
    if (state == kNone) return;
    const bool full = state == kF || state == kFh || state == kG || state == kGh;
    if (!full) {
      FullBackup();
      ASSERT_EQ(model_.Put("more", "x"), Status::Ok());
      ASSERT_TRUE(model_.engine().log().ForceNewGeneration().ok());
    }
    ASSERT_EQ(session().Begin(full ? BackupKind::kFull : BackupKind::kIncremental), Status::Ok());
    if (state == kG || state == kGh || state == kJ || state == kJh) {
      ASSERT_EQ(session().LogInfo().status(), Status::Ok());
    }
    std::string path;
    if (state == kFh) path = ModelInstance::kDatabase;
    if (state == kGh || state == kJh || state == kIh) path = AnyLog();
    if (path.empty()) return;
    const Result<OpenedFile> file = session().OpenFile(path);
    ASSERT_EQ(file.status(), Status::Ok());
    handle_ = file->handle;
  }
  void Leave() {
    const Status status = session().End(BackupEnd::kAbort, false);
    EXPECT_TRUE(status.ok() || status.Is(Error::kNoBackup));
  }
  // What an action gives in a state, and whether a backup runs afterwards.
  struct Cell {
    State state;
    Error result;
    bool running;
  };
  void Check(const char* call, const std::vector<Cell>& cells,
             const std::function<Status()>& action, bool stop = false) {
    for (const Cell& cell : cells) {
      SCOPED_TRACE(testing::Message() << call << " in state " << cell.state);
      Enter(cell.state);
      if (HasFatalFailure()) return;
      if (stop) session().Stop();
      EXPECT_EQ(action().number(), static_cast<int32_t>(cell.result));
      EXPECT_EQ(session().running(), cell.running);
      EXPECT_EQ(model_.engine().backup_gate().active(), cell.running);
      Leave();
    }
  }

  test::SimulatedFileSystem files_;
  test::RecordingEvents events_;
  ModelInstance model_{files_, events_};
  AlignedBuffer buffer_{256 << 10};
  BackupHandle handle_ = 0;
};

constexpr Error kOk = Error::kSuccess;
constexpr Error kNo = Error::kNoBackup;
constexpr Error kSequence = Error::kInvalidBackupSequence;

TEST_F(BackupSessionTest, Begin) {
  const Error busy = Error::kBackupInProgress;
  const std::vector<Cell> cells = {{kNone, kOk, true}, {kF, busy, true},  {kFh, busy, true},
                                   {kG, busy, true},   {kGh, busy, true}, {kI, busy, true},
                                   {kJ, busy, true},   {kJh, busy, true}};
  Check("Begin(full)", cells, [&] { return session().Begin(BackupKind::kFull); });
  FullBackup();
  Check("Begin(incremental)", cells, [&] { return session().Begin(BackupKind::kIncremental); });
}

TEST_F(BackupSessionTest, AttachInfo) {
  Check("AttachInfo",
        {{kNone, kNo, false},
         {kF, kOk, true},
         {kFh, kOk, true},
         {kG, kOk, true},
         {kGh, kOk, true},
         {kI, kSequence, true},
         {kJ, kSequence, true},
         {kJh, kSequence, true}},
        [&]() -> Status {
          const auto paths = session().AttachInfo();
          if (!paths.ok()) return paths.status();
          EXPECT_EQ(*paths, std::vector<std::string>{ModelInstance::kDatabase});
          return Status::Ok();
        });
}

TEST_F(BackupSessionTest, OpenDatabase) {
  Check("OpenFile(attached)",
        {{kNone, kNo, false},
         {kF, kOk, true},
         {kFh, Error::kOutOfMemory, true},  // The same file twice.
         {kG, kSequence, false},
         {kI, kSequence, false},
         {kJ, kSequence, false}},
        [&] { return session().OpenFile(ModelInstance::kDatabase).status(); });
}

TEST_F(BackupSessionTest, OpenOtherFile) {
  const Error missing = Error::kMissingFileToBackup;
  Check("OpenFile(missing log)",
        {{kNone, kNo, false},
         {kF, Error::kDatabaseNotFound, true},
         {kFh, Error::kDatabaseNotFound, true},
         {kG, missing, false},
         {kGh, missing, false},
         {kI, missing, false},
         {kJ, missing, false},
         {kJh, missing, false}},
        [&] { return session().OpenFile("/db/edb0FFFF.log").status(); });
  EXPECT_EQ(events_.Last(459).file, "/db/edb0FFFF.log");
  EXPECT_EQ(events_.Last(217).file, "/db/edb0FFFF.log");
  Check("OpenFile(no log)",
        {{kG, Error::kInvalidParameter, false}, {kJ, Error::kInvalidParameter, false}},
        [&] { return session().OpenFile("/db/edb.chk").status(); });
  Check("OpenFile(log)", {{kG, kOk, true}, {kI, kOk, true}, {kJ, kOk, true}},
        [&] { return session().OpenFile(AnyLog()).status(); });
}

TEST_F(BackupSessionTest, ReadFile) {
  const Error invalid = Error::kInvalidParameter;
  Check("ReadFile without handle",
        {{kNone, kNo, false},
         {kF, invalid, true},
         {kG, invalid, true},
         {kI, invalid, true},
         {kJ, invalid, true}},
        [&] { return session().ReadFile(77, buffer_.span()).status(); });
  const std::vector<Cell> with = {
      {kFh, kOk, true}, {kGh, kOk, true}, {kIh, kOk, true}, {kJh, kOk, true}};
  Check("ReadFile", with, [&] { return session().ReadFile(handle_, buffer_.span()).status(); });
  // Argument errors never end the backup.
  for (const size_t size : {size_t{0}, size_t{4096}, size_t{4096 * 3 + 512}}) {
    Check("ReadFile(size)",
          {{kFh, invalid, true}, {kGh, invalid, true}, {kIh, invalid, true}, {kJh, invalid, true}},
          [&] { return session().ReadFile(handle_, buffer_.span().first(size)).status(); });
  }
}

TEST_F(BackupSessionTest, CloseFile) {
  const Error invalid = Error::kInvalidParameter;
  Check("CloseFile(bad)",
        {{kNone, kNo, false},
         {kF, invalid, true},
         {kFh, invalid, true},
         {kG, invalid, true},
         {kI, invalid, true},
         {kJ, invalid, true}},
        [&] { return session().CloseFile(78); });
  const std::vector<Cell> with = {
      {kFh, kOk, true}, {kGh, kOk, true}, {kIh, kOk, true}, {kJh, kOk, true}};
  Check("CloseFile", with, [&] { return session().CloseFile(handle_); });
  Check(
      "CloseFile/stop", with, [&] { return session().CloseFile(handle_); }, /*stop=*/true);
}

TEST_F(BackupSessionTest, LogLists) {
  const std::vector<Cell> cells = {
      {kNone, kNo, false}, {kF, kOk, true},        {kFh, kSequence, true},
      {kG, kOk, true},     {kGh, kSequence, true}, {kI, kOk, true},
      {kJ, kOk, true},     {kIh, kSequence, true}, {kJh, kSequence, true}};
  Check("LogInfo", cells, [&] { return session().LogInfo().status(); });
  Check("TruncateLogInfo", cells, [&] { return session().TruncateLogInfo().status(); });
}

TEST_F(BackupSessionTest, TruncateLog) {
  const Error copied = Error::kLogFileNotCopied;
  Check("TruncateLog",
        {{kNone, kNo, false},
         {kF, kSequence, true},
         {kFh, kSequence, true},
         {kG, copied, true},
         {kGh, kSequence, true},
         {kI, kSequence, true},
         {kJ, copied, true},
         {kJh, kSequence, true}},
        [&] { return session().TruncateLog(); });
  EXPECT_EQ(events_.Last(520).error, static_cast<int32_t>(copied));
}

TEST_F(BackupSessionTest, EndNormal) {
  const Error caller = Error::kBackupAbortByCaller;
  Check("End(Normal)",
        {{kNone, kNo, false},
         {kF, caller, false},
         {kFh, caller, false},
         {kG, caller, false},  // Without a database.
         {kGh, caller, false},
         {kI, caller, false},
         {kJ, kOk, false},
         {kJh, kOk, false}},
        [&] { return session().End(BackupEnd::kNormal, false); });
}

// There was something to copy, and nothing of it was.
TEST_F(BackupSessionTest, AFullBackupOfNothingIsNone) {
  ASSERT_EQ(session().Begin(BackupKind::kFull), Status::Ok());
  const Result<OpenedFile> file = session().OpenFile(ModelInstance::kDatabase);
  ASSERT_EQ(file.status(), Status::Ok());
  ASSERT_EQ(session().CloseFile(file->handle), Status::Ok());
  CopyLogs();
  ASSERT_EQ(session().TruncateLog(), Status::Ok());
  EXPECT_EQ(session().End(BackupEnd::kNormal, false), Status(Error::kBackupAbortByCaller));
  EXPECT_EQ(events_.Last(213).id, 0u);
  EXPECT_EQ(events_.Last(215).severity, Severity::kWarning);
  EXPECT_NE(events_.Last(215).text.find(ModelInstance::kDatabase), std::string::npos)
      << events_.Last(215).text;
  FullBackup();
  EXPECT_EQ(events_.Last(213).severity, Severity::kInformation);
  // Without databases there is nothing that could be missing.
  ASSERT_EQ(model_.engine().DetachDatabase(ModelInstance::kDatabase), Status::Ok());
  ASSERT_EQ(session().Begin(BackupKind::kFull), Status::Ok());
  CopyLogs();
  EXPECT_EQ(session().End(BackupEnd::kNormal, false), Status::Ok());
}

TEST_F(BackupSessionTest, EndAbort) {
  Check("End(Abort)",
        {{kNone, kNo, false},
         {kF, kOk, false},
         {kFh, kOk, false},
         {kG, kOk, false},
         {kGh, kOk, false},
         {kI, kOk, false},
         {kJ, kOk, false},
         {kJh, kOk, false}},
        [&] { return session().End(BackupEnd::kAbort, false); });
  EXPECT_EQ(events_.Last(215).id, 215u);
}

TEST_F(BackupSessionTest, AfterStop) {
  const Error server = Error::kBackupAbortByServer;
  const std::vector<Cell> refused = {{kF, server, true},  {kFh, server, true}, {kG, server, true},
                                     {kGh, server, true}, {kI, server, true},  {kJ, server, true},
                                     {kIh, server, true}, {kJh, server, true}};
  std::vector<Cell> ended = refused;
  for (Cell& cell : ended) cell.running = false;
  std::vector<Cell> aborted = ended;
  for (Cell& cell : aborted) cell.result = kOk;
  std::vector<Cell> busy = refused;
  for (Cell& cell : busy) cell.result = Error::kBackupInProgress;
  constexpr bool kStop = true;
  Check(
      "Begin/stop", busy, [&] { return session().Begin(BackupKind::kFull); }, kStop);
  Check(
      "AttachInfo/stop", refused, [&] { return session().AttachInfo().status(); }, kStop);
  Check(
      "OpenFile/stop", refused, [&] { return session().OpenFile("/db/x").status(); }, kStop);
  Check(
      "ReadFile/stop", refused,
      [&] { return session().ReadFile(handle_, buffer_.span()).status(); }, kStop);
  Check(
      "LogInfo/stop", refused, [&] { return session().LogInfo().status(); }, kStop);
  Check(
      "TruncateLogInfo/stop", refused, [&] { return session().TruncateLogInfo().status(); }, kStop);
  Check(
      "TruncateLog/stop", refused, [&] { return session().TruncateLog(); }, kStop);
  Check(
      "End(Normal)/stop", ended, [&] { return session().End(BackupEnd::kNormal, false); }, kStop);
  EXPECT_EQ(events_.Last(226).id, 226u);
  Check(
      "End(Abort)/stop", aborted, [&] { return session().End(BackupEnd::kAbort, false); }, kStop);
}

// A termination that has begun lets no backup in behind its back.
// Whatever comes between a call and the session: a backup is its owner's only.
TEST_F(BackupSessionTest, NobodyGetsIntoAnothersBackup) {
  const BackupOwner owner = session().NewOwner();
  const BackupOwner other = session().NewOwner();
  ASSERT_NE(owner, other);
  const std::string database = ModelInstance::kDatabase;
  const auto expect_none = [&](BackupOwner who, BackupHandle handle) {
    const Status none = Error::kNoBackup;
    EXPECT_EQ(session().AttachInfo(who).status(), none);
    EXPECT_EQ(session().OpenFile(database, {}, who).status(), none);
    EXPECT_EQ(session().ReadFile(handle, buffer_.span(), who).status(), none);
    EXPECT_EQ(session().CloseFile(handle, who), none);
    EXPECT_EQ(session().LogInfo(nullptr, who).status(), none);
    EXPECT_EQ(session().TruncateLogInfo(who).status(), none);
    EXPECT_EQ(session().TruncateLog(who), none);
    EXPECT_EQ(session().Summary(who).status(), none);
    EXPECT_EQ(session().End(BackupEnd::kAbort, false, who), none);
  };
  ASSERT_EQ(session().Begin(BackupKind::kFull, owner), Status::Ok());
  const auto opened = session().OpenFile(database, {}, owner);
  ASSERT_EQ(opened.status(), Status::Ok());
  expect_none(kApiClient, opened->handle);
  expect_none(other, opened->handle);
  EXPECT_EQ(session().EndSurrogate(BackupEnd::kAbort, false), Status(Error::kNoBackup));
  EXPECT_FALSE(session().running());  // Nobody's but its owner's.
  EXPECT_EQ(session().ReadFile(opened->handle, buffer_.span(), owner).status(), Status::Ok());
  EXPECT_EQ(session().End(BackupEnd::kAbort, false, owner), Status::Ok());
  // Nor the other way round.
  ASSERT_EQ(session().Begin(BackupKind::kFull), Status::Ok());
  expect_none(owner, opened->handle);
  EXPECT_TRUE(session().running());
  EXPECT_EQ(session().End(BackupEnd::kAbort, false), Status::Ok());
}

TEST_F(BackupSessionTest, AShutGateLetsNobodyIn) {
  BackupGate& gate = model_.engine().backup_gate();
  EXPECT_TRUE(gate.Shut(/*unless_active=*/true).ok());
  EXPECT_EQ(session().Begin(BackupKind::kFull), Status(Error::kTermInProgress));
  EXPECT_FALSE(session().running());
  gate.Reopen();
  ASSERT_EQ(session().Begin(BackupKind::kFull), Status::Ok());
  EXPECT_TRUE(gate.Shut(/*unless_active=*/true).Is(Error::kBackupInProgress));
  EXPECT_TRUE(gate.Shut(/*unless_active=*/false).ok());
  gate.RequestEnd();
  EXPECT_FALSE(session().running());
  EXPECT_EQ(session().Begin(BackupKind::kFull), Status(Error::kTermInProgress));
}

// The checkpoint file shows what a power cut would take back: logs that the older one needs stay.
TEST_F(BackupSessionTest, LogsStayUntilTheCheckpointIsDurable) {
  const uint32_t durable = model_.engine().checkpoint().generation;
  for (int i = 0; i < 4; ++i) {
    ASSERT_EQ(model_.Fill(0, 300, std::string(400, static_cast<char>('c' + i))), Status::Ok());
  }
  AttachedDatabase* database = model_.engine().FindDatabase(ModelInstance::kDatabase);
  ASSERT_EQ(database->database().pages().FlushAll(), Status::Ok());
  ASSERT_EQ(model_.engine().transactions().CleanUpAll(), Status::Ok());
  ASSERT_EQ(model_.engine().log().EnsureDurable(), Status::Ok());
  files_.FailOperation({.number = 1, .kinds = test::kSyncOperation});
  ASSERT_FALSE(model_.engine().WriteCheckpointNow().ok());
  const Result<Checkpoint> shown =
      ReadCheckpoint(files_, events_, model_.engine().CheckpointPath());
  ASSERT_TRUE(shown.ok());
  ASSERT_GT(shown->position.generation, durable);
  LogRange range(model_.engine(), BackupKind::kFull);
  ASSERT_EQ(range.Begin(), Status::Ok());
  EXPECT_EQ(range.copy_low(), durable);
}

TEST_F(BackupSessionTest, StopWithoutBackupIsForgotten) {
  session().Stop();
  FullBackup();
}

TEST_F(BackupSessionTest, DatabasesStayWhileABackupRuns) {
  for (const State state : {kF, kFh, kG, kGh, kI, kJ, kJh}) {
    Enter(state);
    EXPECT_EQ(model_.engine().DetachDatabase(ModelInstance::kDatabase).number(),
              static_cast<int32_t>(Error::kBackupInProgress));
    EXPECT_EQ(model_.engine().AttachDatabase("/db/other.edb", {}).number(),
              static_cast<int32_t>(Error::kBackupInProgress));
    Leave();
  }
}

}  // namespace
}  // namespace contrail
