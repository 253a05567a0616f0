// JetGetDatabaseFileInfo and what it tells of backups. Source: the backup contract, section 18.

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "tests/support/jet_rows.h"

namespace contrail::test {
namespace {

constexpr uint32_t kPage = 4096;

class FileInfoTest : public testing::Test {
 protected:
  void SetUp() override {
    database_ = std::make_unique<JetDatabase>(folder_);
    database_->CreateRows("rows");
    ASSERT_JET_OK(WriteRows(database_->session(), path(), 0, 100));
  }
  std::string path() const { return folder_ / "test.edb"; }
  JET_INSTANCE instance() const { return database_->instance(); }
  static JET_DBINFOMISC7 Info(const std::string& file) {
    JET_DBINFOMISC7 info = {};
    EXPECT_JET_OK(JetGetDatabaseFileInfoA(file.c_str(), &info, sizeof(info), JET_DbInfoMisc));
    return info;
  }
  static uint32_t InUse(const std::string& file) {
    uint32_t in_use = 99;
    EXPECT_JET_OK(
        JetGetDatabaseFileInfoA(file.c_str(), &in_use, sizeof(in_use), JET_DbInfoDBInUse));
    return in_use;
  }
  // All but the pages' own content: enough for a header.
  void Stream(const std::string& to) {
    JET_HANDLE handle = 0;
    uint32_t low = 0, high = 0, actual = 0;
    ASSERT_JET_OK(JetOpenFileInstanceA(instance(), path().c_str(), &handle, &low, &high));
    std::vector<char> buffer(1 << 20);
    std::ofstream out(to, std::ios::binary);
    do {
      ASSERT_JET_OK(JetReadFileInstance(instance(), handle, buffer.data(), 1 << 20, &actual));
      out.write(buffer.data(), actual);
    } while (actual > 0);
    ASSERT_JET_OK(JetCloseFileInstance(instance(), handle));
  }

  JetFolder folder_;
  std::unique_ptr<JetDatabase> database_;
};

TEST_F(FileInfoTest, TheSizeOfTheBufferIsExact) {
  std::vector<char> buffer(500);
  for (uint32_t size = 0; size <= 500; ++size) {
    const bool known = size == 216 || size == 296 || size == 300 || size == 348 || size == 380 ||
                       size == 400 || size == 416;
    SCOPED_TRACE(testing::Message() << size);
    EXPECT_JET(known ? JET_errSuccess : JET_errInvalidBufferSize,
               JetGetDatabaseFileInfoA(path().c_str(), buffer.data(), size, JET_DbInfoMisc));
  }
}

TEST_F(FileInfoTest, Arguments) {
  uint32_t number = 0;
  EXPECT_JET(JET_errInvalidParameter,
             JetGetDatabaseFileInfoA(path().c_str(), nullptr, 4, JET_DbInfoPageSize));
  EXPECT_JET(JET_errInvalidParameter, JetGetDatabaseFileInfoA(path().c_str(), &number, 4, 1000));
  EXPECT_JET(JET_errFeatureNotAvailable,
             JetGetDatabaseFileInfoA(path().c_str(), &number, 4, JET_DbInfoIsam));
  EXPECT_JET(JET_errInvalidBufferSize,
             JetGetDatabaseFileInfoA(path().c_str(), &number, 3, JET_DbInfoPageSize));
  EXPECT_JET(JET_errFileNotFound,
             JetGetDatabaseFileInfoA((folder_ / "none").c_str(), &number, 4, JET_DbInfoPageSize));
}

TEST_F(FileInfoTest, AFileThatIsNoDatabase) {
  JET_DBINFOMISC info = {};
  std::ofstream(folder_ / "text") << std::string(100000, 'x');
  std::ofstream(folder_ / "short") << "x";
  for (const char* name : {"text", "short", "edb.log"}) {
    SCOPED_TRACE(testing::Message() << name);
    EXPECT_JET(JET_errFileInvalidType, JetGetDatabaseFileInfoA((folder_ / name).c_str(), &info,
                                                               sizeof(info), JET_DbInfoMisc));
  }
}

TEST_F(FileInfoTest, TheSecondCopyOfAHeaderStandsInForTheFirst) {
  const std::string file = folder_ / "copy.edb";
  database_.reset();
  std::filesystem::copy_file(path(), file);
  const JET_DBINFOMISC7 whole = Info(file);
  std::fstream(file, std::ios::in | std::ios::out | std::ios::binary).seekp(100) << "damaged";
  const JET_DBINFOMISC7 shadow = Info(file);
  EXPECT_EQ(std::memcmp(&whole, &shadow, sizeof(whole)), 0);
  std::fstream(file, std::ios::in | std::ios::out | std::ios::binary).seekp(kPage + 100)
      << "damaged";
  JET_DBINFOMISC info = {};
  EXPECT_JET(JET_errDatabaseCorrupted,
             JetGetDatabaseFileInfoA(file.c_str(), &info, sizeof(info), JET_DbInfoMisc));
}

TEST_F(FileInfoTest, ADatabaseInUseIsReportedFromMemory) {
  EXPECT_EQ(InUse(path()), 1u);
  EXPECT_EQ(Info(path()).dbstate, uint32_t{JET_dbstateDirtyShutdown});
  ASSERT_JET_OK(JetCloseDatabase(database_->session(), database_->id(), 0));
  EXPECT_EQ(InUse(path()), 1u);  // Attached is enough.
  ASSERT_JET_OK(JetDetachDatabaseA(database_->session(), path().c_str()));
  EXPECT_EQ(InUse(path()), 0u);
  EXPECT_EQ(Info(path()).dbstate, uint32_t{JET_dbstateCleanShutdown});
}

TEST_F(FileInfoTest, StreamedCopiesAndTheStampsOfStreamingBackups) {
  ASSERT_JET_OK(JetBeginExternalBackupInstance(instance(), 0));
  Stream(folder_ / "copy.edb");
  uint32_t actual = 0;
  ASSERT_JET_OK(JetGetLogInfoInstanceA(instance(), nullptr, 0, &actual));
  ASSERT_JET_OK(JetEndExternalBackupInstance2(instance(),
                                              JET_bitBackupEndNormal | JET_bitBackupTruncateDone));
  const JET_DBINFOMISC7 copy = Info(folder_ / "copy.edb");
  EXPECT_GT(copy.bkinfoFullCur.genLow, 0u);
  EXPECT_EQ(copy.bkinfoFullCur.genHigh, 0u);
  EXPECT_EQ(InUse(folder_ / "copy.edb"), 0u);
  const JET_DBINFOMISC7 live = Info(path());
  EXPECT_EQ(live.bkinfoFullCur.genLow, 0u);
  EXPECT_EQ(live.bkinfoFullPrev.genLow, copy.bkinfoFullCur.genLow);
  EXPECT_EQ(live.bkinfoFullPrev.bklogtimeMark.fOSSnapshot, 0);
  EXPECT_EQ(live.bkinfoFullPrev.lgposMark.lGeneration, copy.bkinfoFullCur.lgposMark.lGeneration);
}

TEST(InstanceInfoTest, InstancesOfTheProcess) {
  uint32_t count = 7;
  JET_INSTANCE_INFO_A* infos = nullptr;
  EXPECT_JET(JET_errInvalidParameter, JetGetInstanceInfoA(nullptr, &infos));
  EXPECT_JET(JET_errInvalidParameter, JetGetInstanceInfoA(&count, nullptr));
  infos = reinterpret_cast<JET_INSTANCE_INFO_A*>(&count);
  EXPECT_JET_OK(JetGetInstanceInfoA(&count, &infos));
  EXPECT_EQ(count, 0u);
  EXPECT_EQ(infos, nullptr);
  JetFolder folders[2];
  JetDatabase first(folders[0]);
  JetOptions unlogged;
  unlogged.recovery = false;
  JetDatabase second(folders[1], unlogged);
  JET_INSTANCE created = 0;
  EXPECT_JET_OK(JetCreateInstanceA(&created, "only created"));
  ASSERT_JET_OK(JetGetInstanceInfoA(&count, &infos));
  ASSERT_EQ(count, 3u);
  EXPECT_EQ(infos[0].hInstanceId, first.instance());
  EXPECT_EQ(infos[0].szInstanceName, nullptr);
  ASSERT_EQ(infos[0].cDatabases, 1u);
  EXPECT_STREQ(infos[0].szDatabaseFileName[0], (folders[0] / "test.edb").c_str());
  EXPECT_EQ(infos[0].szDatabaseDisplayName[0], nullptr);
  EXPECT_EQ(infos[0].szDatabaseSLVFileName_Obsolete, nullptr);
  EXPECT_EQ(infos[1].cDatabases, 0u);  // Not logged.
  EXPECT_STREQ(infos[2].szInstanceName, "only created");
  EXPECT_EQ(infos[2].cDatabases, 0u);
  EXPECT_JET_OK(JetFreeBuffer(reinterpret_cast<char*>(infos)));
  EXPECT_JET_OK(JetTerm(created));
}

}  // namespace
}  // namespace contrail::test
