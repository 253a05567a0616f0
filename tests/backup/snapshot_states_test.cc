// Every call in every state of a snapshot session (tests/backup/snapshot_table.tsv). Source: the
// table of the backup contract, section 16, and decisions 11, 17 and 19 of section 20.

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <map>

#include "backup/api/snapshot_registry.h"
#include "tests/support/cell_table.h"
#include "tests/support/jet_fixture.h"
#include "tests/support/manual_timers.h"

namespace contrail::test {
namespace {

using api::SnapshotRegistry;

enum class Call {
  kPrepare,
  kPrepareInstance,
  kFreeze,
  kThaw,
  kTruncate,
  kTruncateInstance,
  kEnd,
  kEndAbort,
  kAbort,
  kInfo,
};

// How the table (tests/backup/snapshot_table.tsv) calls its states, and how they are reached.
struct State {
  const char* name;
  SnapshotState state;
  JET_GRBIT prepared_with;
};
constexpr JET_GRBIT kContinue = JET_bitContinueAfterThaw;
constexpr State kStates[] = {
    {"prepared", SnapshotState::kPrepared, kContinue},
    {"prepared empty", SnapshotState::kPrepared, JET_bitExplicitPrepare},
    {"frozen", SnapshotState::kFrozen, kContinue},
    {"frozen to end", SnapshotState::kFrozen, 0},
    {"timed out", SnapshotState::kTimedOut, kContinue},
    {"timed out to end", SnapshotState::kTimedOut, 0},
    {"thawed", SnapshotState::kThawed, kContinue},
    {"thawed copy", SnapshotState::kThawed, kContinue | JET_bitCopySnapshot},
    {"thawed differential", SnapshotState::kThawed,
     kContinue | JET_bitCopySnapshot | JET_bitIncrementalSnapshot},
    {"truncated", SnapshotState::kTruncated, kContinue},
};
constexpr char kOver[] = "over";  // The number is not known any more.

const State* Find(const std::string& name) {
  const auto* found = std::find_if(std::begin(kStates), std::end(kStates),
                                   [&](const State& state) { return name == state.name; });
  return found == std::end(kStates) ? nullptr : found;
}

class SnapshotStatesTest : public testing::Test {
 protected:
  void SetUp() override {
    SnapshotRegistry::Get().set_timers(timers_.Maker());
    database_ = std::make_unique<JetDatabase>(folder_);
  }
  void TearDown() override {
    database_.reset();
    SnapshotRegistry::Get().set_timers(WallClockTimers());
  }

  JET_ERR Freeze(JET_OSSNAPID id) {
    uint32_t count = 0;
    JET_INSTANCE_INFO_A* infos = nullptr;
    const JET_ERR error = JetOSSnapshotFreezeA(id, &count, &infos, 0);
    if (infos != nullptr) JetFreeBuffer(reinterpret_cast<char*>(infos));
    return error;
  }
  JET_OSSNAPID Reach(SnapshotState state, JET_GRBIT grbit) {
    JET_OSSNAPID id = 0;
    EXPECT_JET_OK(JetOSSnapshotPrepare(&id, grbit));
    if (state == SnapshotState::kPrepared) return id;
    EXPECT_JET_OK(Freeze(id));
    if (state == SnapshotState::kTimedOut) timers_.Expire();
    if (state == SnapshotState::kThawed || state == SnapshotState::kTruncated) {
      EXPECT_JET_OK(JetOSSnapshotThaw(id, 0));
    }
    if (state == SnapshotState::kTruncated) EXPECT_JET_OK(JetOSSnapshotTruncateLog(id, 0));
    return id;
  }
  JET_ERR Make(Call call, JET_OSSNAPID id) {
    switch (call) {
      case Call::kPrepare: {
        // Another one; what is bound is not bound again.
        JET_OSSNAPID other = 0;
        const JET_ERR error = JetOSSnapshotPrepare(&other, 0);
        if (error >= 0) EXPECT_JET_OK(JetOSSnapshotAbort(other, 0));
        return error;
      }
      case Call::kPrepareInstance:
        return JetOSSnapshotPrepareInstance(id, database_->instance(), 0);
      case Call::kFreeze:
        return Freeze(id);
      case Call::kThaw:
        return JetOSSnapshotThaw(id, 0);
      case Call::kTruncate:
        return JetOSSnapshotTruncateLog(id, JET_bitAllDatabasesSnapshot);
      case Call::kTruncateInstance:
        return JetOSSnapshotTruncateLogInstance(id, database_->instance(), 0);
      case Call::kEnd:
        return JetOSSnapshotEnd(id, 0);
      case Call::kEndAbort:
        return JetOSSnapshotEnd(id, JET_bitAbortSnapshot);
      case Call::kAbort:
        return JetOSSnapshotAbort(id, 0);
      case Call::kInfo: {
        uint32_t count = 0;
        JET_INSTANCE_INFO_A* infos = nullptr;
        const JET_ERR error = JetOSSnapshotGetFreezeInfoA(id, &count, &infos, 0);
        if (infos != nullptr) JetFreeBuffer(reinterpret_cast<char*>(infos));
        return error;
      }
    }
    return JET_errInternalError;
  }
  static const std::map<std::string, Call>& Calls() {
    static const std::map<std::string, Call> calls = {
        {"Prepare", Call::kPrepare},
        {"PrepareInstance", Call::kPrepareInstance},
        {"Freeze", Call::kFreeze},
        {"Thaw", Call::kThaw},
        {"TruncateLog", Call::kTruncate},
        {"TruncateLogInstance", Call::kTruncateInstance},
        {"End", Call::kEnd},
        {"End(abort)", Call::kEndAbort},
        {"Abort", Call::kAbort},
        {"GetFreezeInfo", Call::kInfo},
    };
    return calls;
  }
  // The plain name.
  static std::string StateOf(JET_OSSNAPID id) {
    const auto session = SnapshotRegistry::Get().Find(id);
    if (!session.ok()) return kOver;
    const SnapshotState now = (*session)->state();
    for (const State& state : kStates) {
      if (state.state == now) return state.name;
    }
    return "another state";
  }
  void Check(const Cell& cell) {
    const State* state = Find(cell.state);
    ASSERT_NE(state, nullptr);
    const auto call = Calls().find(cell.call);
    ASSERT_NE(call, Calls().end());
    const JET_OSSNAPID id = Reach(state->state, state->prepared_with);
    ASSERT_TRUE(cell.state.starts_with(StateOf(id))) << StateOf(id);
    EXPECT_JET(cell.result, Make(call->second, id));
    EXPECT_EQ(StateOf(id), cell.next);
    if (cell.next != kOver) EXPECT_JET_OK(JetOSSnapshotAbort(id, 0));
    EXPECT_EQ(timers_.running(), 0u);
    // Whatever the end was, the instance is free again.
    EXPECT_JET(JET_errOSSnapshotInvalidSnapId, JetOSSnapshotThaw(id, 0));
    EXPECT_JET_OK(JetBeginExternalBackupInstance(database_->instance(), 0));
    EXPECT_JET_OK(JetEndExternalBackupInstance2(database_->instance(), JET_bitBackupEndAbort));
  }

  ManualTimers timers_;
  JetFolder folder_;
  std::unique_ptr<JetDatabase> database_;
};

TEST_F(SnapshotStatesTest, EveryCell) {
  // What an incremental one goes on from.
  EXPECT_JET_OK(JetOSSnapshotEnd(Reach(SnapshotState::kThawed, kContinue), 0));
  EXPECT_GE(ForEachCell("snapshot_table.tsv", [this](const Cell& cell) { Check(cell); }), 100);
}

TEST_F(SnapshotStatesTest, UnknownAndEndedNumbers) {
  const JET_OSSNAPID ended = Reach(SnapshotState::kFrozen, 0);
  EXPECT_JET_OK(JetOSSnapshotThaw(ended, 0));
  for (const JET_OSSNAPID id : {JET_OSSNAPID{0}, JET_OSSNAPID{999999}, ended}) {
    for (const Call call :
         {Call::kPrepareInstance, Call::kFreeze, Call::kThaw, Call::kTruncate,
          Call::kTruncateInstance, Call::kEnd, Call::kEndAbort, Call::kAbort, Call::kInfo}) {
      EXPECT_JET(JET_errOSSnapshotInvalidSnapId, Make(call, id));
    }
  }
}

TEST_F(SnapshotStatesTest, Arguments) {
  EXPECT_JET(JET_errInvalidGrbit, JetOSSnapshotPrepare(nullptr, 16));
  EXPECT_JET(JET_errInvalidParameter, JetOSSnapshotPrepare(nullptr, 0));
  const JET_OSSNAPID id = Reach(SnapshotState::kPrepared, JET_bitExplicitPrepare);
  uint32_t count = 0;
  JET_INSTANCE_INFO_A* infos = nullptr;
  JET_INSTANCE_INFO_W* wide = nullptr;
  EXPECT_JET(JET_errInvalidGrbit, JetOSSnapshotPrepareInstance(id, database_->instance(), 1));
  EXPECT_JET(JET_errInvalidParameter,
             JetOSSnapshotPrepareInstance(id, database_->instance() + 12345, 0));
  EXPECT_JET(JET_errInvalidGrbit, JetOSSnapshotFreezeA(id, &count, &infos, 1));
  EXPECT_JET(JET_errInvalidParameter, JetOSSnapshotFreezeA(id, nullptr, &infos, 0));
  EXPECT_JET(JET_errInvalidParameter, JetOSSnapshotFreezeW(id, &count, nullptr, 0));
  EXPECT_JET(JET_errInvalidGrbit, JetOSSnapshotThaw(id, 1));
  EXPECT_JET(JET_errInvalidGrbit, JetOSSnapshotTruncateLog(id, 2));
  EXPECT_JET(JET_errInvalidGrbit, JetOSSnapshotTruncateLogInstance(id, database_->instance(), 2));
  EXPECT_JET(JET_errInvalidParameter,
             JetOSSnapshotTruncateLogInstance(id, database_->instance() + 12345, 0));
  EXPECT_JET(JET_errInvalidGrbit, JetOSSnapshotEnd(id, 2));
  EXPECT_JET(JET_errInvalidGrbit, JetOSSnapshotAbort(id, 1));
  EXPECT_JET(JET_errInvalidGrbit, JetOSSnapshotGetFreezeInfoA(id, &count, &infos, 1));
  EXPECT_JET(JET_errInvalidParameter, JetOSSnapshotGetFreezeInfoA(id, &count, nullptr, 0));
  EXPECT_JET(JET_errInvalidParameter, JetOSSnapshotGetFreezeInfoW(id, nullptr, &wide, 0));
  EXPECT_JET_OK(JetOSSnapshotAbort(id, 0));
  // An instance that is not in the session.
  const JET_OSSNAPID other = Reach(SnapshotState::kThawed, JET_bitContinueAfterThaw);
  JetFolder folder;
  JetInstance outside(folder);
  EXPECT_JET_OK(outside.Init());
  EXPECT_JET(JET_errInvalidParameter, JetOSSnapshotTruncateLogInstance(other, outside.handle(), 0));
  EXPECT_JET_OK(JetOSSnapshotEnd(other, 0));
}

TEST_F(SnapshotStatesTest, NothingToSnapshot) {
  database_.reset();
  JET_OSSNAPID id = 0;
  EXPECT_JET(JET_errNotInitialized, JetOSSnapshotPrepare(&id, 0));
  JetFolder folder;
  const JetInstance created(folder);  // Not initialised.
  EXPECT_JET(JET_errNotInitialized, JetOSSnapshotPrepare(&id, 0));
}

TEST_F(SnapshotStatesTest, ManySessionsIfTheirInstancesDiffer) {
  const JET_OSSNAPID first = Reach(SnapshotState::kFrozen, 0);
  const JET_OSSNAPID second = Reach(SnapshotState::kPrepared, 0);  // The instance is taken.
  EXPECT_JET(JET_errOSSnapshotNotAllowed,
             JetOSSnapshotPrepareInstance(second, database_->instance(), 0));
  JetFolder folder;
  JetDatabase other(folder);
  EXPECT_JET_OK(JetOSSnapshotPrepareInstance(second, other.instance(), 0));
  uint32_t count = 0;
  JET_INSTANCE_INFO_W* infos = nullptr;
  ASSERT_JET_OK(JetOSSnapshotFreezeW(second, &count, &infos, 0));
  ASSERT_EQ(count, 1u);
  EXPECT_EQ(infos[0].hInstanceId, other.instance());
  ASSERT_EQ(infos[0].cDatabases, 1u);
  const std::string path = folder / "test.edb";
  EXPECT_EQ(std::u16string(infos[0].szDatabaseFileName[0]),
            std::u16string(path.begin(), path.end()));
  EXPECT_EQ(infos[0].szDatabaseDisplayName[0], nullptr);
  EXPECT_EQ(infos[0].szDatabaseSLVFileName_Obsolete, nullptr);
  EXPECT_JET_OK(JetFreeBuffer(reinterpret_cast<char*>(infos)));
  EXPECT_JET_OK(JetOSSnapshotThaw(second, 0));
  EXPECT_JET_OK(JetOSSnapshotThaw(first, 0));
  EXPECT_NE(first, second);
}

TEST_F(SnapshotStatesTest, AFreezeWithoutAThreadFreezesNothing) {
  const JET_OSSNAPID id = Reach(SnapshotState::kPrepared, 0);
  timers_.set_refuse(true);
  EXPECT_JET(JET_errOutOfThreads, Freeze(id));
  timers_.set_refuse(false);
  EXPECT_EQ(StateOf(id), "prepared");
  EXPECT_JET(JET_errOSSnapshotInvalidSequence, Freeze(id));  // Its instances have left it.
  EXPECT_JET_OK(JetOSSnapshotPrepareInstance(id, database_->instance(), 0));
  EXPECT_JET_OK(Freeze(id));
  EXPECT_EQ(timers_.last_timeout(), absl::Seconds(70));
  EXPECT_JET_OK(JetOSSnapshotThaw(id, 0));
}

TEST_F(SnapshotStatesTest, IncrementalWithoutAFull) {
  for (const JET_GRBIT grbit : {JET_GRBIT{JET_bitIncrementalSnapshot},
                                JET_GRBIT{JET_bitIncrementalSnapshot | JET_bitCopySnapshot}}) {
    const JET_OSSNAPID id = Reach(SnapshotState::kPrepared, grbit);
    EXPECT_JET(JET_errMissingFullBackup, Freeze(id));
    EXPECT_EQ(StateOf(id), "prepared");
    EXPECT_JET_OK(JetOSSnapshotAbort(id, 0));
  }
}

TEST_F(SnapshotStatesTest, CircularLogging) {
  database_.reset();
  JetFolder folder;
  JetOptions options;
  options.circular = true;
  JetDatabase circular(folder, options);
  JET_OSSNAPID id = Reach(SnapshotState::kPrepared, JET_bitIncrementalSnapshot);
  EXPECT_JET(JET_errInvalidBackup, Freeze(id));
  EXPECT_JET_OK(JetOSSnapshotAbort(id, 0));
  id = Reach(SnapshotState::kFrozen, 0);
  EXPECT_JET_OK(JetOSSnapshotThaw(id, 0));
}

TEST_F(SnapshotStatesTest, StreamingBackupAndSnapshotExcludeEachOther) {
  ASSERT_JET_OK(JetBeginExternalBackupInstance(database_->instance(), 0));
  JET_OSSNAPID id = Reach(SnapshotState::kPrepared, 0);
  EXPECT_JET(JET_errOSSnapshotNotAllowed, Freeze(id));
  EXPECT_JET(JET_errOSSnapshotNotAllowed,
             JetOSSnapshotPrepareInstance(id, database_->instance(), 0));
  ASSERT_JET_OK(JetEndExternalBackupInstance2(database_->instance(), JET_bitBackupEndAbort));
  EXPECT_JET_OK(JetOSSnapshotPrepareInstance(id, database_->instance(), 0));
  // Before the freeze a backup may still begin.
  ASSERT_JET_OK(JetBeginExternalBackupInstance(database_->instance(), 0));
  ASSERT_JET_OK(JetEndExternalBackupInstance2(database_->instance(), JET_bitBackupEndAbort));
  ASSERT_JET_OK(Freeze(id));
  EXPECT_JET(JET_errBackupInProgress, JetBeginExternalBackupInstance(database_->instance(), 0));
  EXPECT_JET_OK(JetOSSnapshotAbort(id, 0));
  id = Reach(SnapshotState::kThawed, JET_bitContinueAfterThaw);
  EXPECT_JET(JET_errBackupInProgress, JetBeginExternalBackupInstance(database_->instance(), 0));
  EXPECT_JET_OK(JetOSSnapshotEnd(id, 0));
}

}  // namespace
}  // namespace contrail::test
