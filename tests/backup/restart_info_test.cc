// JET_RSTINFO: what JetInit3 does not do it refuses, before anything is replayed.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "tests/support/backup_fixture.h"

namespace contrail::test {
namespace {

namespace fs = std::filesystem;

class RestartInfoTest : public testing::Test {
 protected:
  // A killed instance's folder.
  void SetUp() override {
    JetDatabase database(folder_);
    database.CreateRows("rows");
    ASSERT_JET_OK(AddRows(database.session(), database.id(), 0, 50));
    EXPECT_JET(JET_errDirtyShutdown, database.engine().Crash());
  }
  std::map<std::string, std::string> Files() const {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::directory_iterator(folder_.path())) {
      std::ifstream file(entry.path(), std::ios::binary);
      files[entry.path().filename()] = {std::istreambuf_iterator<char>(file), {}};
    }
    return files;
  }
  void ExpectRefused(JET_RSTINFO_A info, JET_ERR error, JET_GRBIT grbit = 0) {
    const auto before = Files();
    JetInstance instance(folder_);
    JET_INSTANCE handle = instance.handle();
    EXPECT_JET(error, JetInit3A(&handle, &info, grbit));
    JET_RSTINFO_W wide = {};
    wide.cbStruct = info.cbStruct;
    wide.lgposStop = info.lgposStop;
    wide.logtimeStop = info.logtimeStop;
    EXPECT_JET(error, JetInit3W(&handle, &wide, grbit));
    EXPECT_TRUE(Files() == before);
  }
  static JET_RSTINFO_A Info() {
    JET_RSTINFO_A info = {};
    info.cbStruct = sizeof(info);
    return info;
  }

  const JetFolder folder_;
};

TEST_F(RestartInfoTest, AStopPositionIsRefused) {
  JET_RSTINFO_A info = Info();
  info.lgposStop.lGeneration = 1;
  info.lgposStop.isec = 8;
  ExpectRefused(info, JET_errFeatureNotAvailable);
  info = Info();
  info.lgposStop.ib = 1;
  ExpectRefused(info, JET_errFeatureNotAvailable);
  info = Info();
  info.lgposStop.lGeneration = INT32_MAX;
  ExpectRefused(info, JET_errFeatureNotAvailable);
  info = Info();
  info.logtimeStop.bMonth = 1;
  ExpectRefused(info, JET_errFeatureNotAvailable);
}

// None, and the end of all logs, are no stop.
TEST_F(RestartInfoTest, NoStopPositionRecoversAll) {
  for (const bool highest : {false, true}) {
    JET_RSTINFO_A info = Info();
    if (highest) info.lgposStop = {UINT16_MAX, UINT16_MAX, INT32_MAX};
    JetInstance instance(folder_);
    JET_INSTANCE handle = instance.handle();
    ASSERT_JET_OK(JetInit3A(&handle, &info, 0));
    JET_SESID session = JET_sesidNil;
    JET_DBID id = JET_dbidNil;
    const std::string path = folder_ / "test.edb";
    ASSERT_JET_OK(JetBeginSessionA(handle, &session, nullptr, nullptr));
    ASSERT_JET_OK(JetAttachDatabaseA(session, path.c_str(), 0));
    ASSERT_JET_OK(JetOpenDatabaseA(session, path.c_str(), nullptr, &id, 0));
    EXPECT_EQ(CountRows(session, id), 50);
    ASSERT_JET_OK(instance.Term());
  }
}

TEST_F(RestartInfoTest, WrongSize) {
  JET_RSTINFO_A info = Info();
  info.cbStruct = 1;
  ExpectRefused(info, JET_errInvalidParameter);
}

// JET_bitAllowSoftRecoveryOnBackup, which no header has.
TEST_F(RestartInfoTest, ThePrivateFlagForStreamedCopies) {
  ExpectRefused(Info(), JET_errFeatureNotAvailable, 0x200);
  ExpectRefused(Info(), JET_errInvalidGrbit, 0x100);
}

}  // namespace
}  // namespace contrail::test
