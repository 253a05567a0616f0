// Snapshots through the API while threads write: what is on the disk during the freeze, who waits
// and who does not, and what the session leaves behind.

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "backup/api/snapshot_registry.h"
#include "engine/api/api_registry.h"
#include "log/log_files.h"
#include "tests/support/jet_rows.h"
#include "tests/support/manual_timers.h"

namespace contrail::test {
namespace {

using api::SnapshotRegistry;
using Files = std::map<std::string, std::string>;  // Name and content.

Files FilesOf(const std::string& folder) {
  Files files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream in(entry.path(), std::ios::binary);
    std::ostringstream content;
    content << in.rdbuf();
    files[entry.path().filename()] = content.str();
  }
  return files;
}

void PutFiles(const Files& files, const std::string& folder) {
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::filesystem::remove(entry.path());
  }
  for (const auto& [name, content] : files) {
    std::ofstream(folder + name, std::ios::binary) << content;
  }
}

class SnapshotApiTest : public testing::Test {
 protected:
  void SetUp() override {
    SnapshotRegistry::Get().set_timers(timers_.Maker());
    options_.log_kibibytes = 512;
    options_.cache_pages = 256;  // So that pages are written all the time.
    database_ = std::make_unique<JetDatabase>(folder_, options_);
    database_->CreateRows("rows");
    ASSERT_JET_OK(WriteRows(database_->session(), path(), 0, 500));
  }
  void TearDown() override {
    database_.reset();
    SnapshotRegistry::Get().set_timers(WallClockTimers());
  }

  JET_INSTANCE instance() const { return database_->instance(); }
  std::string path() const { return folder_ / "test.edb"; }
  JET_OSSNAPID Prepare(JET_GRBIT grbit) {
    JET_OSSNAPID id = 0;
    EXPECT_JET_OK(JetOSSnapshotPrepare(&id, grbit));
    return id;
  }
  JET_ERR Freeze(JET_OSSNAPID id) {
    uint32_t count = 0;
    JET_INSTANCE_INFO_A* infos = nullptr;
    const JET_ERR error = JetOSSnapshotFreezeA(id, &count, &infos, 0);
    EXPECT_EQ(count, error == JET_errSuccess ? 1u : 0u);
    EXPECT_EQ(infos == nullptr, error != JET_errSuccess);
    if (infos != nullptr) {
      EXPECT_EQ(infos[0].hInstanceId, instance());
      EXPECT_STREQ(infos[0].szDatabaseFileName[0], path().c_str());
      EXPECT_JET_OK(JetFreeBuffer(reinterpret_cast<char*>(infos)));
    }
    return error;
  }
  JET_DBINFOMISC7 Info() {
    JET_DBINFOMISC7 info = {};
    EXPECT_JET_OK(JetGetDatabaseFileInfoA(path().c_str(), &info, sizeof(info), JET_DbInfoMisc));
    return info;
  }
  std::vector<uint32_t> EventIds() {
    std::vector<uint32_t> ids;
    for (const Event& event : api::ApiRegistry::Get().Instances().front()->events.Recent()) {
      ids.push_back(event.id);
    }
    return ids;
  }
  size_t Told(uint32_t id) {
    const std::vector<uint32_t> ids = EventIds();
    return static_cast<size_t>(std::count(ids.begin(), ids.end(), id));
  }
  // Begin to end, thawing at once.
  void TakeSnapshot(JET_GRBIT grbit) {
    const JET_OSSNAPID id = Prepare(grbit);
    ASSERT_JET_OK(Freeze(id));
    ASSERT_JET_OK(JetOSSnapshotThaw(id, 0));
  }
  JET_ERR Streaming(JET_GRBIT grbit) {
    JET_ERR error = JetBeginExternalBackupInstance(instance(), grbit);
    if (error == JET_errSuccess) {
      JetEndExternalBackupInstance2(instance(), JET_bitBackupEndAbort);
    }
    return error;
  }

  ManualTimers timers_;
  JetOptions options_;
  JetFolder folder_;
  std::unique_ptr<JetDatabase> database_;
};

TEST_F(SnapshotApiTest, TheFilesOfAFreezeHaveAllThatWasCommitted) {
  constexpr int32_t kWriters = 3;
  constexpr int32_t kEach = 100000;
  std::atomic<bool> stop{false};
  std::atomic<int32_t> committed[kWriters] = {};
  std::vector<std::thread> writers;
  for (int32_t w = 0; w < kWriters; ++w) {
    writers.emplace_back([&, w] {
      const JET_SESID session = database_->NewSession();
      while (!stop) {
        if (WriteRows(session, path(), kEach * (w + 1) + committed[w], 10) < 0) break;
        committed[w] += 10;
      }
      JetEndSession(session, 0);
    });
  }
  for (int32_t w = 0; w < kWriters; ++w) {
    while (committed[w] < 100) std::this_thread::yield();
  }
  Files image;
  int32_t before[kWriters], after[kWriters];
  for (int round = 0; round < 3; ++round) {
    const JET_OSSNAPID id = Prepare(0);
    for (int32_t w = 0; w < kWriters; ++w) before[w] = committed[w];
    ASSERT_JET_OK(Freeze(id));
    int32_t frozen[kWriters];
    for (int32_t w = 0; w < kWriters; ++w) frozen[w] = committed[w];
    image = FilesOf(folder_.path());
    // Reading goes on, in sessions that begin now.
    EXPECT_EQ(CountRows(instance(), path(), 0, 499), 500);
    EXPECT_TRUE(FilesOf(folder_.path()) == image);
    for (int32_t w = 0; w < kWriters; ++w) {
      after[w] = committed[w];
      // One that was durable already may have been told of it late.
      EXPECT_LE(after[w], frozen[w] + 10);
    }
    ASSERT_JET_OK(JetOSSnapshotThaw(id, 0));
    for (int32_t w = 0; w < kWriters; ++w) {
      while (committed[w] < after[w] + 50) std::this_thread::yield();  // Everything goes on.
    }
  }
  stop = true;
  for (std::thread& writer : writers) writer.join();
  database_.reset();

  PutFiles(image, folder_.path());
  JetDatabase recovered(folder_, options_);
  EXPECT_EQ(CountRows(recovered.instance(), path(), 0, 499), 500);
  for (int32_t w = 0; w < kWriters; ++w) {
    const int32_t first = kEach * (w + 1);
    const int32_t rows = CountRows(recovered.instance(), path(), first, first + kEach - 1);
    EXPECT_EQ(CountRows(recovered.instance(), path(), first, first + rows - 1), rows);  // No gap.
    EXPECT_GE(rows, before[w]);
    EXPECT_LE(rows, after[w] + 10);
    EXPECT_EQ(rows % 10, 0);
  }
}

TEST_F(SnapshotApiTest, FullAndIncrementalWithTheLogsThatTheHeadersName) {
  const JET_OSSNAPID full = Prepare(JET_bitContinueAfterThaw);
  ASSERT_JET_OK(Freeze(full));
  Files image = FilesOf(folder_.path());
  ASSERT_JET_OK(JetOSSnapshotThaw(full, 0));
  ASSERT_JET_OK(JetOSSnapshotTruncateLog(full, JET_bitAllDatabasesSnapshot));
  ASSERT_JET_OK(JetOSSnapshotEnd(full, 0));
  for (int32_t round = 1; round <= 2; ++round) {
    ASSERT_JET_OK(WriteRows(database_->session(), path(), round * 1000, 800));
    const JET_OSSNAPID id = Prepare(JET_bitIncrementalSnapshot | JET_bitContinueAfterThaw);
    ASSERT_JET_OK(Freeze(id));
    const Files frozen = FilesOf(folder_.path());
    ASSERT_JET_OK(WriteRows(database_->session(), path(), 0, 0));  // Reads the catalog.
    ASSERT_JET_OK(JetOSSnapshotThaw(id, 0));
    ASSERT_JET_OK(JetOSSnapshotTruncateLog(id, JET_bitAllDatabasesSnapshot));
    ASSERT_JET_OK(JetOSSnapshotEnd(id, 0));
    const JET_DBINFOMISC7 info = Info();
    EXPECT_NE(info.bkinfoIncPrev.bklogtimeMark.fOSSnapshot, 0);
    ASSERT_GT(info.bkinfoIncPrev.genHigh, info.bkinfoIncPrev.genLow);
    // The logs that the header names, and the one that was being written.
    image["edb.log"] = frozen.at("edb.log");
    for (uint32_t generation = info.bkinfoIncPrev.genLow; generation <= info.bkinfoIncPrev.genHigh;
         ++generation) {
      const std::string name = LogFileName("edb", generation);
      ASSERT_EQ(frozen.count(name), 1u) << name;
      image[name] = frozen.at(name);
    }
  }
  ASSERT_JET_OK(WriteRows(database_->session(), path(), 50000, 10));  // Not in it.
  database_.reset();
  image.erase("edbtmp.log");
  PutFiles(image, folder_.path());
  JetDatabase recovered(folder_, options_);
  EXPECT_EQ(CountRows(recovered.instance(), path(), 0, 499), 500);
  EXPECT_EQ(CountRows(recovered.instance(), path(), 1000, 3000), 1600);
  EXPECT_EQ(CountRows(recovered.instance(), path(), 50000, 60000), 0);
}

TEST_F(SnapshotApiTest, TheKindOfSnapshotSaysWhichEntryIsStamped) {
  JET_DBINFOMISC7 info = Info();
  EXPECT_EQ(info.bkinfoFullPrev.genLow, 0u);
  TakeSnapshot(JET_bitCopySnapshot);
  info = Info();
  EXPECT_EQ(info.bkinfoFullPrev.genLow, 0u);
  EXPECT_GT(info.bkinfoCopyPrev.genLow, 0u);
  EXPECT_NE(info.bkinfoCopyPrev.bklogtimeMark.fOSSnapshot, 0);
  TakeSnapshot(0);
  info = Info();
  EXPECT_GT(info.bkinfoFullPrev.genLow, 0u);
  EXPECT_NE(info.bkinfoFullPrev.bklogtimeMark.fOSSnapshot, 0);
  EXPECT_EQ(info.bkinfoFullCur.genLow, 0u);
  TakeSnapshot(JET_bitIncrementalSnapshot);
  info = Info();
  EXPECT_GT(info.bkinfoIncPrev.genHigh, info.bkinfoFullPrev.genHigh);
  EXPECT_EQ(info.bkinfoDiffPrev.genLow, 0u);
  TakeSnapshot(JET_bitIncrementalSnapshot | JET_bitCopySnapshot);
  info = Info();
  EXPECT_GT(info.bkinfoDiffPrev.genHigh, info.bkinfoIncPrev.genHigh);
  EXPECT_NE(info.bkinfoDiffPrev.bklogtimeMark.fOSSnapshot, 0);
  TakeSnapshot(0);  // Begins the chain anew.
  info = Info();
  EXPECT_EQ(info.bkinfoIncPrev.genLow, 0u);
  EXPECT_EQ(info.bkinfoDiffPrev.genLow, 0u);
  const std::vector<uint32_t> ids = EventIds();
  for (const uint32_t id : {2001u, 2003u, 2005u, 2006u, 2008u, 2009u, 2010u, 223u}) {
    EXPECT_EQ(std::count(ids.begin(), ids.end(), id) > 0, true) << id;
  }
  EXPECT_EQ(Told(2001), 10u);  // Of the session and of the instance, five times.
  // A crash later the headers say the same.
  EXPECT_JET(JET_errDirtyShutdown, database_->engine().Term(JET_bitTermAbrupt | JET_bitTermDirty));
  database_ = std::make_unique<JetDatabase>(folder_, options_);
  EXPECT_EQ(Info().bkinfoFullPrev.genHigh, info.bkinfoFullPrev.genHigh);
  EXPECT_NE(Info().bkinfoFullPrev.bklogtimeMark.fOSSnapshot, 0);
}

TEST_F(SnapshotApiTest, AnIncrementalGoesOnFromAFullOfItsOwnTypeOnly) {
  TakeSnapshot(0);
  EXPECT_JET(JET_errMissingFullBackup, Streaming(JET_bitBackupIncremental));
  TakeSnapshot(JET_bitIncrementalSnapshot);
  // A full streaming backup.
  ASSERT_JET_OK(JetBeginExternalBackupInstance(instance(), 0));
  JET_HANDLE handle = 0;
  uint32_t low = 0, high = 0, read = 0;
  ASSERT_JET_OK(JetOpenFileInstanceA(instance(), path().c_str(), &handle, &low, &high));
  std::vector<char> buffer(1 << 20);
  do {
    ASSERT_JET_OK(JetReadFileInstance(instance(), handle, buffer.data(), 1 << 20, &read));
  } while (read > 0);
  ASSERT_JET_OK(JetCloseFileInstance(instance(), handle));
  ASSERT_JET_OK(JetGetLogInfoInstanceA(instance(), nullptr, 0, &read));
  ASSERT_JET_OK(JetEndExternalBackupInstance2(instance(),
                                              JET_bitBackupEndNormal | JET_bitBackupTruncateDone));
  EXPECT_JET_OK(Streaming(JET_bitBackupIncremental));
  const JET_OSSNAPID id = Prepare(JET_bitIncrementalSnapshot);
  EXPECT_JET(JET_errMissingFullBackup, Freeze(id));
  EXPECT_GT(Told(206), 0u);
  EXPECT_GT(Told(2002), 0u);
  EXPECT_JET_OK(JetOSSnapshotAbort(id, 0));
}

TEST_F(SnapshotApiTest, AFreezeThatIsForgottenEndsByItself) {
  SnapshotRegistry::Get().set_timers(WallClockTimers());
  ASSERT_JET_OK(JetSetSystemParameterA(nullptr, 0, JET_paramOSSnapshotTimeout, 1, nullptr));
  const JET_OSSNAPID id = Prepare(JET_bitContinueAfterThaw);
  ASSERT_JET_OK(Freeze(id));
  // Waits for nothing but the timer.
  EXPECT_JET_OK(WriteRows(database_->session(), path(), 1000, 10));
  ASSERT_JET_OK(JetSetSystemParameterA(nullptr, 0, JET_paramOSSnapshotTimeout, 70000, nullptr));
  EXPECT_JET(JET_errOSSnapshotTimeOut, JetOSSnapshotThaw(id, 0));
  EXPECT_EQ(Told(2004), 1u);
  EXPECT_EQ(Told(2003), 0u);
  EXPECT_JET(JET_errOSSnapshotInvalidSequence, JetOSSnapshotEnd(id, 0));
  EXPECT_JET_OK(JetOSSnapshotEnd(id, JET_bitAbortSnapshot));
  EXPECT_EQ(Info().bkinfoFullPrev.genLow, 0u);
}

TEST_F(SnapshotApiTest, AnAbortedFreezeLeavesNoStamp) {
  for (const JET_GRBIT grbit : {JET_GRBIT{0}, JET_GRBIT{JET_bitContinueAfterThaw}}) {
    const JET_OSSNAPID id = Prepare(grbit);
    ASSERT_JET_OK(Freeze(id));
    EXPECT_JET_OK(JetOSSnapshotEnd(id, JET_bitAbortSnapshot));
    EXPECT_JET_OK(WriteRows(database_->session(), path(), 1000 + static_cast<int32_t>(grbit), 1));
  }
  EXPECT_EQ(Info().bkinfoFullPrev.genLow, 0u);
  EXPECT_EQ(Told(2006), 0u);
  EXPECT_EQ(Told(2007), 2u);
}

TEST_F(SnapshotApiTest, NothingIsAttachedOrDetachedUntilTheEnd) {
  const JET_SESID session = database_->session();
  const std::string other = folder_ / "other.edb";
  JET_DBID id = JET_dbidNil;
  ASSERT_JET_OK(JetCreateDatabaseA(session, other.c_str(), nullptr, &id, 0));
  ASSERT_JET_OK(JetCloseDatabase(session, id, 0));
  const JET_OSSNAPID snapshot = Prepare(JET_bitContinueAfterThaw);
  ASSERT_JET_OK(JetDetachDatabaseA(session, other.c_str()));  // Prepared only.
  ASSERT_JET_OK(JetAttachDatabaseA(session, other.c_str(), 0));
  uint32_t count = 0;
  JET_INSTANCE_INFO_A* infos = nullptr;
  ASSERT_JET_OK(JetOSSnapshotFreezeA(snapshot, &count, &infos, 0));
  EXPECT_EQ(infos[0].cDatabases, 2u);
  EXPECT_JET_OK(JetFreeBuffer(reinterpret_cast<char*>(infos)));
  const auto refused = [&] {
    EXPECT_JET(JET_errBackupInProgress, JetDetachDatabaseA(session, other.c_str()));
    EXPECT_JET(JET_errBackupInProgress,
               JetAttachDatabaseA(session, (folder_ / "none.edb").c_str(), 0));
    EXPECT_JET(JET_errBackupInProgress,
               JetCreateDatabaseA(session, (folder_ / "new.edb").c_str(), nullptr, &id, 0));
  };
  refused();
  ASSERT_JET_OK(JetOSSnapshotThaw(snapshot, 0));
  refused();
  ASSERT_JET_OK(JetOSSnapshotTruncateLog(snapshot, 0));
  refused();
  ASSERT_JET_OK(JetOSSnapshotEnd(snapshot, 0));
  EXPECT_JET_OK(JetDetachDatabaseA(session, other.c_str()));
}

TEST_F(SnapshotApiTest, AnInstanceThatEndsWaitsForTheThawAndLeaves) {
  const JET_OSSNAPID id = Prepare(JET_bitContinueAfterThaw);
  ASSERT_JET_OK(Freeze(id));
  EXPECT_JET(JET_errBackupInProgress, database_->engine().Term(JET_bitTermComplete));
  std::atomic<bool> ended{false};
  std::thread end([&] {
    EXPECT_JET_OK(database_->engine().Term(JET_bitTermAbrupt));
    ended = true;
  });
  // Its termination has begun when a call on the instance says so.
  while (JetStopBackupInstance(instance()) != JET_errTermInProgress) std::this_thread::yield();
  EXPECT_FALSE(ended);
  ASSERT_JET_OK(JetOSSnapshotThaw(id, 0));
  end.join();
  // The session is left without instances.
  uint32_t count = 1;
  JET_INSTANCE_INFO_A* infos = nullptr;
  EXPECT_JET_OK(JetOSSnapshotGetFreezeInfoA(id, &count, &infos, 0));
  EXPECT_EQ(count, 0u);
  EXPECT_EQ(infos, nullptr);
  EXPECT_JET_OK(JetOSSnapshotEnd(id, 0));
  database_ = std::make_unique<JetDatabase>(folder_, options_);
  EXPECT_EQ(Info().bkinfoFullPrev.genLow, 0u);
}

TEST_F(SnapshotApiTest, AnInstanceLeavesASessionThatHasNotFrozenIt) {
  const JET_OSSNAPID id = Prepare(0);
  EXPECT_JET_OK(database_->engine().Term(JET_bitTermComplete));
  EXPECT_JET(JET_errOSSnapshotInvalidSequence, Freeze(id));
  EXPECT_JET_OK(JetOSSnapshotEnd(id, 0));
}

TEST_F(SnapshotApiTest, RecoveryOff) {
  database_.reset();
  JetFolder folder;
  JetOptions options;
  options.recovery = false;
  JetDatabase unlogged(folder, options);
  const JET_OSSNAPID id = Prepare(0);
  uint32_t count = 0;
  JET_INSTANCE_INFO_A* infos = nullptr;
  ASSERT_JET_OK(JetOSSnapshotFreezeA(id, &count, &infos, 0));
  ASSERT_EQ(count, 1u);
  EXPECT_EQ(infos[0].cDatabases, 0u);
  EXPECT_JET_OK(JetFreeBuffer(reinterpret_cast<char*>(infos)));
  EXPECT_JET_OK(JetOSSnapshotThaw(id, 0));
}

}  // namespace
}  // namespace contrail::test
