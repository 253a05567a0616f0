// DDL beside other sessions, as programs meet it; and answers that need no table.

#include "tests/support/jet_fixture.h"

namespace contrail::test {
namespace {

TEST(ApiDdlTest, ReadersOpenATableWhileAnIndexIsUncommitted) {
  JetFolder folder;
  JetDatabase database(folder);
  database.CreateRows("rows");
  const JET_TABLEID table = database.Open("rows");
  ASSERT_JET_OK(JetBeginTransaction(database.session()));
  ASSERT_JET_OK(JetCreateIndexA(database.session(), table, "by_name", 0, "+name\0", 7, 100));

  const JET_SESID other = database.NewSession();
  JET_DBID id = JET_dbidNil;
  ASSERT_JET_OK(JetOpenDatabaseA(other, (folder / "test.edb").c_str(), nullptr, &id, 0));
  JET_TABLEID reading = JET_tableidNil;
  ASSERT_JET_OK(JetOpenTableA(other, id, "rows", nullptr, 0, 0, &reading));
  EXPECT_JET(JET_errIndexNotFound, JetSetCurrentIndexA(other, reading, "by_name"));
  uint32_t count = 0;
  EXPECT_JET(JET_errIndexNotFound, JetGetTableIndexInfoA(other, reading, "by_name", &count,
                                                         sizeof count, JET_IdxInfoSpaceAlloc));
  EXPECT_JET(JET_errTableLocked, JetPrepareUpdate(other, reading, JET_prepInsert));
  ASSERT_JET_OK(JetCommitTransaction(database.session(), 0));
  ASSERT_JET_OK(JetSetCurrentIndexA(other, reading, "by_name"));
  EXPECT_JET(JET_errIndexInUse, JetDeleteIndexA(database.session(), table, "by_name"));
  ASSERT_JET_OK(JetCloseTable(database.session(), table));
  EXPECT_JET(JET_errTableInUse, JetDeleteTableA(database.session(), database.id(), "rows"));
  ASSERT_JET_OK(JetSetCurrentIndexA(other, reading, nullptr));
}

TEST(ApiDdlTest, VersionIsToldToSessions) {
  JetFolder folder;
  JetDatabase database(folder);
  uint32_t version = 0;
  EXPECT_JET(JET_errSuccess, JetGetVersion(database.session(), &version));
  EXPECT_GE((version >> 8) & 0xFFFF, 9900u);
  EXPECT_JET(JET_errInvalidParameter, JetGetVersion(database.session(), nullptr));
  EXPECT_JET(JET_errInvalidSesid, JetGetVersion(JET_sesidNil, &version));
}

TEST(ApiDdlTest, TheTemporaryPathIsAFolder) {
  JetFolder folder;
  JetInstance instance(folder);
  JET_INSTANCE handle = instance.handle();
  for (const char* given : {"temporary", "temporary/", "temporary/tmp.edb", "temporary\\TMP.EDB"}) {
    const std::string path = folder / given;
    ASSERT_JET_OK(
        JetSetSystemParameterA(&handle, JET_sesidNil, JET_paramTempPath, 0, path.c_str()));
    char text[1000] = {};
    ASSERT_JET_OK(JetGetSystemParameterA(handle, JET_sesidNil, JET_paramTempPath, nullptr, text,
                                         sizeof text));
    EXPECT_EQ(std::string(text), folder / "temporary/") << given;
  }
}

}  // namespace
}  // namespace contrail::test
