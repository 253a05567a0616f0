// Errors of the calls around a backup, by the rows of error_rows.tsv that name these tests:
// termination, and what is asked of instances and files.

#include <gtest/gtest.h>

#include "tests/support/backup_calls.h"
#include "tests/support/backup_fixture.h"

namespace contrail::test {
namespace {

class TermErrorTest : public testing::Test {
 protected:
  // Each row on a running instance of its own, which `prepare` brings into the right state.
  template <typename Prepare>
  void ExpectEach(Prepare prepare) {
    for (const ErrorRow& row : ErrorRowsOfThisTest()) {
      const JetFolder folder;
      JetDatabase database(folder);
      CallArguments arguments;
      arguments.instance = database.instance();
      prepare(database, &arguments);
      SCOPED_TRACE(row.function);
      EXPECT_JET(row.number, CallByName(row.function, &arguments));
    }
  }
};

TEST_F(TermErrorTest, Success) {
  ExpectEach([](JetDatabase&, CallArguments*) {});
}

TEST_F(TermErrorTest, BadInstance) {
  ExpectEach([](JetDatabase&, CallArguments* arguments) { arguments->instance += 4711; });
}

TEST_F(TermErrorTest, RunningBackup) {
  ExpectEach([](JetDatabase& database, CallArguments*) {
    ASSERT_JET_OK(JetBeginExternalBackupInstance(database.instance(), 0));
  });
}

TEST_F(TermErrorTest, OpenTransaction) {
  ExpectEach([](JetDatabase& database, CallArguments*) {
    ASSERT_JET_OK(JetBeginTransaction(database.session()));
  });
}

class DatabaseFileInfoErrorTest : public testing::Test {
 protected:
  void Expect(uint32_t size, uint32_t level) {
    for (const ErrorRow& row : ErrorRowsOfThisTest()) {
      char buffer[1024];
      EXPECT_JET(row.number,
                 JetGetDatabaseFileInfoA((folder_ / "test.edb").c_str(), buffer, size, level));
    }
  }
  const JetFolder folder_;
  const JetDatabase database_{folder_};
};

TEST_F(DatabaseFileInfoErrorTest, Success) { Expect(348, JET_DbInfoMisc); }
TEST_F(DatabaseFileInfoErrorTest, FeatureNotAvailable) { Expect(4, JET_DbInfoIsam); }
TEST_F(DatabaseFileInfoErrorTest, InvalidBufferSize) { Expect(347, JET_DbInfoMisc); }
TEST_F(DatabaseFileInfoErrorTest, InvalidParameter) { Expect(4, 12345); }

TEST(InstanceInfoErrorTest, Success) {
  uint32_t count = 7;
  JET_INSTANCE_INFO_A* infos = nullptr;
  EXPECT_JET(JET_errSuccess, JetGetInstanceInfoA(&count, &infos));
  EXPECT_EQ(count, 0u);
  EXPECT_EQ(infos, nullptr);
  const JetFolder folder;
  const JetDatabase database(folder);
  EXPECT_JET(JET_errSuccess, JetGetInstanceInfoA(&count, &infos));
  EXPECT_EQ(count, 1u);
  JetFreeBuffer(reinterpret_cast<char*>(infos));
}

TEST(InstanceInfoErrorTest, InvalidParameter) {
  uint32_t count = 0;
  JET_INSTANCE_INFO_A* infos = nullptr;
  EXPECT_JET(JET_errInvalidParameter, JetGetInstanceInfoA(nullptr, &infos));
  EXPECT_JET(JET_errInvalidParameter, JetGetInstanceInfoA(&count, nullptr));
}

}  // namespace
}  // namespace contrail::test
